"""Folders that the library keeps in step with."""

import hashlib
from collections import defaultdict
from collections.abc import Callable, Iterator, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Final

from app.domain.cancel import Cancel
from app.domain.errors import AppError, ErrorCode
from app.domain.events import (
    FileAdded,
    FileFailed,
    FileGone,
    FileMoved,
    FileUnchanged,
    FolderEvent,
    FoldersWaiting,
    FolderSynced,
)
from app.domain.folders import KnownFile, SeenFile, SyncPlan, WatchedFolder, plan
from app.domain.library import DEFAULT_COLLECTION
from app.ports.clock import Clock
from app.ports.folders import FolderFiles, FolderStore
from app.ports.parser import Parser
from app.services.library import Library

LOOK_EVERY_S: Final = 600.0  # whatever the system tells of changes, the folders are looked at this often
BATTERY_S: Final = 30.0  # between two looks at whether there is mains power again


class Folders:
    """Adds what is new, reads again what changed, follows what moved, and forgets what is gone."""

    def __init__(
        self,
        store: FolderStore,
        files: FolderFiles,
        library: Library,
        parser: Parser,
        clock: Clock,
        is_saving: Callable[[], bool],
    ) -> None:
        """`is_saving` says whether work that can wait is to wait, as on battery."""
        self._store = store
        self._files = files
        self._library = library
        self._parser = parser
        self._clock = clock
        self._is_saving = is_saving

    def all(self) -> list[WatchedFolder]:
        """The folders, in the order they were added."""
        return self._store.folders()

    def watch(self, path: Path, collection: str = DEFAULT_COLLECTION) -> WatchedFolder:
        """Keep in step with a folder from now on. Raises AppError FILE_NOT_FOUND."""
        folder = path.expanduser().resolve()
        if not folder.is_dir():
            raise AppError(ErrorCode.FILE_NOT_FOUND, path=str(folder))
        return self._store.add(str(folder), collection)

    def unwatch(self, folder_id: int) -> WatchedFolder:
        """Follow a folder no longer; its documents stay. Raises AppError UNKNOWN_FOLDER."""
        folder = self._get(folder_id)
        self._store.remove(folder_id)
        return folder

    def sync(self, folder_id: int, cancel: Cancel) -> Iterator[FolderEvent]:
        """Bring the library in step with a folder; what was done stays done if it is stopped.

        A file that cannot be read is a problem of its own. A folder that is not there, or that lost all of its files at
        once, is left as it was: a drive that is not connected forgets nothing. Raises AppError UNKNOWN_FOLDER.
        """
        folder = self._get(folder_id)
        scan = self._files.scan(Path(folder.path), self._parser.suffixes, cancel)
        known = self._store.files(folder.id)
        if scan is None or (known and not scan.files and not scan.placeholders):
            self._store.update(replace(folder, problem="unreachable"))
            yield FolderSynced(replace(folder, problem="unreachable"), 0, 0)
            return
        todo = plan(known, scan)
        yield from self._read(folder, todo, cancel)
        synced = replace(folder, synced_at=self._clock.now(), problem="")
        self._store.update(synced)
        yield FolderSynced(synced, len(scan.files), scan.placeholders)

    def follow(self, cancel: Cancel) -> Iterator[FolderEvent | FoldersWaiting]:
        """Keep all folders in step until cancelled."""
        yield from self._sync([folder.path for folder in self.all()], cancel)
        while not cancel.is_set():
            paths = [Path(folder.path) for folder in self.all()]
            try:
                for changed in self._files.changes(paths, LOOK_EVERY_S, cancel):
                    yield from self._sync([str(path) for path in changed], cancel)
                    if [Path(folder.path) for folder in self.all()] != paths:
                        break
            except AppError as error:
                if error.code is not ErrorCode.FOLDERS_NOT_WATCHED:
                    raise
                yield FoldersWaiting(error)
                cancel.wait(LOOK_EVERY_S)
                yield from self._sync([folder.path for folder in self.all()], cancel)

    def _sync(self, paths: Sequence[str], cancel: Cancel) -> Iterator[FolderEvent]:
        for folder in self.all():
            if folder.path in paths:
                yield from self.sync(folder.id, cancel)

    def _read(self, folder: WatchedFolder, todo: SyncPlan, cancel: Cancel) -> Iterator[FolderEvent]:
        """Follow what moved first, then read, then forget: so nothing is forgotten that is only elsewhere."""
        gone = {file.path: file for file in todo.gone}
        total = len(todo.read)
        for done, seen in enumerate(todo.read, 1):
            cancel.check()
            while self._is_saving() and not cancel.is_set():
                cancel.wait(BATTERY_S)
            moved = self._moved(folder, seen, gone)
            if moved is not None:
                del gone[moved.path]
                self._store.drop(folder.id, moved.path)
                self._store.put(folder.id, replace(moved, path=seen.path, mtime_ns=seen.mtime_ns))
                yield FileMoved(moved.path, seen.path, done, total)
                continue
            yield from self._add(folder, seen, done, total, cancel)
        for file in gone.values():
            cancel.check()
            name = self._library.forget_path(file.path, folder.collection)
            self._store.drop(folder.id, file.path)
            if name:
                yield FileGone(file.path)

    def _moved(self, folder: WatchedFolder, seen: SeenFile, gone: dict[str, KnownFile]) -> KnownFile | None:
        """The file that lies here now and lay elsewhere, if its document is the library's; told by its content."""
        by_size: dict[int, list[KnownFile]] = defaultdict(list)
        for file in gone.values():
            if file.content_hash:
                by_size[file.size].append(file)
        candidates = by_size.get(seen.size)
        if not candidates:
            return None
        content_hash = _content_hash(Path(seen.path))
        for file in candidates:
            if file.content_hash == content_hash and self._library.move(file.path, Path(seen.path), folder.collection):
                return file
        return None

    def _add(
        self, folder: WatchedFolder, seen: SeenFile, done: int, total: int, cancel: Cancel
    ) -> Iterator[FolderEvent]:
        for event in self._library.add_file(Path(seen.path), folder.collection, done, total, cancel):
            match event:
                case FileAdded(document=document):
                    self._note(folder, seen, content_hash=document.content_hash)
                case FileUnchanged():
                    self._note(folder, seen, content_hash=_content_hash(Path(seen.path)))
                case FileFailed(problem=problem):
                    self._note(folder, seen, problem=problem.code.value)
            yield event

    def _note(self, folder: WatchedFolder, seen: SeenFile, content_hash: str = "", problem: str = "") -> None:
        self._store.put(folder.id, KnownFile(seen.path, seen.size, seen.mtime_ns, content_hash, problem))

    def _get(self, folder_id: int) -> WatchedFolder:
        folder = next((folder for folder in self.all() if folder.id == folder_id), None)
        if folder is None:
            raise AppError(ErrorCode.UNKNOWN_FOLDER, folder=folder_id)
        return folder


def _content_hash(path: Path) -> str:
    """SHA-256, hex; "" for a file that went while it was looked at."""
    try:
        with path.open("rb") as file:
            return hashlib.file_digest(file, "sha256").hexdigest()
    except OSError:
        return ""
