"""Search everything: commands, conversations, documents and what other sources know, found as one types."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Final, Protocol

from PySide6.QtCore import QEvent, QModelIndex, QObject, QPersistentModelIndex, QRect, QSize, Qt, QTimer
from PySide6.QtGui import QKeyEvent, QPainter, QPalette
from PySide6.QtWidgets import (
    QFrame,
    QLabel,
    QLineEdit,
    QListWidget,
    QListWidgetItem,
    QStyle,
    QStyledItemDelegate,
    QStyleOptionViewItem,
    QVBoxLayout,
    QWidget,
)

from app.ui.background import Background
from app.ui.error_texts import error_text
from app.ui.theme import Appearance
from app.ui.translate import tr

MOST: Final = 8  # entries of one source
PAUSE_MS: Final = 150  # without a key, before sources that take their time are asked
ENTRY_ROLE: Final = Qt.ItemDataRole.UserRole
Index = QModelIndex | QPersistentModelIndex
_KEYS: Final = (Qt.Key.Key_Escape, Qt.Key.Key_Up, Qt.Key.Key_Down, Qt.Key.Key_Return, Qt.Key.Key_Enter)


@dataclass(frozen=True, slots=True)
class Entry:
    """Something to choose."""

    label: str
    detail: str  # what is said beside it
    do: Callable[[], None]


class Source(Protocol):
    """Where entries come from."""

    @property
    def title(self) -> str:
        """What its entries are."""

    @property
    def slow(self) -> bool:
        """Whether it is asked in the background, in a thread that must not touch Qt, once the typing pauses."""

    def find(self, typed: str) -> Sequence[Entry]:
        """What fits, the best first."""


@dataclass(frozen=True, slots=True)
class Listed:
    """A source that knows all its entries at once and is searched by their labels."""

    title: str
    entries: Callable[[], Sequence[Entry]]
    slow: bool = False

    def find(self, typed: str) -> Sequence[Entry]:
        """Those whose labels hold every word that was typed; first those that begin with it."""
        words = typed.casefold().split()
        fitting = [entry for entry in self.entries() if all(word in entry.label.casefold() for word in words)]
        return sorted(fitting, key=lambda entry: not entry.label.casefold().startswith(typed.casefold()))[:MOST]


class EntryDelegate(QStyledItemDelegate):
    """Paints an entry: its label, and its detail to the right."""

    def __init__(self, appearance: Appearance, parent: QObject) -> None:
        super().__init__(parent)
        self._appearance = appearance

    def sizeHint(self, option: QStyleOptionViewItem, index: Index) -> QSize:
        """As high as one line and some air."""
        theme, heading = self._appearance.theme, index.data(ENTRY_ROLE) is None
        return QSize(0, option.fontMetrics.height() + theme.gap(8 if heading else 14))

    def paint(self, painter: QPainter, option: QStyleOptionViewItem, index: Index) -> None:
        """Paint one row."""
        theme, entry = self._appearance.theme, index.data(ENTRY_ROLE)
        area: QRect = option.rect
        inner, middle = area.adjusted(theme.px(12), 0, -theme.px(12), 0), Qt.AlignmentFlag.AlignVCenter
        painter.save()
        if entry is None:
            painter.setPen(theme.colour("muted"))
            painter.drawText(inner, middle, str(index.data()))
        else:
            if QStyle.StateFlag.State_Selected in option.state:
                painter.setRenderHint(QPainter.RenderHint.Antialiasing)
                painter.setPen(Qt.PenStyle.NoPen)
                painter.setBrush(theme.colour("accent_soft"))
                painter.drawRoundedRect(area, theme.px(8), theme.px(8))
            metrics, half = option.fontMetrics, Qt.TextElideMode.ElideRight
            detail = metrics.elidedText(entry.detail, half, inner.width() // 2)
            room = inner.width() - metrics.horizontalAdvance(detail) - theme.px(16)
            painter.setPen(option.palette.color(QPalette.ColorRole.Text))
            painter.drawText(inner, middle, metrics.elidedText(entry.label, half, room))
            painter.setPen(theme.colour("muted"))
            painter.drawText(inner, middle | Qt.AlignmentFlag.AlignRight, detail)
        painter.restore()


class Palette(QFrame):
    """Lies over the window while something is looked for."""

    def __init__(
        self, sources: Sequence[Source], background: Background, appearance: Appearance, window: QWidget
    ) -> None:
        super().__init__(window, objectName="palette")
        self._sources = tuple(sources)
        self._background = background
        self._appearance = appearance
        self._found: dict[str, Sequence[Entry]] = {}
        self._before: QWidget | None = None
        self.edit = QLineEdit(placeholderText=tr("Search commands, conversations and documents"))
        self.edit.setAccessibleName(tr("Search everything"))
        self.list = QListWidget(objectName="entries")
        self.list.setAccessibleName(tr("What was found"))
        self.list.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self.list.setItemDelegate(EntryDelegate(appearance, self))
        self._nothing = QLabel(tr("Nothing is called that."), objectName="muted")
        column = QVBoxLayout(self, spacing=8)
        column.setContentsMargins(12, 12, 12, 12)
        column.addWidget(self.edit)
        column.addWidget(self._nothing)
        column.addWidget(self.list, 1)
        self._pause = QTimer(self, singleShot=True, interval=PAUSE_MS)
        self._pause.timeout.connect(self._ask_slow)
        self.edit.textChanged.connect(self._look)
        self.edit.installEventFilter(self)
        self.list.itemClicked.connect(self._choose)
        self.list.itemActivated.connect(self._choose)
        self.hide()

    def open(self) -> None:
        """Show it, with nothing typed; a second time takes it away."""
        if self.isVisible():
            self.leave()
            return
        self._before = self.window().focusWidget()
        theme, window = self._appearance.theme, self.window()
        width, height = min(theme.px(640), window.width() - 40), min(theme.px(460), window.height() - 80)
        self.setGeometry((window.width() - width) // 2, min(theme.px(90), 90), width, height)
        self.edit.clear()
        self._look()
        self.show()
        self.raise_()
        self.edit.setFocus()

    def leave(self) -> None:
        """Take it away; the keyboard is where it was before."""
        self.hide()
        if self._before is not None:
            self._before.setFocus()

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        """While one types, the arrows move through the list, Enter chooses and Escape leaves."""
        if isinstance(event, QKeyEvent) and event.key() in _KEYS:
            if event.type() == QEvent.Type.ShortcutOverride:
                event.accept()  # it is meant for the palette, not for the window's shortcuts
                return True
            if event.type() == QEvent.Type.KeyPress:
                self._press(Qt.Key(event.key()))
                return True
        return super().eventFilter(watched, event)

    def _press(self, key: Qt.Key) -> None:
        if key == Qt.Key.Key_Escape:
            self.leave()
        elif key in (Qt.Key.Key_Up, Qt.Key.Key_Down):
            self._move(1 if key == Qt.Key.Key_Down else -1)
        else:
            self._choose(self.list.currentItem())

    def _look(self) -> None:
        typed = self.edit.text().strip()
        self._found = {source.title: source.find(typed) for source in self._sources if not source.slow}
        self._fill()
        self._pause.start()

    def _ask_slow(self) -> None:
        typed = self.edit.text().strip()
        for source in self._sources:
            if source.slow and typed:
                self._ask(source, typed)

    def _ask(self, source: Source, typed: str) -> None:
        self._background.call(
            lambda: source.find(typed),
            lambda entries: self._take(typed, source.title, entries),
            lambda error: self._take(typed, source.title, [_failed(error)]),
        )

    def _take(self, typed: str, title: str, entries: Sequence[Entry]) -> None:
        if self.isVisible() and typed == self.edit.text().strip():
            self._found[title] = entries
            self._fill()

    def _fill(self) -> None:
        chosen = self.list.currentItem()
        kept = chosen.data(ENTRY_ROLE).label if chosen is not None and chosen.data(ENTRY_ROLE) else None
        self.list.clear()
        for source in self._sources:
            entries = self._found.get(source.title, ())
            if entries:
                heading = QListWidgetItem(source.title, self.list)
                heading.setFlags(Qt.ItemFlag.NoItemFlags)
            for entry in entries:
                item = QListWidgetItem(entry.label, self.list)
                item.setData(ENTRY_ROLE, entry)
                item.setData(Qt.ItemDataRole.AccessibleTextRole, f"{entry.label}, {entry.detail}")
                if entry.label == kept and self.edit.text():
                    self.list.setCurrentItem(item)
        if self.list.currentRow() < 0:
            self._move(1)
        self._nothing.setVisible(self.list.count() == 0)

    def _move(self, by: int) -> None:
        row = self.list.currentRow() + by
        while 0 <= row < self.list.count():
            if self.list.item(row).flags():
                self.list.setCurrentRow(row)
                return
            row += by

    def _choose(self, item: QListWidgetItem | None) -> None:
        entry: Entry | None = item.data(ENTRY_ROLE) if item is not None else None
        if entry is not None:
            self.leave()
            entry.do()


def _failed(error: Exception) -> Entry:
    return Entry(tr("This could not be searched."), error_text(error), lambda: None)
