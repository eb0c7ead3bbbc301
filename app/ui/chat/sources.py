"""The sources of an answer: each passage with the words that the answer rests on."""

from collections.abc import Sequence

from PySide6.QtCore import Qt, Signal
from PySide6.QtWidgets import QFrame, QHBoxLayout, QLabel, QScrollArea, QVBoxLayout, QWidget

from app.domain.chat import Citation, SentenceSupport
from app.domain.library import Passage
from app.ui.chat.view_model import ChatViewModel
from app.ui.theme import Appearance, Theme
from app.ui.translate import tr
from app.ui.widgets.passage_card import PassageCard, Quotation

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
    if "rerank" in passage.ranks:
        parts.append(
            tr("no. {n} by the reranker ({score})", n=passage.ranks["rerank"], score=round(passage.scores["rerank"], 2))
        )
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


class SourceCard(PassageCard):
    """One citation of an answer."""

    shown = Signal(object, str)  # the citation and the text of its passage

    def __init__(self, citation: Citation, passage: Passage | None, theme: Theme) -> None:
        found = why(passage) if passage is not None and passage.ranks else ""
        words = excerpt(citation, passage)
        super().__init__(Quotation(citation.n, citation.document, place(citation), *words, found), theme)
        self.opened.connect(lambda: self.shown.emit(citation, passage.text if passage else citation.quote))


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
            card.shown.connect(self.opened)
            card.pointed.connect(self.pointed)
            self._column.insertWidget(at, card)
        self._empty.setVisible(not sources)
        self._count.setVisible(bool(sources))
        used = len({citation.n for citation, _ in sources})
        self._count.setText(tr("{used} of {found} used", used=used, found=max(self._chat.found(), used)))
        if self._cards:
            self._cards[0].select(True)

    def show_number(self, number: int) -> None:
        """Bring the card of a citation into sight."""
        for card in self._cards:
            card.select(card.number == number)
            if card.number == number:
                self._scroll.ensureWidgetVisible(card)
