"""The verdicts of a judgement: a row for each field, with its evidence and what a person can say to it."""

from PySide6.QtCore import Qt, Signal
from PySide6.QtGui import QKeyEvent, QMouseEvent
from PySide6.QtWidgets import QFrame, QHBoxLayout, QLabel, QPushButton, QScrollArea, QVBoxLayout, QWidget

from app.domain.judge import Field, Review, Verdict, Version, is_empty
from app.ui.judge.texts import evidence_text, note_text, value_text
from app.ui.judge.view_model import Opened
from app.ui.theme import Appearance
from app.ui.translate import tr
from app.ui.widgets.buttons import IconButton
from app.ui.widgets.disclosure import Disclosure


class FieldRow(QFrame):
    """One field: its name, its verdict, its evidence; accept and correct."""

    chosen = Signal(str)
    accepted = Signal(str)
    correct_wanted = Signal(str)

    def __init__(
        self, field: Field, verdict: Verdict, review: Review | None, runs: int, appearance: Appearance
    ) -> None:
        super().__init__(objectName="verdict")
        self.key = field.key
        self.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
        value = review.value if review is not None else verdict.value
        text = value_text(field, value)
        name = _label(field.name, "verdict_name")
        name.setToolTip(field.ask)
        shown = _label(text, "faint" if is_empty(value) else "reading_text")
        middle = QVBoxLayout(spacing=4)
        middle.addWidget(shown)
        marks = self._marks(verdict, review, runs)
        if marks.count():
            middle.addLayout(marks)
        middle.addStretch(1)
        row = QHBoxLayout(self, spacing=10)
        row.setContentsMargins(12, 9, 8, 9)
        row.addWidget(name, 0, Qt.AlignmentFlag.AlignTop)
        row.addLayout(middle, 1)
        row.addWidget(self._evidence(field, verdict, value=text, says=not is_empty(value)), 0, _TOP)
        row.addWidget(self._actions(field, appearance), 0, Qt.AlignmentFlag.AlignTop)
        evidence = evidence_text(verdict) if not is_empty(value) else ""
        self.setAccessibleName(f"{field.name}: {text}. {evidence}".strip())

    def select(self, selected: bool) -> None:
        """Draw the eye to this row, or away from it."""
        self.setProperty("selected", selected)
        self.style().unpolish(self)
        self.style().polish(self)

    def mousePressEvent(self, event: QMouseEvent) -> None:
        """A click shows the evidence."""
        self.chosen.emit(self.key)
        super().mousePressEvent(event)

    def keyPressEvent(self, event: QKeyEvent) -> None:
        """Space and Enter do as a click."""
        if event.key() in (Qt.Key.Key_Space, Qt.Key.Key_Return, Qt.Key.Key_Enter):
            self.chosen.emit(self.key)
            return
        super().keyPressEvent(event)

    def _marks(self, verdict: Verdict, review: Review | None, runs: int) -> QHBoxLayout:
        marks: QHBoxLayout = QHBoxLayout(spacing=6)
        if runs > 1 and verdict.agree < runs:
            marks.addWidget(_chip(tr("{n} of {runs} runs agree", n=verdict.agree, runs=runs), "warn"))
        if review is not None:
            text = tr("accepted by you") if review.kind == "accepted" else tr("corrected by you")
            marks.addWidget(_chip(text, "good"))
        if verdict.note:
            marks.addWidget(_chip(note_text(verdict), "warn"))
        if marks.count():
            marks.addStretch(1)
        return marks

    def _evidence(self, field: Field, verdict: Verdict, *, value: str, says: bool) -> QWidget:
        cell = QWidget(objectName="verdict_evidence")
        row = QHBoxLayout(cell)
        row.setContentsMargins(0, 0, 0, 0)
        if verdict.evidence:
            button = QPushButton(evidence_text(verdict), objectName="evidence")
            button.setAccessibleName(tr("Show the evidence for {field}", field=field.name))
            button.setToolTip("\n".join(" ".join(one.quote.split()) for one in verdict.evidence)[:600])
            button.clicked.connect(lambda: self.chosen.emit(self.key))
            row.addWidget(button)
        elif says:
            chip = _chip(evidence_text(verdict), "warn")
            chip.setToolTip(tr("No words of the document were found that say “{value}”.", value=value[:80]))
            row.addWidget(chip)
        row.addStretch(1)
        return cell

    def _actions(self, field: Field, appearance: Appearance) -> QWidget:
        accept = IconButton(appearance, "check", tr("Accept {field}", field=field.name))
        accept.clicked.connect(lambda: self.accepted.emit(self.key))
        correct = IconButton(appearance, "edit", tr("Correct {field}…", field=field.name))
        correct.clicked.connect(lambda: self.correct_wanted.emit(self.key))
        cell = QWidget(objectName="verdict_actions")
        row = QHBoxLayout(cell, spacing=2)
        row.setContentsMargins(0, 0, 0, 0)
        row.addWidget(accept)
        row.addWidget(correct)
        return cell


