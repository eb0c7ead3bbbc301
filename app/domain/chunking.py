"""Documents into chunks: along headings, pages and sentences, never through a word."""

import re
from collections.abc import Iterator
from typing import Final

from app.domain.library import Block, Chunk, ParsedDocument

MAX_WORDS = 160  # about 220 tokens: four of them and a question are read in seconds on a laptop's CPU
HEADING_SEPARATOR = " › "

_LINE: Final = re.compile(r"[^\n]*\n?")
_SENTENCE: Final = re.compile(r".*?(?:[.!?…]['\"”’)\]]*(?=\s)|\n|\Z)\s*", re.DOTALL)
_WORD: Final = re.compile(r"\S+\s*")


def chunk(parsed: ParsedDocument, max_words: int = MAX_WORDS) -> list[Chunk]:
    """Pack blocks under one heading and on one page into chunks of at most `max_words` words.

    A heading goes with the text that follows it. A longer block is split at sentences (lists, tables and code at
    lines), a longer sentence at words. The chunks cover every character of every block, in order, but for white space.
    """
    packer = _Packer(parsed.text, max_words)
    for block in parsed.blocks:
        packer.add(block)
    packer.flush()
    return packer.chunks


class _Packer:
    """Collects blocks until the next one no longer belongs."""

    def __init__(self, text: str, max_words: int) -> None:
        self.chunks: list[Chunk] = []
        self._text = text
        self._max_words = max_words
        self._headings: list[tuple[int, str]] = []
        self._start = self._end = self._page = self._words = 0
        self._has_body = False

    def add(self, block: Block) -> None:
        if not self._text[block.start : block.end].strip():
            return
        if block.kind == "heading":
            if self._has_body:
                self.flush()
            title = " ".join(self._text[block.start : block.end].split())
            self._headings = [h for h in self._headings if h[0] < block.level] + [(block.level, title)]
        for start, end in self._pieces(block):
            self._append(start, end, block)

    def _append(self, start: int, end: int, block: Block) -> None:
        words = len(self._text[start:end].split())
        full = self._words + words > self._max_words
        if self._words and (full or block.page != self._page):
            self.flush()
        if not self._words:
            self._start, self._page = start, block.page
        self._end = end
        self._words += words
        self._has_body = self._has_body or block.kind != "heading"

    def flush(self) -> None:
        """End the chunk at hand, if there is one."""
        if self._words:
            heading = HEADING_SEPARATOR.join(title for _, title in self._headings)
            self.chunks.append(Chunk(self._start, self._end, self._page, heading))
        self._words, self._has_body = 0, False

    def _pieces(self, block: Block) -> Iterator[tuple[int, int]]:
        """The block's span, or those of parts of it that fit."""
        if len(self._text[block.start : block.end].split()) <= self._max_words:
            yield block.start, block.end
            return
        pattern = _SENTENCE if block.kind in ("paragraph", "heading") else _LINE
        for start, end in _spans(pattern, self._text, block.start, block.end):
            if len(self._text[start:end].split()) <= self._max_words:
                yield start, end
            else:
                words = list(_spans(_WORD, self._text, start, end))
                for first in range(0, len(words), self._max_words):
                    run = words[first : first + self._max_words]
                    yield run[0][0], run[-1][1]


def _spans(pattern: re.Pattern[str], text: str, start: int, end: int) -> Iterator[tuple[int, int]]:
    """The spans of the matches of `pattern` between two offsets, without white space at their ends."""
    for match in pattern.finditer(text, start, end):
        piece = match.group()
        if piece.strip():
            yield match.start() + len(piece) - len(piece.lstrip()), match.end() - (len(piece) - len(piece.rstrip()))
