"""The list of shortcuts, where each can be given other keys."""

from typing import Final

from PySide6.QtCore import QSignalBlocker, Qt
from PySide6.QtGui import QKeySequence, QShowEvent
from PySide6.QtWidgets import (
    QDialog,
    QGridLayout,
    QKeySequenceEdit,
    QLabel,
    QPushButton,
    QScrollArea,
    QVBoxLayout,
    QWidget,
)

from app.settings.table import UI_SHORTCUTS
from app.ui.preferences.view_model import PreferencesViewModel
from app.ui.shortcuts import TABLE, Command, Shortcuts
from app.ui.theme import TEXT_SIZE
from app.ui.translate import tr

MARGIN: Final = 24  # pixels beside what is listed


class ShortcutSheet(QDialog):
    """A row for each command; keys that two commands share are named above."""

    def __init__(self, shortcuts: Shortcuts, preferences: PreferencesViewModel, parent: QWidget | None = None) -> None:
        super().__init__(parent, objectName="page", windowTitle=tr("Shortcuts"))
        self._shortcuts = shortcuts
        self._preferences = preferences
        self._fields: dict[str, QKeySequenceEdit] = {}
        self._conflicts = QLabel(objectName="complaint", wordWrap=True, textFormat=Qt.TextFormat.PlainText)
        self._scroll = QScrollArea(widgetResizable=True)
        column = QVBoxLayout(self, spacing=12)
        column.setContentsMargins(MARGIN, 20, MARGIN, 20)
        column.addWidget(QLabel(tr("Shortcuts"), objectName="title"))
        hint = tr("Choose a field and press the keys you want there; Backspace leaves a command without any.")
        column.addWidget(QLabel(hint, objectName="small", wordWrap=True))
        column.addWidget(self._conflicts)
        column.addWidget(self._scroll, 1)
        shortcuts.changed.connect(self._show)

    def showEvent(self, event: QShowEvent) -> None:
        """Its many fields are made when they are first looked at."""
        if not self._fields:
            self._make()
        super().showEvent(event)

    def _make(self) -> None:
        inner = QWidget()
        grid = QGridLayout(inner, horizontalSpacing=12, verticalSpacing=8)
        grid.setContentsMargins(0, 0, 8, 0)
        grid.setColumnStretch(0, 1)
        for row, command in enumerate(TABLE):
            self._add(grid, row, command)
        self._scroll.setWidget(inner)
        scale = self.fontInfo().pixelSize() / TEXT_SIZE
        wide = inner.sizeHint().width() + self._scroll.verticalScrollBar().sizeHint().width() + 2 * MARGIN
        self.resize(max(round(560 * scale), wide), round(640 * scale))
        self._show()

    def _add(self, grid: QGridLayout, row: int, command: Command) -> None:
        field = self._fields[command.id] = QKeySequenceEdit(objectName="keys", maximumSequenceLength=1)
        field.setClearButtonEnabled(True)
        field.setAccessibleName(tr("Keys for: {command}", command=tr(command.text)))
        field.editingFinished.connect(lambda: self._bind(command.id, field.keySequence().toString()))
        usual = QPushButton(tr("Default"), objectName="small")
        usual.setAccessibleName(tr("Set {label} to its default", label=tr(command.text)))
        usual.clicked.connect(lambda: self._bind(command.id, command.keys))
        grid.addWidget(QLabel(tr(command.text)), row, 0)
        grid.addWidget(usual, row, 1)
        grid.addWidget(field, row, 2)

    def _bind(self, command_id: str, keys: str) -> None:
        if keys != self._shortcuts.keys(command_id):
            self._preferences.change(UI_SHORTCUTS, self._shortcuts.rebound(command_id, keys))

    def _show(self) -> None:
        for command_id, field in self._fields.items():
            with QSignalBlocker(field):
                field.setKeySequence(QKeySequence(self._shortcuts.keys(command_id)))
        complaint = self._shortcuts.complaint()
        self._conflicts.setText(complaint)
        self._conflicts.setVisible(bool(complaint))
