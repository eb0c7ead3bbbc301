"""What a reasoning model writes for itself before it answers, told from the answer.

Qwen3, DeepSeek-R1 and others begin with <think>…</think>. Tags come in pieces, as tokens do.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Final

OPEN: Final = "<think>"
CLOSE: Final = "</think>"


@dataclass(frozen=True, slots=True)
class Piece:
    """A stretch of what was written."""

    text: str
    is_thought: bool


class ThoughtSplitter:
    """Takes what a model writes, piece by piece. Only what it begins with can be a thought; a later tag is text."""

    def __init__(self) -> None:
        self._held = ""  # what may be the beginning of a tag
        self._at: str = "start"  # "start", "thought", "between" or "answer"
        self._begun = False  # whether anything of the thought was told

    def take(self, text: str) -> Iterator[Piece]:
        """What can be told from all that was written so far and was not told before."""
        if self._at == "answer":
            yield Piece(text, is_thought=False)
            return
        self._held += text
        if self._at == "start":
            yield from self._start()
        if self._at == "thought":
            yield from self._think()
        if self._at == "between":
            yield from self._begin_answer()

    def end(self) -> Iterator[Piece]:
        """The rest, once nothing more comes."""
        rest, self._held = self._held, ""
        if self._at == "thought" and not self._begun:
            rest = rest.lstrip()
        if rest and self._at != "between":
            yield Piece(rest, is_thought=self._at == "thought")

    def _start(self) -> Iterator[Piece]:
        begun = self._held.lstrip()
        if begun.startswith(OPEN):
            self._held, self._at = begun[len(OPEN) :], "thought"
        elif not OPEN.startswith(begun):  # it is no tag, and cannot become one
            rest, self._held, self._at = self._held, "", "answer"
            yield Piece(rest, is_thought=False)

    def _think(self) -> Iterator[Piece]:
        thought, closed, rest = self._held.partition(CLOSE)
        if closed:
            self._held, self._at = rest, "between"
        else:
            kept = next((n for n in range(len(CLOSE) - 1, 0, -1) if thought.endswith(CLOSE[:n])), 0)
            thought, self._held = thought[: len(thought) - kept], thought[len(thought) - kept :]
        thought = thought if self._begun else thought.lstrip()
        if thought:
            self._begun = True
            yield Piece(thought, is_thought=True)

    def _begin_answer(self) -> Iterator[Piece]:
        answer = self._held.lstrip()
        if answer:
            self._held, self._at = "", "answer"
            yield Piece(answer, is_thought=False)
