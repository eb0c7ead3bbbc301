"""The sources of an answer: each passage with the words that the answer rests on."""

from collections.abc import Sequence
from html import escape

from PySide6.QtCore import QEvent, Qt, Signal
from PySide6.QtGui import QEnterEvent
from PySide6.QtWidgets import QFrame, QHBoxLayout, QLabel, QPushButton, QScrollArea, QVBoxLayout, QWidget

from app.domain.chat import Citation, SentenceSupport
from app.domain.library import Passage
from app.ui.chat.view_model import ChatViewModel
from app.ui.theme import Appearance, Theme
from app.ui.translate import tr

AROUND = 140  # characters shown before and after the quoted words


def place(citation: Citation) -> str:
    """Page and heading."""
    names = {"page": tr("page {n}"), "slide": tr("slide {n}"), "sheet": tr("sheet {name}"), "part": tr("part {name}")}
    name = names[citation.unit].format(n=citation.page, name=citation.label or citation.page)
    return " · ".join(part for part in (name if citation.page else "", citation.heading) if part)


def excerpt(citation: Citation, passage: Passage | None) -> tuple[str, str, str]:
    """The words before, of and after the quotation."""
    if passage is None or not passage.start <= citation.start <= citation.end <= passage.end:
        return "", citation.quote, ""
    start, end = citation.start - passage.start, citation.end - passage.start
    before, after = passage.text[:start], passage.text[end:]
    if len(before) > AROUND:
        before = "… " + before[-AROUND:].partition(" ")[2]
    room = AROUND if start < end else 2 * AROUND  # nothing quoted yet: the passage from its start
    if len(after) > room:
        after = after[:room].rpartition(" ")[0] + " …"
    return before, passage.text[start:end], after


def why(passage: Passage) -> str:
    """How search came upon a passage, retriever by retriever."""
    parts = [
        tr("no. {n} by words", n=passage.ranks["bm25"]) if "bm25" in passage.ranks else tr("not by words"),
        tr("no. {n} by meaning", n=passage.ranks["vector"]) if "vector" in passage.ranks else tr("not by meaning"),
    ]
    if "codes" in passage.ranks:
        parts.append(tr("no. {n} by its codes", n=passage.ranks["codes"]))
    if "coverage" in passage.scores:
        share = round(100 * passage.scores["coverage"])
        parts.append(tr("{share} % of what is asked about stands in it", share=share))
    return tr("Found {how}.", how=" · ".join(parts))


def said_of(sentence: SentenceSupport, passages: Sequence[Passage]) -> str:
    """What the passages say to a sentence of an answer."""
    if not 0 < sentence.passage <= len(passages):
        return tr("No passage says this.")
    passage = passages[sentence.passage - 1]
    quote = passage.text[max(0, sentence.said_from - passage.start) : sentence.said_to - passage.start]
    where = {"n": sentence.passage, "quote": " ".join(quote.split())}
    if sentence.verdict == "supported":
        return tr("Passage {n} says: “{quote}”", **where)
    why = {
        "number": tr("another number"),
        "negation": tr("one of the two denies it"),
        "opposite": tr("the opposite"),
        "": "",
    }[sentence.because]
    return tr("Passage {n} says otherwise ({why}): “{quote}”", why=why, **where)


