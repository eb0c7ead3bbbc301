"""Citations that are followed later: after a move, a change, a removal."""

import hashlib
from dataclasses import replace
from pathlib import Path

import pytest

from app.domain.cancel import Cancel
from app.domain.chat import Citation
from app.domain.library import Block, Document, ParsedDocument, Source
from app.domain.viewing import PageImage
from app.services.viewing import Viewing
from tests.fakes.passages import FakePassages

TEXT = "Hotels cost at most 180 euros. Trains are better."
QUOTE = "Trains are better."


class Paper:
    """Draws nothing, but says what it was asked for."""

    def __init__(self) -> None:
        self.asked: list[tuple[Path, int, int, str]] = []

    def can_render(self, path: Path) -> bool:
        return path.suffix == ".pdf"

    def render(self, path: Path, page: int, width: int, quote: str) -> PageImage:
        self.asked.append((path, page, width, quote))
        return PageImage(1, 1, 3, b"\0\0\0", ())


class Shelf:
    """A library with one document, and a citation of it."""

    def __init__(self, folder: Path) -> None:
        self.path = folder / "travel.pdf"
        self.path.write_bytes(b"pdf")
        self.passages, self.paper = FakePassages(), Paper()
        self.viewing = Viewing(self.passages, self.paper)
        self.document = self.add(TEXT, hashlib.sha256(b"pdf").hexdigest())
        start = TEXT.index(QUOTE)
        self.citation = Citation(
            1,
            self.document.id,
            "travel.pdf",
            str(self.path),
            self.document.content_hash,
            2,
            start,
            start + len(QUOTE),
            QUOTE,
        )

    def add(self, text: str, content_hash: str) -> Document:
        source = Source(str(self.path), "travel.pdf", "Documents", content_hash, 3)
        parsed = ParsedDocument("Travel", text, (Block("paragraph", 0, len(text), 2),), 2)
        document = self.passages.add(source, parsed, Cancel())
        assert isinstance(document, Document)
        return document


@pytest.fixture
def shelf(tmp_path: Path) -> Shelf:
    """See Shelf."""
    return Shelf(tmp_path)


def test_a_pdf_opens_at_its_page(shelf: Shelf) -> None:
    view = shelf.viewing.open(shelf.citation, TEXT)
    assert (view.page, view.pages, view.note, view.text[view.start : view.end]) == (2, 2, "", QUOTE)
    shelf.viewing.page(view, 2, 800)
    assert shelf.paper.asked == [(shelf.path, 2, 800, QUOTE)]


def test_a_citation_survives_being_indexed_again(shelf: Shelf) -> None:
    again = shelf.add(TEXT, shelf.document.content_hash)
    assert again.id != shelf.citation.document_id
    assert shelf.viewing.open(shelf.citation, TEXT).note == ""


def test_a_changed_document_is_said_to_be_one(shelf: Shelf) -> None:
    shelf.add(f"New first line. {TEXT}", "other")
    view = shelf.viewing.open(shelf.citation, TEXT)
    assert (view.note, view.pages, view.text[view.start : view.end]) == ("changed", 0, QUOTE)


def test_words_that_are_gone_are_said_to_be(shelf: Shelf) -> None:
    shelf.add("Something else.", "other")
    view = shelf.viewing.open(shelf.citation, TEXT)
    assert (view.note, view.start, view.end) == ("passage_gone", 0, 0)


def test_a_removed_document_leaves_its_passage(shelf: Shelf) -> None:
    shelf.passages.remove(shelf.document.id)
    view = shelf.viewing.open(shelf.citation, TEXT)
    assert (view.note, view.text, view.text[view.start : view.end]) == ("removed", TEXT, QUOTE)


@pytest.mark.parametrize("deleted", [True, False])
def test_a_file_that_is_not_what_was_read_is_shown_as_text(shelf: Shelf, deleted: bool) -> None:
    if deleted:
        shelf.path.unlink()
    else:
        shelf.path.write_bytes(b"another pdf")
    view = shelf.viewing.open(shelf.citation, TEXT)
    assert (view.pages, view.note) == (0, "file_gone" if deleted else "")
    assert view.text[view.start : view.end] == QUOTE


def test_a_passage_without_quotation_is_shown_whole(shelf: Shelf) -> None:
    pointer = replace(shelf.citation, start=0, end=0, quote="")
    view = shelf.viewing.open(pointer, TEXT)
    assert (view.quote, view.text[view.start : view.end]) == (TEXT, TEXT)
