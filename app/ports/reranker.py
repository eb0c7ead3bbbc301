"""Passages in the order in which they answer a question."""

from typing import Protocol

from app.domain.cancel import Cancel


class Reranker(Protocol):
    """A model that reads a question and a passage together."""

    def rank(self, query: str, passages: list[str], cancel: Cancel) -> list[float]:
        """How well each passage answers the query, in order; higher is better, and the scale is the model's own.

        Raises Cancelled, and AppError MODEL_LOAD_FAILED (a model that is no reranker, too), TEXT_TOO_LONG, WORKER_*.
        """
        ...
