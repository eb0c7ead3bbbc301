"""The form of a template: its fields, and beside them what it asks and will look like."""

from dataclasses import dataclass

from PySide6.QtCore import Qt, Signal
from PySide6.QtWidgets import (
    QComboBox,
    QDialog,
    QDialogButtonBox,
    QFrame,
    QHBoxLayout,
    QLabel,
    QLineEdit,
    QPlainTextEdit,
    QPushButton,
    QScrollArea,
    QVBoxLayout,
    QWidget,
)

from app.domain.errors import AppError
from app.domain.judge import KINDS, Field, Template
from app.domain.judge_templates import id_of, key_of, read_template, write_template
from app.ui.error_texts import error_text
from app.ui.judge.texts import kind_name
from app.ui.translate import tr


@dataclass(frozen=True, slots=True)
class _Start:
    """What the form begins with."""

    name: str
    about: str
    fields: tuple[Field, ...]


class FieldEditor(QFrame):
    """One field: name, kind, what it asks, and the choices or steps where there are some."""

    changed = Signal()
    removed = Signal(object)

    def __init__(self, field: Field | None) -> None:
        super().__init__(objectName="card")
        self._key = field.key if field is not None else ""
        self._name = _line(field.name if field else "", tr("Name of the field"))
        self._kind = QComboBox()
        self._kind.setAccessibleName(tr("Kind of the field"))
        for kind in KINDS:
            self._kind.addItem(kind_name(kind), kind)
        self._kind.setCurrentIndex(KINDS.index(field.kind) if field else 0)
        self._ask = _line(field.ask if field else "", tr("What it asks, in one sentence"))
        steps = ", ".join(field.labels or field.choices or field.rubric) if field else ""
        self._steps = _line(steps, tr("Choices, or the steps of the score from worst to best; commas between them"))
        remove = QPushButton(tr("Remove"), objectName="small")
        remove.setAccessibleName(tr("Remove this field"))
        remove.clicked.connect(lambda: self.removed.emit(self))
        top = QHBoxLayout(spacing=8)
        top.addWidget(self._name, 1)
        top.addWidget(self._kind)
        top.addWidget(remove)
        column = QVBoxLayout(self, spacing=6)
        column.setContentsMargins(12, 10, 12, 10)
        column.addLayout(top)
        column.addWidget(self._ask)
        column.addWidget(self._steps)
        for line in (self._name, self._ask, self._steps):
            line.textChanged.connect(self._change)
        self._kind.currentIndexChanged.connect(self._change)
        self._change()

    def field(self, taken: list[str]) -> Field:
        """The field as it stands; `taken` are the keys of those before it."""
        kind = KINDS[self._kind.currentIndex()]
        steps = tuple(part.strip() for part in self._steps.text().split(",") if part.strip())
        name = self._name.text().strip()
        key = self._key if self._key and self._key not in taken else key_of(name, taken)
        choices, rubric = (steps if kind == owner else () for owner in ("choice", "score"))
        return Field(key, name, kind, self._ask.text().strip(), choices, rubric)

    def _change(self) -> None:
        self._steps.setVisible(KINDS[self._kind.currentIndex()] in ("choice", "score"))
        self.changed.emit()


class TemplateForm(QDialog):
    """Makes a template, or changes an own one; one of others is copied."""

    kept = Signal(object)  # a Template

    def __init__(self, template: Template | None, parent: QWidget | None = None) -> None:
        own = template is not None and template.origin == "own"
        super().__init__(parent, windowTitle=tr("Change template") if own else tr("New template"))
        self._id = template.id if template is not None and own else ""
        self._version = template.version + 1 if template is not None and own else 1
        start = _start(template, own=own)
        self._name = _line(start.name, tr("Name of the template"))
        self._about = _line(start.about, tr("What kind of document it is for: a supplier's offer"))
        self._editors: list[FieldEditor] = []
        self._fields = QVBoxLayout(spacing=8)
        self._fields.setContentsMargins(0, 0, 6, 0)
        self._fields.addStretch(1)
        inner = QWidget()
        inner.setLayout(self._fields)
        scroll = QScrollArea(widgetResizable=True)
        scroll.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        scroll.setWidget(inner)
        add = QPushButton(tr("Add a field"))
        add.clicked.connect(lambda: self._add(None))
        left = QVBoxLayout(spacing=8)
        for widget in (self._name, self._about):
            left.addWidget(widget)
            widget.textChanged.connect(self._show)
        left.addWidget(scroll, 1)
        left.addWidget(add, 0, Qt.AlignmentFlag.AlignLeft)
        body = QHBoxLayout(spacing=16)
        body.addLayout(left, 3)
        body.addLayout(self._preview(), 2)
        column = QVBoxLayout(self, spacing=12)
        column.setContentsMargins(20, 18, 20, 16)
        column.addLayout(body, 1)
        column.addWidget(self._bottom())
        for field in start.fields:
            self._add(field)
        self.resize(980, 640)
        self._show()

    def template(self) -> Template:
        """The template as it stands, whether it fits or not."""
        fields: list[Field] = []
        for editor in self._editors:
            fields.append(editor.field([field.key for field in fields]))
        name = self._name.text().strip()
        return Template(self._id or id_of(name), name, self._about.text().strip(), tuple(fields), self._version)

    def _preview(self) -> QVBoxLayout:
        self._file = QPlainTextEdit(readOnly=True, objectName="code")
        self._file.setAccessibleName(tr("Preview of the template's file"))
        self._wrong = QLabel(objectName="quiet", wordWrap=True)
        self._wrong.setProperty("tone", "bad")
        column: QVBoxLayout = QVBoxLayout(spacing=8)
        column.addWidget(QLabel(tr("Preview"), objectName="section"))
        column.addWidget(self._file, 1)
        column.addWidget(self._wrong)
        return column

    def _bottom(self) -> QDialogButtonBox:
        self._keep = QPushButton(tr("Keep template"), objectName="primary")
        buttons = QDialogButtonBox(QDialogButtonBox.StandardButton.Cancel)
        buttons.addButton(self._keep, QDialogButtonBox.ButtonRole.AcceptRole)
        buttons.accepted.connect(self._accept)
        buttons.rejected.connect(self.reject)
        return buttons

    def _add(self, field: Field | None) -> None:
        editor = FieldEditor(field)
        editor.changed.connect(self._show)
        editor.removed.connect(self._remove)
        self._fields.insertWidget(len(self._editors), editor)
        self._editors.append(editor)
        self._show()

    def _remove(self, editor: FieldEditor) -> None:
        self._editors.remove(editor)
        self._fields.removeWidget(editor)
        editor.hide()
        editor.deleteLater()
        self._show()

    def _show(self) -> None:
        template = self.template()
        text = write_template(template)
        self._file.setPlainText(text)
        try:
            read_template(text, template.id)
            self._wrong.setText("")
        except AppError as error:
            self._wrong.setText(error_text(error))
        self._wrong.setVisible(bool(self._wrong.text()))
        self._keep.setEnabled(not self._wrong.text())

    def _accept(self) -> None:
        self.kept.emit(self.template())
        self.accept()


def _start(template: Template | None, *, own: bool) -> _Start:
    if template is None:
        return _Start("", "", (Field("summary", tr("Summary"), "text", tr("What it says, in two sentences.")),))
    name = template.name if own else tr("{name} (own)", name=template.name)
    return _Start(name, template.about, template.fields)


def _line(text: str, hint: str) -> QLineEdit:
    line = QLineEdit(text, placeholderText=hint)
    line.setAccessibleName(hint)
    line.setCursorPosition(0)
    return line
