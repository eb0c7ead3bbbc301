"""A passage of a document: where it stands, its words with the quoted ones marked, and why it was found."""

from dataclasses import dataclass
from html import escape

from PySide6.QtCore import QEvent, Qt, Signal
from PySide6.QtGui import QEnterEvent
from PySide6.QtWidgets import QFrame, QHBoxLayout, QLabel, QPushButton, QVBoxLayout

from app.ui.theme import Theme
from app.ui.translate import tr
from app.ui.widgets.flow import FlowLayout


@dataclass(frozen=True, slots=True)
class Quotation:
    """A numbered source: its document, the place in it, and the quoted words among those around them."""

    number: int
    document: str
    place: str
    before: str
    quote: str
    after: str
    found: str = ""  # how search came upon it


class PassageCard(QFrame):
    """One source."""

    opened = Signal()
    pointed = Signal(int)  # its number while the pointer is on it, else 0

    def __init__(self, quotation: Quotation, theme: Theme) -> None:
        super().__init__(objectName="card")
        self.number = quotation.number
        plain = Qt.TextFormat.PlainText
        number = QLabel(str(quotation.number), objectName="number", alignment=Qt.AlignmentFlag.AlignCenter)
        name = QLabel(quotation.document, objectName="section", wordWrap=True, textFormat=plain)
        top = QHBoxLayout(spacing=8)
        top.addWidget(number, 0, Qt.AlignmentFlag.AlignTop)
        top.addWidget(name, 1)
        where = QLabel(quotation.place, objectName="small", wordWrap=True, textFormat=plain)
        self._explanation = QLabel(quotation.found, objectName="small", wordWrap=True, textFormat=plain)
        self._explanation.hide()
        column = QVBoxLayout(self, spacing=4)
        column.setContentsMargins(14, 12, 14, 12)
        column.addLayout(top)
        column.addWidget(where)
        column.addSpacing(2)
        column.addWidget(_words(quotation, theme))
        column.addSpacing(4)
        column.addLayout(self._actions(quotation))
        column.addWidget(self._explanation)
        if not quotation.place:
            where.hide()
        self.setAccessibleName(tr("Source {n}: {document}", n=quotation.number, document=quotation.document))

    def enterEvent(self, event: QEnterEvent) -> None:
        """Whoever points at a passage sees which sentences rest on it."""
        self.pointed.emit(self.number)
        super().enterEvent(event)

    def leaveEvent(self, event: QEvent) -> None:
        """No longer."""
        self.pointed.emit(0)
        super().leaveEvent(event)

    def select(self, selected: bool) -> None:
        """Draw the eye to this card, or away from it."""
        self.setProperty("selected", selected)
        self.style().unpolish(self)
        self.style().polish(self)

    def _actions(self, quotation: Quotation) -> FlowLayout:
        show = QPushButton(tr("Show in document"), objectName="small")
        show.setAccessibleName(tr("Show source {n} in {document}", n=quotation.number, document=quotation.document))
        show.clicked.connect(self.opened)
        explain = QPushButton(tr("Why this?"), objectName="small", checkable=True)
        explain.setAccessibleName(tr("Why source {n} was found", n=quotation.number))
        explain.toggled.connect(self._explanation.setVisible)
        actions = FlowLayout(spacing=6)
        actions.addWidget(show)
        actions.addWidget(explain)
        if not quotation.found:
            explain.hide()
        return actions


def _words(quotation: Quotation, theme: Theme) -> QLabel:
    """The passage as rich text that holds nothing but its words and the colour behind those that are quoted."""
    before, quote, after = (escape(part) for part in (quotation.before, quotation.quote, quotation.after))
    words: QLabel = QLabel(objectName="quote", wordWrap=True, textFormat=Qt.TextFormat.RichText)
    words.setTextInteractionFlags(Qt.TextInteractionFlag.TextSelectableByMouse)
    words.setText(
        f'<div style="line-height:135%">{before}'
        f'<span style="background-color:{theme["mark"]}">{quote}</span>{after}</div>'
    )
    return words
