"""The card of a step: how far it is, what is asked, the ways to answer, and what was answered before."""

from functools import partial
from typing import Final

from PySide6.QtCore import Qt, Signal
from PySide6.QtGui import QKeyEvent, QKeySequence, QShortcut
from PySide6.QtWidgets import (
    QFrame,
    QHBoxLayout,
    QLabel,
    QPlainTextEdit,
    QProgressBar,
    QPushButton,
    QSizePolicy,
    QVBoxLayout,
    QWidget,
)

from app.domain.playbook import NOTHING, Ask, Draft, Finish, LookUp, Option, choices
from app.domain.playbook_run import Done, Quote, earlier
from app.services.playbooks import Standing
from app.ui.copilot.done import DoneRow, EndPart, QuoteChip
from app.ui.copilot.view_model import CopilotViewModel
from app.ui.theme import Appearance
from app.ui.translate import tr
from app.ui.widgets.error_row import ErrorRow
from app.ui.widgets.flow import FlowLayout

WIDTH: Final = 600
IN_A_ROW: Final = 56  # characters of options that stand side by side
SHORT: Final = 72  # pixels: the field of an answer
LONG: Final = 240  # and of a draft


class StepCard(QFrame):
    """Shows where a run stands, and takes the answer."""

    opened = Signal(object)  # a Quote
    record_wanted = Signal(str)  # "copy" or "save"

    def __init__(self, copilot: CopilotViewModel, appearance: Appearance) -> None:
        super().__init__(objectName="card")
        self._copilot = copilot
        self._appearance = appearance
        self._title = QLabel(objectName="title", textFormat=Qt.TextFormat.PlainText)
        self._count = QLabel(objectName="chip")
        self._count.setSizePolicy(QSizePolicy.Policy.Fixed, QSizePolicy.Policy.Fixed)
        self._bar = QProgressBar(textVisible=False, objectName="whole")
        self._bar.setAccessibleName(tr("Progress of the playbook"))
        self._bar.setRange(0, 100)
        self._body = QWidget()
        self._field: QPlainTextEdit | None = None
        self._options: tuple[Option, ...] = ()
        top = QHBoxLayout()
        top.addWidget(self._title, 1)
        top.addWidget(self._count)
        self._column = QVBoxLayout(self, spacing=10)
        self._column.setContentsMargins(20, 16, 20, 18)
        self._column.addLayout(top)
        self._column.addWidget(self._bar)
        self._column.addSpacing(6)
        self._column.addWidget(self._body)
        self._wear()
        appearance.changed.connect(self._wear)
        copilot.changed.connect(self.refill)
        copilot.streamed.connect(self._stream)

    def _wear(self) -> None:
        self.setFixedWidth(self._appearance.theme.px(WIDTH))

    def keyPressEvent(self, event: QKeyEvent) -> None:
        """1 to 9 choose an option."""
        number = int(event.text()) if event.text().isdecimal() else 0
        if 1 <= number <= len(self._options):
            self._copilot.answer(self._options[number - 1].id)
            return
        super().keyPressEvent(event)

    def refill(self) -> None:
        """Show the step at hand."""
        at = self._copilot.at
        if at is None:
            return
        progress = at.progress
        self._title.setText(at.playbook.title)
        ended = isinstance(at.step, Finish)
        self._count.setText(tr("finished") if ended else tr("step {at} of about {n}", at=progress.at, n=progress.of))
        self._bar.setValue(round(100 * progress.share))
        self._field, self._options = None, () if self._copilot.is_working else choices(at.step)
        body = QWidget()
        column = QVBoxLayout(body, spacing=10)
        column.setContentsMargins(0, 0, 0, 0)
        self._fill(column, at)
        self._column.replaceWidget(self._body, body)
        self._body.hide()
        self._body.deleteLater()
        self._body = body
        body.show()  # a layout would show it later, and the focus has to go somewhere now
        focus = self._field or self._default
        if focus is not None:
            focus.setFocus()

    def _fill(self, column: QVBoxLayout, at: Standing) -> None:
        self._default: QPushButton | None = None
        if isinstance(at.step, Finish):
            end = EndPart(at, at.step)
            end.record_wanted.connect(self.record_wanted)
            column.addWidget(end)
        else:
            column.addWidget(_text(at.title, "question"))
            if at.help:
                column.addWidget(_text(at.help, "muted"))
            self._evidence(column, at)
            self._answers(column, at)
        if at.run.path:
            line = QFrame(objectName="rule")
            line.setFixedHeight(1)
            column.addWidget(line)
        for place, done in enumerate(at.run.path):
            row = DoneRow(at, done)
            row.change_wanted.connect(partial(self._copilot.change, place))
            row.opened.connect(self.opened)
            column.addWidget(row)

    def _evidence(self, column: QVBoxLayout, at: Standing) -> None:
        """What an earlier look-up found, where the question speaks of it."""
        shown = at.step.shows if isinstance(at.step, Ask) else ""
        done = next((one for one in reversed(at.run.path) if one.step == shown), None)
        if done is None or not done.text:
            return
        row = QHBoxLayout(spacing=6)
        row.addWidget(_text(done.text, "small"), 1)
        for number, quote in enumerate(done.quotes, 1):
            row.addWidget(self._chip(number, quote), 0, Qt.AlignmentFlag.AlignTop)
        column.addLayout(row)

    def _chip(self, number: int, quote: Quote) -> QPushButton:
        chip = QuoteChip(number, quote)
        chip.clicked.connect(lambda: self.opened.emit(quote))
        return chip

    def _answers(self, column: QVBoxLayout, at: Standing) -> None:
        """The ways to answer: by a model that works, by hand, or by one of the options."""
        if self._copilot.is_working:
            self._working(column, at)
            return
        if self._copilot.failure is not None:
            self._failed(column, self._copilot.failure)
        elif at.waits_for_model:
            self._again(column, tr("Let the model do it"))
        options = choices(at.step)
        if options:
            self._buttons(column, at, options)
        elif isinstance(at.step, LookUp):
            self._default = _button(tr("Go on without"), lambda: self._copilot.answer(NOTHING))
            column.addWidget(self._default, 0, Qt.AlignmentFlag.AlignLeft)
        else:
            self._write(column, at)
        if at.run.path:
            column.addWidget(_button(tr("Back"), self._copilot.back, "small"), 0, Qt.AlignmentFlag.AlignLeft)

    def _working(self, column: QVBoxLayout, at: Standing) -> None:
        looks = isinstance(at.step, LookUp)
        text = tr("Looking through your documents…") if looks else tr("The model on this device is working…")
        column.addWidget(_text(text, "small"))
        if isinstance(at.step, Draft):
            self._field = self._edit("", LONG)
            self._field.setReadOnly(True)
            column.addWidget(self._field)
        self._default = _button(tr("Stop: I answer this myself"), self._copilot.stop)
        column.addWidget(self._default, 0, Qt.AlignmentFlag.AlignLeft)

    def _failed(self, column: QVBoxLayout, error: Exception) -> None:
        row = ErrorRow(self._appearance, self._body)
        column.addWidget(row)
        row.show_error(error, (tr("Try again"), self._copilot.work))

    def _again(self, column: QVBoxLayout, label: str) -> None:
        column.addWidget(_button(label, self._copilot.work, "small"), 0, Qt.AlignmentFlag.AlignLeft)

    def _buttons(self, column: QVBoxLayout, at: Standing, options: tuple[Option, ...]) -> None:
        """Options side by side where they are short, else one below the other; the likely one stands out."""
        proposal = at.run.proposal
        likely = proposal or earlier(at.run, at.step.id)
        if proposal is not None and proposal.confidence is not None:
            sure = f"{proposal.confidence:.0%}"
            column.addWidget(_text(tr("The model is not sure ({share}). Which one is it?", share=sure), "small"))
        texts = [tr(option.text) for option in options]
        short = sum(map(len, texts)) <= IN_A_ROW
        rows = FlowLayout(spacing=8) if short else QVBoxLayout(spacing=6)
        for number, (option, text) in enumerate(zip(options, texts, strict=True), 1):
            chosen = likely is not None and likely.answer == option.id
            button = _button(f"{number}   {text}", partial(self._copilot.answer, option.id))
            button.setObjectName("primary" if chosen else "option")
            button.setAccessibleName(text)
            button.setToolTip(tr("Key {n}", n=number))
            self._default = button if chosen or self._default is None else self._default
            rows.addWidget(button)
            rows.setAlignment(button, Qt.AlignmentFlag.AlignLeft)
        column.addLayout(rows)

    def _write(self, column: QVBoxLayout, at: Standing) -> None:
        """A field for free words; a draft that a model wrote stands in it."""
        before: Done | None = at.run.proposal or earlier(at.run, at.step.id)
        is_draft = isinstance(at.step, Draft)
        self._field = self._edit(before.answer if before else "", LONG if is_draft else SHORT)
        self._field.setAccessibleName(at.title)
        column.addWidget(self._field)
        row = QHBoxLayout(spacing=8)
        take = _button(tr("Use this text") if is_draft else tr("Next"), self._take, "primary")
        take.setToolTip(tr("Ctrl+Enter"))
        QShortcut(QKeySequence("Ctrl+Return"), self._field, self._take, context=_HERE)
        row.addWidget(take)
        if is_draft and at.run.proposal is not None:
            row.addWidget(_button(tr("Write it again"), self._copilot.work))
            column.addWidget(QLabel(tr("AI wrote this: read it first."), objectName="small", wordWrap=True))
        elif isinstance(at.step, Ask) and at.step.optional:
            row.addWidget(_button(tr("Skip"), lambda: self._copilot.answer("")))
        row.addStretch(1)
        column.addLayout(row)

    def _edit(self, text: str, height: int) -> QPlainTextEdit:
        edit: QPlainTextEdit = QPlainTextEdit(text, objectName="answer")
        edit.setTabChangesFocus(True)
        edit.setFixedHeight(height)
        edit.setAccessibleName(tr("Your answer"))
        return edit

    def _take(self) -> None:
        if self._field is not None:
            self._copilot.answer(self._field.toPlainText().strip())

    def _stream(self, written: str) -> None:
        if self._field is not None:
            self._field.setPlainText(written)
            self._field.verticalScrollBar().setValue(self._field.verticalScrollBar().maximum())


_HERE: Final = Qt.ShortcutContext.WidgetWithChildrenShortcut


def _text(text: str, style: str) -> QLabel:
    label: QLabel = QLabel(text, objectName=style, wordWrap=True, textFormat=Qt.TextFormat.PlainText)
    label.setTextInteractionFlags(Qt.TextInteractionFlag.TextSelectableByMouse)
    return label


def _button(text: str, act: object, style: str = "") -> QPushButton:
    button: QPushButton = QPushButton(text, objectName=style)
    button.setAccessibleName(text)
    button.clicked.connect(lambda: act() if callable(act) else None)
    return button
