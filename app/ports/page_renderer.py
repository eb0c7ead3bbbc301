"""Pages of documents as pictures."""

from pathlib import Path
from typing import Protocol

from app.domain.viewing import PageImage


class PageRenderer(Protocol):
    """Draws pages of untrusted files."""

    def can_render(self, path: Path) -> bool:
        """Whether files of this kind have pages that can be drawn."""
        ...

    def render(self, path: Path, page: int, width: int, quote: str) -> PageImage:
        """A page, from 1, with the quoted words marked. Raises AppError with a PARSE_* code."""
        ...
