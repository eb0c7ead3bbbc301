"""What the judge page asks: an instruction to judge again, a correction, and two versions beside each other."""

from collections.abc import Callable
from datetime import date

from PySide6.QtCore import Qt, Signal
from PySide6.QtWidgets import (
    QComboBox,
    QDialog,
    QDialogButtonBox,
    QGridLayout,
    QHBoxLayout,
    QLabel,
    QLineEdit,
    QPlainTextEdit,
    QPushButton,
    QScrollArea,
    QSpinBox,
    QVBoxLayout,
    QWidget,
)

from app.domain.judge import Amount, Field, Value, Verdict
from app.services.judge import MOST_RUNS, JudgeOptions
from app.ui.judge.texts import value_text
from app.ui.judge.view_model import Compared
from app.ui.translate import tr


class AgainDialog(QDialog):
    """Asks what is to be minded this time, and how often to judge."""

    wanted = Signal(object)  # JudgeOptions

    def __init__(self, runs: int, parent: QWidget | None = None) -> None:
        super().__init__(parent, windowTitle=tr("Judge again"))
        self._instruction = QPlainTextEdit()
        self._instruction.setPlaceholderText(tr("For instance: name the team that owns each follow-up."))
        self._instruction.setAccessibleName(tr("Instruction"))
        self._instruction.setTabChangesFocus(True)
        self._runs = runs_box(runs)
        column = QVBoxLayout(self, spacing=10)
        column.setContentsMargins(20, 18, 20, 16)
        column.addWidget(QLabel(tr("What should be minded this time?"), objectName="section"))
        column.addWidget(self._instruction)
        column.addLayout(runs_row(self._runs))
        column.addWidget(_buttons(self, tr("Judge"), self._accept))
        self.resize(460, 300)

    def _accept(self) -> None:
        self.wanted.emit(JudgeOptions(self._runs.value(), self._instruction.toPlainText().strip()))
        self.accept()


class CorrectDialog(QDialog):
    """Asks what a verdict should have been, in a form that fits the field."""

    corrected = Signal(str, object)  # the field's key, its Value

    def __init__(self, field: Field, value: Value, parent: QWidget | None = None) -> None:
        super().__init__(parent, windowTitle=tr("Correct {field}", field=field.name))
        self._field = field
        self._wrong = QLabel(objectName="quiet", wordWrap=True)
        self._wrong.setProperty("tone", "bad")
        self._wrong.hide()
        editor, self._read = _editor(field, value)
        editor.setAccessibleName(field.name)
        column = QVBoxLayout(self, spacing=10)
        column.setContentsMargins(20, 18, 20, 16)
        column.addWidget(QLabel(field.name, objectName="section"))
        column.addWidget(QLabel(field.ask, objectName="small", wordWrap=True, textFormat=Qt.TextFormat.PlainText))
        column.addWidget(editor)
        column.addWidget(self._wrong)
        column.addWidget(_buttons(self, tr("Correct"), self._accept))
        self.resize(460, 300)

    def _accept(self) -> None:
        try:
            value = self._read()
        except ValueError:
            shape = tr("Type a date as 2026-11-23.") if self._field.kind == "date" else tr("Type a number.")
            self._wrong.setText(shape)
            self._wrong.show()
            return
        self.corrected.emit(self._field.key, value)
        self.accept()


class CompareDialog(QDialog):
    """Two versions field by field; what differs comes first."""

    def __init__(self, compared: Compared, parent: QWidget | None = None) -> None:
        before, after, changes = compared
        title = tr("Version {a} and version {b}", a=before.number, b=after.number)
        super().__init__(parent, windowTitle=title)
        differing = sum(change.differs for change in changes)
        grid = QGridLayout(horizontalSpacing=16, verticalSpacing=12)
        for column, text in enumerate((tr("Field"), tr("Version {n}", n=before.number))):
            grid.addWidget(QLabel(text, objectName="column"), 0, column)
        grid.addWidget(QLabel(tr("Version {n}", n=after.number), objectName="column"), 0, 2)
        for row, change in enumerate(sorted(changes, key=lambda change: not change.differs), 1):
            style = "reading_text" if change.differs else "faint"
            name = QLabel(change.field.name, objectName="section" if change.differs else "faint", wordWrap=True)
            grid.addWidget(name, row, 0, Qt.AlignmentFlag.AlignTop)
            for column, verdict in ((1, change.before), (2, change.after)):
                grid.addWidget(_cell(change.field, verdict, style), row, column, Qt.AlignmentFlag.AlignTop)
        grid.setColumnMinimumWidth(0, 130)
        grid.setColumnStretch(1, 1)
        grid.setColumnStretch(2, 1)
        inner = QWidget()
        around = QVBoxLayout(inner)
        around.addLayout(grid)
        around.addStretch(1)
        scroll = QScrollArea(widgetResizable=True)
        scroll.setWidget(inner)
        column_ = QVBoxLayout(self, spacing=10)
        column_.setContentsMargins(20, 18, 20, 16)
        column_.addWidget(
            QLabel(tr("{n} of {count} fields differ", n=differing, count=len(changes)), objectName="section")
        )
        said = [tr("Version {n}: {text}", n=one.number, text=one.instruction) for one in (before, after)]
        told = [text for text, one in zip(said, (before, after), strict=True) if one.instruction]
        if told:
            column_.addWidget(QLabel("\n".join(told), objectName="small", wordWrap=True))
        column_.addWidget(scroll, 1)
        close = QPushButton(tr("Close"))
        close.clicked.connect(self.accept)
        row_ = QHBoxLayout()
        row_.addStretch(1)
        row_.addWidget(close)
        column_.addLayout(row_)
        self.resize(820, 560)


