"""Guesses what comes next by looking up the last tokens in what was said before: grounded answers copy passages.

Measured with Qwen2.5 Coder 1.5B on one processor core, where four tokens at once cost 2.5 times as much as one, and
reckoned on five of its answers from passages: with spans of 5 the four that copy take 14 to 29 % less, and the one in
its own words no more. Spans of 3 win as much, but lose 7 % on that one; guesses of one token win a few per cent.
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
