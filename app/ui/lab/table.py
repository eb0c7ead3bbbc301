"""Tables as the lab shows them."""

from collections.abc import Sequence

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QAbstractItemView, QHeaderView, QTableWidget, QTableWidgetItem


def make_table(headers: Sequence[str], name: str, widths: Sequence[int], *, several: bool = False) -> QTableWidget:
    """A table whose rows are chosen whole; the first column takes the room that the others leave."""
    table = QTableWidget(0, len(headers))
    table.setHorizontalHeaderLabels(list(headers))
    table.setAccessibleName(name)
    table.setSelectionBehavior(QAbstractItemView.SelectionBehavior.SelectRows)
    modes = QAbstractItemView.SelectionMode
    table.setSelectionMode(modes.ExtendedSelection if several else modes.SingleSelection)
    table.setEditTriggers(QAbstractItemView.EditTrigger.NoEditTriggers)
    table.setShowGrid(False)
    table.setTabKeyNavigation(False)
    table.verticalHeader().hide()
    table.verticalHeader().setDefaultSectionSize(34)
    header = table.horizontalHeader()
    header.setDefaultAlignment(Qt.AlignmentFlag.AlignLeft | Qt.AlignmentFlag.AlignVCenter)
    header.setHighlightSections(False)
    header.setSectionResizeMode(0, QHeaderView.ResizeMode.Stretch)
    for column, width in enumerate(widths, 1):
        table.setColumnWidth(column, width)
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
