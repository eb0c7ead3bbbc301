"""Showing the place that a citation points at."""

import hashlib
from pathlib import Path

from app.domain.chat import Citation
from app.domain.library import Document
from app.domain.viewing import PageImage, View, ViewNote
from app.ports.page_renderer import PageRenderer
from app.ports.passages import Passages


class Viewing:
    """Opens documents at a passage, as they are now: a citation outlives re-indexing, a change and the document."""

    def __init__(self, passages: Passages, renderer: PageRenderer) -> None:
        self._passages = passages
        self._renderer = renderer

    def open(self, citation: Citation, passage: str) -> View:
        """The document a citation points at; `passage` is what stands in for it if it is gone.

        The document is that of the same content, wherever it lies now, else the one at the same path.
        """
        documents = self._passages.documents()
        same = [document for document in documents if document.content_hash == citation.content_hash]
        same = [document for document in same if document.path == citation.path] or same
        found = same or [document for document in documents if document.path == citation.path]
        quote = citation.quote or passage
        if not found:
            at = max(0, passage.find(citation.quote))
            return View(citation.document, citation.path, quote, passage, at, at + len(citation.quote), note="removed")
        document, text = found[0], self._passages.text(found[0].id)
        if same:
            start, end = citation.start, max(citation.end, citation.start + len(quote) if not citation.quote else 0)
            note: ViewNote = ""
        else:
            start = text.find(quote)
            start, end, note = (start, start + len(quote), "changed") if start >= 0 else (0, 0, "passage_gone")
        return self._view(document, text, start, end, quote, citation if same else None, note)

    def open_document(self, document: Document) -> View:
        """A document from its beginning."""
        return self._view(document, self._passages.text(document.id), 0, 0, "", None, "")

    def page(self, view: View, number: int, width: int) -> PageImage:
        """A page of a view that has pages. Raises AppError with a PARSE_* code."""
        return self._renderer.render(Path(view.path), number, width, view.quote)

    def _view(
        self, document: Document, text: str, start: int, end: int, quote: str, cited: Citation | None, note: ViewNote
    ) -> View:
        path = Path(document.path)
        drawn = self._renderer.can_render(path) and not note and _is_unchanged(path, document.content_hash)
        if not path.exists() and not note:
            note = "file_gone"
        return View(
            document.name,
            document.path,
            quote,
            text,
            start,
            end,
            page=cited.page if cited else 1 if drawn else 0,
            pages=document.pages if drawn else 0,
            unit=document.unit,
            label=cited.label if cited else "",
            heading=cited.heading if cited else "",
            note=note,
        )


def _is_unchanged(path: Path, content_hash: str) -> bool:
    try:
        with path.open("rb") as file:
            return hashlib.file_digest(file, "sha256").hexdigest() == content_hash
    except OSError:
        return False
