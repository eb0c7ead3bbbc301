"""Prompts filled in: values are data."""

from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.domain.errors import AppError, ErrorCode
from app.domain.prompt_library import Example, Kind, PromptVersion, Variable
from app.domain.prompt_rendering import fill_in, misfits, preview

ONE = PromptVersion("one", "One", "Say {what}\nto {{all}}.", variables=(Variable("what"),))
LONG = replace(ONE, variables=(Variable("what", "long text"),))


@given(st.text(st.characters(exclude_categories=("C", "Z")), min_size=1, max_size=40))
def test_a_value_is_never_read_as_a_prompt(value: str) -> None:
    assert fill_in(ONE, {"what": value}) == f"Say {value}\nto {{all}}."


def test_braces_in_a_value_stay_even_if_they_name_a_variable() -> None:
    two = replace(ONE, text="{what} {other}", variables=(Variable("what"), Variable("other")))
    assert fill_in(two, {"what": "{other} {{x}}", "other": "b"}) == "{other} {{x}} b"


@given(st.text(min_size=1, max_size=200).filter(lambda text: bool(text.strip())))
def test_a_long_text_cannot_end_its_own_fence(value: str) -> None:
    text = fill_in(LONG, {"what": value})
    fence = text[len("Say <<") :].split("\n", 1)[0]
    assert fence.isalpha()
    assert fence not in value
    assert text == f"Say <<{fence}\n{value.strip()}\n{fence}>>\nto {{all}}."


@pytest.mark.parametrize(
    ("kind", "value", "reason"),
    [
        ("text", "", "is missing"),
        ("text", "a\nb", "has more than one line"),
        ("text", "a" * 1001, "is too long"),
        ("number", "12 or so", "is no number"),
        ("number", "1 200,50", ""),
        ("date", "31.01.2026", "is no date, as 2026-01-31"),
        ("date", "2026-02-30", "is no date, as 2026-01-31"),
        ("date", "2026-01-31", ""),
        ("choice", "c", "is none of: a, b"),
        ("choice", "b", ""),
        ("long text", "a\nb", ""),
    ],
)
def test_a_value_has_to_fit_its_kind(kind: Kind, value: str, reason: str) -> None:
    version = replace(ONE, variables=(Variable("what", kind, choices=("a", "b")),))
    assert misfits(version, {"what": value}) == ({"what": reason} if reason else {})


def test_what_is_missing_or_unknown_is_refused_and_what_is_missing_shows_in_the_preview() -> None:
    for values in ({}, {"what": "a", "else": "b"}):
        with pytest.raises(AppError) as refused:
            fill_in(ONE, values)
        assert refused.value.code is ErrorCode.PROMPT_VALUES
    assert preview(ONE, {}) == "Say [What]\nto {all}."


def test_a_line_goes_with_what_was_left_out() -> None:
    version = replace(ONE, text="A\nOnly {what}\nB", variables=(Variable("what", optional=True),))
    assert fill_in(version, {}) == "A\nB"
    assert fill_in(version, {"what": "this"}) == "A\nOnly this\nB"


def test_a_default_stands_in_and_examples_come_first() -> None:
    version = replace(ONE, variables=(Variable("what", default="hello"),), examples=(Example("in", "out"),))
    filled = fill_in(version, {})
    assert filled.startswith("Examples of good answers:\n\nInput: in\nAnswer: out\n\n")
    assert filled.endswith("Say hello\nto {all}.")


def test_a_german_prompt_has_its_examples_framed_in_german() -> None:
    text = "Schreibe aus dem, was in der Notiz steht, eine Antwort an den Kunden, und nicht mehr als das: {what}"
    version = replace(ONE, text=text, examples=(Example("Notiz", "Liebe Frau Meyer"),))
    filled = fill_in(version, {"what": "x"})
    assert filled.startswith("Beispiele guter Antworten:\n\nEingabe: Notiz\nAntwort: Liebe Frau Meyer\n\nNun das")
