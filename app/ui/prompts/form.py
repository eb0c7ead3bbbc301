"""A prompt's gaps as a form, what becomes of them as it is filled in, and a dialog of both."""

from collections.abc import Callable, Sequence
from datetime import UTC, datetime
from itertools import pairwise
from typing import Final

from PySide6.QtCore import Qt, Signal
from PySide6.QtWidgets import (
    QDialog,
    QHBoxLayout,
    QLabel,
    QLineEdit,
    QPlainTextEdit,
    QPushButton,
    QScrollArea,
    QVBoxLayout,
    QWidget,
)

from app.domain.prompt_library import PromptVersion, Variable
from app.domain.prompt_rendering import misfits, preview
from app.ui.prompts.menu_button import MenuButton
from app.ui.translate import tr

NOWHERE: Final = Qt.AlignmentFlag(0)  # a field as wide as there is room


class VariableForm(QScrollArea):
    """A field for each variable of a prompt."""

    changed = Signal()

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent, widgetResizable=True)
        self.setAccessibleName(tr("What the prompt asks for"))
        self._reads: dict[str, Callable[[], str]] = {}
        self._documents: tuple[str, ...] = ()
        self._first: QWidget | None = None
        self.version: PromptVersion | None = None

    def ask_for(self, version: PromptVersion, documents: Sequence[str]) -> None:
        """Ask for what a version needs; what was typed for another of the same name is taken along."""
        before = self.values()
        self.version, self._documents = version, tuple(documents)
        column = QVBoxLayout(spacing=4)
        column.setContentsMargins(0, 0, 10, 4)
        self._reads = {}
        fields: list[QWidget] = [self]
        for variable in version.variables:
            label = tr("{label} (may be left out)", label=variable.asks_for) if variable.optional else variable.asks_for
            column.addWidget(QLabel(label, objectName="small"))
            field, read = self._field(variable, before.get(variable.name) or variable.default)
            field.setAccessibleName(label)
            self._reads[variable.name] = read
            fields.append(field)
            column.addWidget(field, 0, Qt.AlignmentFlag.AlignLeft if isinstance(field, MenuButton) else NOWHERE)
            column.addSpacing(6)
        if not version.variables:
            column.addWidget(QLabel(tr("This prompt asks for nothing: use it as it is."), objectName="muted"))
        column.addStretch(1)
        inner = QWidget()
        inner.setLayout(column)
        self.setWidget(inner)
        tab_through(fields)
        self._first = fields[1] if len(fields) > 1 else None
        self.changed.emit()

    def begin(self) -> None:
        """Put the cursor where the first value goes."""
        if self._first is not None:
            self._first.setFocus()

    def values(self) -> dict[str, str]:
        """What was filled in."""
        return {name: read() for name, read in self._reads.items()}

    def missing(self) -> str:
        """What is wrong with the first value that does not fit, for a person; "" if all do."""
        if self.version is None:
            return tr("Choose a prompt.")
        wrong = misfits(self.version, self.values())
        for variable in self.version.variables:
            if variable.name in wrong:
                return tr("“{label}” {reason}.", label=variable.asks_for, reason=tr(wrong[variable.name]))
        return ""

    def preview(self) -> str:
        """The prompt as far as it is filled in."""
        return preview(self.version, self.values()) if self.version is not None else ""

    def _field(self, variable: Variable, value: str) -> tuple[QWidget, Callable[[], str]]:
        match variable.kind:
            case "long text":
                text = QPlainTextEdit(value)
                text.setTabChangesFocus(True)
                text.setObjectName("long_value")
                text.textChanged.connect(self.changed)
                return text, text.toPlainText
            case "choice" | "document":
                names = variable.choices if variable.kind == "choice" else self._documents
                none = [("", tr("none"))] if variable.optional or not names else []
                menu = MenuButton(variable.asks_for, [*none, *((name, name) for name in names)], value)
                menu.chosen.connect(self.changed)
                return menu, lambda: menu.value
        line = QLineEdit(value)
        if variable.kind == "date":
            line.setPlaceholderText("2026-01-31")
            line.setText(value or datetime.now(UTC).astimezone().date().isoformat())
        line.textChanged.connect(self.changed)
        return line, line.text


class FillDialog(QDialog):
    """Fills a prompt in on the way, as after “/” in the chat; `filled` tells the values."""

    filled = Signal(object)  # a dict of values

    def __init__(self, version: PromptVersion, documents: Sequence[str], parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setWindowTitle(version.title)
        self._form = VariableForm()
        self._form.ask_for(version, documents)
        self._preview = preview_field()
        self._missing = QLabel(objectName="small", wordWrap=True)
        self._use = QPushButton(tr("Ask"), objectName="primary", default=True)
        self._use.clicked.connect(self._give)
        cancel = QPushButton(tr("Cancel"), autoDefault=False)
        cancel.clicked.connect(self.reject)
        body = QHBoxLayout(spacing=16)
        body.addWidget(self._form, 1)
        body.addWidget(self._preview, 1)
        buttons = QHBoxLayout(spacing=8)
        buttons.addWidget(self._missing, 1)
        buttons.addWidget(cancel)
        buttons.addWidget(self._use)
        column = QVBoxLayout(self, spacing=12)
        column.setContentsMargins(20, 16, 20, 16)
        column.addWidget(QLabel(version.purpose, objectName="muted", wordWrap=True))
        column.addLayout(body, 1)
        column.addLayout(buttons)
        self.resize(860, 520)
        self._form.changed.connect(self._update)
        self._update()
        self._form.begin()

    def _update(self) -> None:
        show_preview(self._preview, self._form)
        self._missing.setText(self._form.missing())
        self._use.setEnabled(not self._form.missing())

    def _give(self) -> None:
        self.filled.emit(self._form.values())
        self.accept()


def tab_through(fields: Sequence[QWidget]) -> None:
    """Have the Tab key go through fields in this order: it would go in the order in which they were made."""
    for one, following in pairwise(fields):
        QWidget.setTabOrder(one, following)


def preview_field() -> QPlainTextEdit:
    """A field that shows what will be asked."""
    field = QPlainTextEdit(readOnly=True)
    field.setAccessibleName(tr("What will be asked"))
    field.setTabChangesFocus(True)
    return field


def show_preview(field: QPlainTextEdit, form: VariableForm) -> None:
    """Show what will be asked, and stay where the person reads."""
    at = field.verticalScrollBar().value()
    field.setPlainText(form.preview())
    field.verticalScrollBar().setValue(at)
