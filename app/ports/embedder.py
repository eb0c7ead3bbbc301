"""Text to vectors."""

from typing import Protocol

from app.domain.cancel import Cancel
from app.domain.embeddings import Embeddings


class Embedder(Protocol):
    """The embedding model of the library."""

    def embed(self, texts: list[str], cancel: Cancel) -> Embeddings:
        """One unit vector per text, in order.

        Raises Cancelled, or AppError EMBEDDER_MISSING, EMBEDDING_TOO_LONG, WORKER_*.
        """
        ...
