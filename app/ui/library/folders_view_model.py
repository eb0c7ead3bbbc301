"""The state of the watched folders: which there are, what is being read in them. No widgets."""

from collections.abc import Iterator
from pathlib import Path
from typing import Any

from PySide6.QtCore import QObject, Signal

from app.domain.cancel import Cancel
from app.domain.events import FileAdded, FileGone, FileMoved, FoldersWaiting, FolderSynced
from app.domain.folders import WatchedFolder
from app.services.folders import Folders
from app.ui.background import Background, Task


class FoldersViewModel(QObject):
    """Follows the folders in the background for as long as the window is open."""

    changed = Signal()  # the folders, or how they are
    documents_changed = Signal()
    failed = Signal(object)

    def __init__(self, folders: Folders, background: Background, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._service = folders
        self._background = background
        self._task: Task | None = None
        self.folders: list[WatchedFolder] = []

    def follow(self) -> None:
        """Begin, or begin again with the folders that there are now."""
        if self._task is not None:
            self._task.cancel()  # its end begins anew
            return

        def job(cancel: Cancel) -> Iterator[Any]:
            yield self._service.all()
            yield from self._service.follow(cancel)

        self._task = self._background.run(
            "folders", job, on_events=self._take, on_done=self._begin_again, on_failed=self._fail
        )

    def watch(self, path: Path) -> None:
        """Keep in step with a folder from now on."""
        self._background.call(lambda: self._service.watch(path), lambda _: self.follow(), self.failed.emit)

    def unwatch(self, folder_id: int) -> None:
        """Follow a folder no longer."""
        self._background.call(lambda: self._service.unwatch(folder_id), lambda _: self.follow(), self.failed.emit)

    def _take(self, events: list[Any]) -> None:
        documents = False
        for event in events:
            match event:
                case list():
                    self.folders = event
                    self.changed.emit()
                case FolderSynced(folder=synced):
                    self.folders = [synced if folder.id == synced.id else folder for folder in self.folders]
                    self.changed.emit()
                case FileAdded() | FileMoved() | FileGone():
                    documents = True
                case FoldersWaiting(error=error):
                    self.failed.emit(error)
        if documents:
            self.documents_changed.emit()

    def _begin_again(self) -> None:
        self._task = None
        self.follow()

    def _fail(self, error: Exception) -> None:
        self._task = None
        self.failed.emit(error)
