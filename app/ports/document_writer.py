"""Writing files for word processors."""

from collections.abc import Sequence
from typing import Protocol

from app.domain.paragraphs import Paragraph


class DocumentWriter(Protocol):
    """Writes one format."""

    def write(self, title: str, paragraphs: Sequence[Paragraph]) -> bytes:
        """A document of these paragraphs; `title` is also what its properties say."""
        ...
