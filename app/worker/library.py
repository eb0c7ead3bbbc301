"""The library worker: owns `library.db` and the vector index; adds, finds and forgets documents."""

import threading
from pathlib import Path
from typing import BinaryIO

from app.domain.chunking import chunk
from app.domain.embeddings import Embeddings
from app.domain.errors import AppError, ErrorCode
from app.domain.library import Chunk, LibraryReport, ParsedDocument
from app.wire.messages import (
    AddDocument,
    CheckLibrary,
    Documents,
    Embedded,
    EmbedTexts,
    FindDocument,
    FindSimilar,
    Found,
    FullText,
    LibraryState,
    ListDocuments,
    MoveDocument,
    OpenLibrary,
    ReadText,
    RemoveDocument,
    SearchLibrary,
    SimilarPairs,
    ToLibrary,
    Vectors,
)
from app.worker.embedder import Embedder
from app.worker.library_db import LibraryDb
from app.worker.near_duplicates import similar_pairs
from app.worker.search import Search
from app.worker.serve import Job, Server
from app.worker.vector_index import VectorIndex


class Library:
    """The open library. One thread, but for the index's preparation."""

    def __init__(self, folder: Path, embedder: Path | None) -> None:
        """Open. Raises AppError LIBRARY_NEWER or LIBRARY_DAMAGED; a missing embedder is an error when it is needed."""
        self._file = folder / "library.db"
        self._db = LibraryDb(self._file)
        self._embedder = Embedder(embedder) if embedder is not None else None
        self._index = VectorIndex(folder / "chroma")
        self._search = Search(self._db, self._index)
        self._preparation = threading.Thread(target=self._prepare_index, name="index", daemon=True)
        self._preparation.start()

    def _prepare_index(self) -> None:
        """In a thread and with a connection of its own; search is exact until it is done."""
        db = LibraryDb(self._file)
        try:
            self._index.prepare(db)
        finally:
            db.close()

    def close(self) -> None:
        """Let go of the files."""
        self._preparation.join()
        self._index.close()
        self._db.close()

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
            case SearchLibrary(query=query, limit=limit):
                vector = self._ready_embedder().query(query.text)
                job.send(Found(request=number, passages=self._search.passages(query, vector, limit)))
            case ListDocuments(collection=collection):
                job.send(Documents(request=number, documents=self._db.documents(collection)))
            case ReadText(document_id=document_id):
                job.send(FullText(request=number, text=self._db.text(document_id)))
            case EmbedTexts(texts=texts):
                if self._embedder is None:
                    raise AppError(ErrorCode.EMBEDDER_MISSING)
                job.send(Vectors(request=number, embeddings=embed(self._embedder, texts, job)))
            case FindSimilar(collection=collection, least=least):
                documents = self._db.documents(collection)
                by_id = {document.id: self._db.text(document.id) for document in documents}
                job.send(SimilarPairs(request=number, pairs=list(similar_pairs(by_id, least, job.check))))
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

    def _add(self, message: AddDocument, job: Job) -> None:
        """Chunk and embed first; then one transaction; then the index."""
        embedder = self._ready_embedder()
        parsed = message.parsed
        chunks = chunk(parsed)
        texts = [embedding_text(parsed, one) for one in chunks]

        def on_batch(done: int) -> None:
            job.check()
            job.send(Embedded(request=job.request, done=done, total=len(texts)))

        vectors = embedder.documents(texts, on_batch, giving_way=True)
        document, gone, came = self._db.add(message.source, parsed, chunks, vectors)
        self._index.update(self._db, gone, came)
        job.send(Documents(request=job.request, documents=[document]))

    def report(self) -> LibraryReport:
        """How the library is, and what is wrong with it."""
        chunks = len(self._db.chunk_ids())
        reachable = self._index.reachable()
        problems = self._db.check()
        if reachable is not None and reachable != chunks:
            problems.append(f"the index reaches {reachable} of {chunks} passages; rebuild it")
        indexed = chunks if reachable is None else reachable
        documents = len(self._db.documents(None))
        return LibraryReport(documents, chunks, indexed, self._index.state, tuple(problems))

    def _ready_embedder(self) -> Embedder:
        """The embedder whose vectors the library holds.

        Vectors of another embedder are not comparable: until re-indexing exists, changing it is refused.
        """
        if self._embedder is None:
            raise AppError(ErrorCode.EMBEDDER_MISSING)
        identity = self._embedder.identity
        known = self._db.fact("embedder")
        if known != identity:
            if self._db.chunk_ids():
                raise AppError(ErrorCode.EMBEDDER_CHANGED)
            self._db.set_fact("embedder", identity)
        return self._embedder


def embed(embedder: Embedder, texts: list[str], job: Job) -> Embeddings:
    """Texts as vectors, for whoever asks. Raises AppError EMBEDDING_TOO_LONG rather than cutting one off."""
    counts = embedder.count_tokens(texts)
    for number, count in enumerate(counts, 1):
        if count > embedder.limit:
            raise AppError(ErrorCode.EMBEDDING_TOO_LONG, number=number, needed=count, available=embedder.limit)
    vectors = embedder.documents(texts, lambda _done: job.check())
    return Embeddings(tuple(vector.astype("<f4").tobytes() for vector in vectors), sum(counts))


def embedding_text(parsed: ParsedDocument, chunk: Chunk) -> str:
    """What is embedded of a chunk: its words under the headings that say what they are about."""
    return "\n".join(part for part in (parsed.title, chunk.heading, parsed.text[chunk.start : chunk.end]) if part)


def run(pipes: tuple[BinaryIO, BinaryIO]) -> None:
    """Serve one library until the app goes away."""
    opened: list[Library] = []

    def handle(message: ToLibrary, job: Job) -> None:
        if isinstance(message, OpenLibrary):
            while opened:
                opened.pop().close()
            opened[:] = [Library(Path(message.folder), Path(message.embedder) if message.embedder else None)]
            job.send(LibraryState(request=job.request, report=opened[0].report()))
        elif not opened:  # meant for a predecessor that died just now
            raise AppError(ErrorCode.WORKER_DIED, worker="library", exit=0)
        else:
            opened[0].handle(message, job)

    Server[ToLibrary]("library", ToLibrary, handle, pipes).run()
