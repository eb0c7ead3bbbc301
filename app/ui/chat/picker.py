"""A small list to choose from by typing, opened where the text cursor is."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass

from PySide6.QtCore import QPoint, Qt
from PySide6.QtGui import QKeyEvent
from PySide6.QtWidgets import QFrame, QLineEdit, QListWidget, QListWidgetItem, QVBoxLayout, QWidget

from app.ui.translate import tr

SHOWN = 200  # entries at most: who has more types more


@dataclass(frozen=True, slots=True)
class Choice:
    """One entry: what it says, what kind of thing it is, and what choosing it does."""

    label: str
    kind: str
    chosen: Callable[[], None]


class Picker(QFrame):
    """Lists what holds the typed words; Enter takes the first, Escape none."""

    def __init__(self, title: str, choices: Sequence[Choice], parent: QWidget) -> None:
        super().__init__(parent, Qt.WindowType.Popup, objectName="panel")
        self.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        self.setAccessibleName(title)
        self._choices = choices
        self._find = QLineEdit(placeholderText=title)
        self._find.setAccessibleName(title)
        self._find.textChanged.connect(self._fill)
        self._list = QListWidget(objectName="conversations")
        self._list.setAccessibleName(title)
        self._list.setFocusPolicy(Qt.FocusPolicy.NoFocus)
        self._list.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self._list.itemClicked.connect(self._take)
        column = QVBoxLayout(self, spacing=6)
        column.setContentsMargins(8, 8, 8, 8)
        column.addWidget(self._find)
        column.addWidget(self._list)
        self._fill()

    def open_above(self, point: QPoint) -> None:
        """Show it with its lower left corner at a point of the screen."""
        self.adjustSize()
        screen = self.screen().availableGeometry()
        self.move(min(point.x(), screen.right() - self.width()), max(screen.top(), point.y() - self.height()))
        self.show()
        self._find.setFocus()

    def keyPressEvent(self, event: QKeyEvent) -> None:
        """Up and Down move, Enter takes, Escape closes."""
        row = self._list.currentRow()
        match event.key():
            case Qt.Key.Key_Down:
                self._list.setCurrentRow(min(row + 1, self._list.count() - 1))
            case Qt.Key.Key_Up:
                self._list.setCurrentRow(max(row - 1, 0))
            case Qt.Key.Key_Return | Qt.Key.Key_Enter if self._list.currentItem() is not None:
                self._take(self._list.currentItem())
            case Qt.Key.Key_Escape:
                self.close()
            case _:
                super().keyPressEvent(event)

    def _fill(self) -> None:
        words = self._find.text().casefold().split()
        found = [choice for choice in self._choices if all(word in choice.label.casefold() for word in words)]
        self._list.clear()
        for choice in found[:SHOWN]:
            item = QListWidgetItem(f"{choice.label} · {choice.kind}" if choice.kind else choice.label)
            item.setData(Qt.ItemDataRole.UserRole, choice)
            self._list.addItem(item)
        if not found:
            nothing = QListWidgetItem(tr("Nothing found"))
            nothing.setFlags(Qt.ItemFlag.NoItemFlags)
            self._list.addItem(nothing)
        self._list.setCurrentRow(0)

    def _take(self, item: QListWidgetItem) -> None:
        choice = item.data(Qt.ItemDataRole.UserRole)
        self.close()
        if choice is not None:
            choice.chosen()
