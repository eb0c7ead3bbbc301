"""The window speaks other languages completely, and a text can be said in all of them."""

import re
from collections.abc import Iterator

import pytest
from hypothesis import given
from hypothesis import strategies as st
from PySide6.QtCore import QCoreApplication
from pytestqt.qtbot import QtBot

from app.domain.errors import AppError, ErrorCode
from app.domain.texts import Text
from app.ui.error_texts import error_text
from app.ui.translate import GERMAN, Translation, read_translation, stretched, tr
from tests.ui.spoken_texts import spoken_texts

FACTS = re.compile(r"{[^{}]*}")
COMMANDS = re.compile(r"`[^`]*`")


@pytest.fixture
def german(qtbot: QtBot) -> Iterator[None]:
    app = QCoreApplication.instance()
    assert app is not None
    translation = Translation(read_translation(GERMAN).get, app)
    app.installTranslator(translation)
    yield
    app.removeTranslator(translation)


def test_nothing_is_said_that_german_has_no_words_for() -> None:
    assert sorted(spoken_texts() - read_translation(GERMAN).keys()) == []


def test_german_says_nothing_that_is_never_said() -> None:
    assert sorted(read_translation(GERMAN).keys() - spoken_texts()) == []


@pytest.mark.parametrize("english", sorted(read_translation(GERMAN)))
def test_a_translation_names_the_same_facts_and_commands(english: str) -> None:
    german = read_translation(GERMAN)[english]
    assert german.strip()
    assert sorted(FACTS.findall(german)) == sorted(FACTS.findall(english))
    assert sorted(COMMANDS.findall(german)) == sorted(COMMANDS.findall(english))
    assert german.count("\n") == english.count("\n")


@pytest.mark.usefixtures("german")
def test_an_error_is_told_in_german_with_its_facts() -> None:
    told = error_text(AppError(ErrorCode.FILE_NOT_FOUND, path="/there"))
    assert "/there" in told
    assert "There is no" not in told


@pytest.mark.usefixtures("german")
def test_a_text_in_a_text_is_translated_too() -> None:
    inner = Text("no graphics card was found")
    said = tr(Text("Computes on the processor: {reason}.", reason=inner))
    assert tr(inner) in said
    assert "graphics card" not in said


def test_a_text_reads_as_english_and_names_what_is_missing() -> None:
    assert Text("{n} of {all}", n=3) == "3 of ?"
    assert Text("no facts") == "no facts"


@given(st.text(alphabet="abcde{}xyz ", max_size=40))
def test_stretching_keeps_what_stands_in_braces(text: str) -> None:
    if text.count("{") == text.count("}") and re.fullmatch(r"([^{}]*{[^{}]*})*[^{}]*", text):
        assert FACTS.findall(stretched(text)) == FACTS.findall(text)
