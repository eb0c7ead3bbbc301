"""Search, and a second look at the best of what it found by a model that reads question and passage together."""

from collections.abc import Callable
from dataclasses import replace
from typing import Final

from app.domain.cancel import Cancel
from app.domain.library import Passage
from app.domain.query import Query
from app.ports.passages import Passages
from app.services.guard import Guard
from app.services.models import Models

RERANKED: Final = 20  # of the best passages
READ: Final = 1500  # characters of a passage that the model sees, some 400 tokens


class Reranking:
    """Finds passages; a reranker orders them where the person wants that and one is installed."""

    def __init__(self, passages: Passages, models: Models, guard: Guard, is_wanted: Callable[[], bool]) -> None:
        self._passages = passages
        self._models = models
        self._guard = guard
        self._is_wanted = is_wanted

    def search(self, query: Query, limit: int, cancel: Cancel) -> list[Passage]:
        """The best passages, best first. Raises Cancelled, and what the reranker raises."""
        model = self._models.reranking() if self._is_wanted() and query.text.strip() else None
        if model is None:
            return self._passages.search(query, limit)
        found = self._passages.search(query, max(limit, RERANKED))
        texts = [passage.text[:READ] for passage in found]
        if not texts:
            return []
        scores = self._guard.rank(self._models.reranker(model), model, query.text, texts, cancel)
        order = sorted(range(len(found)), key=lambda place: -scores[place])
        return [
            replace(
                found[place],
                scores={**found[place].scores, "rerank": scores[place]},
                ranks={**found[place].ranks, "rerank": rank},
            )
            for rank, place in enumerate(order[:limit], 1)
        ]
