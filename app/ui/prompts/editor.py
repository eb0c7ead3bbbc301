"""Changes a prompt: its words, what its gaps are, its examples. What is saved is a new version."""

from dataclasses import replace
from typing import Final, get_args

from PySide6.QtCore import Qt
from PySide6.QtWidgets import (
    QFrame,
    QGridLayout,
    QHBoxLayout,
    QLabel,
    QLineEdit,
    QPlainTextEdit,
    QPushButton,
    QScrollArea,
    QVBoxLayout,
    QWidget,
)

from app.domain.data_class import CLASSES
from app.domain.prompt_library import Example, Kind, PromptVersion, Variable, flaws, names_in
from app.ui.prompts.form import NOWHERE, tab_through
from app.ui.prompts.menu_button import MenuButton
from app.ui.prompts.view_model import PromptsViewModel
from app.ui.translate import tr

KINDS: Final[tuple[Kind, ...]] = get_args(Kind)
UNSAVED: Final = "my-new"  # stands for the id that a new prompt is given when it is kept


class PromptEditor(QWidget):
    """All parts of a prompt; a gap in the text asks at once what it is."""

    def __init__(self, prompts: PromptsViewModel) -> None:
        super().__init__()
        self._prompts = prompts
        self._version = PromptVersion("", "", "")
        self._title = _line(tr("Title"))
        self._purpose = _line(tr("What it is good for"))
        self._text = QPlainTextEdit(objectName="prompt_text")
        self._text.setAccessibleName(tr("Text of the prompt"))
        self._text.setTabChangesFocus(True)
        self._gaps = QVBoxLayout(spacing=6)
        self._rows: dict[str, VariableRow] = {}
        self._examples = QVBoxLayout(spacing=6)
        self._pairs: list[ExampleRow] = []
        self._class = MenuButton(tr("Class of what is filled in"), [(one, tr(one)) for one in CLASSES])
        self._model = MenuButton(tr("Model that it is written for"))
        self._library = QPushButton(tr("Look for the answer in all documents"), objectName="choice", checkable=True)
        self._add = QPushButton(tr("Add an example"), objectName="small")
        self._add.clicked.connect(lambda: self._add_example(Example("", "")))
        self._note = _line(tr("What is different (for the list of versions)"))
        self._flaw = QLabel(objectName="small", wordWrap=True)
        self._save = QPushButton(tr("Save as a new version"), objectName="primary")
        self._save.clicked.connect(lambda: prompts.save(self.changed()))
        self._lay_out()
        self._text.textChanged.connect(self._follow_gaps)
        self._title.textChanged.connect(self._check)

    def show_version(self, version: PromptVersion) -> None:
        """Begin with what a version says."""
        self._text.clear()  # without gaps, none of them is asked about while the rows change
        self._version = version
        for row in list(self._rows.values()):
            row.deleteLater()
        self._rows = {}
        while self._pairs:
            self._pairs.pop().deleteLater()
        self._title.setText(version.title)
        self._purpose.setText(version.purpose)
        self._purpose.setCursorPosition(0)
        self._note.clear()
        models = [("", tr("any model")), *((model.id, model.name) for model in self._prompts.shelf.models)]
        known = version.model in dict(models)
        self._model.offer(models if known else [*models, (version.model, version.model)], version.model)
        self._class.choose(version.data_class)
        self._library.setChecked(version.library)
        self._text.setPlainText(version.text.strip())
        for example in version.examples:
            self._add_example(example)
        own = self._prompts.chosen is None or self._prompts.chosen.is_own
        self._save.setText(tr("Save as a new version") if own else tr("Save as a prompt of my own"))
        self._check()

    def changed(self) -> PromptVersion:
        """What the fields say."""
        examples = tuple(pair.example() for pair in self._pairs)
        return replace(
            self._version,
            title=self._title.text().strip(),
            purpose=self._purpose.text().strip(),
            text=self._text.toPlainText(),
            variables=tuple(self._rows[name].variable() for name in self._names()),
            examples=tuple(one for one in examples if one.input.strip() and one.answer.strip()),
            model=self._model.value,
            data_class=next(one for one in CLASSES if one == self._class.value),
            library=self._library.isChecked(),
            note=self._note.text().strip(),
        )

    def _names(self) -> list[str]:
        """The gaps of the text: those that were there before in the order they had, then the new ones."""
        now = names_in(self._text.toPlainText())
        before = [one.name for one in self._version.variables if one.name in now]
        return list(dict.fromkeys([*before, *now]))

    def _lay_out(self) -> None:
        hint = tr("A word in braces is a gap: {example}. For a brace as such, write it twice.", example="{name}")
        grid = QGridLayout(horizontalSpacing=12, verticalSpacing=8)
        for row, (label, field) in enumerate(
            (
                (tr("Title"), self._title),
                (tr("What it is good for"), self._purpose),
                (tr("Written for"), self._model),
                (tr("Class of what is filled in"), self._class),
            )
        ):
            grid.addWidget(QLabel(label, objectName="small"), row, 0)
            grid.addWidget(field, row, 1, Qt.AlignmentFlag.AlignLeft if isinstance(field, MenuButton) else NOWHERE)
        grid.setColumnStretch(1, 1)
        column = QVBoxLayout(spacing=8)
        column.setContentsMargins(0, 12, 12, 12)
        column.addLayout(grid)
        column.addWidget(self._library, 0, Qt.AlignmentFlag.AlignLeft)
        column.addWidget(self._text)
        column.addWidget(QLabel(hint, objectName="small", wordWrap=True))
        column.addLayout(self._gaps)
        column.addWidget(QLabel(tr("Examples of good answers"), objectName="section"))
        column.addLayout(self._examples)
        below = QHBoxLayout()
        below.addWidget(self._add)
        below.addStretch(1)
        column.addLayout(below)
        column.addStretch(1)
        inner = QWidget()
        inner.setLayout(column)
        scroll = QScrollArea(widgetResizable=True)
        scroll.setAccessibleName(tr("Parts of the prompt"))
        scroll.setWidget(inner)
        foot = QHBoxLayout(spacing=12)
        foot.addWidget(self._note, 1)
        foot.addWidget(self._save)
        whole = QVBoxLayout(self, spacing=8)
        whole.setContentsMargins(0, 0, 0, 0)
        whole.addWidget(scroll, 1)
        whole.addWidget(self._flaw)
        whole.addLayout(foot)

    def _order(self) -> None:
        """Have the Tab key go through what is there now from the top to the bottom."""
        rows = [field for row in self._rows.values() for field in row.fields]
        pairs = [field for pair in self._pairs for field in pair.fields]
        tab_through([self._library, self._text, *rows, *pairs, self._add, self._note, self._save])

    def _follow_gaps(self) -> None:
        """A row for each gap of the text; what was said of one that is gone comes back with it."""
        names = self._names()
        for name in names:
            if name not in self._rows:
                known = next((one for one in self._version.variables if one.name == name), Variable(name))
                self._rows[name] = row = VariableRow(known)
                row.changed.connect(self._check)
                self._gaps.addWidget(row)
        for name, row in self._rows.items():
            row.setVisible(name in names)
        self._order()
        self._check()

    def _add_example(self, example: Example) -> None:
        pair = ExampleRow(example)
        pair.remove.clicked.connect(lambda: self._drop(pair))
        self._pairs.append(pair)
        self._examples.addWidget(pair)
        self._order()

    def _drop(self, pair: "ExampleRow") -> None:
        self._pairs.remove(pair)
        pair.deleteLater()

    def _check(self) -> None:
        changed = self.changed()
        flaw = next(flaws(changed if changed.id else replace(changed, id=UNSAVED)), "")
        self._flaw.setText(tr("Not yet: {flaw}.", flaw=tr(flaw)) if flaw else "")
        self._save.setEnabled(not flaw)


