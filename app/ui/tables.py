"""Tables as all pages show them: read-only, their rows chosen whole."""

from collections.abc import Sequence
from typing import Final

from PySide6.QtCore import QEvent, Qt
from PySide6.QtWidgets import QAbstractItemView, QHeaderView, QTableWidget, QTableWidgetItem

from app.ui.theme import TEXT_SIZE

ROW_HEIGHT: Final = 40


class Table(QTableWidget):
    """A table whose rows are as high as its text needs."""

    def __init__(self, columns: int, row_height: int) -> None:
        super().__init__(0, columns)
        self._row_height = row_height
        self._widths: dict[int, int] = {}  # of columns that have one of their own

    def changeEvent(self, event: QEvent) -> None:
        """Larger text needs higher rows and wider columns."""
        super().changeEvent(event)
        if event.type() in (QEvent.Type.FontChange, QEvent.Type.StyleChange):
            self._grow()

    def widen(self, column: int, width: int) -> None:
        """Give a column a width, drawn for text in its usual size."""
        self._widths[column] = width
        self._grow()

    def _grow(self) -> None:
        size = self.fontInfo().pixelSize()
        self.verticalHeader().setDefaultSectionSize(self._row_height * size // TEXT_SIZE)
        for column, width in self._widths.items():
            self.setColumnWidth(column, width * size // TEXT_SIZE)


def make_table(
    headers: Sequence[str],
    name: str,
    *,
    stretched: int = 0,
    widths: Sequence[int] = (),
    row_height: int = ROW_HEIGHT,
    several: bool = False,
) -> QTableWidget:
    """A table called `name`; the column `stretched` takes the room that the others leave.

    The others are as wide as what is in them, or have these `widths`, in their order. With `several`, more than one row
    may be chosen.
    """
    table = Table(len(headers), row_height)
    table.setHorizontalHeaderLabels(list(headers))
    table.setAccessibleName(name)
    table.setSelectionBehavior(QAbstractItemView.SelectionBehavior.SelectRows)
    modes = QAbstractItemView.SelectionMode
    table.setSelectionMode(modes.ExtendedSelection if several else modes.SingleSelection)
    table.setEditTriggers(QAbstractItemView.EditTrigger.NoEditTriggers)
    table.setShowGrid(False)
    table.setTabKeyNavigation(False)
    table.verticalHeader().hide()
    header = table.horizontalHeader()
    header.setDefaultAlignment(Qt.AlignmentFlag.AlignLeft | Qt.AlignmentFlag.AlignVCenter)
    header.setHighlightSections(False)
    if not widths:
        header.setSectionResizeMode(QHeaderView.ResizeMode.ResizeToContents)
    header.setSectionResizeMode(stretched, QHeaderView.ResizeMode.Stretch)
    others = (column for column in range(len(headers)) if column != stretched)
    for column, width in zip(others, widths, strict=False):
        table.widen(column, width)
    return table


def fill_row(table: QTableWidget, row: int, cells: Sequence[str], tip: str = "") -> None:
    """Write a row's texts."""
    for column, text in enumerate(cells):
        item = QTableWidgetItem(text)
        item.setToolTip(tip or text)
        table.setItem(row, column, item)


def chosen_rows(table: QTableWidget) -> list[int]:
    """The rows that are chosen, from the top."""
    return sorted({index.row() for index in table.selectedIndexes()})
