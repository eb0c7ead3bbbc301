"""Plain text: paragraphs between blank lines, whatever the encoding."""

import re
from pathlib import Path

import charset_normalizer

from app.domain.library import ParsedDocument
from app.worker.document_builder import DocumentBuilder

_SAMPLE = 256 * 1024  # bytes that an encoding is guessed from


def read_text(path: Path) -> str:
    """A file as text: UTF-8 if it is that, else by its byte order mark, else the likeliest encoding."""
    data = path.read_bytes()
    try:
        return data.decode("utf-8-sig")
    except UnicodeDecodeError:
        guess = charset_normalizer.from_bytes(data[:_SAMPLE]).best()
        return data.decode(guess.encoding if guess else "cp1252", "replace")


def parse_text(path: Path) -> ParsedDocument:
    """Every paragraph is a block."""
    builder = DocumentBuilder(str(path))
    for paragraph in re.split(r"\n[ \t]*\n", read_text(path).replace("\r\n", "\n").replace("\r", "\n")):
        builder.add("paragraph", paragraph)
    return builder.finish("")
