"""Vectors of texts and scores of passages from GGUF models."""

from typing import Protocol

from app.domain.cancel import Cancel


class Embedder(Protocol):
    """An embedding model."""

    def embed(self, texts: list[str], cancel: Cancel) -> list[list[float]]:
        """A vector of length 1 for each text. Raises Cancelled, AppError TEXT_TOO_LONG, WORKER_* and load's."""
        ...


class Reranker(Protocol):
    """A model that reads a query and a passage together."""

    def rank(self, query: str, passages: list[str], cancel: Cancel) -> list[float]:
        """How well each passage answers the query, higher is better; raises as `Embedder.embed` does."""
        ...
