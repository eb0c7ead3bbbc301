"""What a look through the documents found, and what can be done about it."""

from pathlib import Path

from PySide6.QtCore import Qt, Signal
from PySide6.QtGui import QCloseEvent, QShowEvent
from PySide6.QtWidgets import (
    QDialog,
    QHBoxLayout,
    QHeaderView,
    QLabel,
    QMessageBox,
    QPushButton,
    QTableWidgetItem,
    QVBoxLayout,
    QWidget,
)

from app.domain.hygiene import HygieneReport
from app.domain.hygiene_texts import say_finding
from app.ui.library.hygiene_view_model import HygieneViewModel
from app.ui.tables import make_table
from app.ui.translate import tr
from app.ui.widgets.progress_row import ProgressRow


class HygieneDialog(QDialog):
    """Looks through the documents when it opens; a finding opens its document."""

    opened = Signal(int)  # a document's id

    def __init__(self, hygiene: HygieneViewModel, parent: QWidget | None = None) -> None:
        super().__init__(parent, objectName="page", windowTitle=tr("Check of the documents"))
        self._hygiene = hygiene
        self._state = QLabel(objectName="small", textFormat=Qt.TextFormat.PlainText)
        self._progress = ProgressRow(tr("Progress of the check"), tr("Stop the check"))
        self._progress.stopped.connect(hygiene.stop)
        self._again = QPushButton(tr("Check again"), objectName="small")
        self._again.clicked.connect(hygiene.look)
        self._copies = QPushButton(tr("Remove copies…"), objectName="small")
        self._copies.clicked.connect(self._ask_to_remove)
        self._table = make_table([tr("Document"), tr("What was found"), tr("What to do")], tr("Findings"), stretched=1)
        self._table.setWordWrap(True)
        header = self._table.horizontalHeader()
        header.setSectionResizeMode(2, QHeaderView.ResizeMode.Stretch)
        header.sectionResized.connect(lambda *_: self._table.resizeRowsToContents())
        self._table.itemActivated.connect(lambda item: self.opened.emit(self._id_at(item.row())))
        column = QVBoxLayout(self, spacing=12)
        column.setContentsMargins(24, 20, 24, 20)
        column.addWidget(QLabel(tr("Check of the documents"), objectName="title"))
        column.addLayout(self._top())
        column.addWidget(self._table, 1)
        hint = tr(
            "A flag is for a person to look at: a pattern proves nothing. Enter or a double click opens a document."
        )
        column.addWidget(QLabel(hint, objectName="small", wordWrap=True))
        self.resize(1000, 620)
        hygiene.changed.connect(self._show)

    def showEvent(self, event: QShowEvent) -> None:
        """Whoever opens it wants to know how things are now."""
        super().showEvent(event)
        self._hygiene.look()

    def closeEvent(self, event: QCloseEvent) -> None:
        """Nobody looks any more."""
        self._hygiene.stop()
        super().closeEvent(event)

    def _top(self) -> QHBoxLayout:
        row = QHBoxLayout()
        row.setSpacing(10)
        row.addWidget(self._progress, 1)
        row.addWidget(self._state, 1)
        row.addWidget(self._again)
        row.addWidget(self._copies)
        return row

    def _show(self) -> None:
        looking, progress, report = self._hygiene.is_looking, self._hygiene.progress, self._hygiene.report
        for widget, visible in (
            (self._progress, looking),
            (self._state, not looking),
            (self._again, not looking),
            (self._copies, not looking and bool(self._hygiene.copies())),
        ):
            widget.setVisible(visible)
        self._copies.setText(tr("Remove copies ({n})…", n=len(self._hygiene.copies())))
        if progress is not None:
            done, total, name = progress.done, progress.total, Path(progress.path).name
            self._progress.show_progress(
                tr("{done} of {total} · {name}", done=done, total=total, name=name), done, total
            )
        if report is not None:
            self._state.setText(_summary(report))
            self._fill(report)
        elif not looking:
            self._state.setText(tr("Not checked to the end."))

    def _fill(self, report: HygieneReport) -> None:
        self._table.setRowCount(len(report.findings))
        for row, finding in enumerate(report.findings):
            what, advice = map(tr, say_finding(finding))
            for column, text in enumerate((finding.document, what[:1].upper() + what[1:], advice)):
                item = QTableWidgetItem(text)
                item.setToolTip(text)
                item.setData(Qt.ItemDataRole.UserRole, finding.document_id)
                self._table.setItem(row, column, item)
        self._table.resizeRowsToContents()

    def _id_at(self, row: int) -> int:
        item = self._table.item(row, 0)
        assert item is not None
        return int(item.data(Qt.ItemDataRole.UserRole))

    def _ask_to_remove(self) -> None:
        names = "\n".join(f"• {finding.document}" for finding in self._hygiene.copies()[:12])
        question = tr("Forget these copies? The newest of each stays, and so do the files.\n\n{names}", names=names)
        if QMessageBox.question(self, tr("Remove copies"), question) == QMessageBox.StandardButton.Yes:
            self._hygiene.remove_copies()


def _summary(report: HygieneReport) -> str:
    spoken = ", ".join(f"{count} {name or tr('other')}" for name, count in sorted(report.languages.items()))
    parts = [tr("{n} documents", n=report.documents), spoken]
    parts.append(tr("{n} findings", n=len(report.findings)) if report.findings else tr("nothing to look at"))
    return " · ".join(part for part in parts if part)
