"""Checked sentences are found in what is laid out, and shown there."""

from PySide6.QtWidgets import QApplication

from app.domain.chat import SentenceSupport
from app.ui.chat.markdown import to_html
from app.ui.chat.marks import CONTRADICTED, UNSUPPORTED, find_marks, flagged
from app.ui.chat.rich_text import InertDocument
from app.ui.chat.syntax import blocks
from app.ui.theme import load_theme

LIGHT = load_theme("light")
TEXT = (
    "🙂 Fees are **45 euros**. [1]\n\n1. Lounges are free.\n2. They `open` at 9.\n\n| a | b |\n|---|---|\n| 1 | x |\n"
)


def span(words: str, verdict: str) -> SentenceSupport:
    start = TEXT.index(words)
    return SentenceSupport(start, start + len(words), verdict, 1)  # type: ignore[arg-type]


SUPPORT = (
    span("🙂 Fees are **45 euros**. [1]", "supported"),
    span("Lounges are free.", "unsupported"),
    span("They `open` at 9.", "contradicted"),
    span("| 1 | x |", "unsupported"),
)


def test_a_flag_follows_each_doubtful_sentence() -> None:
    said = flagged(TEXT, SUPPORT)
    assert f"Lounges are free.{UNSUPPORTED}\n" in said
    assert f"at 9.{CONTRADICTED}\n" in said
    assert "| 1 | x |\n" in said, "in a table a flag would be a cell"
    assert flagged(f"a{UNSUPPORTED}b", ()) == "ab"


def test_sentences_are_found_among_the_words_that_are_shown(qapp: QApplication) -> None:
    parts = blocks(flagged(TEXT, SUPPORT))
    documents = [InertDocument(LIGHT, lambda _: None) for _ in parts]
    for document, part in zip(documents, parts, strict=True):
        document.setHtml(to_html(part, LIGHT, (1,)))
    marks = find_marks(TEXT, SUPPORT, parts, documents)
    shown = [mark.cursor(documents[mark.block]).selectedText() for mark in marks]
    assert shown[:3] == ["Fees are 45 euros", "Lounges are free", "They open at 9"]
    assert "not in your documents" in documents[marks[1].block].toPlainText()
    assert "the passage says otherwise" in documents[marks[2].block].toPlainText()
