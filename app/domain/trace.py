"""Why an answer says what it says, as far as its messages do not tell: kept with it, shown on demand."""

import math
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final, Literal

UNSURE: Final = 0.5  # a token that the model gave less than this may as well have been another


@dataclass(frozen=True, slots=True)
class Flag:
    """What a rail found, and where."""

    where: Literal["question", "passage", "answer"]
    kind: str


@dataclass(frozen=True, slots=True)
class Doubt:
    """A piece of the text as the model wrote it, and how likely it found it."""

    start: int
    end: int
    probability: float


@dataclass(frozen=True, slots=True)
class Trace:
    """How an answer came to be."""

    query: str = ""  # what was searched for; "" if nothing was
    because: str = ""  # why this model
    context: int = 0  # tokens that the model can read; 0 if it did not say
    temperature: float = 0.0
    seed: int = 0
    max_tokens: int = 0
    adapters: tuple[str, ...] = ()
    flags: tuple[Flag, ...] = ()
    confidence: float | None = None  # geometric mean of the tokens' probabilities; None: the model did not say
    doubts: tuple[Doubt, ...] = ()


class Confidence:
    """Follows how sure a model is of what it writes, token by token."""

    def __init__(self) -> None:
        self._length = 0
        self._tokens = 0
        self._total = 0.0
        self._doubts: list[Doubt] = []

    def take(self, text: str, logprob: float | None) -> None:
        """The next piece of the text, and the natural logarithm of its probability."""
        start, self._length = self._length, self._length + len(text)
        if logprob is None:
            return
        self._tokens += 1
        self._total += logprob
        if text.strip() and math.exp(logprob) < UNSURE:
            self._doubts.append(Doubt(start, self._length, round(math.exp(logprob), 3)))

    @property
    def mean(self) -> float | None:
        """The geometric mean of the probabilities; None without any."""
        return round(math.exp(self._total / self._tokens), 3) if self._tokens else None

    @property
    def doubts(self) -> tuple[Doubt, ...]:
        """The pieces that may as well have been others."""
        return tuple(self._doubts)


def flags_of(where: Literal["question", "passage", "answer"], kinds: Sequence[str]) -> tuple[Flag, ...]:
    """One flag for each kind of thing that was found there."""
    return tuple(Flag(where, kind) for kind in dict.fromkeys(kinds))
