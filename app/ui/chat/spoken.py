"""The messages for screen readers: Qt knows the rows of its own views only."""

from functools import cache

import shiboken6
from PySide6.QtCore import QObject, QPoint, QRect, Qt
from PySide6.QtGui import QAccessible, QAccessibleInterface
from PySide6.QtWidgets import QAccessibleWidget

from app.ui.chat.message_list import MessageList


class SpokenRow(QAccessibleInterface):
    """One row: its text is what the model says for the ears."""

    def __init__(self, view: MessageList, row: int) -> None:
        super().__init__()
        self._view = view
        self._row = row

    def isValid(self) -> bool:
        """Whether there is such a row now."""
        return shiboken6.isValid(self._view) and self._row < self._view.model().rowCount()

    def object(self) -> QObject | None:  # type: ignore[override]
        """A row is no object of its own."""
        return None

    def parent(self) -> QAccessibleInterface | None:  # type: ignore[override]
        """The list."""
        return QAccessible.queryAccessibleInterface(self._view)

    def child(self, _index: int) -> QAccessibleInterface | None:  # type: ignore[override]
        """A row has no parts."""
        return None

    def childCount(self) -> int:
        """A row has no parts."""
        return 0

    def childAt(self, _x: int, _y: int) -> QAccessibleInterface | None:  # type: ignore[override]
        """A row has no parts."""
        return None

    def indexOfChild(self, _child: QAccessibleInterface) -> int:
        """A row has no parts."""
        return -1

    def text(self, kind: QAccessible.Text) -> str:
        """Who wrote it, and what."""
        if kind != QAccessible.Text.Name or not self.isValid():
            return ""
        return str(self._view.model().index(self._row, 0).data(Qt.ItemDataRole.AccessibleTextRole))

    def setText(self, _kind: QAccessible.Text, _text: str) -> None:
        """Nothing is changed by way of this."""

    def rect(self) -> QRect:
        """Where it is on the screen."""
        place = self._view.visualRect(self._view.model().index(self._row, 0))
        return QRect(self._view.viewport().mapToGlobal(place.topLeft()), place.size())

    def role(self) -> QAccessible.Role:
        """An item of a list."""
        return QAccessible.Role.ListItem

    def state(self) -> QAccessible.State:
        """Read only."""
        state = QAccessible.State()
        state.readOnly = True
        return state


class SpokenList(QAccessibleWidget):
    """The list: a child for each row."""

    def __init__(self, view: MessageList) -> None:
        super().__init__(view, QAccessible.Role.List)
        self._view = view
        rows: dict[int, SpokenRow] = {}  # kept: whoever reads the screen keeps them, too
        self._rows = rows
        view.destroyed.connect(lambda _: _forget(rows))

    def childCount(self) -> int:
        """A child for each row."""
        return self._view.model().rowCount()

    def child(self, index: int) -> QAccessibleInterface | None:  # type: ignore[override]
        """A row."""
        if not 0 <= index < self.childCount():
            return None
        if index not in self._rows:
            self._rows[index] = SpokenRow(self._view, index)
        return self._rows[index]

    def childAt(self, x: int, y: int) -> QAccessibleInterface | None:  # type: ignore[override]
        """The row at a point of the screen."""
        return self.child(self._view.indexAt(self._view.viewport().mapFromGlobal(QPoint(x, y))).row())

    def indexOfChild(self, child: QAccessibleInterface) -> int:
        """Which row it is."""
        return next((row for row, spoken in self._rows.items() if spoken is child), -1)


def _forget(rows: dict[int, SpokenRow]) -> None:
    """Let the rows go, in Qt's record of them first."""
    for row in rows.values():
        QAccessible.deleteAccessibleInterface(QAccessible.uniqueId(row))
    rows.clear()


def _interface_of(_class_name: str, thing: QObject | None) -> QAccessibleInterface | None:
    return SpokenList(thing) if isinstance(thing, MessageList) else None


@cache
def speak_of_rows() -> None:
    """Have the rows of every message list told to screen readers, from now on."""
    QAccessible.installFactory(_interface_of)