class VariableRow(QFrame):
    """What one gap asks for."""

    def __init__(self, variable: Variable) -> None:
        super().__init__()
        self._was = variable
        self._kind = MenuButton(tr("Kind of {name}", name=variable.name), [(k, tr(k)) for k in KINDS], variable.kind)
        self._label = _line(tr("What a person is asked for"), variable.label)
        self._choices = _line(tr("Choices, separated by semicolons"), "; ".join(variable.choices))
        self._optional = QPushButton(tr("may be left out"), objectName="choice", checkable=True)
        self._optional.setChecked(variable.optional)
        self._optional.setAccessibleName(tr("{name} may be left out", name=variable.name))
        name = QLabel(f"{{{variable.name}}}", objectName="gap")
        row = QHBoxLayout(self, spacing=8)
        row.setContentsMargins(0, 0, 0, 0)
        row.addWidget(name)
        row.addWidget(self._kind)
        row.addWidget(self._label, 2)
        row.addWidget(self._choices, 2)
        row.addWidget(self._optional)
        self.fields = (self._kind, self._label, self._choices, self._optional)
        self.changed = self._choices.textChanged
        self._kind.chosen.connect(self._show)
        self._show()

    def variable(self) -> Variable:
        """What the fields say."""
        kind = next(one for one in KINDS if one == self._kind.value)
        choices = tuple(one.strip() for one in self._choices.text().split(";") if one.strip())
        choices = choices if kind == "choice" else ()
        default = self._was.default if kind != "choice" or self._was.default in choices else ""
        return replace(
            self._was,
            kind=kind,
            label=self._label.text().strip(),
            choices=choices,
            default=default,
            optional=self._optional.isChecked(),
        )

    def _show(self) -> None:
        self._choices.setVisible(self._kind.value == "choice")
        self.changed.emit(self._choices.text())


class ExampleRow(QFrame):
    """One example: what comes in and what is a good answer."""

    def __init__(self, example: Example) -> None:
        super().__init__()
        self._input = _long(tr("What comes in"), example.input)
        self._answer = _long(tr("A good answer"), example.answer)
        self.remove = QPushButton(tr("Remove"), objectName="small")
        self.remove.setAccessibleName(tr("Remove this example"))
        row = QHBoxLayout(self, spacing=8)
        row.setContentsMargins(0, 0, 0, 0)
        row.addWidget(self._input, 1)
        row.addWidget(self._answer, 1)
        row.addWidget(self.remove)
        self.fields = (self._input, self._answer, self.remove)

    def example(self) -> Example:
        """What the fields say."""
        return Example(self._input.toPlainText(), self._answer.toPlainText())


def _line(name: str, text: str = "") -> QLineEdit:
    field = QLineEdit(text, placeholderText=name)
    field.setAccessibleName(name)
    return field


def _long(name: str, text: str) -> QPlainTextEdit:
    field = QPlainTextEdit(text, placeholderText=name)
    field.setObjectName("example_value")
    field.setAccessibleName(name)
    field.setTabChangesFocus(True)
    return field