def runs_box(runs: int) -> QSpinBox:
    """How often to judge."""
    box = QSpinBox(objectName="runs", minimum=1, maximum=MOST_RUNS, value=runs)
    box.setAccessibleName(tr("Runs"))
    box.setAlignment(Qt.AlignmentFlag.AlignCenter)
    return box


def runs_row(box: QSpinBox) -> QHBoxLayout:
    """The number of runs with what it is for."""
    row: QHBoxLayout = QHBoxLayout(spacing=10)
    row.addWidget(QLabel(tr("Runs")))
    row.addWidget(box)
    hint = QLabel(tr("More runs show which verdicts are stable, and take as many times longer."), objectName="small")
    hint.setWordWrap(True)
    row.addWidget(hint, 1)
    return row


def _editor(field: Field, value: Value) -> tuple[QWidget, Callable[[], Value]]:
    """A widget for a field's value, and what it holds; reading raises ValueError for what is no date or number."""
    match field.kind:
        case "choice" | "yes_no" | "score":
            return _choices(field, value)
        case "amount":
            return _amount(value if isinstance(value, Amount) else None)
        case "date":
            line = QLineEdit(str(value or ""), placeholderText=tr("2026-11-23"))

            def read_date() -> Value:
                text = line.text().strip()
                return date.fromisoformat(text).isoformat() if text else None

            return line, read_date
    edit = QPlainTextEdit("\n".join(value) if isinstance(value, tuple) else str(value or ""))
    edit.setTabChangesFocus(True)
    if field.kind == "list":
        edit.setPlaceholderText(tr("One item a line"))
        return edit, lambda: tuple(line.strip() for line in edit.toPlainText().splitlines() if line.strip())
    return edit, lambda: " ".join(edit.toPlainText().split()) or None


def _choices(field: Field, value: Value) -> tuple[QWidget, Callable[[], Value]]:
    options: list[Value] = [None, *field.choices, *range(1, len(field.rubric) + 1)]
    if field.kind == "yes_no":
        options += [True, False]
    box = QComboBox()
    for option in options:
        box.addItem(value_text(field, option))
    box.setCurrentIndex(options.index(value) if value in options else 0)
    return box, lambda: options[box.currentIndex()]


def _amount(value: Amount | None) -> tuple[QWidget, Callable[[], Value]]:
    editor = QWidget()
    number = QLineEdit(f"{value.number:.15g}" if value else "", placeholderText=tr("Number"))
    number.setAccessibleName(tr("Number"))
    unit = QLineEdit(value.unit if value else "", placeholderText=tr("Unit"))
    unit.setAccessibleName(tr("Unit"))
    row = QHBoxLayout(editor, spacing=8)
    row.setContentsMargins(0, 0, 0, 0)
    row.addWidget(number, 1)
    row.addWidget(unit, 1)

    def read() -> Value:
        return Amount(float(number.text()), unit.text().strip()) if number.text().strip() else None

    return editor, read


def _cell(field: Field, verdict: Verdict | None, style: str) -> QLabel:
    text = value_text(field, verdict.value) if verdict is not None else tr("not asked")
    cell: QLabel = QLabel(text, objectName=style, wordWrap=True, textFormat=Qt.TextFormat.PlainText)
    return cell


def _buttons(dialog: QDialog, label: str, accept: Callable[[], None]) -> QDialogButtonBox:
    buttons = QDialogButtonBox(QDialogButtonBox.StandardButton.Cancel)
    primary = QPushButton(label, objectName="primary")
    primary.setDefault(True)
    buttons.addButton(primary, QDialogButtonBox.ButtonRole.AcceptRole)
    buttons.accepted.connect(accept)
    buttons.rejected.connect(dialog.reject)
    return buttons
