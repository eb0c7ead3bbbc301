"""The runs of a page put into lines, and the lines into the order in which a reader goes through columns."""

import re
from collections.abc import Sequence
from dataclasses import dataclass, replace
from itertools import pairwise
from typing import Final

from app.worker.pdf_text import WIDE_GAP, PageText, Run

CELL: Final = " | "

_RIGHT_TO_LEFT: Final = re.compile("[\u0590-\u08ff\ufb1d-\ufdff\ufe70-\ufefc]")
_GUTTER_LINES: Final = 6  # a column has at least so many
_GUTTER_WIDTH: Final = 0.01  # of the page
_MIDDLE: Final = (0.3, 0.7)  # where the gutter of two columns may lie
_RARE: Final = 0.1  # crossings of the gutter in runs
_PROSE: Final = 0.55  # of its column's width, that half the lines of running text fill


@dataclass(frozen=True, slots=True)
class Line:
    """A line of a page; measures in points, from the lower left corner."""

    text: str
    left: float
    right: float
    bottom: float
    top: float
    size: float  # of most of its characters
    bold: bool  # all of it
    cells: int  # phrases with wide gaps between them


def lines_of(page: PageText) -> list[Line]:
    """The lines that a reader sees, in reading order."""
    runs = [run for run in page.runs if run.text.strip()]
    gutter = _gutter(runs, page.width)
    if gutter is None or _goes_by_columns(runs, gutter):
        return _without_lone_gaps(_as_lines(runs))
    lines: list[Line] = []
    band: list[Run] = []
    for run in sorted(runs, key=lambda run: -run.top):
        if run.left < gutter < run.right:
            lines += _columns(band, gutter)
            band = []
            lines += _as_lines([run])
        else:
            band.append(run)
    return _without_lone_gaps(lines + _columns(band, gutter))


def _without_lone_gaps(lines: Sequence[Line]) -> list[Line]:
    """A wide gap is one between the cells of a table only if the line above or below has one too."""
    cells = [1, *(line.cells for line in lines), 1]
    return [
        replace(line, text=line.text.replace(CELL, " "), cells=1)
        if line.cells > 1 and max(cells[place], cells[place + 2]) == 1
        else line
        for place, line in enumerate(lines)
    ]


def _goes_by_columns(runs: Sequence[Run], gutter: float) -> bool:
    """Whether the file already tells one column after the other."""
    sides = [run.left >= gutter for run in runs if not run.left < gutter < run.right]
    crossings = sum(before != after for before, after in pairwise(sides))
    return crossings < _RARE * len(sides)


def _columns(runs: Sequence[Run], gutter: float) -> list[Line]:
    left = [run for run in runs if run.right <= gutter]
    return _as_lines(_from_above(left)) + _as_lines(_from_above([run for run in runs if run.left >= gutter]))


def _from_above(runs: Sequence[Run]) -> list[Run]:
    """Row by row; runs whose middles lie on one line are a row, from left to right."""
    rows: list[list[Run]] = []
    for run in sorted(runs, key=lambda run: -(run.top + run.bottom)):
        middle = (run.top + run.bottom) / 2
        if rows and rows[-1][0].bottom < middle < rows[-1][0].top:
            rows[-1].append(run)
        else:
            rows.append([run])
    return [run for row in rows for run in sorted(row, key=lambda run: run.left)]


def _gutter(runs: Sequence[Run], width: float) -> float | None:
    """Where the gap between two columns of running text lies, if the page has them."""
    if not runs:
        return None
    first = min(run.left for run in runs)
    span = max(run.right for run in runs) - first
    candidates = sorted({run.left for run in runs if _MIDDLE[0] < (run.left - first) / max(span, 1.0) < _MIDDLE[1]})
    best, most = None, 0
    for candidate in candidates:
        place = candidate - _GUTTER_WIDTH * width / 2
        left = [run for run in runs if run.right <= place]
        right = [run for run in runs if run.left >= place]
        rows = min(_full_rows(left, place - first), _full_rows(right, first + span - place))
        across = len(runs) - len(left) - len(right)
        if rows >= _GUTTER_LINES and across < 0.2 * len(runs) and rows > most:
            best, most = place, rows
    return best


def _full_rows(runs: Sequence[Run], width: float) -> int:
    """How many lines of a column are filled as running text fills them; 0 if most are not."""
    filled: dict[int, float] = {}
    for run in runs:
        row = round((run.top + run.bottom) / 2 / max(run.size, 1.0))
        filled[row] = filled.get(row, 0.0) + run.right - run.left
    full = sum(length > _PROSE * width for length in filled.values())
    return full if full >= len(filled) / 2 else 0


def _as_lines(runs: Sequence[Run]) -> list[Line]:
    """Runs in reading order, those beside each other in one line."""
    rows: list[list[Run]] = []
    for run in runs:
        if rows and _is_beside(rows[-1], run):
            rows[-1].append(run)
        else:
            rows.append([run])
    return [_line(row) for row in rows]


def _is_beside(row: Sequence[Run], run: Run) -> bool:
    last = row[-1]
    low, high = max(last.bottom, run.bottom), min(last.top, run.top)
    shared = (high - low) / max(min(last.top - last.bottom, run.top - run.bottom), 0.1)
    goes_on = run.left > last.right - 0.5 * last.size
    goes_back = run.right < last.left + 0.5 * last.size and bool(_RIGHT_TO_LEFT.search(run.text + last.text))
    return shared > 0.4 and (goes_on or goes_back)


def _line(row: Sequence[Run]) -> Line:
    text, cells = row[0].text, 1
    for last, run in pairwise(row):
        gap = max(run.left - last.right, last.left - run.right)
        if gap > WIDE_GAP * max(last.size, run.size) and not _is_bullet(text):
            text, cells = f"{text.rstrip()}{CELL}{run.text.lstrip()}", cells + 1
        else:
            is_apart = gap > 0.15 * run.size and not text.endswith(" ") and not run.text.startswith(" ")
            text += (" " if is_apart else "") + run.text
    sizes: dict[float, int] = {}
    for run in row:
        sizes[run.size] = sizes.get(run.size, 0) + len(run.text)
    return Line(
        text=text.strip(),
        left=min(run.left for run in row),
        right=max(run.right for run in row),
        bottom=min(run.bottom for run in row),
        top=max(run.top for run in row),
        size=max(sizes, key=lambda size: sizes[size]),
        bold=all(run.bold for run in row),
        cells=cells,
    )


def _is_bullet(text: str) -> bool:
    """Whether it is the mark or the number of an item, which stands apart from the item's words."""
    mark = text.strip()
    return len(mark) <= 3 and not mark.isalnum()
