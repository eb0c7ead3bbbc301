"""Pictures to the text in them."""

from typing import Protocol

from app.domain.cancel import Cancel


class PictureReader(Protocol):
    """Reads one untrusted picture."""

    def read_picture(self, picture: bytes, cancel: Cancel) -> str:
        """The text in a picture, given as the bytes of its file.

        Raises Cancelled, or AppError PARSE_NO_TEXT if there is none or nothing here can read it, or another PARSE_*.
        """
        ...
