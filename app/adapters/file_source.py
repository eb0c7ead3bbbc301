"""Files on a stick or a share: `file:PATH`."""

from collections.abc import Iterator
from pathlib import Path
from typing import BinaryIO, Final

from app.adapters.model_source import SourceFailure
from app.adapters.partial_file import PartialFile
from app.adapters.verified_files import BLOCK
from app.domain.cancel import Cancel
from app.domain.models import CatalogueEntry

SCHEME: Final = "file:"


class FileSource:
    """Serves `file:` sources; a copy that was stopped goes on where it stopped."""

    def fetch(self, entry: CatalogueEntry, partial: PartialFile, cancel: Cancel) -> Iterator[int]:
        """Copy what is still missing."""
        path = Path(entry.source.removeprefix(SCHEME))
        try:
            with path.open("rb") as source:
                size = path.stat().st_size
                if size != entry.size:
                    raise SourceFailure(f"{path} has {size} bytes, it should have {entry.size}")
                partial.expect(entry.sha256, entry.size)
                yield from _copy(source, partial, cancel)
        except _Unreadable as error:
            raise SourceFailure(f"{path} cannot be read any more: {error}") from error
        except (FileNotFoundError, PermissionError, NotADirectoryError, IsADirectoryError) as error:
            raise SourceFailure(f"{path} cannot be opened: {error.strerror}") from error


class _Unreadable(Exception):
    """The stick or the share went away."""


def _copy(source: BinaryIO, partial: PartialFile, cancel: Cancel) -> Iterator[int]:
    here = partial.length
    yield here
    with partial.open_at(here) as file:
        source.seek(here)
        while block := _read(source):
            cancel.check()
            file.write(block)
            here += len(block)
            yield here


def _read(source: BinaryIO) -> bytes:
    try:
        return source.read(BLOCK)
    except OSError as error:  # told apart from one of our own disk
        raise _Unreadable(error.strerror) from error
