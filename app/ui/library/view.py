"""The library page: a table of documents, and what could not be read and why."""

from pathlib import Path
from typing import Final

from PySide6.QtCore import Qt, Signal
from PySide6.QtWidgets import (
    QFileDialog,
    QHBoxLayout,
    QLabel,
    QMessageBox,
    QPushButton,
    QTableWidgetItem,
    QVBoxLayout,
    QWidget,
)

from app.domain.errors import AppError
from app.ui.error_texts import error_text
from app.ui.fact import ElidedLabel
from app.ui.library.folders import FolderList
from app.ui.library.folders_view_model import FoldersViewModel
from app.ui.library.view_model import LibraryViewModel
from app.ui.moments import day_text, time_text
from app.ui.tables import make_table
from app.ui.translate import tr
from app.ui.widgets.empty_state import EmptyState, Start

_FORGOTTEN: Final = 5  # the column that says when; there only if something will be


class LibraryPage(QWidget):
    """Adds, lists, shows and removes documents."""

    opened = Signal(object)  # a Document
    asked_about = Signal(object)  # a Document
    check_wanted = Signal()

    def __init__(self, library: LibraryViewModel, folders: FoldersViewModel, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._library = library
        self._folders = folders
        self._count = ElidedLabel("small")
        self._documents = make_table(
            [tr("Document"), tr("Collection"), tr("Pages"), tr("Passages"), tr("Added"), tr("Will be forgotten on")],
            tr("Documents"),
            stretched=0,
        )
        self._problems = make_table([tr("Not readable"), tr("Why")], tr("Files that could not be read"), stretched=1)
        self._problems_title = QLabel(tr("Not in your library"), objectName="section")
        self._empty = EmptyState(
            tr("Nothing here yet"), tr("Drop files or folders anywhere on this window, or begin with one of these.")
        )
        self._empty.offer(
            [
                Start(tr("Add files"), tr("PDF, Word, slides, sheets, mails, web pages, text."), self.choose_files),
                Start(tr("Watch a folder"), tr("Its documents are kept in step with it."), self._choose_folder),
            ]
        )
        self._documents.itemActivated.connect(lambda item: self.opened.emit(self._library.documents[item.row()]))
        self._remove = QPushButton(tr("Remove…"), enabled=False)
        self._remove.clicked.connect(self._ask_to_remove)
        self._ask = QPushButton(tr("Ask about it"), enabled=False)
        self._ask.setToolTip(tr("Ask of this document alone; it is read whole if it fits."))
        self._ask.clicked.connect(lambda: self.asked_about.emit(self._library.documents[self._documents.currentRow()]))
        for button in (self._remove, self._ask):
            self._documents.itemSelectionChanged.connect(
                lambda button=button: button.setEnabled(bool(self._documents.selectedItems()))
            )
        body = QVBoxLayout(spacing=10)
        body.setContentsMargins(32, 20, 32, 24)
        body.addWidget(FolderList(folders))
        body.addWidget(self._empty, 1)
        body.addWidget(self._documents, 3)
        body.addWidget(self._problems_title)
        body.addWidget(self._problems, 1)
        column = QVBoxLayout(self, spacing=0)
        column.setContentsMargins(0, 0, 0, 0)
        column.addWidget(self._top())
        column.addLayout(body, 1)
        library.documents_changed.connect(self.refill)
        self.refill()

    def refill(self) -> None:
        """Show what the library holds."""
        documents, problems = self._library.documents, self._library.problems
        self._documents.setRowCount(len(documents))
        for row, document in enumerate(documents):
            due = self._library.due.get(document.id, "")
            goes, added = day_text(due) if due else "–", time_text(document.added_at)
            cells = (document.name, document.collection, document.pages or "–", document.chunks, added, goes)
            items = [QTableWidgetItem(str(text)) for text in cells]
            items[0].setData(Qt.ItemDataRole.UserRole, document.id)
            items[0].setToolTip(document.path)
            for column, item in enumerate(items):
                self._documents.setItem(row, column, item)
        self._documents.setColumnHidden(_FORGOTTEN, not self._library.due)
        self._problems.setRowCount(len(problems))
        for row, problem in enumerate(problems):
            self._problems.setItem(row, 0, QTableWidgetItem(Path(problem.path).name))
            reason = error_text(AppError(problem.code, path=problem.path, **_without_path(problem.facts)))
            why = QTableWidgetItem(reason)
            why.setToolTip(reason)
            self._problems.setItem(row, 1, why)
        for widget in (self._problems, self._problems_title):
            widget.setVisible(bool(problems))
        self._documents.setVisible(bool(documents))
        self._empty.setVisible(not documents)
        passages = sum(document.chunks for document in documents)
        self._count.say(tr("{n} documents · {p} passages", n=len(documents), p=passages) if documents else "")

    def _top(self) -> QWidget:
        add_files = QPushButton(tr("Add files…"), objectName="primary")
        add_files.clicked.connect(self.choose_files)
        add_folder = QPushButton(tr("Watch folder…"))
        add_folder.setToolTip(tr("Adds its documents and keeps in step: what is new, changed, moved or deleted there."))
        add_folder.clicked.connect(self._choose_folder)
        check = QPushButton(tr("Check…"))
        check.setToolTip(tr("Copies, older versions, empty pages, secrets, hidden text, text that speaks to an AI."))
        check.clicked.connect(self.check_wanted)
        top = QWidget(objectName="top")
        top.setAttribute(Qt.WidgetAttribute.WA_StyledBackground)
        row = QHBoxLayout(top, spacing=8)
        row.setContentsMargins(32, 0, 32, 0)
        row.addWidget(QLabel(tr("Library"), objectName="title"))
        row.addWidget(self._count, 1)
        row.addWidget(check)
        row.addWidget(self._ask)
        row.addWidget(self._remove)
        row.addWidget(add_folder)
        row.addWidget(add_files)
        return top

    def choose_files(self) -> None:
        """Let the person choose what to add."""
        names, _ = QFileDialog.getOpenFileNames(self, tr("Add files"))
        if names:
            self._library.add([Path(name) for name in names])

    def _choose_folder(self) -> None:
        name = QFileDialog.getExistingDirectory(self, tr("Watch folder"))
        if name:
            self._folders.watch(Path(name))

    def _ask_to_remove(self) -> None:
        item = self._documents.item(self._documents.currentRow(), 0)
        if item is None:
            return
        question = tr("Remove “{name}” from the library? The file itself stays where it is.", name=item.text())
        if QMessageBox.question(self, tr("Remove document"), question) == QMessageBox.StandardButton.Yes:
            self._library.remove(item.data(Qt.ItemDataRole.UserRole))


def _without_path(facts: dict[str, str | int | float]) -> dict[str, str | int | float]:
    return {name: value for name, value in facts.items() if name != "path"}
