"""The question set on the lab page: a table, and the ways questions come into it."""

from pathlib import Path
from typing import Final

from PySide6.QtCore import Qt
from PySide6.QtWidgets import (
    QCompleter,
    QFileDialog,
    QFrame,
    QHBoxLayout,
    QLabel,
    QLineEdit,
    QPushButton,
    QVBoxLayout,
    QWidget,
)

from app.domain.experiments import Question
from app.ui.lab.view_model import LabViewModel
from app.ui.tables import chosen_rows, fill_row, make_table
from app.ui.translate import tr
from app.ui.widgets.flow import FlowLayout

LINES: Final = 76  # pixels: three lines of a question
WRITTEN: Final = 10  # questions that the model writes at a time


class QuestionCard(QFrame):
    """Which questions search is tested with, and which documents answer them."""

    def __init__(self, lab: LabViewModel) -> None:
        super().__init__(objectName="card")
        self._lab = lab
        self._count = QLabel(objectName="small")
        headers = [tr("Question"), tr("Right document")]
        self._table = make_table(headers, tr("Questions"), widths=(132,), row_height=LINES, several=True)
        self._approve = QPushButton(tr("Approve"), objectName="small")
        self._approve.setToolTip(tr("Questions that a model wrote count once you have approved them."))
        self._approve.clicked.connect(lambda: lab.approve(self._chosen()))
        self._remove = QPushButton(tr("Remove"), objectName="small")
        self._remove.setAccessibleName(tr("Remove the chosen questions"))
        self._remove.clicked.connect(lambda: lab.remove_questions(self._chosen()))
        self._generate = QPushButton(tr("Suggest {n}", n=WRITTEN), objectName="small")
        self._generate.setToolTip(tr("The chat model writes them from passages drawn at random; you approve them."))
        self._generate.clicked.connect(lambda: lab.generate(WRITTEN))
        take = QPushButton(tr("Import…"), objectName="small")
        take.setToolTip(tr("From a CSV file with the columns question, document and page, or a TOML file."))
        take.clicked.connect(self._choose_file)
        title = QHBoxLayout(spacing=8)
        title.addWidget(QLabel(tr("Questions"), objectName="section"))
        title.addWidget(self._count, 1)
        buttons = FlowLayout(spacing=4)
        for button in (take, self._generate, self._approve, self._remove):
            buttons.addWidget(button)
        column = QVBoxLayout(self, spacing=10)
        column.setContentsMargins(16, 12, 16, 12)
        column.addLayout(title)
        column.addWidget(self._table, 1)
        column.addWidget(self._entry())
        column.addLayout(buttons)
        self._table.itemSelectionChanged.connect(self._enable)
        lab.changed.connect(self.refill)
        self.refill()

    def refill(self) -> None:
        """Show the questions, those that wait for approval first."""
        bench = self._lab.bench
        self._questions = sorted(bench.questions, key=lambda question: question.approved)
        self._table.setRowCount(len(self._questions))
        for row, question in enumerate(self._questions):
            fill_row(self._table, row, _cells(question))
        waiting = sum(not question.approved for question in self._questions)
        count = tr("{n} questions", n=len(self._questions)) if self._questions else tr("none yet")
        self._count.setText(f"{count} · {tr('{n} to approve', n=waiting)}" if waiting else count)
        self._completer.model().setStringList(list(bench.documents))  # type: ignore[attr-defined]
        self._enable()

    def _entry(self) -> QWidget:
        """A line to type a question into."""
        self._text = QLineEdit(placeholderText=tr("A question you know the answer to"))
        self._text.setAccessibleName(tr("Question"))
        self._document = QLineEdit(placeholderText=tr("Document that answers it"))
        self._document.setAccessibleName(tr("Document that answers it"))
        self._completer = QCompleter([], self)
        self._completer.setCaseSensitivity(Qt.CaseSensitivity.CaseInsensitive)
        self._completer.setFilterMode(Qt.MatchFlag.MatchContains)
        self._document.setCompleter(self._completer)
        add = QPushButton(tr("Add"))
        add.setAccessibleName(tr("Add the question"))
        add.clicked.connect(self._add)
        self._document.returnPressed.connect(self._add)
        entry = QWidget()
        column = QVBoxLayout(entry, spacing=6)
        column.setContentsMargins(0, 0, 0, 0)
        column.addWidget(self._text)
        row = QHBoxLayout(spacing=6)
        row.addWidget(self._document, 1)
        row.addWidget(add)
        column.addLayout(row)
        return entry

    def _add(self) -> None:
        text, document = self._text.text(), self._document.text()
        if text.strip() and document.strip():
            self._lab.add_question(text, document, 0)
            self._text.clear()
            self._text.setFocus()

    def _choose_file(self) -> None:
        name, _ = QFileDialog.getOpenFileName(self, tr("Import questions"), filter=tr("Questions (*.csv *.toml)"))
        if name:
            self._lab.import_file(Path(name))

    def _chosen(self) -> list[int]:
        return [self._questions[row].id for row in chosen_rows(self._table)]

    def _enable(self) -> None:
        chosen = [self._questions[row] for row in chosen_rows(self._table) if row < len(self._questions)]
        self._approve.setEnabled(any(not question.approved for question in chosen))
        self._remove.setEnabled(bool(chosen))
        self._generate.setEnabled(not self._lab.is_busy and bool(self._lab.bench.documents))


def _cells(question: Question) -> tuple[str, str]:
    place = tr("{document}, page {page}", document=question.documents[0], page=question.page)
    place = place if question.page else ", ".join(question.documents)
    return question.text, place if question.approved else f"{tr('To approve')} · {place}"
