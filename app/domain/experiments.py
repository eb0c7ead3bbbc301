"""A person's own recall test: questions with the right document, ways of searching, and how well each finds.

A question counts what it looks for once: a document where its best passage stands, or, where the right page is known,
that page of the document.
"""

import math
import random
import statistics
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from itertools import product
from pathlib import PurePath
from typing import Final, Literal

from app.domain.chunking import MAX_WORDS
from app.domain.library import Passage
from app.domain.ranking import FusionMethod

Origin = Literal["typed", "imported", "generated"]
RunState = Literal["running", "stopped", "complete"]
Verdict = Literal["present", "better", "worse", "unclear"]

DEPTH: Final = 50  # passages looked at, so that ten documents are among them
RANKS: Final = 10  # that nDCG looks at
RESAMPLES: Final = 2000
CONFIDENCE: Final = 0.95


@dataclass(frozen=True, slots=True)
class Question:
    """A question and the names of the documents that answer it, any of them; the page where it is known."""

    text: str
    documents: tuple[str, ...]
    page: int = 0  # of a single document; 0 where it is not known
    origin: Origin = "typed"
    approved: bool = True  # what a model wrote counts once a person has approved it
    made_from: str = ""  # the content hash of the document that a model wrote it from
    id: int = 0  # 0 before it is kept


@dataclass(frozen=True, slots=True)
class Variant:
    """One way of searching."""

    chunk_words: int = MAX_WORDS
    embedder: str = ""  # the id of its model; "" for none
    fusion: FusionMethod = "blend"
    passages: int = 4  # k: how many are shown to the model


@dataclass(frozen=True, slots=True)
class Axes:
    """What is tried of each parameter."""

    chunk_words: tuple[int, ...]
    embedders: tuple[str, ...]
    fusions: tuple[FusionMethod, ...]
    passages: tuple[int, ...]


@dataclass(frozen=True, slots=True)
class Score:
    """How well one question was answered by a ranking, and how long that took."""

    recall: float  # share of what is right among the first k passages
    ndcg: float
    reciprocal_rank: float
    milliseconds: float


@dataclass(frozen=True, slots=True)
class Estimate:
    """A mean, and the interval that holds it with the confidence asked for."""

    mean: float
    low: float
    high: float


@dataclass(frozen=True, slots=True)
class Figures:
    """How well a variant finds; the gains are over the present settings, question by question."""

    recall: Estimate
    ndcg: Estimate
    reciprocal_rank: Estimate
    recall_gain: Estimate
    ndcg_gain: Estimate
    p50_ms: float
    p95_ms: float


@dataclass(frozen=True, slots=True)
class Result:
    """A variant as it was measured: a score per question of the run, in its order."""

    variant: Variant
    scores: tuple[Score, ...]
    figures: Figures
    chunks: int
    index_bytes: int


@dataclass(frozen=True, slots=True)
class Run:
    """One experiment: what is compared with the present settings, on which questions, and how far it is."""

    present: Variant
    axes: Axes
    questions: tuple[int, ...]  # ids
    collection: str | None = None  # None: the whole library
    id: int = 0
    started_at: str = ""  # ISO 8601, UTC
    state: RunState = "running"


def variants(run: Run) -> tuple[Variant, ...]:
    """All variants of a run, each once: those that share an index stand together, the present settings come first."""
    axes = run.axes
    every = [
        Variant(words, embedder, fusion, k)
        for words, embedder, fusion, k in product(axes.chunk_words, axes.embedders, axes.fusions, axes.passages)
        if embedder or fusion == "words"  # without an embedder, nothing is found by its meaning
    ]
    ordered = dict.fromkeys([run.present, *every])
    return tuple(sorted(ordered, key=lambda v: (v != run.present, not shares_index(v, run.present))))


def shares_index(one: Variant, other: Variant) -> bool:
    """Whether two variants search the same chunks and vectors."""
    return (one.chunk_words, one.embedder) == (other.chunk_words, other.embedder)


# --- metrics -------------------------------------------------------------------------------------------------------


