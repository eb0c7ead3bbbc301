"""Rows of a sheet or a CSV file as lines that stand alone: "Column: value · Column: value"."""

import re
from collections.abc import Iterable, Iterator, Sequence
from itertools import groupby
from typing import Final

from app.worker.document_builder import DocumentBuilder

MAX_HEADER = 80  # characters of a column's name

_CELL: Final = " · "
_NUMBER: Final = re.compile(r"[-+]?[\d.,' ]*\d[\d.,' ]*\s?[%€$£]?|[\d/.:-]{6,}")


def add_rows(builder: DocumentBuilder, rows: Iterable[Sequence[str]], page: int = 0) -> None:
    """Add the tables that empty rows part; a table without a header of its own goes on under the one before."""
    header: list[str] = []
    for is_empty, group in groupby(rows, key=lambda row: not any(cell.strip() for cell in row)):
        if not is_empty:
            header = _add_table(builder, group, header, page)


def _add_table(builder: DocumentBuilder, rows: Iterator[Sequence[str]], header: list[str], page: int) -> list[str]:
    """Add one table, and what stands alone above it as paragraphs; gives the header it stood under."""
    lines: list[str] = []
    row = next(rows, None)
    while row is not None:
        following = next(rows, None)
        if not lines and _is_single(row):
            builder.add("paragraph", next(cell for cell in row if cell.strip()), page)
        elif not lines and following is not None and _is_header(row):
            header = [" ".join(cell.split()) for cell in row]
            lines.append(_CELL.join(name for name in header if name))
        else:
            lines.append(_line(row, header))
        row = following
    builder.add("table", "\n".join(lines), page)
    return header


def _is_single(row: Sequence[str]) -> bool:
    return sum(bool(cell.strip()) for cell in row) == 1


def _is_header(row: Sequence[str]) -> bool:
    """Whether a row names columns: short words, none twice, no numbers."""
    names = [" ".join(cell.split()) for cell in row if cell.strip()]
    distinct = len(set(names)) == len(names)
    return distinct and all(len(name) <= MAX_HEADER and not _NUMBER.fullmatch(name) for name in names)


def _line(row: Sequence[str], header: Sequence[str]) -> str:
    cells: list[str] = []
    for place, raw in enumerate(row):
        value = " ".join(raw.split())
        name = header[place] if place < len(header) else ""
        if value:
            cells.append(f"{name}: {value}" if name else value)
    return _CELL.join(cells)
