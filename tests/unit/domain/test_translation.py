"""A translation changes words and nothing else."""

import re
from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.domain.judge import Field, Template
from app.domain.playbook import Ask, Finish, Option, Playbook
from app.domain.translation import PLAYBOOK_TEXTS, TEMPLATE_TEXTS, differences

ASK = Ask("clicked", 4, "Did you open a link?", "", "end", (Option("yes", "Yes", "end"), Option("no", "No")))
END = Finish("end", 9, "Report it", "You said: {clicked}", "", ("Call security.",))
PLAYBOOK = Playbook("phishing", "Phishing", "What to do.", (ASK, END), "d1")
GERMAN = Playbook(
    "phishing",
    "Phishing",
    "Was zu tun ist.",
    (
        Ask(
            "clicked",
            5,
            "Haben Sie einen Link geöffnet?",
            "",
            "end",
            (Option("yes", "Ja", "end"), Option("no", "Nein")),
        ),
        Finish("end", 11, "Melden", "Sie sagten: {clicked}", "", ("Rufen Sie an.",)),
    ),
    "d2",
)


def with_step(number: int, **changes: object) -> Playbook:
    steps = list(GERMAN.steps)
    steps[number] = replace(steps[number], **changes)  # type: ignore[arg-type]
    return replace(GERMAN, steps=tuple(steps))


def test_other_words_are_no_difference() -> None:
    assert list(differences(PLAYBOOK, GERMAN, PLAYBOOK_TEXTS)) == []


@pytest.mark.parametrize(
    ("translated", "said"),
    [
        (with_step(0, next="elsewhere"), "“phishing”, “clicked”, next: “elsewhere” stands for “end”"),
        (with_step(0, options=(Option("ja", "Ja", "end"), Option("no", "Nein"))), "“yes”, id: “ja” stands for “yes”"),
        (with_step(0, options=(Option("yes", "Ja", "end"),)), "options has 1 entries, and 2 in the original"),
        (with_step(1, help="Sie sagten: {klick}"), "help has klick in braces, and clicked in the original"),
        (with_step(1, help=""), "help is missing"),
        (replace(GERMAN, steps=GERMAN.steps[:1]), "steps has 1 entries, and 2 in the original"),
    ],
)
def test_what_is_more_than_words_is_named(translated: Playbook, said: str) -> None:
    assert said in "; ".join(differences(PLAYBOOK, translated, PLAYBOOK_TEXTS))


def test_a_step_cannot_become_one_of_another_kind() -> None:
    other = replace(GERMAN, steps=(GERMAN.steps[0], replace(ASK, id="end")))
    assert list(differences(PLAYBOOK, other, PLAYBOOK_TEXTS))


@given(st.text(st.characters(blacklist_characters="{}"), min_size=1).filter(lambda text: text.strip()), st.data())
def test_any_words_do_and_any_other_structure_does_not(words: str, data: st.DataObject) -> None:
    field = Field("severity", "Severity", "choice", "How bad?", ("low", "high"))
    template = Template("incident", "Incident", "an outage", (field,))
    said = replace(
        template, name=words, about=words, fields=(replace(field, name=words, ask=words, choices=("a", words)),)
    )
    assert list(differences(template, said, TEMPLATE_TEXTS)) == []
    changed = data.draw(
        st.sampled_from(
            [
                replace(said, version=2),
                replace(said, id="other"),
                replace(said, fields=()),
                replace(said, fields=(replace(field, key="other"),)),
                replace(said, fields=(replace(field, kind="text"),)),
                replace(said, fields=(replace(field, choices=("low",)),)),
            ]
        )
    )
    found = list(differences(template, changed, TEMPLATE_TEXTS))
    assert found
    assert not re.search(r"object at 0x", found[0])
