"""Which words of a laid-out answer are which of its checked sentences."""

import re
from bisect import bisect_left
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

from PySide6.QtGui import QTextCursor, QTextDocument

from app.domain.chat import SentenceSupport
from app.domain.wording import MARKER

UNSUPPORTED: Final = "\ue000"  # of the private use area: where the text says so of the sentence before it
CONTRADICTED: Final = "\ue001"
_FLAGS: Final = {"unsupported": UNSUPPORTED, "contradicted": CONTRADICTED}
_FLAG: Final = re.compile(f"[{UNSUPPORTED}{CONTRADICTED}]")
_WORD: Final = re.compile(r"[^\W_]+")


@dataclass(frozen=True, slots=True)
class Mark:
    """A sentence, as a span of one of an answer's blocks."""

    block: int
    start: int
    end: int
    support: SentenceSupport

    def cursor(self, document: QTextDocument) -> QTextCursor:
        """The words in the block's document."""
        cursor = QTextCursor(document)
        cursor.setPosition(self.start)
        cursor.setPosition(self.end, QTextCursor.MoveMode.KeepAnchor)
        return cursor


def flagged(text: str, support: Sequence[SentenceSupport]) -> str:
    """The text with a flag after each sentence that its passages do not say; what looks like a flag in it is dropped.

    A row of a table has none: it would become a cell.
    """
    pieces, end = [], 0
    for one in support:
        sentence = text[one.start : one.end]
        flag = "" if sentence.lstrip().startswith("|") else _FLAGS.get(one.verdict, "")
        pieces += [_FLAG.sub("", text[end : one.start]), _FLAG.sub("", sentence), flag]
        end = one.end
    return "".join([*pieces, _FLAG.sub("", text[end:])])


def without_flags(text: str) -> str:
    """The text as it was before it was flagged."""
    return _FLAG.sub("", text)


def find_marks(
    text: str, support: Sequence[SentenceSupport], blocks: Sequence[str], documents: Sequence[QTextDocument]
) -> tuple[Mark, ...]:
    """Each sentence of `text` where its words stand in the documents that its blocks became, in order."""
    if not support:
        return ()
    marks: list[Mark] = []
    shown = [_shown_words(document.toRawText()) for document in documents]
    edges = [0]
    for block in blocks:
        edges.append(edges[-1] + len(_FLAG.sub("", block)))
    at = [0] * len(blocks)  # how far each block's words are spoken for
    for one in support:
        number = next((n for n in range(len(blocks)) if edges[n] <= one.start < edges[n + 1]), None)
        words = _WORD.findall(MARKER.sub(" ", text[one.start : one.end]))
        if number is None or not words:
            continue
        place = _find(words, shown[number], at[number])
        if place is not None:
            first, last = place
            at[number] = last
            marks.append(Mark(number, shown[number][first][0], shown[number][last - 1][1], one))
    return tuple(marks)


def _shown_words(text: str) -> list[tuple[int, int, str]]:
    """Words with where they begin and end, as Qt counts: in units of UTF-16."""
    wide = [at for at, character in enumerate(text) if ord(character) > 0xFFFF]
    return [
        (start + bisect_left(wide, start), end + bisect_left(wide, end), text[start:end])
        for start, end in (match.span() for match in _WORD.finditer(text))
    ]


def _find(words: Sequence[str], shown: Sequence[tuple[int, int, str]], start: int) -> tuple[int, int] | None:
    """Where the words follow each other among those that are shown, from `start` on."""
    for first in range(start, len(shown) - len(words) + 1):
        if all(shown[first + n][2] == word for n, word in enumerate(words)):
            return first, first + len(words)
    return None
