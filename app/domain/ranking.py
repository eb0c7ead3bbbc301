"""One ranking out of several.

`fuse` looks at ranks alone: Cormack, Clarke, Büttcher, "Reciprocal Rank Fusion", SIGIR 2009. `blend` looks at how far
apart the scores are: Bruch, Gai, Ingber, "An Analysis of Fusion Functions for Hybrid Retrieval", TOIS 2023.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Final, Literal, get_args

FusionMethod = Literal["blend", "ranks", "words", "meaning"]
FUSION_METHODS: Final[tuple[FusionMethod, ...]] = get_args(FusionMethod)

K: Final = 60  # the paper's constant: how slowly a rank loses weight
CANDIDATES: Final = 100  # taken from each retriever before they are blended


@dataclass(frozen=True, slots=True)
class Fusion:
    """How the lists of the retrievers become one: by how far apart their scores are ("blend"), by their ranks alone,
    or from the words or the meaning only. The weights are those of a blend.

    They were found on questions about three companies' documents and on scientific claims: see
    tests/bench/retrieval.py.
    """

    method: FusionMethod = "blend"
    words: float = 0.5
    meaning: float = 0.5
    codes: float = 0.3
    document: float = 0.3  # how well the whole document matches


BLEND: Final = Fusion()


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


def merge_found(found: Mapping[str, Mapping[int, float]], fusion: Fusion = BLEND) -> list[tuple[int, float]]:
    """One ranking of what a library's retrievers found: "bm25", "vector", "static", "codes" and "document"."""
    scores = {name: found.get(name, {}) for name in ("bm25", "vector", "static", "codes", "document")}
    if fusion.method == "ranks":
        return fuse([_ranked(scores[name]) for name in ("bm25", "vector", "static", "codes")])
    return blend(
        [
            Signal(scores["bm25"], fusion.words),
            *(_meaning(scores[name], fusion.meaning) for name in ("vector", "static")),
            Signal(scores["codes"], fusion.codes if scores["codes"] else 0.0),
            Signal(scores["document"], fusion.document),
        ]
    )


def _ranked(scores: Mapping[int, float]) -> list[int]:
    return sorted(scores, key=lambda item: -scores[item])


def _meaning(scores: Mapping[int, float], weight: float) -> Signal:
    """A list of cosines, which are compared with others of their own space only."""
    return Signal(scores, weight if scores else 0.0, min(scores.values(), default=0.0))
