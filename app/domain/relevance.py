"""Whether search found anything that is about the question, or only what is least far from it."""

from collections.abc import Iterable
from typing import Final

from app.domain.library import Passage

# Over 762 questions to three companies' documents (tests/bench/retrieval.py): each company's own questions pass, and
# those put to another company's documents do not. The cosine is that of all-MiniLM-L6-v2.
MEANING: Final = 0.6
COVERAGE: Final = 0.4
THRESHOLD: Final = 0.37


def relevance(passage: Passage) -> float:
    """How much a passage is about a question, from 0 to 1: by meaning, and by the question's words that stand in it."""
    coverage = passage.scores.get("coverage", 0.0)
    return MEANING * passage.scores.get("vector", coverage) + COVERAGE * coverage


def any_relevant(passages: Iterable[Passage]) -> bool:
    """Whether at least one of the passages is about the question."""
    return any(relevance(passage) >= THRESHOLD for passage in passages)