def score(question: Question, passages: Sequence[Passage], k: int, milliseconds: float) -> Score:
    """How well a ranking of passages answers a question, of which the first `k` would be shown."""
    right = _right(question)
    return Score(
        recall(_places(question, passages[:k]), right),
        ndcg(_places(question, passages), right),
        reciprocal_rank(_places(question, passages), right),
        milliseconds,
    )


def recall(found: Iterable[str], right: frozenset[str]) -> float:
    """The share of what is right that was found."""
    return len(right & set(found)) / len(right)


def ndcg(ranked: Sequence[str], right: frozenset[str], depth: int = RANKS) -> float:
    """Source: Järvelin and Kekäläinen, "Cumulated gain-based evaluation of IR techniques", TOIS 2002."""
    gain = sum(1 / math.log2(rank + 1) for rank, name in enumerate(ranked[:depth], 1) if name in right)
    return gain / sum(1 / math.log2(rank + 1) for rank in range(1, min(depth, len(right)) + 1))


def reciprocal_rank(ranked: Sequence[str], right: frozenset[str]) -> float:
    """One over the place of the first that is right; 0 if none is."""
    return next((1 / rank for rank, name in enumerate(ranked, 1) if name in right), 0.0)


def _right(question: Question) -> frozenset[str]:
    return frozenset(f"{name}\n{question.page}" if question.page else name for name in question.documents)


def _places(question: Question, passages: Iterable[Passage]) -> list[str]:
    """What the passages point at, each once: documents, or pages where a page is looked for."""
    return list(dict.fromkeys(f"{p.document}\n{p.page}" if question.page else p.document for p in passages))


def bootstrap(values: Sequence[float], confidence: float = CONFIDENCE, seed: int = 0) -> Estimate:
    """The mean and its interval, by the percentiles of means of resamples.

    Source: Efron and Tibshirani, "An Introduction to the Bootstrap", 1993, chapter 13.
    """
    draw = random.Random(seed)  # noqa: S311  statistics, not secrets
    count = len(values)
    means = sorted(sum(draw.choices(values, k=count)) / count for _ in range(RESAMPLES))
    outside = round((1 - confidence) / 2 * RESAMPLES)
    return Estimate(statistics.fmean(values), means[outside], means[-1 - outside])


def summarise(scores: Sequence[Score], present: Sequence[Score], comparisons: int) -> Figures:
    """The figures of a variant.

    The intervals of its gains over the present settings are widened for the number of variants that are compared
    (Bonferroni): of many variants that are no better, one would else seem so by chance.
    """
    confidence = 1 - (1 - CONFIDENCE) / max(1, comparisons)
    times = sorted(one.milliseconds for one in scores)
    pairs = list(zip(scores, present, strict=True))
    return Figures(
        bootstrap([one.recall for one in scores]),
        bootstrap([one.ndcg for one in scores]),
        bootstrap([one.reciprocal_rank for one in scores]),
        bootstrap([one.recall - other.recall for one, other in pairs], confidence),
        bootstrap([one.ndcg - other.ndcg for one, other in pairs], confidence),
        quantile(times, 0.5),
        quantile(times, 0.95),
    )


def quantile(ordered: Sequence[float], share: float) -> float:
    """The value below which this share of ascending values lies."""
    return ordered[min(len(ordered) - 1, int(share * len(ordered)))]


def verdict(result: Result, present: Variant) -> Verdict:
    """Whether a variant is better than the present settings beyond chance, by nDCG and by recall."""
    if result.variant == present:
        return "present"
    gains = result.figures.ndcg_gain, result.figures.recall_gain
    better, worse = any(gain.low > 0 for gain in gains), any(gain.high < 0 for gain in gains)
    return "unclear" if better == worse else "better" if better else "worse"


# --- documents by name ---------------------------------------------------------------------------------------------


def resolve(named: str, documents: Iterable[str]) -> str | None:
    """The document that a person means: by its name, by the end of a path, or without its ending; None if unclear."""
    name = PurePath(named.replace("\\", "/")).name
    known = set(documents)
    if name in known:
        return name
    alike = {one for one in known if PurePath(one).stem.casefold() == PurePath(name).stem.casefold()}
    return alike.pop() if len(alike) == 1 else None
