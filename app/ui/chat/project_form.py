"""Asks what the chats of a project have in common."""

from collections.abc import Sequence
from functools import partial

from PySide6.QtCore import Qt, Signal
from PySide6.QtWidgets import (
    QDialog,
    QDialogButtonBox,
    QLabel,
    QLineEdit,
    QListWidgetItem,
    QMenu,
    QPlainTextEdit,
    QPushButton,
    QVBoxLayout,
    QWidget,
)

from app.domain.models import InstalledModel
from app.domain.projects import MOST_INSTRUCTIONS, Project
from app.ui.row_list import RowList
from app.ui.translate import tr


class ProjectForm(QDialog):
    """A name, instructions, collections and a model; kept once it has a name and is not too long."""

    given = Signal(object)  # a Project; one without an id is new

    def __init__(
        self,
        project: Project | None,
        collections: Sequence[str],
        models: Sequence[InstalledModel],
        parent: QWidget | None = None,
    ) -> None:
        super().__init__(parent, windowTitle=tr("Project"))
        self._project = project or Project("", "")
        self._name = QLineEdit(self._project.name)
        self._instructions = QPlainTextEdit(self._project.instructions, tabChangesFocus=True)
        self._instructions.setPlaceholderText(tr("For instance: answer in short points, in British English."))
        self._length = QLabel(objectName="small")
        self._collections = RowList(objectName="choices")
        self._collections.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        for name in dict.fromkeys((*collections, *self._project.collections)):
            item = QListWidgetItem(name, self._collections)
            chosen = name in self._project.collections
            item.setCheckState(Qt.CheckState.Checked if chosen else Qt.CheckState.Unchecked)
        hint = tr(
            "Its chats look for passages in these alone, unless you choose otherwise. None ticked: in all of them."
        )
        column = QVBoxLayout(self, spacing=8)
        column.setContentsMargins(20, 18, 20, 16)
        self._row(column, tr("Name"), self._name)
        self._row(column, tr("What the model is to mind in all of its chats"), self._instructions)
        column.addWidget(self._length)
        if self._collections.count():
            self._row(column, tr("Collections"), self._collections)
            column.addWidget(QLabel(hint, objectName="small", wordWrap=True))
        self._model = QPushButton(objectName="project", autoDefault=False)
        self._row(column, tr("Model that answers"), self._model)
        self._offer_models(models)
        column.addWidget(self._buttons())
        self._name.textChanged.connect(self._check)
        self._instructions.textChanged.connect(self._check)
        self._check()
        self.resize(520, 540)

    def _row(self, column: QVBoxLayout, label: str, field: QWidget) -> None:
        field.setAccessibleName(label)
        column.addWidget(QLabel(label, objectName="section"))
        column.addWidget(field)

    def _offer_models(self, models: Sequence[InstalledModel]) -> None:
        """Offer the models that there are; one that is no longer there stays until another is chosen."""
        named = {"": tr("The one that is set"), **{model.id: model.name for model in models}}
        own = self._project.model
        named.setdefault(own, tr("{model}, which is not here", model=own))
        menu = QMenu(self._model)
        for model_id, name in named.items():
            menu.addAction(name.replace("&", "&&")).triggered.connect(partial(self._choose_model, model_id, name))
        self._model.setMenu(menu)
        self._choose_model(own, named[own])

    def _choose_model(self, model_id: str, name: str, _checked: bool = False) -> None:
        self._chosen_model = model_id
        self._model.setText(name.replace("&", "&&"))
        self._model.setAccessibleName(tr("Model that answers: {model}", model=name))

    def _buttons(self) -> QDialogButtonBox:
        self._keep = QPushButton(tr("Keep"), objectName="primary", default=True)
        buttons = QDialogButtonBox()
        buttons.addButton(self._keep, QDialogButtonBox.ButtonRole.AcceptRole)
        buttons.addButton(QPushButton(tr("Cancel"), autoDefault=False), QDialogButtonBox.ButtonRole.RejectRole)
        buttons.accepted.connect(self._give)
        buttons.rejected.connect(self.reject)
        return buttons

    def _check(self) -> None:
        length = len(self._instructions.toPlainText().strip())
        self._length.setText(tr("{n} of {most} characters", n=length, most=MOST_INSTRUCTIONS))
        self._keep.setEnabled(bool(self._name.text().strip()) and length <= MOST_INSTRUCTIONS)

    def _give(self) -> None:
        items = [self._collections.item(row) for row in range(self._collections.count())]
        ticked = tuple(item.text() for item in items if item.checkState() == Qt.CheckState.Checked)
        name, instructions = self._name.text().strip(), self._instructions.toPlainText().strip()
        self.given.emit(Project(self._project.id, name, instructions, ticked, self._chosen_model))
        self.accept()
