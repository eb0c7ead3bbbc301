"""A small list to choose from by typing, opened where the text cursor is."""

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass

from PySide6.QtCore import QPoint, Qt
from PySide6.QtGui import QKeyEvent
from PySide6.QtWidgets import QFrame, QLineEdit, QListWidget, QListWidgetItem, QVBoxLayout, QWidget

from app.ui.translate import tr

SHOWN = 200  # entries at most: who has more types more
WIDEST, TALLEST = 64, 12  # letters and entries that it grows to


@dataclass(frozen=True, slots=True)
class Choice:
    """One entry: what it says, what kind of thing it is, what choosing it does, under which head, and a word more."""

    label: str
    kind: str
    chosen: Callable[[], None]
    section: str = ""
    tip: str = ""


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
        self._open(point, above=True)

    def open_below(self, button: QWidget) -> None:
        """Show it under a button, as its menu."""
        self._open(button.mapToGlobal(QPoint(0, button.height() + 4)), above=False)

    def _open(self, point: QPoint, *, above: bool) -> None:
        letter = self._list.fontMetrics().averageCharWidth()
        lines = sum(self._list.sizeHintForRow(row) for row in range(min(self._list.count(), TALLEST)))
        around = 2 * self._list.frameWidth() + self._list.verticalScrollBar().sizeHint().width()
        self._list.setMinimumWidth(min(self._list.sizeHintForColumn(0) + around, WIDEST * letter) + letter)
        self._list.setMinimumHeight(lines + around)
        self.resize(self.sizeHint())  # `adjustSize` stops at two thirds of the screen
        screen = self.screen().availableGeometry()
        top = point.y() - self.height() if above else min(point.y(), screen.bottom() - self.height())
        self.move(min(point.x(), screen.right() - self.width()), max(screen.top(), top))
        self.show()
        self._find.setFocus()

    def keyPressEvent(self, event: QKeyEvent) -> None:
        """Up and Down move, Enter takes, Escape closes."""
        row = self._list.currentRow()
        match event.key():
            case Qt.Key.Key_Down:
                self._select(range(row + 1, self._list.count()))
            case Qt.Key.Key_Up:
                self._select(range(row - 1, -1, -1))
            case Qt.Key.Key_Return | Qt.Key.Key_Enter if self._list.currentItem() is not None:
                self._take(self._list.currentItem())
            case Qt.Key.Key_Escape:
                self.close()
            case _:
                super().keyPressEvent(event)

    def _fill(self) -> None:
        words = self._find.text().casefold().split()
        found = [
            choice
            for choice in self._choices
            if all(word in f"{_said(choice)} {choice.tip}".casefold() for word in words)
        ]
        self._list.clear()
        section = ""
        for choice in found[:SHOWN]:
            if choice.section != section:
                section = choice.section
                self._head(section)
            item = QListWidgetItem("\n".join(filter(None, (_said(choice), choice.tip))))
            item.setData(Qt.ItemDataRole.UserRole, choice)
            self._list.addItem(item)
        if not found:
            self._head(tr("Nothing found"))
        self._select(range(self._list.count()))

    def _head(self, text: str) -> None:
        """A line that cannot be chosen."""
        head = QListWidgetItem(text)
        head.setFlags(Qt.ItemFlag.NoItemFlags)
        self._list.addItem(head)

    def _select(self, rows: Iterable[int]) -> None:
        """Select the first of these that can be chosen."""
        for row in rows:
            if self._list.item(row).flags() & Qt.ItemFlag.ItemIsSelectable:
                self._list.setCurrentRow(row)
                return

    def _take(self, item: QListWidgetItem) -> None:
        choice = item.data(Qt.ItemDataRole.UserRole)
        self.close()
        if choice is not None:
            choice.chosen()


def _said(choice: Choice) -> str:
    return f"{choice.label} · {choice.kind}" if choice.kind else choice.label
