"""Gives the chunks of a library their vectors, a few at a time, between the requests of the app.

Words are searched from the moment a document is added, coarse vectors a moment later, real ones when they are there.
"""

import traceback
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from typing import Final

import numpy as np

from app.domain.errors import AppError, ErrorCode
from app.domain.library import EmbeddingStage
from app.worker.embedder import TextEmbedder
from app.worker.embedder_loader import STEPS, EmbedderLoader
from app.worker.library_db import LibraryDb
from app.worker.priority import give_way
from app.worker.vector_index import VectorIndex

WINDOW: Final = 256  # chunks embedded before they are committed, together; a kill costs so many at most
STATIC_WINDOW: Final = 512  # chunks given coarse vectors at once
PATIENCE_S: Final = 0.1  # between two looks at an embedder that gets ready


class EmbeddingQueue:
    """Works in the library's one thread: `step` does a little. What computes for long gives way to other work."""

    def __init__(
        self, db: LibraryDb, index: VectorIndex, loader: EmbedderLoader, rebuild_index: Callable[[], None]
    ) -> None:
        """`rebuild_index` has the index made anew in the background."""
        self._db = db
        self._index = index
        self._loader = loader
        self._rebuild_index = rebuild_index
        self._aside = ThreadPoolExecutor(1, "indexing", give_way)
        self._window: Window | None = None
        self._coarse_due = True  # there may be chunks without even a coarse vector
        self.problem: AppError | None = None  # what ended the work

    def close(self) -> None:
        """End the thread that embeds."""
        self._aside.shutdown()

    def look_again(self) -> None:
        """Chunks have come."""
        self._coarse_due = True

    def step(self) -> float | None:
        """Do a little. For how long to wait before the next: 0 not at all, None until something is added."""
        if self.problem is not None:
            return None
        try:
            with self._db.damage_named():
                return self._step()
        except AppError as error:
            self.problem = error
        except Exception as error:
            traceback.print_exc()
            reason = f"{type(error).__name__}: {error}"[:300]
            self.problem = AppError(ErrorCode.INTERNAL, worker="library", error=reason)
        return None

    def _step(self) -> float | None:
        embedder = self._loader.require()
        if embedder is None:
            if self._loader.stage == "unprepared":
                if not self._db.vectors.wants_embedder():
                    return None
                self._loader.prepare()
            return PATIENCE_S
        self._db.vectors.aim(embedder.identity, self._loader.folder)
        if self._add_static() or self._embed(embedder):
            return 0
        if self._db.vectors.is_coming():
            self._index.set_aside()
            self._db.vectors.succeed()
            self._rebuild_index()
        return None

    def _add_static(self) -> bool:
        """Coarse vectors for some chunks; False if none is without."""
        static = self._loader.static
        if static is None or not self._coarse_due:
            return False
        self._db.vectors.set_static_identity(static.identity)
        texts = self._db.chunk_texts(self._db.vectors.without_static(STATIC_WINDOW))
        self._db.vectors.put_static([chunk_id for chunk_id, _ in texts], static.of([text for _, text in texts]))
        self._coarse_due = len(texts) == STATIC_WINDOW
        return True

    def _embed(self, embedder: TextEmbedder) -> bool:
        """One batch of real vectors; False if nothing waits."""
        if self._window is None:
            texts = self._db.chunk_texts(self._db.vectors.waiting(WINDOW))
            if not texts:
                return False
            self._window = Window(embedder, texts)
        if not self._aside.submit(self._window.advance).result():
            chunk_ids, vectors = self._window.result()
            self._window = None
            kept = self._db.vectors.put(chunk_ids, vectors)
            if not self._db.vectors.is_coming():
                self._index.update(self._db, [], kept)
        return True

    def problems(self) -> list[str]:
        """What is wrong, in words."""
        stopped = self.problem is not None and self._loader.error is None
        return [*self._loader.problems(), *([f"embedding has stopped: {self.problem}"] if stopped else [])]

    def progress(self, total: int) -> tuple[EmbeddingStage, int, int]:
        """How far the embedder is with getting ready, or with `total` chunks."""
        if self._loader.ready() is None:
            return "preparing", self._loader.progress, STEPS
        return "embedding", total - self._db.vectors.count_waiting(), total


class Window:
    """Some chunks on their way through the embedder, in batches of like length."""

    def __init__(self, embedder: TextEmbedder, texts: list[tuple[int, str]]) -> None:
        self._chunk_ids = [chunk_id for chunk_id, _ in texts]
        self._vectors = np.zeros((len(texts), embedder.identity.dimension), dtype=np.float32)
        self._batches = embedder.batches([text for _, text in texts])

    def advance(self) -> bool:
        """Embed the next batch; False if that was the last."""
        for places, vectors in self._batches:
            self._vectors[places] = vectors
            return True
        return False

    def result(self) -> tuple[list[int], np.ndarray]:
        """All vectors, once there is no more to advance."""
        return self._chunk_ids, self._vectors
