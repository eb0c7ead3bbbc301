"""The vectors of a question, each in the space of vectors that it is compared with."""

import numpy as np

from app.worker.embedder import TextEmbedder
from app.worker.embedder_loader import EmbedderLoader
from app.worker.vector_table import VectorTable


class QuestionVectors:
    """Uses the embedder of the vectors that serve: the wanted one, or its predecessor until all vectors are new."""

    def __init__(self, vectors: VectorTable, wanted: EmbedderLoader | None) -> None:
        self._vectors = vectors
        self._wanted = wanted
        self._former: EmbedderLoader | None = None

    def real(self, text: str) -> np.ndarray | None:
        """In the space of the vectors that serve; None if there are none, or if their embedder cannot be had."""
        embedder = self._serving()
        return embedder.query(text) if embedder is not None else None

    def coarse(self, text: str) -> np.ndarray | None:
        """In the space of the coarse vectors; None if there are none."""
        if self._wanted is None or self._wanted.static is None:
            return None
        return np.asarray(self._wanted.static.of([text])[0])

    def _serving(self) -> TextEmbedder | None:
        serving = self._vectors.embedder("serving")
        if self._wanted is None or serving is None:
            return None
        identity, folder = serving
        embedder = self._wanted.loaded()
        if embedder is not None and embedder.identity == identity:
            return embedder
        if self._former is None:
            self._former = self._wanted.sibling(folder, identity.runtime)
        former = self._former.loaded()
        return former if former is not None and former.identity == identity else None

    def close(self) -> None:
        """Let go of what is loaded."""
        if self._former is not None:
            self._former.close()
