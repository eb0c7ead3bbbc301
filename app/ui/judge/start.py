"""What the chosen template asks, and the ways to judge a document by it."""

from collections.abc import Sequence
from pathlib import Path

from PySide6.QtCore import Signal
from PySide6.QtWidgets import QFileDialog, QFrame, QLabel, QMenu, QPushButton, QVBoxLayout, QWidget

from app.domain.judge import Template
from app.domain.library import Document
from app.services.judge import JudgeOptions
from app.ui.judge.dialogs import runs_box, runs_row
from app.ui.judge.texts import kind_name
from app.ui.tables import fill_row, make_table
from app.ui.translate import tr
from app.ui.widgets.flow import FlowLayout

MOST = 30  # documents in the menu


class StartView(QWidget):
    """Shown while no judgement is."""

    files_chosen = Signal(object, object)  # paths, JudgeOptions
    document_chosen = Signal(int, object)  # its id in the library, JudgeOptions

    def __init__(self) -> None:
        super().__init__()
        self._about = QLabel(objectName="muted", wordWrap=True)
        self._fields = make_table(
            [tr("Field"), tr("Kind"), tr("What it asks")],
            tr("Fields of the template"),
            stretched=2,
            row_height=36,
        )
        self._runs = runs_box(1)
        files = QPushButton(tr("Judge files…"), objectName="primary")
        files.clicked.connect(self._choose_files)
        folder = QPushButton(tr("Judge a folder…"))
        folder.setToolTip(tr("A table with a row for each file; it can be stopped and goes on from there."))
        folder.clicked.connect(self._choose_folder)
        self._library = QPushButton(tr("From the library"))
        self._documents = QMenu(self._library)
        self._library.setMenu(self._documents)
        actions = FlowLayout(spacing=8)
        for button in (files, folder, self._library):
            actions.addWidget(button)
        actions.addWidget(QLabel(tr("or drop files here"), objectName="small"))
        card = QFrame(objectName="card")
        inside = QVBoxLayout(card, spacing=12)
        inside.setContentsMargins(16, 14, 16, 14)
        inside.addLayout(actions)
        inside.addLayout(runs_row(self._runs))
        column = QVBoxLayout(self, spacing=14)
        column.setContentsMargins(24, 20, 24, 20)
        column.addWidget(self._about)
        column.addWidget(card)
        column.addWidget(self._fields, 1)

    def options(self) -> JudgeOptions:
        """How to judge."""
        return JudgeOptions(self._runs.value())

    def show_template(self, template: Template | None) -> None:
        """Show what a template asks."""
        if template is None:
            return
        self._about.setText(tr("For {about}. Each verdict comes with the words it rests on.", about=template.about))
        self._fields.setRowCount(len(template.fields))
        for row, field in enumerate(template.fields):
            options = ", ".join(field.labels or field.choices or field.rubric)
            asks = f"{field.ask} ({options})" if options else field.ask
            fill_row(self._fields, row, (field.name, kind_name(field.kind), asks))

    def set_documents(self, documents: Sequence[Document]) -> None:
        """Offer these documents of the library."""
        self._documents.clear()
        for document in [one for one in documents if one.where == "device"][:MOST]:
            chosen = self._documents.addAction(document.name.replace("&", "&&"))
            chosen.triggered.connect(
                lambda _=False, document_id=document.id: self.document_chosen.emit(document_id, self.options())
            )
        self._library.setEnabled(not self._documents.isEmpty())

    def _choose_files(self) -> None:
        names, _ = QFileDialog.getOpenFileNames(self, tr("Judge files"))
        if names:
            self.files_chosen.emit([Path(name) for name in names], self.options())

    def _choose_folder(self) -> None:
        name = QFileDialog.getExistingDirectory(self, tr("Judge a folder"))
        if name:
            self.files_chosen.emit([Path(name)], self.options())