class Verdicts(QWidget):
    """All rows of a version."""

    chosen = Signal(str)
    accepted = Signal(str)
    correct_wanted = Signal(str)

    def __init__(self, appearance: Appearance) -> None:
        super().__init__()
        self._appearance = appearance
        self._opened: Opened | None = None
        self._rows: list[FieldRow] = []
        self._selected = ""
        self._disclosure = Disclosure()
        self._column = QVBoxLayout(spacing=0)
        self._column.setContentsMargins(0, 0, 6, 0)
        self._column.addStretch(1)
        inner = QWidget()
        inner.setLayout(self._column)
        self._scroll = QScrollArea(widgetResizable=True)
        self._scroll.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self._scroll.setWidget(inner)
        column = QVBoxLayout(self, spacing=10)
        column.setContentsMargins(24, 16, 12, 12)
        column.addWidget(self._disclosure)
        column.addWidget(_heads())
        column.addWidget(self._scroll, 1)
        appearance.changed.connect(self._fill)

    def show_opened(self, opened: Opened) -> None:
        """Show a version; the field that was looked at stays chosen."""
        self._opened = opened
        version = opened.version
        self._disclosure.name(version.model, version.ran, *_making(version, opened.judged.pages))
        self._fill()
        if self._selected not in {row.key for row in self._rows}:
            self._selected = next((one.key for one in opened.version.verdicts if one.evidence), "")
        self.choose(self._selected)

    def choose(self, key: str) -> None:
        """Mark a row, and tell which."""
        self._selected = key
        for row in self._rows:
            row.select(row.key == key)
        self.chosen.emit(key)

    def rows(self) -> list[FieldRow]:
        """The rows, in the order of the fields."""
        return list(self._rows)

    def _fill(self) -> None:
        for row in self._rows:
            self._column.removeWidget(row)
            row.hide()
            row.deleteLater()
        self._rows = []
        if self._opened is None:
            return
        version = self._opened.version
        for verdict in version.verdicts:
            field = version.template.field(verdict.key)
            row = FieldRow(field, verdict, self._opened.reviews.get(field.key), version.runs, self._appearance)
            row.chosen.connect(self.choose)
            row.accepted.connect(self.accepted)
            row.correct_wanted.connect(self.correct_wanted)
            row.select(row.key == self._selected)
            self._column.insertWidget(len(self._rows), row)
            self._rows.append(row)


_TOP = Qt.AlignmentFlag.AlignTop


def _heads() -> QWidget:
    heads = QWidget()
    row = QHBoxLayout(heads, spacing=10)
    row.setContentsMargins(12, 4, 14, 0)
    cells = (
        (tr("Field"), "verdict_name"),
        (tr("Verdict"), ""),
        (tr("Evidence"), "verdict_evidence"),
        ("", "verdict_actions"),
    )
    for text, style in cells:
        cell = QWidget(objectName=style)
        inside = QHBoxLayout(cell)
        inside.setContentsMargins(0, 0, 0, 0)
        inside.addWidget(QLabel(text, objectName="column"))
        row.addWidget(cell, 0 if style else 1)
    return heads


def _making(version: Version, pages: int) -> list[str]:
    """How a version came to be: in how many parts it was read, how far the runs agree, what was to be minded."""
    parts: list[str] = []
    if pages:
        parts.append(tr("{pages} pages read in {parts} parts", pages=pages, parts=version.parts))
    elif version.parts > 1:
        parts.append(tr("read in {parts} parts", parts=version.parts))
    if version.runs > 1:
        parts.append(tr("{n} of {n} runs agree unless noted", n=version.runs))
    if version.instruction:
        parts.append(tr("minded: {text}", text=version.instruction))
    return parts


def _label(text: str, style: str) -> QLabel:
    label: QLabel = QLabel(text, objectName=style, wordWrap=True, textFormat=Qt.TextFormat.PlainText)
    label.setTextInteractionFlags(Qt.TextInteractionFlag.NoTextInteraction)
    return label


def _chip(text: str, tone: str) -> QLabel:
    chip: QLabel = QLabel(text, objectName="chip", textFormat=Qt.TextFormat.PlainText)
    chip.setProperty("tone", tone)
    chip.setIndent(0)
    return chip
