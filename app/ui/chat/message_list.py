"""A list of rows of any height that are measured when they are first seen, so that a long chat opens at once.

A list view of Qt measures every row before it shows one. Here rows nobody has seen have an estimated height; when one
turns out otherwise, what is on the screen stays where it is.
"""

from bisect import bisect_right
from itertools import accumulate

from PySide6.QtCore import (
    QAbstractItemModel,
    QItemSelectionModel,
    QModelIndex,
    QPersistentModelIndex,
    QPoint,
    QRect,
    Qt,
    Signal,
)
from PySide6.QtGui import QPainter, QPaintEvent, QRegion, QResizeEvent
from PySide6.QtWidgets import QAbstractItemView, QStyle, QStyledItemDelegate, QStyleOptionViewItem, QWidget

Index = QModelIndex | QPersistentModelIndex
_ROOT = QModelIndex()
STEP = 24  # pixels of one step of the wheel's three
NEAR_END = 24  # pixels from the end within which the reader is taken to be there


class RowDelegate(QStyledItemDelegate):
    """Paints rows, and knows how high they are."""

    def height(self, index: Index) -> int:
        """The height of a row, measured."""
        raise NotImplementedError

    def estimate(self, index: Index, width: int) -> int:
        """About the same, at no cost."""
        raise NotImplementedError


