"""What was answered, a row each, and the end of a playbook."""

from PySide6.QtCore import Qt, Signal
from PySide6.QtWidgets import QHBoxLayout, QLabel, QPushButton, QSizePolicy, QVBoxLayout, QWidget

from app.domain.playbook import Finish, LookUp
from app.domain.playbook_run import Done, Quote, advice, fill, said
from app.services.playbooks import Standing
from app.ui.fact import ElidedLabel, Fact
from app.ui.translate import tr


class QuoteChip(QPushButton):
    """A place in a document; a click opens it."""

    def __init__(self, number: int, quote: Quote) -> None:
        super().__init__(str(number), objectName="chip")
        place = tr("{document}, page {page}", document=quote.document, page=quote.page)
        named = place if quote.page else quote.document
        self.setAccessibleName(tr("Source {n}: {place}", n=number, place=named))
        self.setToolTip(f"{named}\n“{quote.text}”")
        self.setEnabled(bool(quote.document_id))


class DoneRow(QWidget):
    """A step that is done: the question, the answer, its sources, and a way to change it."""

    change_wanted = Signal()
    opened = Signal(object)  # a Quote

    def __init__(self, at: Standing, done: Done) -> None:
        super().__init__()
        step = at.playbook.step(done.step)
        title = fill(step.title, at.playbook, at.run.path) if step else done.step
        answer = said(step, done) if step else done.answer
        if isinstance(step, LookUp) and not done.text:
            answer = tr("nothing found")
        mark = Fact(tr("Answered"), "chip")
        sure = tr("{share} sure", share=f"{done.confidence:.0%}") if done.confidence is not None else ""
        by = tr("{model}, on this device. {sure}", model=done.model, sure=sure).strip()
        mark.state(tr("AI") if done.model else tr("done"), by if done.model else "", "warn" if done.model else "good")
        mark.setSizePolicy(QSizePolicy.Policy.Fixed, QSizePolicy.Policy.Fixed)
        asked = ElidedLabel("small")
        asked.say(title)
        given = ElidedLabel("section")
        given.say(" ".join(answer.split()))
        change = QPushButton(tr("Change"), objectName="small")
        change.setAccessibleName(tr("Change the answer to: {title}", title=title))
        change.clicked.connect(self.change_wanted)
        row = QHBoxLayout(self, spacing=8)
        row.setContentsMargins(0, 0, 0, 0)
        row.addWidget(mark)
        row.addWidget(asked, 5)
        row.addWidget(given, 4)
        for number, quote in enumerate(done.quotes, 1):
            chip = QuoteChip(number, quote)
            chip.clicked.connect(lambda _=False, quote=quote: self.opened.emit(quote))
            row.addWidget(chip)
        row.addWidget(change)


class EndPart(QWidget):
    """What it came to, what is to be done, and the record."""

    record_wanted = Signal(str)  # "copy" or "save"

    def __init__(self, at: Standing, end: Finish) -> None:
        super().__init__()
        column = QVBoxLayout(self, spacing=8)
        column.setContentsMargins(0, 0, 0, 0)
        column.addWidget(_line(at.title, "question"))
        if at.help:
            column.addWidget(_line(at.help, "muted"))
        for text in advice(at.playbook, at.run.path, end):
            row = QHBoxLayout(spacing=8)
            row.addWidget(QLabel("•"), 0, Qt.AlignmentFlag.AlignTop)
            row.addWidget(_line(text, ""), 1)
            column.addLayout(row)
        buttons = QHBoxLayout(spacing=8)
        for act, text in (("save", tr("Save the record…")), ("copy", tr("Copy the record"))):
            button = QPushButton(text, objectName="primary" if act == "save" else "")
            button.setAccessibleName(text)
            button.clicked.connect(lambda _=False, act=act: self.record_wanted.emit(act))
            buttons.addWidget(button)
        buttons.addStretch(1)
        column.addSpacing(4)
        column.addLayout(buttons)


def _line(text: str, style: str) -> QLabel:
    label: QLabel = QLabel(text, objectName=style, wordWrap=True, textFormat=Qt.TextFormat.PlainText)
    label.setTextInteractionFlags(Qt.TextInteractionFlag.TextSelectableByMouse)
    return label
