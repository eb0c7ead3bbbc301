"""The library in a process of its own."""

import threading
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Final, TypeVar

import msgspec

from app.adapters.worker_process import WorkerProcess
from app.domain.cancel import Cancel
from app.domain.chunking import MAX_WORDS
from app.domain.embeddings import Embeddings
from app.domain.erasure import ErasureReceipt
from app.domain.errors import AppError, ErrorCode
from app.domain.events import EmbeddingProgress
from app.domain.library import Document, LibraryReport, ParsedDocument, Passage, Source
from app.domain.query import Query
from app.domain.ranking import BLEND, Fusion
from app.wire.messages import (
    AddDocument,
    AwaitVectors,
    CheckErased,
    CheckLibrary,
    Documents,
    Embedded,
    EmbedTexts,
    Erased,
    FindDocument,
    FindSimilar,
    Found,
    FromLibrary,
    FullText,
    Kept,
    LibraryState,
    ListDocuments,
    MoveDocument,
    OpenLibrary,
    ReadParsed,
    ReadText,
    ReadWhole,
    RemoveDocument,
    SearchLibrary,
    SimilarPairs,
    Vectors,
)

EVERYDAY_RUNTIME: Final = "onnx-int8"  # what an embedder runs on unless something else is asked for
_SPEED: Final = {"TOKENIZERS_PARALLELISM": "true"}  # this worker never forks
_DEATHS: Final = frozenset({ErrorCode.WORKER_DIED, ErrorCode.WORKER_SILENT})

R = TypeVar("R", bound=msgspec.Struct)


