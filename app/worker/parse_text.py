"""Plain text: paragraphs between blank lines, whatever the encoding."""

import re

import charset_normalizer

from app.domain.errors import AppError, ErrorCode
from app.domain.library import ParsedDocument
from app.worker.document_builder import DocumentBuilder
from app.worker.untrusted_file import UntrustedFile

_SAMPLE = 256 * 1024  # bytes that an encoding is guessed from


def read_text(file: UntrustedFile) -> str:
    """A file as text, its lines ended by "\\n": UTF-8 if it is that, else by its byte order mark, else the likeliest.

    Raises AppError PARSE_BROKEN if it is no text in any encoding.
    """
    try:
        text = file.data.decode("utf-8-sig")
    except UnicodeDecodeError:
        guess = charset_normalizer.from_bytes(file.data[:_SAMPLE]).best()
        if guess is None:
            raise AppError(ErrorCode.PARSE_BROKEN, path=file.path, reason="it is not text") from None
        text = file.data.decode(guess.encoding, "replace")
    return text.replace("\r\n", "\n").replace("\r", "\n")


def parse_text(file: UntrustedFile) -> ParsedDocument:
    """Every paragraph is a block."""
    builder = DocumentBuilder(file.path)
    for paragraph in re.split(r"\n[ \t]*\n", read_text(file)):
        builder.add("paragraph", paragraph)
    return builder.finish("")
