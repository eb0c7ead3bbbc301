"""Files to text."""

from collections.abc import Callable
from pathlib import Path
from typing import Protocol

from app.domain.cancel import Cancel
from app.domain.library import ParsedDocument


class Parser(Protocol):
    """Reads one untrusted file."""

    @property
    def suffixes(self) -> frozenset[str]:
        """Of the files that are looked for in folders; lower case, with the dot."""
        ...

    def parse(self, path: Path, cancel: Cancel, on_page: Callable[[int, int], None] | None = None) -> ParsedDocument:
        """The file's text and structure. Raises Cancelled, or AppError with a PARSE_* code and its reason."""
        ...