class LibraryProcess:
    """Implements `ports.passages.Passages` and `ports.embedder.Embedder` over a library worker.

    A worker that dies is started anew by the next request; one that only reads is repeated once by itself.
    """

    def __init__(
        self,
        folder: Path,
        embedder: Callable[[], Path | None],
        runtime: Callable[[], str] = lambda: EVERYDAY_RUNTIME,
        chunk_words: Callable[[], int] = lambda: MAX_WORDS,
        fusion: Callable[[], Fusion] = lambda: BLEND,
        saves_power: Callable[[], bool] = lambda: False,
    ) -> None:
        self._folder = folder
        self._embedder = embedder
        self._runtime = runtime
        self._chunk_words = chunk_words
        self._fusion = fusion
        self._saves_power = saves_power
        self._worker: WorkerProcess[FromLibrary] = WorkerProcess("library", FromLibrary, _SPEED.copy)
        self._opened: tuple[int | None, Path | None, str, int, bool] | None = None  # the process, and how
        self._lock = threading.Lock()

    @property
    def pid(self) -> int | None:
        """The worker's process id while it runs."""
        return self._worker.pid

    def find(self, path: str, collection: str) -> Document | None:
        """See `Passages.find`."""
        found = self._read(lambda number: FindDocument(request=number, path=path, collection=collection), Documents)
        return found.documents[0] if found.documents else None

    def add(self, source: Source, parsed: ParsedDocument, cancel: Cancel) -> Document:
        """See `Passages.add`."""
        cancel.check()  # a document may be kept faster than word of a cancel arrives
        self._open()
        message = AddDocument(request=self._worker.next_request(), source=source, parsed=parsed)
        return self._worker.ask(message, Documents, cancel).documents[0]

    def await_vectors(self, cancel: Cancel) -> Iterator[EmbeddingProgress]:
        """See `Passages.await_vectors`."""
        self._open()
        message = AwaitVectors(request=self._worker.next_request())
        for reply in self._worker.request(message, LibraryState, cancel):
            if isinstance(reply, Embedded):
                yield EmbeddingProgress(reply.stage, reply.done, reply.total)

    def search(self, query: Query, limit: int, fusion: Fusion | None = None) -> list[Passage]:
        """See `Passages.search`; `fusion` is the one that is set unless another is given."""
        merged = fusion or self._fusion()
        return self._read(
            lambda number: SearchLibrary(request=number, query=query, limit=limit, fusion=merged), Found
        ).passages

    def left_out(self) -> AppError | None:
        """See `Passages.left_out`: all of it is here."""
        return None

    def documents(self, collection: str | None = None) -> list[Document]:
        """See `Passages.documents`."""
        return self._read(lambda number: ListDocuments(request=number, collection=collection), Documents).documents

    def text(self, document_id: int) -> str:
        """See `Passages.text`."""
        return self._read(lambda number: ReadText(request=number, document_id=document_id), FullText).text

    def parsed(self, document_id: int) -> tuple[Source, ParsedDocument]:
        """See `Passages.parsed`."""
        kept = self._read(lambda number: ReadParsed(request=number, document_id=document_id), Kept)
        return kept.source, kept.parsed

    def whole(self, document_id: int) -> list[Passage]:
        """See `Passages.whole`."""
        return self._read(lambda number: ReadWhole(request=number, document_id=document_id), Found).passages

    def embed(self, texts: list[str], cancel: Cancel) -> Embeddings:
        """See `Embedder.embed`."""
        return self._read(lambda number: EmbedTexts(request=number, texts=texts), Vectors, cancel).embeddings

    def similar(self, collection: str | None, least: float, cancel: Cancel) -> list[tuple[int, int, float]]:
        """See `Passages.similar`."""
        return self._read(
            lambda number: FindSimilar(request=number, collection=collection, least=least), SimilarPairs, cancel
        ).pairs

    def check_erased(self, cancel: Cancel) -> ErasureReceipt:
        """See `Passages.check_erased`."""
        home = str(self._folder.absolute().parent)
        return self._read(lambda number: CheckErased(request=number, home=home), Erased, cancel).receipt

    def move(self, document_id: int, path: str, name: str) -> None:
        """See `Passages.move`."""
        self._read(
            lambda number: MoveDocument(request=number, document_id=document_id, path=path, name=name), Documents
        )

    def remove(self, document_id: int) -> Document:
        """See `Passages.remove`."""
        self._open()
        message = RemoveDocument(request=self._worker.next_request(), document_id=document_id)
        return self._worker.ask(message, Documents).documents[0]

    def check(self) -> LibraryReport:
        """See `Passages.check`."""
        return self._read(lambda number: CheckLibrary(request=number, rebuild=False), LibraryState).report

    def rebuild(self) -> LibraryReport:
        """See `Passages.rebuild`."""
        return self._read(lambda number: CheckLibrary(request=number, rebuild=True), LibraryState).report

    def close(self) -> None:
        """See `Passages.close`."""
        self._worker.stop()

    def _read(self, message: Callable[[int], msgspec.Struct], answer: type[R], cancel: Cancel | None = None) -> R:
        """Ask something that changes nothing that is kept; it may be asked again."""
        try:
            return self._ask(message, answer, cancel)
        except AppError as error:
            if error.code not in _DEATHS:
                raise
        return self._ask(message, answer, cancel)

    def _ask(self, message: Callable[[int], msgspec.Struct], answer: type[R], cancel: Cancel | None) -> R:
        self._open()
        return self._worker.ask(message(self._worker.next_request()), answer, cancel)

    def _open(self) -> None:
        """Open the library unless the process that runs has it, with the embedder that is here now."""
        with self._lock:
            embedder, runtime, chunk_words = self._embedder(), self._runtime(), self._chunk_words()
            saves_power = self._saves_power()
            pid = self._worker.pid
            if pid is not None and self._opened == (pid, embedder, runtime, chunk_words, saves_power):
                return
            self._worker.ask(
                OpenLibrary(
                    request=self._worker.next_request(),
                    folder=str(self._folder.absolute()),
                    embedder=str(embedder.absolute()) if embedder else "",
                    runtime=runtime,
                    chunk_words=chunk_words,
                    saves_power=saves_power,
                ),
                LibraryState,
            )
            self._opened = (self._worker.pid, embedder, runtime, chunk_words, saves_power)
