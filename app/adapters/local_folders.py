"""Folders of this machine: listed with os.scandir, watched with watchfiles.

The system's word that something changed is only a hint: it may be lost, and network drives give none. The listing is
the truth. What a `.donjonignore` names is left out, in the language of `.gitignore`.
"""

import os
import stat
import threading
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Final

import pathspec
import psutil
import watchfiles

from app.domain.cancel import Cancel
from app.domain.errors import AppError, ErrorCode
from app.domain.folders import Scan, SeenFile

IGNORE_FILE = ".donjonignore"
CHECK_EVERY = 1000  # entries between two looks at whether the work was cancelled
SETTLE_MS = 1500  # a file that is being saved changes several times

_LEFT_OUT: Final = frozenset({"node_modules", "__pycache__", "$RECYCLE.BIN", "System Volume Information"})
_NETWORK: Final = frozenset({"nfs", "nfs4", "cifs", "smbfs", "smb3", "afpfs", "webdav", "9p", "fuse.sshfs", "davfs"})
# Attributes of a file whose content is in the cloud. Never run on Windows or macOS.
_RECALL_WINDOWS: Final = stat.FILE_ATTRIBUTE_OFFLINE | 0x00400000 | 0x00040000  # RECALL_ON_DATA_ACCESS, RECALL_ON_OPEN
_DATALESS_MACOS: Final = 0x40000000  # SF_DATALESS


class LocalFolders:
    """Implements `ports.folders.FolderFiles`."""

    def scan(self, folder: Path, suffixes: frozenset[str], cancel: Cancel) -> Scan | None:
        """See the port. Links to folders are not followed: they may lead in a circle."""
        if not folder.is_dir():
            return None
        look = _Look(folder, suffixes, _ignored(folder))
        waiting = [str(folder)]
        while waiting:
            cancel.check()
            waiting += look.at(waiting.pop(), cancel)
        return Scan(tuple(look.files), look.placeholders, tuple(look.unreadable))

    def changes(self, folders: Sequence[Path], wait_s: float, cancel: Cancel) -> Iterator[set[Path]]:
        """See the port."""
        watched = [folder for folder in folders if folder.is_dir() and not _is_remote(folder)]
        stop = threading.Event()
        cancel.subscribe(stop.set)
        try:
            if not watched:
                while not stop.wait(wait_s):
                    yield set(folders)
                return
            for events in watchfiles.watch(
                *watched,
                stop_event=stop,
                step=SETTLE_MS,
                debounce=4 * SETTLE_MS,
                rust_timeout=round(wait_s * 1000),
                yield_on_timeout=True,
                raise_interrupt=False,
            ):
                paths = [Path(path) for _, path in events]
                yield {f for f in folders if any(path.is_relative_to(f) for path in paths)} if events else set(folders)
        except (OSError, RuntimeError) as error:  # too many folders for the system, most often
            raise AppError(ErrorCode.FOLDERS_NOT_WATCHED, reason=str(error)[:200]) from error
        finally:
            cancel.unsubscribe(stop.set)


@dataclass(slots=True)
class _Look:
    """One walk through a folder."""

    root: Path
    suffixes: frozenset[str]
    ignored: pathspec.GitIgnoreSpec
    files: list[SeenFile] = field(default_factory=list)
    placeholders: int = 0
    unreadable: list[str] = field(default_factory=list)

    def at(self, folder: str, cancel: Cancel) -> list[str]:
        """Take the files of one folder; the folders in it."""
        below: list[str] = []
        try:
            with os.scandir(folder) as entries:
                for number, entry in enumerate(entries):
                    if number % CHECK_EVERY == 0:
                        cancel.check()
                    self._take(entry, below)
        except OSError:
            self.unreadable.append(folder + os.sep)
        return below

    def _take(self, entry: os.DirEntry[str], below: list[str]) -> None:
        name = entry.name
        if name.startswith((".", "~$")) or name in _LEFT_OUT:
            return
        is_folder = entry.is_dir(follow_symlinks=False)
        if not is_folder and os.path.splitext(name)[1].lower() not in self.suffixes:  # noqa: PTH122  many thousands
            return
        inside = os.path.relpath(entry.path, self.root) + ("/" if is_folder else "")
        if self.ignored.match_file(inside):
            return
        if is_folder:
            below.append(entry.path)
        elif entry.is_file():
            found = entry.stat()
            if _is_placeholder(found):
                self.placeholders += 1
            else:
                self.files.append(SeenFile(entry.path, found.st_size, found.st_mtime_ns))


def _ignored(folder: Path) -> pathspec.GitIgnoreSpec:
    try:
        lines = (folder / IGNORE_FILE).read_text(encoding="utf-8", errors="replace").splitlines()
    except OSError:
        lines = []
    return pathspec.GitIgnoreSpec.from_lines(lines)


def _is_placeholder(found: os.stat_result) -> bool:
    attributes, flags = getattr(found, "st_file_attributes", 0), getattr(found, "st_flags", 0)
    return bool(attributes & _RECALL_WINDOWS or flags & _DATALESS_MACOS)


def _is_remote(folder: Path) -> bool:
    """Whether the folder lies on another machine, whose changes are not told here."""
    mounts = {part.mountpoint: part.fstype for part in psutil.disk_partitions(all=True)}
    return next((mounts[str(at)] for at in (folder, *folder.parents) if str(at) in mounts), "") in _NETWORK
