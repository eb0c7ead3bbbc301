"""Text that is selected with the mouse, across the blocks and messages of a transcript."""

import re
from collections.abc import Iterator
from dataclasses import dataclass

from PySide6.QtGui import QTextCursor, QTextDocument

_CHIP = re.compile("\xa0?\ufffc")  # what stands in the text in place of a picture, and the space that binds it
_PARAGRAPH = "\u2029"


@dataclass(frozen=True, order=True, slots=True)
class Place:
    """A position in a transcript: the message's row, the block in it, the character in that."""

    row: int
    block: int
    position: int


@dataclass(frozen=True, slots=True)
class Selection:
    """From where the mouse was pressed to where it is now, either way round."""

    anchor: Place
    head: Place

    @property
    def start(self) -> Place:
        """The end that comes first in reading order."""
        return min(self.anchor, self.head)

    @property
    def end(self) -> Place:
        """The end that comes last."""
        return max(self.anchor, self.head)

    def within(self, row: int, block: int, document: QTextDocument) -> QTextCursor | None:
        """What of this block is selected; None for nothing."""
        if not (self.start.row, self.start.block) <= (row, block) <= (self.end.row, self.end.block):
            return None
        last = document.characterCount() - 1
        begins = (row, block) == (self.start.row, self.start.block)
        ends = (row, block) == (self.end.row, self.end.block)
        first = min(self.start.position, last) if begins else 0
        cursor = QTextCursor(document)
        cursor.setPosition(first)
        cursor.setPosition(min(self.end.position, last) if ends else last, QTextCursor.MoveMode.KeepAnchor)
        return cursor if cursor.hasSelection() else None


def text_of(cursor: QTextCursor) -> str:
    """The selected text as it is pasted elsewhere: plain lines, without the chips of citations."""
    return _CHIP.sub("", cursor.selectedText().replace(_PARAGRAPH, "\n"))


def matches(document: QTextDocument, text: str) -> Iterator[QTextCursor]:
    """Wherever a text stands, in whatever case."""
    cursor = document.find(text) if text else QTextCursor()
    while not cursor.isNull():
        yield cursor
        cursor = document.find(text, cursor)


def word_at(document: QTextDocument, position: int) -> tuple[int, int]:
    """The word around a position: where it begins and where it ends."""
    cursor = QTextCursor(document)
    cursor.setPosition(position)
    cursor.select(QTextCursor.SelectionType.WordUnderCursor)
    return cursor.selectionStart(), cursor.selectionEnd()
