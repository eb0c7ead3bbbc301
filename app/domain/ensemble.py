"""Choosing one of several answers to the same question.

`vote`: self-consistency (Wang et al., "Self-Consistency Improves Chain of Thought Reasoning", ICLR 2023) for structured
answers, as minimum Bayes risk (Kumar and Byrne, NAACL 2004): the answer that agrees most with all others, field by
field. `rank_pairs`: each pair judged in both orders, since judges favour a position (Zheng et al., "Judging
LLM-as-a-Judge", NeurIPS 2023).
"""

import json
import math
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Choice:
    """Which of the answers is taken, and how they compare."""

    index: int
    scores: tuple[float, ...]  # of each answer, in their order; from 0 to 1, the higher the better
    share: float  # of the answers that are the same as the one taken, itself included


def vote(answers: Sequence[str], likelihoods: Sequence[float]) -> Choice:
    """The JSON answer that agrees most with the others; of equals the likelier, of those the first.

    Raises ValueError for an answer that is no JSON. `answers` holds at least one.
    """
    fields = [frozenset(_fields(json.loads(answer))) for answer in answers]
    scores = [
        sum(_shared(one, other) for place, other in enumerate(fields) if place != index) / max(1, len(fields) - 1)
        for index, one in enumerate(fields)
    ]
    index = max(range(len(answers)), key=lambda place: (scores[place], likelihoods[place], -place))
    return Choice(index, tuple(scores), fields.count(fields[index]) / len(fields))


def likeliest(answers: Sequence[str], likelihoods: Sequence[float]) -> Choice:
    """The answer that its model found likeliest, token by token; scores are those probabilities."""
    scores = tuple(math.exp(min(0.0, value)) for value in likelihoods)
    index = max(range(len(answers)), key=lambda place: (scores[place], -place))
    return Choice(index, scores, answers.count(answers[index]) / len(answers))


def rank_pairs(answers: Sequence[str], preferred: Mapping[tuple[int, int], float]) -> Choice:
    """The answer that wins most; `preferred[a, b]` is how surely a judge took `a` when it was shown before `b`."""
    scores = []
    for one in range(len(answers)):
        wins = [
            (preferred[one, other] + 1 - preferred[other, one]) / 2 for other in range(len(answers)) if other != one
        ]
        scores.append(sum(wins) / len(wins) if wins else 1.0)
    index = max(range(len(answers)), key=lambda place: (scores[place], -place))
    return Choice(index, tuple(scores), answers.count(answers[index]) / len(answers))


def preference(first: float, second: float) -> float:
    """How surely the first of two is taken, from the logarithms of their likelihoods."""
    return 1 / (1 + math.exp(max(-50.0, min(50.0, second - first))))


def _fields(value: object, pointer: str = "") -> Iterator[str]:
    """Every value of a JSON document with the way to it; objects in any order, arrays in theirs."""
    if isinstance(value, dict) and value:
        for key, inner in value.items():
            yield from _fields(inner, f"{pointer}/{key}")
    elif isinstance(value, list) and value:
        for place, inner in enumerate(value):
            yield from _fields(inner, f"{pointer}/{place}")
    else:
        yield f"{pointer}={json.dumps(value)}"


def _shared(one: frozenset[str], other: frozenset[str]) -> float:
    return len(one & other) / len(one | other)
