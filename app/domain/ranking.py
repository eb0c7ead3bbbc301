"""Fusing rankings. Source: Cormack, Clarke, Büttcher, "Reciprocal Rank Fusion", SIGIR 2009."""

from collections.abc import Sequence
from typing import Final

K: Final = 60  # the paper's constant: how slowly a rank loses weight


def fuse(rankings: Sequence[Sequence[int]], k: int = K) -> list[tuple[int, float]]:
    """Merge rankings of ids, best first each, into one with scores; equal scores keep the order of first sight."""
    scores: dict[int, float] = {}
    for ranking in rankings:
        for rank, item in enumerate(ranking, 1):
            scores[item] = scores.get(item, 0.0) + 1.0 / (k + rank)
    return sorted(scores.items(), key=lambda pair: -pair[1])
