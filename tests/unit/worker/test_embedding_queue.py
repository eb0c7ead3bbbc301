"""The queue that embeds behind the app's back: what it commits, what a failure does, how embedders take turns."""

from collections.abc import Iterator, Sequence
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from app.domain.errors import AppError, ErrorCode
from app.domain.library import DEFAULT_COLLECTION, Block, Chunk, ParsedDocument, Source
from app.domain.query import Query
from app.worker import embedding_queue
from app.worker.embedder import Batch, Identity
from app.worker.embedder_loader import EmbedderLoader, Stage
from app.worker.embedding_queue import EmbeddingQueue
from app.worker.library_db import LibraryDb
from app.worker.search import Search
from app.worker.vector_index import VectorIndex

IDENTITY = Identity("hash", "onnx-int8", 4, "", "")


class LengthEmbedder:
    """Says how long a text is, two texts at a time."""

    limit = 100

    def __init__(self, identity: Identity = IDENTITY) -> None:
        self.identity = identity
        self.broken = False

    def batches(self, texts: Sequence[str]) -> Iterator[Batch]:
        """See `TextEmbedder`."""
        for first in range(0, len(texts), 2):
            if self.broken:
                raise RuntimeError("no more")
            places = list(range(first, min(first + 2, len(texts))))
            yield places, np.stack([self.query(texts[place]) for place in places])

    def query(self, text: str) -> np.ndarray:
        """See `TextEmbedder`."""
        angle = len(text) / 100
        return np.array([np.cos(angle), np.sin(angle), 0, 0], dtype=np.float32)

    def count_tokens(self, texts: Sequence[str]) -> list[int]:
        """See `TextEmbedder`."""
        return [len(text) for text in texts]


class ReadyLoader(EmbedderLoader):
    """Has what it is given."""

    def __init__(self, embedder: LengthEmbedder | None, stage: Stage = "ready") -> None:
        self.folder = Path("model")
        self.stage = stage
        self.progress, self.refused, self.error, self.static = 0, "", None, None
        self._embedder = embedder
        self.asked = False

    def prepare(self) -> None:
        """Note it."""
        self.asked = True


@pytest.fixture
def db(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[LibraryDb]:
    """A library of three documents of two chunks each, none embedded."""
    monkeypatch.setattr(embedding_queue, "WINDOW", 4)
    library = LibraryDb(tmp_path / "library.db")
    for name in ("a.md", "b.md", "c.md"):
        source = Source(f"/{name}", name, DEFAULT_COLLECTION, "hash", 9)
        blocks = (Block("paragraph", 0, 4, 1), Block("paragraph", 5, 9, 1))
        library.add(source, ParsedDocument(name, "some text", blocks, 1), [Chunk(0, 4, 1, ""), Chunk(5, 9, 1, "")])
    yield library
    library.close()


@pytest.fixture
def index(tmp_path: Path) -> VectorIndex:
    """Not prepared: search is exact."""
    return VectorIndex(tmp_path / "chroma")


def queue_of(db: LibraryDb, index: VectorIndex, loader: EmbedderLoader) -> EmbeddingQueue:
    return EmbeddingQueue(db, index, loader, lambda: None)


def work_off(queue: EmbeddingQueue) -> int:
    """Until there is nothing to do; the number of steps."""
    steps = 1
    while queue.step() is not None:
        steps += 1
    return steps


def test_chunks_are_embedded_batch_by_batch_and_committed_window_by_window(db: LibraryDb, index: VectorIndex) -> None:
    queue = queue_of(db, index, ReadyLoader(LengthEmbedder()))
    waiting = []
    while queue.step() is not None:
        waiting.append(db.vectors.count_waiting())
    assert waiting == [6, 6, 2, 2, 0]  # two batches and the commit of four; one batch and the commit of two
    assert db.vectors.ids() == [1, 2, 3, 4, 5, 6]


def test_what_was_not_committed_is_done_again_after_a_start(db: LibraryDb, index: VectorIndex) -> None:
    first = queue_of(db, index, ReadyLoader(LengthEmbedder()))
    for _ in range(4):
        first.step()
    assert db.vectors.count_waiting() == 2
    work_off(queue_of(db, index, ReadyLoader(LengthEmbedder())))
    assert db.vectors.ids() == [1, 2, 3, 4, 5, 6]


def test_an_embedder_is_prepared_only_when_there_is_something_to_embed(tmp_path: Path, db: LibraryDb) -> None:
    empty = LibraryDb(tmp_path / "empty.db")
    for library, wanted in ((empty, False), (db, True)):
        loader = ReadyLoader(None, "unprepared")
        assert (queue_of(library, VectorIndex(tmp_path / "none"), loader).step() is not None) is wanted
        assert loader.asked is wanted
    empty.close()


def test_a_failure_stops_the_work_and_is_said(db: LibraryDb, index: VectorIndex) -> None:
    embedder = LengthEmbedder()
    queue = queue_of(db, index, ReadyLoader(embedder))
    for _ in range(3):
        queue.step()
    embedder.broken = True
    work_off(queue)
    assert isinstance(queue.problem, AppError) and queue.problem.code is ErrorCode.INTERNAL
    assert "no more" in queue.problems()[0]
    assert db.vectors.count_waiting() == 2
    assert queue.step() is None


def test_a_new_embedder_takes_over_at_the_end_and_the_index_with_it(db: LibraryDb, index: VectorIndex) -> None:
    work_off(queue_of(db, index, ReadyLoader(LengthEmbedder())))
    rebuilt: list[str] = []
    other = LengthEmbedder(replace(IDENTITY, runtime="other"))
    queue = EmbeddingQueue(db, index, ReadyLoader(other), lambda: rebuilt.append(index.state))
    while queue.step() is not None:
        serving = db.vectors.embedder("serving")
        assert serving is not None and serving[0] == IDENTITY
        assert rebuilt == []
    serving = db.vectors.embedder("serving")
    assert serving is not None and serving[0] == other.identity
    assert rebuilt == ["exact"]
    assert (index._marker.exists(), len(db.vectors.ids())) == (True, 6)


def test_search_is_by_words_alone_before_and_by_meaning_too_after(db: LibraryDb, index: VectorIndex) -> None:
    search = Search(db, index)
    before = search.passages(Query("text"), None, 5)
    assert before and all("vector" not in passage.scores for passage in before)
    work_off(queue_of(db, index, ReadyLoader(LengthEmbedder())))
    after = search.passages(Query("text"), LengthEmbedder().query("text"), 5)
    assert "vector" in after[0].scores
