"""The lines of pages to blocks: headings by their larger or bolder type, tables by gaps, running text flows on."""

import re
from collections import Counter
from collections.abc import Sequence
from itertools import groupby, pairwise
from typing import Final

from app.domain.library import BlockKind
from app.worker.document_builder import DocumentBuilder
from app.worker.pdf_lines import Line

FULL_LINE = 0.75  # of the way to the right margin: shorter lines end where their author ended them
HEADING_LENGTH = 120  # characters of a line
LARGER = 1.15  # type than the usual makes a heading
LEVELS = 6

_MARKS: Final = ("•", "◦", "▪", "●", "‣", "– ")
_BULLETS: Final = (*_MARKS, "- ", "* ")
_NUMBERED: Final = re.compile(r"(?:\(?\d{1,3}[.)]|\(?[a-z][.)])\s")


class PageWriter:
    """Makes blocks of lines, by what is usual in the whole document."""

    def __init__(self, builder: DocumentBuilder, lines: Sequence[Line]) -> None:
        self._builder = builder
        sizes: Counter[float] = Counter()
        for line in lines:
            sizes[round(line.size * 2) / 2] += len(line.text)
        self._usual = sizes.most_common(1)[0][0] if sizes else 0.0
        bold = sum(len(line.text) for line in lines if line.bold)
        self._bold_is_rare = bold < sum(len(line.text) for line in lines) / 2
        larger = {round(line.size * 2) / 2 for line in lines if self._is_larger(line)}
        self._sizes = sorted(larger, reverse=True)

    def add_page(self, lines: Sequence[Line], page: int) -> None:
        """Add the blocks of one page."""
        margin = max((line.right for line in lines), default=0.0)
        group: list[Line] = []
        for line in lines:
            if group and not self._continues(group[-1], line):
                self._add(group, page, margin)
                group = []
            group.append(line)
        if group:
            self._add(group, page, margin)

    def _is_larger(self, line: Line) -> bool:
        return line.size > LARGER * self._usual and len(line.text) <= HEADING_LENGTH

    def _level(self, line: Line) -> int:
        """Of a heading; 0 for other lines. The larger the type the higher, bold type of the usual size last."""
        if line.cells > 1 or not any(char.isalpha() for char in line.text):
            return 0
        if self._is_larger(line):
            return min(1 + self._sizes.index(round(line.size * 2) / 2), LEVELS)
        is_named = line.bold and self._bold_is_rare and len(line.text) <= HEADING_LENGTH
        is_label = line.text.endswith(":") or line.text.startswith(_BULLETS)
        if is_named and not is_label and line.size > 0.95 * self._usual:
            return min(1 + len(self._sizes), LEVELS)
        return 0

    def _continues(self, above: Line, line: Line) -> bool:
        if self._level(above) != self._level(line) or (above.cells > 1) != (line.cells > 1):
            return False
        same_size = abs(above.size - line.size) < 0.15 * max(above.size, line.size, 1.0)
        gap = above.bottom - line.top
        close = 1.0 if line.cells > 1 or line.text.startswith(_MARKS) else 0.6
        return same_size and -2.0 * line.size < gap < close * max(self._usual, line.size)

    def _add(self, lines: Sequence[Line], page: int, margin: float) -> None:
        level = self._level(lines[0])
        if level:
            self._builder.add("heading", " ".join(line.text for line in lines), page, level)
            return
        if lines[0].cells > 1:
            self._builder.add("table", "\n".join(line.text for line in lines), page)
            return
        for kind, group in groupby(_flowing(lines, margin), key=_kind):
            self._builder.add(kind, "\n".join(group), page)


def _kind(text: str) -> BlockKind:
    return "list" if text.lstrip().startswith(_MARKS) else "paragraph"


def _flowing(lines: Sequence[Line], margin: float) -> list[str]:
    """Running text flows on from line to line; a line that ends early, as in a list or an address, stays one."""
    texts = [lines[0].text]
    for above, line in pairwise(lines):
        if _is_broken_word(texts[-1], line.text):
            texts[-1] = texts[-1][:-1] + line.text
        elif above.right > FULL_LINE * margin and not line.text.startswith(_BULLETS) and not _NUMBERED.match(line.text):
            texts[-1] = f"{texts[-1]} {line.text}"
        else:
            texts.append(line.text)
    return texts


def _is_broken_word(text: str, following: str) -> bool:
    return len(text) > 2 and text[-1] in "-\u00ad" and text[-2].isalpha() and following[:1].islower()
