"""Plain text: paragraphs between blank lines, whatever the encoding."""

import re
from pathlib import Path

import charset_normalizer

from app.domain.errors import AppError, ErrorCode
from app.domain.library import BlockKind, ParsedDocument
from app.worker.document_builder import DocumentBuilder

_SAMPLE = 256 * 1024  # bytes that an encoding is guessed from


def read_text(path: Path) -> str:
    """A file as text: UTF-8 if it is that, else by its byte order mark, else the likeliest encoding.

    Raises AppError PARSE_BROKEN if it is no text in any encoding.
    """
    data = path.read_bytes()
    try:
        return data.decode("utf-8-sig")
    except UnicodeDecodeError:
        guess = charset_normalizer.from_bytes(data[:_SAMPLE]).best()
        if guess is None:
            raise AppError(ErrorCode.PARSE_BROKEN, path=str(path), reason="it is not text") from None
        return data.decode(guess.encoding, "replace")


def parse_text(path: Path) -> ParsedDocument:
    """Every paragraph is a block, and of a CSV file every run of rows."""
    kind: BlockKind = "table" if path.suffix.lower() == ".csv" else "paragraph"
    builder = DocumentBuilder(str(path))
    for paragraph in re.split(r"\n[ \t]*\n", read_text(path).replace("\r\n", "\n").replace("\r", "\n")):
        builder.add(kind, paragraph)
    return builder.finish("")
