"""What a person shows, as text: a file, a picture. Nothing of it is kept."""

from dataclasses import dataclass
from pathlib import Path
from typing import Final

from app.domain.cancel import Cancel
from app.domain.errors import AppError, ErrorCode
from app.domain.formats import PICTURES
from app.ports.parser import Parser
from app.ports.picture_reader import PictureReader

LARGEST: Final = 2_000_000  # characters that can be shown
LARGEST_FILE: Final = 20_000_000  # bytes of a text file
_AS_WRITTEN: Final = frozenset({".txt", ".md", ".csv"})  # a parser would tidy them up


@dataclass(frozen=True, slots=True)
class Shown:
    """What a person shows: where it is from, in words for them, and its text."""

    source: str
    text: str

    @property
    def lines(self) -> int:
        """How many lines it has."""
        return len(self.text.splitlines())


class Showing:
    """Turns what is shown into text."""

    def __init__(self, parser: Parser, pictures: PictureReader) -> None:
        self._parser = parser
        self._pictures = pictures

    def open_file(self, path: Path, cancel: Cancel) -> Shown:
        """A file's text. Raises Cancelled, AppError FILE_NOT_FOUND, PARSE_*."""
        if not path.is_file():
            raise AppError(ErrorCode.FILE_NOT_FOUND, path=str(path))
        if path.suffix.lower() in (self._parser.suffixes | PICTURES) - _AS_WRITTEN:
            return Shown(path.name, self._parser.parse(path, cancel).text[:LARGEST])
        if path.stat().st_size > LARGEST_FILE:
            raise AppError(ErrorCode.PARSE_TOO_LARGE, path=str(path))
        untrusted_text = path.read_bytes().decode("utf-8", "replace")
        if "\x00" in untrusted_text[:4096]:
            raise AppError(ErrorCode.PARSE_UNSUPPORTED, path=str(path))
        return Shown(path.name, untrusted_text[:LARGEST])

    def open_picture(self, source: str, picture: bytes, cancel: Cancel) -> Shown:
        """The text in a picture that is in no file, given as a file's bytes. Raises Cancelled, AppError PARSE_*."""
        return Shown(source, self._pictures.read_picture(picture, cancel)[:LARGEST])
