"""The person's documents: add, find, forget."""

import hashlib
from collections.abc import Iterator, Sequence
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path

from app.domain.cancel import Cancel
from app.domain.data_class import DataClass, class_of
from app.domain.erasure import ErasureReceipt
from app.domain.errors import AppError, ErrorCode
from app.domain.events import (
    AddEvent,
    AddStarted,
    EmbeddingProgress,
    FileAdded,
    FileFailed,
    FileProgress,
    FileUnchanged,
)
from app.domain.library import (
    DEFAULT_COLLECTION,
    Document,
    LibraryReport,
    Passage,
    Problem,
    Source,
)
from app.domain.query import Query, parse_query
from app.ports.data_classes import DataClasses
from app.ports.parser import Parser
from app.ports.passages import Passages
from app.services.audit import Audit
from app.services.forgetting import Forgetting
from app.services.reranking import Reranking


class Library:
    """Adds files one by one; a bad one becomes a problem and the rest goes on."""

    def __init__(
        self,
        passages: Passages,
        parser: Parser,
        audit: Audit,
        data_classes: DataClasses,
        forgetting: Forgetting,
        reranking: Reranking | None = None,
    ) -> None:
        """Without `reranking`, passages are ranked as the store ranks them."""
        self._passages = passages
        self._reranking = reranking
        self._parser = parser
        self._audit = audit
        self._data_classes = data_classes
        self._forgetting = forgetting
        self._problems: dict[str, Problem] = {}

    def classes(self) -> dict[str, DataClass]:
        """How far the documents of each collection may travel, by collection."""
        named = {document.collection for document in self.documents()} | set(self._data_classes.all())
        return {name: class_of(name, self._data_classes.all()) for name in sorted(named)}

    def classify(self, collection: str, data_class: DataClass) -> None:
        """Say how far a collection's documents may travel. Raises AppError LEDGER_UNWRITABLE, HOME_NOT_WRITABLE."""
        self._audit.collection_classed(collection, data_class)
        self._data_classes.put(collection, data_class)

    def add(
        self,
        paths: Sequence[Path],
        *,
        collection: str = DEFAULT_COLLECTION,
        wait: bool = True,
        cancel: Cancel,
    ) -> Iterator[AddEvent]:
        """Add files, and the files in folders, that are new or changed; with `wait`, until all of it is embedded.

        Raises AppError FILE_NOT_FOUND before anything is added, Cancelled, and what means that nothing more can be
        added (the library's worker cannot be had). What was added before stays.
        """
        files = self._files(paths)
        yield AddStarted(len(files))
        for done, path in enumerate(files, 1):
            cancel.check()
            yield from self.add_file(path, collection, done, len(files), cancel)
        if wait:
            yield from self.await_vectors(cancel)

    def await_vectors(self, cancel: Cancel) -> Iterator[EmbeddingProgress]:
        """Wait until all documents are found by their meaning too; a cancel ends the waiting alone."""
        return self._passages.await_vectors(cancel)

    def add_file(self, path: Path, collection: str, done: int, total: int, cancel: Cancel) -> Iterator[AddEvent]:
        """Add one file, the `done`th of `total`; raises as `add` does."""
        try:
            yield from self._add_file(path, collection, done, total, cancel)
            self._problems.pop(str(path), None)
        except AppError as error:
            if not error.code.value.startswith("parse_"):
                raise
            problem = Problem(str(path), error.code, error.facts)
            self._problems[str(path)] = problem
            yield FileFailed(problem, done, total)

    def move(self, before: str, path: Path, collection: str) -> bool:
        """A file lies elsewhere now: its document follows, embedded already. False if there is no such document."""
        document = self._passages.find(before, collection)
        if document is None or self._passages.find(str(path), collection) is not None:
            return False
        self._passages.move(document.id, str(path), path.name)
        self._problems.pop(before, None)
        return True

    def forget_path(self, path: str, collection: str) -> bool:
        """Forget the document of a file that is gone; false if there is none."""
        self._problems.pop(path, None)
        document = self._passages.find(path, collection)
        if document is not None:
            self.remove(document.id)
        return document is not None

    def _add_file(self, path: Path, collection: str, done: int, total: int, cancel: Cancel) -> Iterator[AddEvent]:
        source = _source(path, collection)
        before = self._passages.find(source.path, collection)
        if before is not None and before.content_hash == source.content_hash:
            yield FileUnchanged(source.path, done, total)
            return
        yield FileProgress(source.path, 0, 1)
        document = self._passages.add(source, self._parser.parse(path, cancel), cancel)
        yield FileAdded(document, before is not None, done, total)

    def _files(self, paths: Sequence[Path]) -> list[Path]:
        """Every file named, and of folders every file in a format that can be read; hidden ones are left out."""
        files: dict[Path, None] = {}
        for path in (p.expanduser().resolve() for p in paths):
            if path.is_dir():
                found = sorted(p for p in path.rglob("*") if p.suffix.lower() in self._parser.suffixes and p.is_file())
                files.update((p, None) for p in found if not _is_hidden(p, path))
            elif path.exists():
                files[path] = None
            else:
                raise AppError(ErrorCode.FILE_NOT_FOUND, path=str(path))
        return list(files)

    def problems(self) -> list[Problem]:
        """The files that could not be added since the start, and why."""
        return list(self._problems.values())

    def search(self, text: str, *, collection: str | None = None, limit: int = 8) -> list[Passage]:
        """The best passages for what was typed into a search box, best first. Raises AppError QUERY_INVALID."""
        query = parse_query(text)
        if collection is not None:
            query = replace(query, filter=replace(query.filter, collections=(collection,)))
        if query.classes:
            classed = self._classed(query)
            if not classed:
                return []
            query = replace(query, filter=replace(query.filter, collections=classed), classes=())
        ranked = self._reranking
        return ranked.search(query, limit, Cancel()) if ranked else self._passages.search(query, limit)

    def _classed(self, query: Query) -> tuple[str, ...]:
        """The collections of the classes that are looked for, within those that are named."""
        named = {name.lower() for name in query.filter.collections}
        return tuple(
            name
            for name, data_class in self.classes().items()
            if data_class in query.classes and (not named or name.lower() in named)
        )

    def left_out(self) -> AppError | None:
        """Why this thread's last search or list lacks the team's documents; None if it lacks nothing."""
        return self._passages.left_out()

    def documents(self, collection: str | None = None) -> list[Document]:
        """All documents, by name."""
        return self._passages.documents(collection)

    def text(self, document_id: int) -> str:
        """The full text of a document."""
        return self._passages.text(document_id)

    def remove(self, document_id: int) -> Document:
        """Forget a document, in conversations too unless it is here twice. Raises AppError UNKNOWN_DOCUMENT."""
        document = self._passages.remove(document_id)
        if all(other.content_hash != document.content_hash for other in self.documents()):
            self._forgetting.document(document.content_hash)
        self._audit.document_removed(document.name, document.content_hash)
        return document

    def check(self) -> LibraryReport:
        """Compare the index with the database."""
        return self._passages.check()

    def check_erased(self, cancel: Cancel) -> ErasureReceipt:
        """Look for the words of all that was forgotten in everything that is kept; the receipt is on the ledger."""
        receipt = self._passages.check_erased(cancel)
        self._audit.erasure_checked(receipt)
        return receipt

    def rebuild(self) -> LibraryReport:
        """Make the index anew from the stored vectors."""
        return self._passages.rebuild()


def _source(path: Path, collection: str) -> Source:
    try:
        with path.open("rb") as file:
            content_hash = hashlib.file_digest(file, "sha256").hexdigest()
        stat = path.stat()
    except OSError as error:
        raise AppError(ErrorCode.PARSE_UNREADABLE, path=str(path), reason=error.strerror or str(error)) from error
    modified_at = datetime.fromtimestamp(stat.st_mtime, UTC).isoformat(timespec="seconds").replace("+00:00", "Z")
    return Source(str(path), path.name, collection, content_hash, stat.st_size, modified_at)


def _is_hidden(path: Path, root: Path) -> bool:
    return any(part.startswith((".", "~$")) for part in path.relative_to(root).parts)
