"""XLSX: every sheet a page with its name, its rows with their header repeated, values as they were last computed."""

import datetime
from collections.abc import Iterator
from typing import Any, Final

import openpyxl

from app.domain.errors import AppError, ErrorCode
from app.domain.library import ParsedDocument
from app.worker.document_builder import DocumentBuilder
from app.worker.ooxml import open_package
from app.worker.rows import add_rows
from app.worker.untrusted_file import UntrustedFile

MAX_CELLS: Final = 5_000_000  # looked at, empty ones with them


def parse_xlsx(file: UntrustedFile) -> ParsedDocument:
    """Raises AppError PARSE_TOO_LARGE or PARSE_EMPTY, and whatever openpyxl stumbles over."""
    builder = DocumentBuilder(file.path)
    book = openpyxl.load_workbook(open_package(file, builder), read_only=True, data_only=True, keep_links=False)
    labels: list[str] = []
    cells = _Cells(file.path)
    for sheet in book.worksheets:
        labels.append(sheet.title)
        if sheet.sheet_state != "visible":
            builder.notice("hidden_text", f"sheet {sheet.title}")
            continue
        builder.add("heading", sheet.title, len(labels), 1)
        sheet.reset_dimensions()  # what a file says of its size may be far more than it has
        add_rows(builder, cells.rows(sheet), len(labels))
    title = book.properties.title or ""
    return builder.finish(title, len(labels), unit="sheet", labels=tuple(labels))


class _Cells:
    """Counts the cells of a whole workbook while it gives them as text."""

    def __init__(self, path: str) -> None:
        self._path = path
        self._seen = 0

    def rows(self, sheet: Any) -> Iterator[list[str]]:
        """Every row; an empty one as one."""
        for row in sheet.iter_rows():
            self._seen += len(row) + 1
            if self._seen > MAX_CELLS:
                raise AppError(ErrorCode.PARSE_TOO_LARGE, path=self._path, reason=f"more than {MAX_CELLS:,} cells")
            yield [_written(cell) for cell in row]


def _written(cell: Any) -> str:
    """A value as a reader would write it."""
    value = cell.value
    match value:
        case None:
            return ""
        case bool():
            return "yes" if value else "no"
        case datetime.datetime():
            return value.date().isoformat() if value.time() == datetime.time() else value.isoformat(" ", "minutes")
        case int() | float() if "%" in (cell.number_format or ""):
            return f"{value * 100:.10g}%"
        case float():
            return f"{value:.15g}"
    return str(value)
