"""A folder that is judged, as a table: a row for each file, a column for each field."""

from pathlib import Path

from PySide6.QtCore import Signal
from PySide6.QtWidgets import QHBoxLayout, QLabel, QPushButton, QTableWidget, QVBoxLayout, QWidget

from app.domain.errors import AppError, ErrorCode
from app.domain.judge import Row
from app.domain.judge_export import Judgement
from app.ui.error_texts import error_text
from app.ui.judge.texts import value_text
from app.ui.judge.view_model import Table
from app.ui.tables import fill_row, make_table
from app.ui.translate import tr

WIDTH = 180
STATE = 220


class FolderTable(QWidget):
    """Shows how far a folder is, and opens one of its judgements."""

    opened = Signal(int)  # the case
    resume_wanted = Signal(bool)  # whether what failed is tried again

    def __init__(self) -> None:
        super().__init__()
        self._state = QLabel(objectName="small", wordWrap=True)
        self._resume = QPushButton(tr("Go on"), objectName="primary")
        self._resume.clicked.connect(lambda: self.resume_wanted.emit(False))
        self._retry = QPushButton(tr("Try the failed ones again"))
        self._retry.clicked.connect(lambda: self.resume_wanted.emit(True))
        self._rows: list[Row] = []
        self._table: QTableWidget | None = None
        top = QHBoxLayout(spacing=8)
        top.addWidget(self._state, 1)
        top.addWidget(self._retry)
        top.addWidget(self._resume)
        self._column = QVBoxLayout(self, spacing=12)
        self._column.setContentsMargins(24, 16, 24, 20)
        self._column.addLayout(top)

    def show_table(self, table: Table, *, busy: bool) -> None:
        """Show a folder."""
        batch = table.batch
        waiting, failed, done = (batch.count(state) for state in ("waiting", "failed", "done"))
        parts = [tr("{n} of {count} judged", n=done, count=len(batch.rows))]
        parts += [tr("{n} waiting", n=waiting)] if waiting else []
        parts += [tr("{n} not judged, see why in their rows", n=failed)] if failed else []
        self._state.setText(" · ".join(parts))
        self._resume.setVisible(bool(waiting) and not busy)
        self._retry.setVisible(bool(failed) and not busy)
        self._rows = list(batch.rows)
        found = {one.case.id: one for one in table.judgements}
        fields = {f.key: f.name for one in table.judgements for f in one.version.template.fields}
        headers = [tr("Document"), tr("State"), *fields.values()]
        widths = [STATE, *[WIDTH] * len(fields)]
        grid = make_table(headers, tr("Judged files"), stretched=0, widths=widths, row_height=44)
        grid.horizontalHeader().setMinimumSectionSize(WIDTH)
        grid.setRowCount(len(self._rows))
        for number, row in enumerate(self._rows):
            judgement = found.get(row.case_id) if row.case_id is not None else None
            fill_row(grid, number, [Path(row.path).name, *_cells(row, judgement, list(fields))])
        grid.itemActivated.connect(lambda item: self._open(item.row()))
        if self._table is not None:
            self._column.removeWidget(self._table)
            self._table.hide()
            self._table.deleteLater()
        self._table = grid
        self._column.addWidget(grid, 1)

    def _open(self, number: int) -> None:
        case_id = self._rows[number].case_id
        if case_id is not None:
            self.opened.emit(case_id)


def _cells(row: Row, judgement: Judgement | None, keys: list[str]) -> list[str]:
    if judgement is None:
        return [_state(row), *("" for _ in keys)]
    found = {verdict.key: verdict for verdict in judgement.version.verdicts}
    fields = {field.key: field for field in judgement.version.template.fields}
    cells = [_state(row)]
    for key in keys:
        review = judgement.reviews.get(key)
        value = review.value if review is not None else found[key].value if key in found else None
        cells.append(value_text(fields[key], value) if key in fields else "")
    return cells


def _state(row: Row) -> str:
    match row.state:
        case "waiting":
            return tr("waiting")
        case "done":
            return tr("judged")
    facts = dict(row.facts) | {"path": Path(row.path).name}
    return error_text(AppError(ErrorCode(row.code), **facts))
