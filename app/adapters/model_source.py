"""What every kind of source of models can do."""

from collections.abc import Iterator
from typing import Protocol

from app.adapters.partial_file import PartialFile
from app.domain.cancel import Cancel
from app.domain.models import CatalogueEntry


class SourceFailure(Exception):
    """The file cannot be had from there, or is not what it should be; the text says why, to follow a colon."""


class Source(Protocol):
    """A place that files come from: one class for each scheme a catalogue may name."""

    def fetch(self, entry: CatalogueEntry, partial: PartialFile, cancel: Cancel) -> Iterator[int]:
        """Tell `partial` what to expect, then complete it, from where it stands; yields the bytes that are here.

        Raises Cancelled or SourceFailure, which leave what is worth keeping, and AppError DISK_FULL.
        """
        ...
