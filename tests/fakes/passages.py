"""A library in memory, for tests of services: the same promises, word overlap instead of meaning."""

import struct
from collections.abc import Iterator
from dataclasses import replace
from itertools import combinations

from app.domain.cancel import Cancel
from app.domain.chunking import chunk
from app.domain.embeddings import Embeddings
from app.domain.erasure import ErasureReceipt
from app.domain.errors import AppError, ErrorCode
from app.domain.events import EmbeddingProgress
from app.domain.library import Document, LibraryReport, ParsedDocument, Passage, Source
from app.domain.query import Query
from app.domain.team import FIRST_TEAM_DOCUMENT


class FakePassages:
    """Implements `ports.passages.Passages` and `ports.embedder.Embedder`."""

    def __init__(self) -> None:
        self._documents: dict[int, tuple[Document, ParsedDocument]] = {}
        self._last = 0
        self.first = 0  # the document that is added first has the next number

    def find(self, path: str, collection: str) -> Document | None:
        """See the port."""
        return next((d for d in self.documents(collection) if d.path == path), None)

    def add(self, source: Source, parsed: ParsedDocument, cancel: Cancel) -> Document:
        """See the port."""
        cancel.check()
        old = self.find(source.path, source.collection)
        if old is not None:
            del self._documents[old.id]
        self._last = max(self._last, self.first) + 1
        document = Document(
            self._last,
            source.path,
            source.name,
            parsed.title,
            source.collection,
            source.content_hash,
            source.size,
            parsed.pages,
            len(chunk(parsed)),
            "2026-01-01T00:00:00Z",
            where="team" if self._last >= FIRST_TEAM_DOCUMENT else "device",
        )
        self._documents[document.id] = (document, parsed)
        return document

    def await_vectors(self, cancel: Cancel) -> Iterator[EmbeddingProgress]:
        """See the port."""
        cancel.check()
        yield EmbeddingProgress("embedding", 1, 1)

    def search(self, query: Query, limit: int) -> list[Passage]:
        """See the port."""
        wanted = set(query.text.lower().replace("?", "").split())
        found: list[Passage] = []
        for document, parsed in self._documents.values():
            if query.filter.collections and document.collection not in query.filter.collections:
                continue
            if query.filter.documents and document.id not in query.filter.documents:
                continue
            for one in chunk(parsed):
                text = parsed.text[one.start : one.end]
                score = float(len(wanted & set(text.lower().replace(".", "").split())))
                place = (document.id, document.name, document.path, document.content_hash)
                span = (one.page, one.start, one.end, one.heading)
                scores = {"bm25": score, "coverage": 1.0}  # any word in common is relevant enough here
                found.append(Passage(*place, *span, text, score, scores, document.collection))
        return sorted((p for p in found if p.score), key=lambda p: -p.score)[:limit]

    def left_out(self) -> AppError | None:
        """See the port."""
        return None

    def documents(self, collection: str | None = None) -> list[Document]:
        """See the port."""
        found = [d for d, _ in self._documents.values() if collection in (None, d.collection)]
        return sorted(found, key=lambda d: d.name)

    def embed(self, texts: list[str], cancel: Cancel) -> Embeddings:
        """See `Embedder.embed`: two numbers that say little of a text."""
        cancel.check()
        vectors = tuple(struct.pack("<2f", len(text), len(text.split())) for text in texts)
        return Embeddings(vectors, sum(len(text.split()) for text in texts))

    def text(self, document_id: int) -> str:
        """See the port."""
        return self._get(document_id)[1].text

    def parsed(self, document_id: int) -> tuple[Source, ParsedDocument]:
        """See the port."""
        d, parsed = self._get(document_id)
        return Source(d.path, d.name, d.collection, d.content_hash, d.size, d.modified_at), parsed

    def whole(self, document_id: int) -> list[Passage]:
        """See the port."""
        document, parsed = self._get(document_id)
        place = (document.id, document.name, document.path, document.content_hash)
        return [
            Passage(
                *place, c.page, c.start, c.end, c.heading, parsed.text[c.start : c.end], 0.0, {}, document.collection
            )
            for c in chunk(parsed)
        ]

    def similar(self, collection: str | None, least: float, cancel: Cancel) -> list[tuple[int, int, float]]:
        """See the port: by the words alone."""
        words = {d.id: set(self.text(d.id).lower().split()) for d in self.documents(collection)}
        shared = [
            (a, b, len(words[a] & words[b]) / len(words[a] | words[b])) for a, b in combinations(sorted(words), 2)
        ]
        return [pair for pair in shared if pair[2] >= least]

    def check_erased(self, cancel: Cancel) -> ErasureReceipt:
        """See the port: nothing is kept here but in memory."""
        return ErasureReceipt(0, 0, 0, ())

    def move(self, document_id: int, path: str, name: str) -> None:
        """See the port."""
        document, parsed = self._get(document_id)
        self._documents[document_id] = (replace(document, path=path, name=name), parsed)

    def remove(self, document_id: int) -> Document:
        """See the port."""
        document, _ = self._get(document_id)
        del self._documents[document_id]
        return document

    def check(self) -> LibraryReport:
        """See the port."""
        chunks = sum(document.chunks for document in self.documents())
        return LibraryReport(len(self._documents), chunks, chunks, "exact")

    def rebuild(self) -> LibraryReport:
        """See the port."""
        return self.check()

    def close(self) -> None:
        """See the port."""

    def _get(self, document_id: int) -> tuple[Document, ParsedDocument]:
        try:
            return self._documents[document_id]
        except KeyError:
            raise AppError(ErrorCode.UNKNOWN_DOCUMENT, document=document_id) from None
