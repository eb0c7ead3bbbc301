"""What is shown, read without processes of their own: text files as they are, pictures by a script."""

from collections.abc import Callable
from pathlib import Path
from typing import Final

from app.domain.cancel import Cancel
from app.domain.errors import AppError, ErrorCode
from app.domain.library import ParsedDocument
from app.services.showing import Showing

IN_PICTURE: Final = "Error 0x80070035: the network path was not found."


class ScriptedReader:
    """A parser that reads no files, and pictures by heart."""

    suffixes: frozenset[str] = frozenset()

    def __init__(self, text: str | None = IN_PICTURE) -> None:
        """`text` is in every picture; None: there is none."""
        self.text = text
        self.pictures: list[bytes] = []

    def parse(self, path: Path, cancel: Cancel, on_page: Callable[[int, int], None] | None = None) -> ParsedDocument:
        """As `Parser.parse`."""
        raise AppError(ErrorCode.PARSE_UNSUPPORTED, path=str(path))

    def read_picture(self, picture: bytes, cancel: Cancel) -> str:
        """As `PictureReader.read_picture`."""
        self.pictures.append(picture)
        if self.text is None:
            raise AppError(ErrorCode.PARSE_NO_TEXT, path="picture.png", pages=1)
        return self.text


def scripted_showing(reader: ScriptedReader | None = None) -> Showing:
    """What is shown, read by a script."""
    reader = reader or ScriptedReader()
    return Showing(reader, reader)
