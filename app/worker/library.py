"""The library worker: owns `library.db` and the vector index; adds, finds and forgets documents."""

import sqlite3
import threading
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import BinaryIO, Final

from app.domain.chunking import MAX_WORDS, chunk
from app.domain.embeddings import Embeddings
from app.domain.errors import AppError, Cancelled, ErrorCode
from app.domain.library import LibraryReport
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
    ToLibrary,
    Vectors,
)
from app.worker.embedder import TextEmbedder, embed_documents
from app.worker.embedder_loader import EmbedderLoader
from app.worker.embedding_queue import EmbeddingQueue
from app.worker.library_db import LibraryDb
from app.worker.near_duplicates import similar_pairs
from app.worker.priority import is_on_battery
from app.worker.question_vectors import QuestionVectors
from app.worker.search import Search
from app.worker.serve import Job, Server
from app.worker.vector_index import VectorIndex

BATTERY_S: Final = 30.0  # between two looks whether there is power again
QUIET_S: Final = 0.3  # without requests, before chunks are embedded: a person's questions and files come first


class Library:
    """The open library. One thread, but for the preparation of the index and of the embedder."""

    def __init__(
        self,
        folder: Path,
        embedder: Path | None,
        runtime: str,
        chunk_words: int = MAX_WORDS,
        is_saving: Callable[[], bool] = lambda: False,
    ) -> None:
        """Open. Without an embedder, search is by words; while `is_saving`, nothing is embedded that nobody waits for.

        Raises AppError LIBRARY_NEWER or LIBRARY_DAMAGED.
        """
        self._file = folder / "library.db"
        self._chunk_words = chunk_words
        self._is_saving = is_saving
        self._db = LibraryDb(self._file)
        self._index = VectorIndex(folder / "chroma")
        self._search = Search(self._db, self._index)
        self._preparation = self._in_background(self._index.prepare)
        self._loader = EmbedderLoader(embedder, runtime, folder / "embedders") if embedder is not None else None
        self._question = QuestionVectors(self._db.vectors, self._loader)
        self._queue = EmbeddingQueue(self._db, self._index, self._loader, self._rebuild) if self._loader else None
        self._unpurged = ""  # why the files still hold what was removed
        self._awaiting: list[tuple[Job, int]] = []  # who waits for the chunks' vectors, and for how many
        self._postponed: list[tuple[EmbedTexts, Job]] = []  # until the embedder is ready

    def _in_background(self, work: Callable[[LibraryDb], None]) -> threading.Thread:
        """Work on the index in a thread, with a connection of its own; search is exact until it is done."""

        def with_connection() -> None:
            db = LibraryDb(self._file)
            try:
                work(db)
            finally:
                db.close()

        thread = threading.Thread(target=with_connection, name="index", daemon=True)
        thread.start()
        return thread

    def _rebuild(self) -> None:
        self._preparation.join()
        self._preparation = self._in_background(self._index.rebuild)

    def close(self) -> None:
        """Let go of the files."""
        self._question.close()
        if self._queue is not None:
            self._queue.close()
        if self._loader is not None:
            self._loader.close()
        self._preparation.join()
        self._index.close()
        self._db.close()

    def purge(self) -> None:
        """Let the files hold nothing of what was removed; what keeps them from it is in the report."""
        if self._unpurged:
            return
        try:
            self._db.purge()
        except sqlite3.DatabaseError as error:  # a full disk, say: once is enough for this process
            self._unpurged = str(error)

    def handle(self, message: ToLibrary, job: Job) -> None:
        """Answer one request. Raises AppError LIBRARY_DAMAGED when the file turns out to be."""
        with self._db.damage_named():
            self._answer(message, job)

    def _answer(self, message: ToLibrary, job: Job) -> None:
        number = job.request
        match message:
            case FindDocument(path=path, collection=collection):
                found = self._db.find(path, collection)
                job.send(Documents(request=number, documents=[found] if found else []))
            case AddDocument():
                self._add(message, job)
            case AwaitVectors():
                self._await_vectors(job)
            case SearchLibrary(query=query, limit=limit, fusion=fusion):
                vector, coarse = self._question.real(query.text), self._question.coarse(query.text)
                passages = self._search.passages(query, vector, limit, coarse, fusion)
                job.send(Found(request=number, passages=passages))
            case ListDocuments(collection=collection):
                job.send(Documents(request=number, documents=self._db.documents(collection)))
            case ReadText(document_id=document_id):
                job.send(FullText(request=number, text=self._db.text(document_id)))
            case ReadParsed(document_id=document_id):
                source, parsed = self._db.parsed(document_id)
                job.send(Kept(request=number, source=source, parsed=parsed))
            case ReadWhole(document_id=document_id):
                job.send(Found(request=number, passages=self._db.whole(document_id)))
            case EmbedTexts():
                self._embed(message, job)
            case FindSimilar(collection=collection, least=least):
                documents = self._db.documents(collection)
                by_id = {document.id: self._db.text(document.id) for document in documents}
                job.send(SimilarPairs(request=number, pairs=list(similar_pairs(by_id, least, job.check))))
            case CheckErased(home=home):
                self._db.purge()
                receipt = self._db.erasures.check(Path(home), job.check)
                job.send(Erased(request=number, receipt=replace(receipt, stale_vectors=self._index.stale(self._db))))
            case MoveDocument(document_id=document_id, path=path, name=name):
                job.send(Documents(request=number, documents=[self._db.move(document_id, path, name)]))
            case RemoveDocument(document_id=document_id):
                removed, gone = self._db.remove(document_id)
                self._index.update(self._db, gone, [])
                job.send(Documents(request=number, documents=[removed]))
            case CheckLibrary(rebuild=rebuild):
                if rebuild:
                    self._index.rebuild(self._db)
                job.send(LibraryState(request=number, report=self.report()))
            case _:
                raise TypeError(type(message).__name__)

    # --- adding --------------------------------------------------------------------------------------------------

    def _add(self, message: AddDocument, job: Job) -> None:
        """Text, chunks and words at once; the vectors follow."""
        chunks = chunk(message.parsed, self._chunk_words)
        job.check()
        document, gone, _ = self._db.add(message.source, message.parsed, chunks, self._chunk_words)
        self._index.update(self._db, gone, [])
        if self._queue is not None:
            self._queue.look_again()
        job.send(Documents(request=job.request, documents=[document]))

    def _await_vectors(self, job: Job) -> None:
        if self._loader is None:
            raise AppError(ErrorCode.EMBEDDER_MISSING)
        self._awaiting.append((job, self._db.vectors.count_waiting()))

    def step(self) -> float | None:
        """Purge what was removed, cut or embed a little, and tell those who wait for it; see `Server`."""
        self.purge()
        if self._cut_anew():
            return 0
        if self._queue is None:
            return None
        if self._may_wait():
            return BATTERY_S
        patience = self._queue.step()
        self._embed_postponed()
        awaiting, self._awaiting = self._awaiting, []
        for job, total in awaiting:
            try:
                self._tell(job, total, done=patience is None)
            except Exception as error:
                job.fail(error)
        return patience

    def _may_wait(self) -> bool:
        """Whether there is something to embed that had better wait."""
        is_asked_for = self._awaiting or self._postponed
        return not is_asked_for and self._db.vectors.count_waiting() > 0 and self._is_saving()

    def _cut_anew(self) -> bool:
        """Cut one document into chunks of the length that is wanted; False if all are."""
        document_id = self._db.cut_otherwise(self._chunk_words)
        if document_id is None:
            return False
        chunks = chunk(self._db.parsed(document_id)[1], self._chunk_words)
        self._index.update(self._db, self._db.replace_chunks(document_id, chunks, self._chunk_words), [])
        if self._queue is not None:
            self._queue.look_again()
        return True

    def _tell(self, job: Job, total: int, *, done: bool) -> None:
        """Tell who waits for the vectors of so many chunks how far they are, or that they are there."""
        assert self._queue is not None
        job.check()
        if self._queue.problem is not None:
            raise self._queue.problem
        if done:
            job.send(LibraryState(request=job.request, report=self.report()))
            return
        total = max(total, self._db.vectors.count_waiting())
        stage, done_of_it, all_of_it = self._queue.progress(total)
        job.send(Embedded(request=job.request, stage=stage, done=done_of_it, total=all_of_it))
        self._awaiting.append((job, total))

    # --- for others ----------------------------------------------------------------------------------------------

    def _embed(self, message: EmbedTexts, job: Job) -> None:
        """At once, or when the embedder is ready."""
        if self._loader is None:
            raise AppError(ErrorCode.EMBEDDER_MISSING)
        self._loader.loaded()
        self._loader.prepare()
        self._postponed.append((message, job))
        self._embed_postponed()

    def _embed_postponed(self) -> None:
        assert self._loader is not None
        still: list[tuple[EmbedTexts, Job]] = []
        for message, job in self._postponed:
            try:
                job.check()
                embedder = self._loader.require()
                if embedder is None:
                    still.append((message, job))
                else:
                    job.send(Vectors(request=job.request, embeddings=embed(embedder, message.texts, job)))
            except (AppError, Cancelled) as error:
                job.fail(error)
        self._postponed = still

    def report(self) -> LibraryReport:
        """How the library is, and what is wrong with it."""
        vectors = len(self._db.vectors.ids())
        reachable = self._index.reachable()
        problems = self._db.check()
        if reachable is not None and reachable != vectors:
            problems.append(f"the index reaches {reachable} of {vectors} passages; rebuild it")
        if self._unpurged:
            problems.append(f"the files still hold words of what was removed: {self._unpurged}")
        if self._queue is not None:
            problems += self._queue.problems()
        serving = self._db.vectors.embedder("serving")
        return LibraryReport(
            documents=len(self._db.documents(None)),
            chunks=self._db.count_chunks(),
            indexed=vectors if reachable is None else reachable,
            index_state=self._index.state,
            problems=tuple(problems),
            waiting=self._db.vectors.count_waiting(),
            embedder=f"{serving[0].runtime}, {serving[0].dimension} dimensions" if serving else "",
        )


