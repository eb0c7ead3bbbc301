"""One ranking out of several.

`fuse` looks at ranks alone: Cormack, Clarke, Büttcher, "Reciprocal Rank Fusion", SIGIR 2009. `blend` looks at how far
apart the scores are: Bruch, Gai, Ingber, "An Analysis of Fusion Functions for Hybrid Retrieval", TOIS 2023.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Final

K: Final = 60  # the paper's constant: how slowly a rank loses weight
CANDIDATES: Final = 100  # taken from each retriever before they are blended

# Weights found on questions about three companies' documents and on scientific claims: see tests/bench/retrieval.py.
WORDS: Final = 0.5
MEANING: Final = 0.5
DOCUMENT: Final = 0.3  # how well the whole document matches
CODES: Final = 0.3


def fuse(rankings: Sequence[Sequence[int]], k: int = K) -> list[tuple[int, float]]:
    """Merge rankings of ids, best first each, into one with scores; equal scores keep the order of first sight."""
    scores: dict[int, float] = {}
    for ranking in rankings:
        for rank, item in enumerate(ranking, 1):
            scores[item] = scores.get(item, 0.0) + 1.0 / (k + rank)
    return sorted(scores.items(), key=lambda pair: -pair[1])


@dataclass(frozen=True, slots=True)
class Signal:
    """What one retriever says of some ids: a score that is better the higher it is."""

    scores: Mapping[int, float]
    weight: float
    floor: float = 0.0  # a score that says nothing for an id

    def of(self, item: int) -> float:
        """The weighted score between 0, at the floor or not found, and the weight, at the best."""
        best = max(self.scores.values(), default=self.floor)
        if best <= self.floor:
            return self.weight if item in self.scores else 0.0
        return self.weight * max(0.0, self.scores.get(item, self.floor) - self.floor) / (best - self.floor)


def blend(signals: Sequence[Signal]) -> list[tuple[int, float]]:
    """All ids that any signal knows, best first, with scores from 0 to 1."""
    total = sum(signal.weight for signal in signals)
    items = dict.fromkeys(item for signal in signals for item in signal.scores)
    scored = [(item, sum(signal.of(item) for signal in signals) / total) for item in items] if total else []
    return sorted(scored, key=lambda pair: -pair[1])


def blend_found(found: Mapping[str, Mapping[int, float]]) -> list[tuple[int, float]]:
    """One ranking of what a library's retrievers found: "bm25", "vector", "static", "codes" and "document"."""
    scores = {name: found.get(name, {}) for name in ("bm25", "vector", "static", "codes", "document")}
    return blend(
        [
            Signal(scores["bm25"], WORDS),
            *(_meaning(scores[name]) for name in ("vector", "static")),
            Signal(scores["codes"], CODES if scores["codes"] else 0.0),
            Signal(scores["document"], DOCUMENT),
        ]
    )


def _meaning(scores: Mapping[int, float]) -> Signal:
    """A list of cosines, which are compared with others of their own space only."""
    return Signal(scores, MEANING if scores else 0.0, min(scores.values(), default=0.0))