class MessageList(QAbstractItemView):
    """Shows rows below each other; stays at the end while the reader is there."""

    end_left = Signal(bool)  # whether the reader is elsewhere than at the end now

    def __init__(self, parent: QWidget | None = None, *, style: str) -> None:
        """`style` is its name in the style sheet."""
        super().__init__(parent, objectName=style)
        self._rows: RowDelegate | None = None
        self._heights: list[int] = []
        self._measured: list[bool] = []
        self._tops: list[int] = [0]
        self._settling = False
        self._follows = True
        self.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self.setSelectionMode(QAbstractItemView.SelectionMode.NoSelection)
        self.verticalScrollBar().setSingleStep(STEP)

    @property
    def follows(self) -> bool:
        """Whether the reader is at the end, and stays there."""
        return self._follows

    @follows.setter
    def follows(self, follows: bool) -> None:
        if follows != self._follows:
            self._follows = follows
            self.end_left.emit(not follows)

    def show_rows(self, model: QAbstractItemModel, delegate: RowDelegate) -> None:
        """Show the rows of a model as a delegate paints them."""
        self._rows = delegate
        self.setItemDelegate(delegate)
        self.setModel(model)

    # --- heights ---------------------------------------------------------------------------------------------------

    def forget_heights(self) -> None:
        """Measure all rows anew, each when it is seen; the first that is seen now stays where it is."""
        row = self._row_at(self.verticalOffset())
        into = self.verticalOffset() - self._tops[row] if row < len(self._heights) else 0
        self._estimate()
        if self.follows or not self._heights:
            self._settle()
        else:
            self._settle(row, into)

    def row_changed(self, row: int) -> None:
        """Measure a row anew, since what is in it has changed."""
        if row < len(self._measured):
            self._measured[row] = False
            self._settle()

    def _estimate(self) -> None:
        rows, model, width = self._rows, self.model(), self.viewport().width()
        if rows is None or model is None:
            return
        self._heights = [rows.estimate(model.index(row, 0), width) for row in range(model.rowCount())]
        self._measured = [False] * len(self._heights)
        self._sum()

    def _sum(self) -> None:
        self._tops = [0, *accumulate(self._heights)]

    def _row_at(self, y: int) -> int:
        """The row at this height of the whole; the number of rows below the last."""
        return max(0, bisect_right(self._tops, y) - 1)

    def _measure(self, row: int) -> bool:
        """Measure a row, if it is not yet; whether that changed anything."""
        if self._rows is None or self._measured[row]:
            return False
        height = self._rows.height(self.model().index(row, 0))
        self._measured[row] = True
        changed, self._heights[row] = height != self._heights[row], height
        return changed

    def _settle(self, row: int | None = None, into: int = 0) -> None:
        """Measure what is seen, and keep in its place what was seen: the end, `row`, or a row that was measured."""
        if self._settling:
            return  # a scroll bar tells of its own changes, too
        self._settling = True
        try:
            if self.follows:
                self._settle_at_end()
            else:
                self._settle_at(*(self._anchor() if row is None else (row, into)))
        finally:
            self._settling = False
        self.viewport().update()

    def _settle_at_end(self) -> None:
        left = self.viewport().height()
        changed = False
        for row in range(len(self._heights) - 1, -1, -1):
            changed |= self._measure(row)
            left -= self._heights[row]
            if left <= 0:
                break
        if changed:
            self._sum()
        self._set_range()
        self.verticalScrollBar().setValue(self.verticalScrollBar().maximum())

    def _anchor(self) -> tuple[int, int]:
        """A row that is seen and measured, else the first that is seen, and how far above its top the view begins."""
        offset = self.verticalOffset()
        first = self._row_at(offset)
        for row in range(first, len(self._heights)):
            if self._tops[row] > offset + self.viewport().height():
                break
            if self._measured[row]:
                return row, offset - self._tops[row]
        return first, offset - self._tops[min(first, len(self._heights))]

    def _settle_at(self, anchor: int, into: int) -> None:
        """Keep the view `into` pixels below the top of the row `anchor`, which may be above the view's own top."""
        while True:
            offset = self._tops[min(anchor, len(self._heights))] + into
            changed = False
            row, left = self._row_at(max(0, offset)), self.viewport().height()
            left += max(0, offset) - self._tops[row]
            while row < len(self._heights) and left > 0:
                changed |= self._measure(row)
                left -= self._heights[row]
                row += 1
            if not changed:
                break
            self._sum()
        self._set_range()
        self.verticalScrollBar().setValue(offset)

    def _set_range(self) -> None:
        bar, page = self.verticalScrollBar(), self.viewport().height()
        bar.setPageStep(page)
        bar.setRange(0, max(0, self._tops[-1] - page))

    # --- events ----------------------------------------------------------------------------------------------------

    def reset(self) -> None:
        """The model is another one now."""
        super().reset()
        self._estimate()
        self._settle()

    def resizeEvent(self, event: QResizeEvent) -> None:
        """Heights depend on the width."""
        super().resizeEvent(event)
        if event.oldSize().width() != event.size().width():
            self.forget_heights()
        else:
            self._settle()

    def scrollContentsBy(self, _dx: int, _dy: int) -> None:
        """Another part is seen."""
        if not self._settling:
            bar = self.verticalScrollBar()
            self.follows = bar.value() >= bar.maximum() - NEAR_END
            self._settle()
        self.viewport().update()

    def paintEvent(self, event: QPaintEvent) -> None:
        """Have the delegate paint the rows that are seen."""
        painter = QPainter(self.viewport())
        offset, current = self.verticalOffset(), self.currentIndex().row()
        row = self._row_at(offset + event.rect().top())
        while row < len(self._heights) and self._tops[row] - offset <= event.rect().bottom():
            index = self.model().index(row, 0)
            option = QStyleOptionViewItem()
            self.initViewItemOption(option)
            option.rect = self.visualRect(index)
            if row == current and self.hasFocus():
                option.state |= QStyle.StateFlag.State_HasFocus
            self.itemDelegate().paint(painter, option, index)
            row += 1

    # --- what a view has to tell -----------------------------------------------------------------------------------

    def visualRect(self, index: Index) -> QRect:
        """Where a row is, in the viewport."""
        row = index.row()
        if not 0 <= row < len(self._heights):
            return QRect()
        return QRect(0, self._tops[row] - self.verticalOffset(), self.viewport().width(), self._heights[row])

    def indexAt(self, point: QPoint) -> QModelIndex:
        """The row at a point of the viewport."""
        row = self._row_at(point.y() + self.verticalOffset())
        inside = point.y() + self.verticalOffset() >= 0 and row < len(self._heights)
        return self.model().index(row, 0) if inside else QModelIndex()

    def scrollTo(
        self, index: Index, hint: QAbstractItemView.ScrollHint = QAbstractItemView.ScrollHint.EnsureVisible
    ) -> None:
        """Bring a row into view: its end if it fits, else its beginning."""
        row = index.row()
        if not 0 <= row < len(self._heights):
            return
        place, page = self.visualRect(index), self.viewport().height()
        if place.top() >= 0 and place.bottom() < page and hint == QAbstractItemView.ScrollHint.EnsureVisible:
            return
        self._measure(row)
        self._sum()
        below = place.top() >= 0 and self._heights[row] < page
        self.follows = False
        self._settle(row, self._heights[row] - page if below else 0)

    def go_to_end(self) -> None:
        """Show the end, and stay there."""
        self.follows = True
        self._settle()

    def moveCursor(self, action: QAbstractItemView.CursorAction, _: Qt.KeyboardModifier) -> QModelIndex:
        """The row that a key goes to."""
        step = {
            QAbstractItemView.CursorAction.MoveUp: -1,
            QAbstractItemView.CursorAction.MovePrevious: -1,
            QAbstractItemView.CursorAction.MoveDown: 1,
            QAbstractItemView.CursorAction.MoveNext: 1,
            QAbstractItemView.CursorAction.MovePageUp: -4,
            QAbstractItemView.CursorAction.MovePageDown: 4,
            QAbstractItemView.CursorAction.MoveHome: -len(self._heights),
            QAbstractItemView.CursorAction.MoveEnd: len(self._heights),
        }.get(action, 0)
        last = len(self._heights) - 1
        current = self.currentIndex().row() if self.currentIndex().isValid() else last + 1
        return self.model().index(max(0, min(last, current + step)), 0)

    def horizontalOffset(self) -> int:
        """Nothing is beside what is seen."""
        return 0

    def verticalOffset(self) -> int:
        """How far down what is seen begins."""
        return self.verticalScrollBar().value()

    def isIndexHidden(self, _: Index) -> bool:
        """No row is hidden."""
        return False

    def setSelection(self, _: QRect, command: QItemSelectionModel.SelectionFlag) -> None:
        """Text is selected, not rows."""

    def visualRegionForSelection(self, _: object) -> QRegion:
        """No row is ever selected."""
        return QRegion()
