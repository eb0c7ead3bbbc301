"""Prompts: what is wrong with one, how they are found, what differs."""

from dataclasses import replace

import pytest

from app.domain.prompt_library import Prompt, PromptVersion, Variable, difference, find, flaws, names_in
from app.domain.texts import say_in

GOOD = PromptVersion("reply", "Answer a mail", "Answer {mail}", variables=(Variable("mail", "long text"),))


def test_variables_are_found_and_braces_as_such_are_none() -> None:
    assert names_in("{a} {{b}} {c_1} {a}") == ["a", "c_1"]


@pytest.mark.parametrize(
    ("changed", "reason"),
    [
        ({"id": "../up"}, "its id is not"),
        ({"id": "Upper"}, "its id is not"),
        ({"version": 0}, "its version is not"),
        ({"title": " "}, "no title"),
        ({"text": ""}, "no text"),
        ({"text": "x" * 20_001}, "more than 20000 characters"),
        ({"text": "one\n{mail} and { alone"}, "a brace in line 2"),
        ({"text": "{mail} {other}"}, "{other}, which is none of its variables"),
        ({"text": "no gap"}, "does not have {mail}"),
        ({"variables": (Variable("mail"),) * 2}, "is there twice"),
        ({"variables": (Variable("mail", "choice"),)}, "has no choices"),
        ({"variables": (Variable("mail", "choice", choices=("a",), default="b"),)}, "is none of its choices"),
        ({"variables": (*GOOD.variables, Variable("No name"))}, "is no name of a variable"),
    ],
)
def test_what_is_wrong_is_said(changed: dict[str, object], reason: str) -> None:
    assert any(reason in flaw for flaw in flaws(replace(GOOD, **changed)))  # type: ignore[arg-type]


def test_a_good_one_has_no_flaws() -> None:
    assert list(flaws(GOOD)) == []


def test_prompts_are_found_by_all_words_and_what_begins_so_comes_first() -> None:
    others = (replace(GOOD, id="mail", title="Zero mails"), replace(GOOD, id="other", title="Other"))
    prompts = [Prompt("shipped", (one,)) for one in (*others, replace(GOOD, title="Mail, answered"))]
    assert [one.current.title for one in find(prompts, "mail")] == ["Mail, answered", "Zero mails"]
    assert find(prompts, "mail zebra") == []
    assert len(find(prompts, "")) == 3


def test_a_difference_shows_text_and_variables() -> None:
    after = replace(GOOD, text="Answer {mail} soon", variables=(Variable("mail", "text"),))
    changed = [line for line in difference(GOOD, after) if not line.startswith(" ")]
    assert changed == ["- {mail}: Mail · long text", "+ {mail}: Mail · text", "- Answer {mail}", "+ Answer {mail} soon"]


def test_a_difference_is_told_in_the_persons_language() -> None:
    german = {"Title": "Titel", "internal": "intern", "Class": "Klasse", "long text": "langer Text"}
    lines = difference(GOOD, replace(GOOD, title="Post"), say_in(german))
    assert [line for line in lines if not line.startswith(" ")] == [f"- Titel: {GOOD.title}", "+ Titel: Post"]
    assert "  Klasse: intern" in lines
    assert "  {mail}: Mail · langer Text" in lines
