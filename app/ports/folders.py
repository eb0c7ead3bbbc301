"""Watched folders: where they are kept, and how they are looked at."""

from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Protocol

from app.domain.cancel import Cancel
from app.domain.folders import KnownFile, Scan, WatchedFolder


class FolderStore(Protocol):
    """The folders, and for each of their files how it was when it was last dealt with."""

    def folders(self) -> list[WatchedFolder]:
        """All of them, in the order they were added."""
        ...

    def add(self, path: str, collection: str) -> WatchedFolder:
        """Remember a folder; the one that is there if it is known."""
        ...

    def remove(self, folder_id: int) -> None:
        """Forget a folder and its files."""
        ...

    def update(self, folder: WatchedFolder) -> None:
        """Write down how a folder is."""
        ...

    def files(self, folder_id: int) -> dict[str, KnownFile]:
        """Its files by path."""
        ...

    def put(self, folder_id: int, file: KnownFile) -> None:
        """Write down that a file was dealt with."""
        ...

    def drop(self, folder_id: int, path: str) -> None:
        """Forget a file."""
        ...


class FolderFiles(Protocol):
    """The disk."""

    def scan(self, folder: Path, suffixes: frozenset[str], cancel: Cancel) -> Scan | None:
        """The files in a folder and below it in these formats, but for ignored ones; None if it is not there."""
        ...

    def changes(self, folders: Sequence[Path], wait_s: float, cancel: Cancel) -> Iterator[set[Path]]:
        """The folders in which something changed, as it does, and all of them every `wait_s` seconds.

        Raises AppError FOLDERS_NOT_WATCHED where the system cannot tell of changes; looking now and then still works.
        """
        ...
