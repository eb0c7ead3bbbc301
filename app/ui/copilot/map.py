"""The map of a playbook: its steps as a line of dots, those that are done, where one stands, and what may follow."""

from typing import Final

from PySide6.QtCore import QModelIndex, QPersistentModelIndex, QPoint, QRectF, QSize, Qt
from PySide6.QtGui import QPainter, QPen
from PySide6.QtWidgets import QListWidget, QListWidgetItem, QStyledItemDelegate, QStyleOptionViewItem

from app.domain.playbook_map import Place, State
from app.ui.theme import Appearance
from app.ui.translate import tr

# pixels at a text scale of 100 %
ROW: Final = 34
DOT: Final = 5  # half of it
LEFT: Final = 14  # where the line runs
TEXT: Final = 13
PLACE: Final = Qt.ItemDataRole.UserRole


class Map(QListWidget):
    """A list to read; nothing is chosen in it."""

    def __init__(self, appearance: Appearance) -> None:
        super().__init__(objectName="map")
        self.setAccessibleName(tr("Map of the playbook"))
        self.setItemDelegate(_Dots(appearance, self))
        self.setSelectionMode(QListWidget.SelectionMode.NoSelection)
        self.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self.setFocusPolicy(Qt.FocusPolicy.TabFocus)
        appearance.changed.connect(self.scheduleDelayedItemsLayout)

    def show_places(self, places: tuple[Place, ...]) -> None:
        """Show where each step stands."""
        self.clear()
        for place in places:
            item = QListWidgetItem(place.title)
            item.setData(PLACE, place)
            item.setToolTip(place.title)
            item.setData(Qt.ItemDataRole.AccessibleTextRole, f"{_said(place.state)}: {place.title}")
            self.addItem(item)
            if place.state == "now":
                self.setCurrentItem(item)
                self.scrollToItem(item, QListWidget.ScrollHint.PositionAtCenter)


def _said(state: State) -> str:
    return {"done": tr("Done"), "now": tr("You are here"), "ahead": tr("May follow"), "off": tr("Not on this way")}[
        state
    ]


class _Dots(QStyledItemDelegate):
    """Draws a step: a dot on the line, and its title."""

    def __init__(self, appearance: Appearance, parent: QListWidget) -> None:
        super().__init__(parent)
        self._appearance = appearance

    def sizeHint(self, _option: QStyleOptionViewItem, _index: QModelIndex | QPersistentModelIndex) -> QSize:
        """One line each."""
        return QSize(120, self._appearance.theme.px(ROW))

    def paint(
        self, painter: QPainter, option: QStyleOptionViewItem, index: QModelIndex | QPersistentModelIndex
    ) -> None:
        """Draw the line, the dot and the title."""
        place: Place = index.data(PLACE)
        theme = self._appearance.theme
        box = option.rect
        centre = QPoint(box.left() + theme.px(LEFT), box.center().y())
        painter.save()
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        painter.setPen(QPen(theme.colour("line_strong"), 1.5))
        top = centre.y() if index.row() == 0 else box.top()
        bottom = centre.y() if index.row() == index.model().rowCount() - 1 else box.bottom() + 1
        painter.drawLine(centre.x(), top, centre.x(), bottom)
        self._dot(painter, centre, place)
        roles = {"done": "text", "now": "accent", "ahead": "muted", "off": "faint"}
        font = painter.font()
        font.setPixelSize(theme.px(TEXT))
        font.setBold(place.state == "now")
        painter.setFont(font)
        painter.setPen(theme.colour(roles[place.state]))
        room = box.adjusted(theme.px(LEFT + 16), 0, -6, 0)
        title = painter.fontMetrics().elidedText(place.title, Qt.TextElideMode.ElideRight, room.width())
        painter.drawText(room, Qt.AlignmentFlag.AlignVCenter | Qt.AlignmentFlag.AlignLeft, title)
        painter.restore()

    def _dot(self, painter: QPainter, centre: QPoint, place: Place) -> None:
        """A step is round, an end square; what is done is filled, and where one stands has a ring."""
        theme = self._appearance.theme
        half = theme.px(DOT) + (2 if place.state == "now" else 0)
        box = QRectF(centre.x() - half, centre.y() - half, 2 * half, 2 * half)
        filled = place.state in ("done", "now")
        role = "accent" if filled else "line_strong" if place.state == "ahead" else "line"
        painter.setPen(QPen(theme.colour(role), 2))
        painter.setBrush(theme.colour("accent" if place.state == "done" else "surface"))
        if place.is_end:
            painter.drawRoundedRect(box, 2, 2)
        else:
            painter.drawEllipse(box)
        if place.state == "now":
            painter.setBrush(theme.colour("accent"))
            painter.drawEllipse(box.adjusted(4, 4, -4, -4))
