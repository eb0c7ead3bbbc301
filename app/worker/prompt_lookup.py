"""Guesses what comes next by looking up the last tokens in what was said before: grounded answers copy passages.

Measured with Qwen2.5 Coder 1.5B on one processor core, with and without in turn, on four answers that copy from their
passages: the same text in 4 to 17 % less processor time, 12 % in all. Reckoned from what a step costs there (four
tokens 2.5 times as much as one), spans of 3 win no more and lose 7 % on an answer in its own words, where spans of 5
lose none.
"""

from collections.abc import Sequence
from typing import Final

SPAN: Final = 5  # tokens that must have stood together before
GUESS: Final = 3  # tokens guessed: with the one before them, the four that processors evaluate together cheaply


class PromptLookup:
    """An index over one growing sequence of tokens."""

    def __init__(self) -> None:
        self._follower: dict[tuple[int, ...], int] = {}  # place of the token that last followed a span
        self._indexed = 0

    def guess(self, tokens: Sequence[int]) -> list[int]:
        """What followed when the last tokens stood there before; nothing if they never did."""
        for place in range(max(self._indexed, SPAN), len(tokens)):
            self._follower[tuple(tokens[place - SPAN : place])] = place
        self._indexed = len(tokens)
        place = self._follower.get(tuple(tokens[-SPAN:]), len(tokens))
        guessed = list(tokens[place : place + GUESS])
        return guessed if len(guessed) == GUESS else []
