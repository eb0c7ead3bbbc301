"""The watched folders on the library page: a line for each."""

from pathlib import Path

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QFrame, QHBoxLayout, QLabel, QPushButton, QVBoxLayout, QWidget

from app.domain.folders import WatchedFolder
from app.ui.library.folders_view_model import FoldersViewModel
from app.ui.moments import time_text
from app.ui.translate import tr


class FolderList(QFrame):
    """Which folders are kept in step with, how they are, and a way to stop."""

    def __init__(self, folders: FoldersViewModel, parent: QWidget | None = None) -> None:
        super().__init__(parent, objectName="card")
        self._folders = folders
        self._lines: list[QWidget] = []
        self._column = QVBoxLayout(self, spacing=2)
        self._column.setContentsMargins(14, 8, 8, 8)
        folders.changed.connect(self.refill)
        self.refill()

    def refill(self) -> None:
        """Show the folders as they are."""
        for line in self._lines:
            self._column.removeWidget(line)
            line.hide()
            line.deleteLater()
        self._lines = [self._line(folder) for folder in self._folders.folders]
        for line in self._lines:
            self._column.addWidget(line)
        self.setVisible(bool(self._lines))

    def _line(self, folder: WatchedFolder) -> QWidget:
        name = QLabel(Path(folder.path).name or folder.path, textFormat=Qt.TextFormat.PlainText)
        name.setToolTip(folder.path)
        state = QLabel(_state(folder), objectName="small")
        stop = QPushButton(tr("Unwatch"), objectName="small")
        stop.setAccessibleName(tr("Stop watching {folder}; its documents stay", folder=folder.path))
        stop.setToolTip(tr("Its documents stay in the library."))
        stop.clicked.connect(lambda: self._folders.unwatch(folder.id))
        line = QWidget()
        row = QHBoxLayout(line, spacing=10)
        row.setContentsMargins(0, 2, 0, 2)
        row.addWidget(name)
        row.addWidget(state, 1)
        row.addWidget(stop)
        return line


def _state(folder: WatchedFolder) -> str:
    if folder.problem:
        return tr("not reachable now; its documents stay as they were")
    if not folder.synced_at:
        return tr("being read")
    return tr("in step since {time}", time=time_text(folder.synced_at))
