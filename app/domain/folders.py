"""Folders whose files the library keeps in step with: what is on the disk, what was there, and what is to be done."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Literal

# "unreachable": it is not there, or it lost every file at once, as a drive does that is not connected.
FolderProblem = Literal["", "unreachable"]


@dataclass(frozen=True, slots=True)
class WatchedFolder:
    """A folder that the person asked to be kept in step with."""

    id: int
    path: str
    collection: str
    synced_at: str = ""  # ISO 8601, UTC; "" before the first time
    problem: FolderProblem = ""


@dataclass(frozen=True, slots=True)
class SeenFile:
    """A file as it is on the disk; times in nanoseconds."""

    path: str
    size: int
    mtime_ns: int


@dataclass(frozen=True, slots=True)
class KnownFile:
    """A file as it was when it was last dealt with."""

    path: str
    size: int
    mtime_ns: int
    content_hash: str = ""  # "" if it could not be indexed
    problem: str = ""  # the code of what kept it out


@dataclass(frozen=True, slots=True)
class Scan:
    """What a look at a folder found."""

    files: tuple[SeenFile, ...]
    placeholders: int = 0  # files of a cloud drive that are not on this machine; reading them would fetch them
    unreadable: tuple[str, ...] = ()  # folders that could not be listed


@dataclass(frozen=True, slots=True)
class SyncPlan:
    """What has to be done for the library to be in step."""

    read: tuple[SeenFile, ...]  # new or changed, the last modified first
    gone: tuple[KnownFile, ...]
    unchanged: int


def plan(known: Mapping[str, KnownFile], scan: Scan) -> SyncPlan:
    """Compare by size and time of modification; what is in a folder that could not be listed counts as unchanged."""
    seen = {file.path: file for file in scan.files}
    read = [file for file in seen.values() if not _is_same(file, known.get(file.path))]
    gone = [file for path, file in known.items() if path not in seen and not _is_within(path, scan.unreadable)]
    read.sort(key=lambda file: -file.mtime_ns)
    return SyncPlan(tuple(read), tuple(gone), len(seen) - len(read))


def _is_same(seen: SeenFile, known: KnownFile | None) -> bool:
    return known is not None and (seen.size, seen.mtime_ns) == (known.size, known.mtime_ns)


def _is_within(path: str, folders: Iterable[str]) -> bool:
    return any(path.startswith(folder) for folder in folders)
