"""Documents into chunks: along headings, pages and sentences, never through a word."""

import re
from collections.abc import Iterator, Sequence
from itertools import islice
from typing import Final

from app.domain.library import Block, Chunk, ParsedDocument

MAX_WORDS = 160  # about 220 tokens: four of them and a question are read in seconds on a laptop's CPU
HEADING_SEPARATOR = " › "

_IDEOGRAPH: Final = "\u3040-\u30ff\u3400-\u4dbf\u4e00-\u9fff\uf900-\ufaff"  # with kana: written without spaces
_LINE: Final = re.compile(r"[^\n]*\n?")
_SENTENCE: Final = re.compile(r".*?(?:[.!?…]['\"”’)\]]*(?=\s)|[。！？][」』”’）]*|\n|\Z)\s*", re.DOTALL)
_WORD: Final = re.compile(rf"[{_IDEOGRAPH}]|[^\s{_IDEOGRAPH}]+")
_COUNTED: Final = re.compile(rf"[{_IDEOGRAPH}]|[^\s{_IDEOGRAPH}]{{1,16}}")  # a longer word counts as several


def chunk(parsed: ParsedDocument, max_words: int = MAX_WORDS) -> list[Chunk]:
    """Pack blocks under one heading and on one page into chunks of at most `max_words` words.

    A heading goes with the text that follows it. A longer block is split at sentences (lists, tables and code at
    lines), a longer sentence at words, and only a word that fills a chunk by itself is cut. An ideograph counts as a
    word and so do 16 characters without a space, since a model reads about as much of either at a time. The chunks
    cover every character of every block, in order, but for white space.
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
        # Beside headings that wait for their text, a block is as long as what they leave: it must not part from them.
        room = self._max_words - (0 if self._has_body else self._words)
        cuts = (_SENTENCE if block.kind in ("paragraph", "heading") else _LINE, _WORD, _COUNTED)
        for start, end in self._pieces(block.start, block.end, room, cuts):
            self._append(start, end, block)

    def _append(self, start: int, end: int, block: Block) -> None:
        words = self._count(start, end, self._max_words)
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

    def _pieces(self, start: int, end: int, room: int, cuts: Sequence[re.Pattern[str]]) -> Iterator[tuple[int, int]]:
        """A span if it fits, or those of its parts, by the coarsest cut that makes them fit."""
        if not cuts or self._count(start, end, room + 1) <= room:
            yield start, end
            return
        for first, last in _spans(cuts[0], self._text, start, end):
            yield from self._pieces(first, last, room, cuts[1:])

    def _count(self, start: int, end: int, limit: int) -> int:
        """How many words a span has; no more than `limit` are counted."""
        return sum(1 for _ in islice(_COUNTED.finditer(self._text, start, end), limit))


def _spans(pattern: re.Pattern[str], text: str, start: int, end: int) -> Iterator[tuple[int, int]]:
    """The spans of the matches of `pattern` between two offsets, without white space at their ends."""
    for match in pattern.finditer(text, start, end):
        piece = match.group()
        if piece.strip():
            yield match.start() + len(piece) - len(piece.lstrip()), match.end() - (len(piece) - len(piece.rstrip()))