class SourceCard(QFrame):
    """One citation."""

    opened = Signal(object, str)  # the citation and the text of its passage
    pointed = Signal(int)  # its number while the pointer is on it, else 0

    def __init__(self, citation: Citation, passage: Passage | None, theme: Theme) -> None:
        super().__init__(objectName="card")
        self.number = citation.n
        number = QLabel(str(citation.n), objectName="number", alignment=Qt.AlignmentFlag.AlignCenter)
        name = QLabel(citation.document, objectName="section", wordWrap=True)
        name.setTextFormat(Qt.TextFormat.PlainText)
        top = QHBoxLayout(spacing=8)
        top.addWidget(number, 0, Qt.AlignmentFlag.AlignTop)
        top.addWidget(name, 1)
        where = QLabel(place(citation), objectName="small", wordWrap=True, textFormat=Qt.TextFormat.PlainText)
        before, quote, after = (escape(part) for part in excerpt(citation, passage))
        text = QLabel(wordWrap=True, textFormat=Qt.TextFormat.RichText)
        text.setTextInteractionFlags(Qt.TextInteractionFlag.TextSelectableByMouse)
        text.setText(
            f'<div style="font-size:13px;line-height:135%">{before}'
            f'<span style="background-color:{theme["mark"]}">{quote}</span>{after}</div>'
        )
        show = QPushButton(tr("Show in document"), objectName="small")
        show.setAccessibleName(tr("Show source {n} in {document}", n=citation.n, document=citation.document))
        show.clicked.connect(lambda: self.opened.emit(citation, passage.text if passage else citation.quote))
        explanation = QLabel(why(passage) if passage else "", objectName="small", wordWrap=True)
        explanation.hide()
        explain = QPushButton(tr("Why this?"), objectName="small", checkable=True)
        explain.setAccessibleName(tr("Why source {n} was found", n=citation.n))
        explain.toggled.connect(explanation.setVisible)
        if passage is None or not passage.ranks:
            explain.hide()  # never shown here: without a parent yet it would be a window of its own
        actions = QHBoxLayout(spacing=6)
        actions.addWidget(show)
        actions.addWidget(explain)
        actions.addStretch(1)
        column = QVBoxLayout(self, spacing=4)
        column.setContentsMargins(14, 12, 14, 12)
        column.addLayout(top)
        column.addWidget(where)
        column.addSpacing(2)
        column.addWidget(text)
        column.addSpacing(4)
        column.addLayout(actions)
        column.addWidget(explanation)
        where.setVisible(bool(where.text()))
        self.setAccessibleName(tr("Source {n}: {document}", n=citation.n, document=citation.document))

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


class Sources(QFrame):
    """The pane beside the transcript."""

    opened = Signal(object, str)  # a citation and the text of its passage
    pointed = Signal(int)  # the number of the passage that the pointer is on, else 0

    def __init__(self, chat: ChatViewModel, appearance: Appearance, parent: QWidget | None = None) -> None:
        super().__init__(parent, objectName="sources")
        self._chat = chat
        self._appearance = appearance
        self._cards: list[SourceCard] = []
        self.setAccessibleName(tr("Sources"))
        self._count = QLabel(objectName="chip")
        self._empty = QLabel(tr("The passages an answer rests on appear here."), objectName="muted", wordWrap=True)
        top = QHBoxLayout()
        top.addWidget(QLabel(tr("Sources"), objectName="section"))
        top.addStretch(1)
        top.addWidget(self._count)
        self._column = QVBoxLayout(spacing=10)
        self._column.setContentsMargins(0, 0, 4, 0)
        self._column.addStretch(1)
        inner = QWidget()
        inner.setLayout(self._column)
        self._scroll = QScrollArea(widgetResizable=True)
        self._scroll.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self._scroll.setWidget(inner)
        column = QVBoxLayout(self, spacing=12)
        column.setContentsMargins(16, 14, 12, 12)
        column.addLayout(top)
        column.addWidget(self._empty)
        column.addWidget(self._scroll, 1)
        chat.sources_changed.connect(self.refill)
        appearance.changed.connect(self.refill)
        self.refill()

    def refill(self) -> None:
        """Show the cards of the answer at hand."""
        for card in self._cards:
            self._column.removeWidget(card)
            card.hide()  # it goes when the event loop gets to it
            card.deleteLater()
        sources = self._chat.sources()
        self._cards = [SourceCard(citation, passage, self._appearance.theme) for citation, passage in sources]
        for at, card in enumerate(self._cards):
            card.opened.connect(self.opened)
            card.pointed.connect(self.pointed)
            self._column.insertWidget(at, card)
        self._empty.setVisible(not sources)
        self._count.setVisible(bool(sources))
        used = len({citation.n for citation, _ in sources})
        self._count.setText(tr("{used} used of {found} found", used=used, found=max(self._chat.found(), used)))
        if self._cards:
            self._cards[0].select(True)

    def show_number(self, number: int) -> None:
        """Bring the card of a citation into sight."""
        for card in self._cards:
            card.select(card.number == number)
            if card.number == number:
                self._scroll.ensureWidgetVisible(card)
