"""CSV and its kin: rows with their header repeated, whatever parts the cells."""

import csv
import io
from collections.abc import Iterator
from typing import Final

from app.domain.library import ParsedDocument
from app.worker.document_builder import MAX_CHARACTERS, DocumentBuilder
from app.worker.parse_text import read_text
from app.worker.rows import add_rows
from app.worker.untrusted_file import UntrustedFile

_DELIMITERS: Final = ",;\t|"
_SAMPLE: Final = 20  # lines that the delimiter is told from


def parse_csv(file: UntrustedFile) -> ParsedDocument:
    """One table or several with empty lines between them."""
    builder = DocumentBuilder(file.path)
    add_rows(builder, _rows(read_text(file)))
    return builder.finish("")


def _rows(text: str) -> Iterator[list[str]]:
    csv.field_size_limit(MAX_CHARACTERS)
    yield from csv.reader(io.StringIO(text), delimiter=_delimiter(text))


def _delimiter(text: str) -> str:
    """What cuts the first lines into the same number of cells, more than one; the comma if nothing does."""
    lines = text[: 64 * 1024].split("\n", _SAMPLE)[:_SAMPLE]
    return max(_DELIMITERS, key=lambda delimiter: _evenness([line for line in lines if line.strip()], delimiter))


def _evenness(lines: list[str], delimiter: str) -> float:
    counts = [len(row) for row in csv.reader(lines, delimiter=delimiter)]
    widest = max(set(counts), key=counts.count, default=1)
    return counts.count(widest) / len(counts) if widest > 1 else 0.0
