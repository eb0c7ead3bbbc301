"""The store of documents that search finds passages in."""

from collections.abc import Iterator
from typing import Protocol

from app.domain.cancel import Cancel
from app.domain.erasure import ErasureReceipt
from app.domain.errors import AppError
from app.domain.events import EmbeddingProgress
from app.domain.library import Document, LibraryReport, ParsedDocument, Passage, Source
from app.domain.query import Query


class Passages(Protocol):
    """Documents, their full text, chunks and vectors."""

    def find(self, path: str, collection: str) -> Document | None:
        """The document added from `path` to `collection`, if any."""
        ...

    def add(self, source: Source, parsed: ParsedDocument, cancel: Cancel) -> Document:
        """Chunk and keep a document, replacing the one at the same path. From now on it is found by its words.

        Its vectors follow by themselves; see `await_vectors`. All or nothing: a cancelled or killed add leaves what
        was there before. Raises Cancelled, AppError.
        """
        ...

    def await_vectors(self, cancel: Cancel) -> Iterator[EmbeddingProgress]:
        """Wait until every document is found by its meaning too. A cancel ends the waiting, not the work.

        Raises Cancelled, AppError EMBEDDER_MISSING.
        """
        ...

    def search(self, query: Query, limit: int) -> list[Passage]:
        """The best passages for `query`, best first."""
        ...

    def left_out(self) -> AppError | None:
        """Why this thread's last search or list lacks what is kept elsewhere; None if it lacks nothing."""
        ...

    def documents(self, collection: str | None = None) -> list[Document]:
        """All documents, by name."""
        ...

    def text(self, document_id: int) -> str:
        """The full text of a document. Raises AppError UNKNOWN_DOCUMENT."""
        ...

    def whole(self, document_id: int) -> list[Passage]:
        """All of a document as passages in reading order, a page or a few chunks each, not scored.

        Raises AppError UNKNOWN_DOCUMENT.
        """
        ...

    def similar(self, collection: str | None, least: float, cancel: Cancel) -> list[tuple[int, int, float]]:
        """Pairs of documents that share at least `least` of their runs of words, and how much they share."""
        ...

    def check_erased(self, cancel: Cancel) -> ErasureReceipt:
        """Look for the words of all that was forgotten in everything that is kept."""
        ...

    def move(self, document_id: int, path: str, name: str) -> None:
        """A document's file lies at another path now. Raises AppError UNKNOWN_DOCUMENT."""
        ...

    def remove(self, document_id: int) -> Document:
        """Forget a document: text, words, vectors, index entries. Raises AppError UNKNOWN_DOCUMENT."""
        ...

    def check(self) -> LibraryReport:
        """Compare the index with the database."""
        ...

    def rebuild(self) -> LibraryReport:
        """Make the index anew from the stored vectors."""
        ...

    def close(self) -> None:
        """End the process that holds the library."""
        ...


class DevicePassages(Passages, Protocol):
    """A store on this device, which can give back what it was given."""

    def parsed(self, document_id: int) -> tuple[Source, ParsedDocument]:
        """A document as it was added, without what its parser noticed. Raises AppError UNKNOWN_DOCUMENT."""
        ...