def embed(embedder: TextEmbedder, texts: list[str], job: Job) -> Embeddings:
    """Texts as vectors, for whoever asks. Raises AppError EMBEDDING_TOO_LONG rather than cutting one off."""
    counts = embedder.count_tokens(texts)
    for number, count in enumerate(counts, 1):
        if count > embedder.limit:
            raise AppError(ErrorCode.EMBEDDING_TOO_LONG, number=number, needed=count, available=embedder.limit)
    vectors = embed_documents(embedder, texts, job.check)
    return Embeddings(tuple(vector.astype("<f4").tobytes() for vector in vectors), sum(counts))


class LibraryWorker:
    """Serves one library at a time, and embeds when nobody has asked for anything for a moment."""

    def __init__(self) -> None:
        self._library: Library | None = None
        self._asked = False  # since the last step

    def handle(self, message: ToLibrary, job: Job) -> None:
        """Open a library, or pass a request on to the one that is open."""
        self._asked = not isinstance(message, AwaitVectors)  # who waits for the vectors has nothing else to ask
        if isinstance(message, OpenLibrary):
            if self._library is not None:
                self._library.close()
                self._library = None
            embedder = Path(message.embedder) if message.embedder else None
            self._library = Library(
                Path(message.folder),
                embedder,
                message.runtime,
                message.chunk_words,
                is_on_battery if message.saves_power else lambda: False,
            )
            job.send(LibraryState(request=job.request, report=self._library.report()))
        elif self._library is None:  # meant for a predecessor that died just now
            raise AppError(ErrorCode.WORKER_DIED, worker="library", exit=0)
        else:
            self._library.handle(message, job)

    def step(self) -> float | None:
        """See `Server`."""
        if self._library is None:
            return None
        if self._asked:
            self._asked = False
            return QUIET_S
        return self._library.step()

    def purge(self) -> None:
        """See `Library.purge`."""
        if self._library is not None:
            self._library.purge()


def run(pipes: tuple[BinaryIO, BinaryIO]) -> None:
    """Serve until the app goes away."""
    worker = LibraryWorker()
    Server[ToLibrary]("library", ToLibrary, worker.handle, pipes, worker.step).run()
    worker.purge()
