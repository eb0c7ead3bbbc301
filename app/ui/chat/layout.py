"""Where everything of one message stands, measured once per text and width.

An answer is laid out block by block: finished blocks are kept, so a streaming answer costs its last block only.
"""

from collections.abc import Collection
from dataclasses import dataclass, field
from typing import Final

from PySide6.QtCore import QPoint, QRect, Qt
from PySide6.QtGui import QFont, QFontMetrics, QTextBlockFormat, QTextCursor, QTextDocument

from app.domain.chat import SentenceSupport
from app.ui.chat.actions import label_of, under
from app.ui.chat.half_open import pieces
from app.ui.chat.markdown import LISTING_PAD, to_html
from app.ui.chat.marks import Mark, find_marks, flagged
from app.ui.chat.maths import Formulas
from app.ui.chat.maths_syntax import has_formula
from app.ui.chat.rich_text import InertDocument
from app.ui.chat.syntax import blocks
from app.ui.chat.turns import Turn
from app.ui.theme import Theme
from app.ui.translate import tr

COLUMN: Final = 704  # this and all other sizes: pixels at a scale of 100 %
MARGIN: Final = 20  # beside the column
INDENT: Final = 96  # of a question
PAD_X, PAD_Y = 14, 10
WHO: Final = 26
LINE: Final = 22  # what is said below an answer
ACTIONS: Final = 28
BUTTON: Final = 26
GAP: Final = 20
BLOCK_GAP: Final = 10
KEPT_BLOCKS: Final = 600


@dataclass(slots=True)
class Layout:
    """A message, measured; positions are relative to its row's top left corner."""

    width: int
    height: int = 0
    body: list[tuple[int, QTextDocument]] = field(default_factory=list)  # tops and documents
    left: int = 0
    bubble: QRect | None = None
    ungrounded: QRect | None = None
    withheld: QRect | None = None
    bar: QRect | None = None
    marks: tuple[Mark, ...] = ()
    actions: dict[str, QRect] = field(default_factory=dict)
    actions_top: int = 0

    def link_at(self, point: QPoint) -> str:
        """The link under a point, "" for none."""
        for top, document in self.body:
            if top <= point.y() <= top + document.size().height():
                return document.documentLayout().anchorAt((point - QPoint(self.left, top)).toPointF())
        return ""

    def position_at(self, point: QPoint) -> tuple[int, int] | None:
        """The block and the character in it that are nearest to a point; None for a message without text."""
        if not self.body:
            return None
        nearest = max((n for n, (top, _) in enumerate(self.body) if top <= point.y()), default=0)
        top, document = self.body[nearest]
        inside = (point - QPoint(self.left, top)).toPointF()
        return nearest, max(0, document.documentLayout().hitTest(inside, Qt.HitTestAccuracy.FuzzyHit))

    def sentence_at(self, point: QPoint) -> SentenceSupport | None:
        """The checked sentence under a point."""
        for mark in self.marks:
            top, document = self.body[mark.block]
            inside = (point - QPoint(self.left, top)).toPointF()
            at = document.documentLayout().hitTest(inside, Qt.HitTestAccuracy.ExactHit)
            if mark.start <= at <= mark.end:
                return mark.support
        return None

    def is_text(self, point: QPoint) -> bool:
        """Whether the point is on a block of text."""
        across = point.x() - self.left
        return any(
            top <= point.y() <= top + document.size().height() and 0 <= across <= document.textWidth()
            for top, document in self.body
        )

    def action_at(self, point: QPoint) -> str:
        """The action under a point, "" for none."""
        return next((name for name, place in self.actions.items() if place.contains(point)), "")


def column(width: int, theme: Theme) -> tuple[int, int]:
    """Left edge and width of the reading column in a view of this width."""
    inner = min(theme.px(COLUMN), width - 2 * MARGIN)
    return (width - inner) // 2, inner


class Measure:
    """Makes layouts; keeps laid-out blocks."""

    def __init__(self, font: QFont, theme: Theme, formulas: Formulas) -> None:
        self._font = font
        self._formulas = formulas
        self._metrics = QFontMetrics(font)
        self._theme = theme
        self._blocks: dict[tuple[str, int, tuple[int, ...], bool], QTextDocument] = {}
        self._splits: dict[str, tuple[str, list[str]]] = {}

    def measure(self, turn: Turn, width: int) -> Layout:
        """The layout of one message in a view of this width."""
        return self._answer(turn, width) if turn.is_answer else self._question(turn, width)

    def forget_formulas(self) -> None:
        """Lay out anew what formulas are in."""
        self._blocks = {key: document for key, document in self._blocks.items() if not has_formula(key[0])}

    def _question(self, turn: Turn, width: int) -> Layout:
        px = self._theme.px
        left, inner = column(width, self._theme)
        pad, indent = px(PAD_X), px(INDENT)
        document = QTextDocument(documentMargin=0)
        document.setDefaultFont(self._font)
        document.setPlainText(turn.message.text)
        document.setTextWidth(inner - indent - 2 * pad)
        used = int(document.size().height())
        layout = Layout(width, left=left + indent + pad)
        layout.bubble = QRect(left + indent, 0, inner - indent, used + 2 * px(PAD_Y))
        layout.body = [(px(PAD_Y), document)]
        layout.actions_top = layout.bubble.height() + px(2)
        self._place_actions(layout, turn, left + inner)
        layout.height = layout.actions_top + px(ACTIONS)
        return layout

    def _answer(self, turn: Turn, width: int) -> Layout:
        px = self._theme.px
        left, inner = column(width, self._theme)
        layout = Layout(width, left=left)
        top = px(WHO)
        message = turn.message
        known = range(1, len(turn.passages) + 1) if turn.is_live else (citation.n for citation in message.citations)
        cited = tuple(known)
        support = message.support if message.grounded else ()  # of nothing there is, it is said once
        parts = self._split(message.id, flagged(message.text, support))
        tail = pieces(parts[-1]) if turn.is_live and parts else []
        for number, part in enumerate([*parts[:-1], *tail] if tail else parts):
            goes_on = bool(tail) and number >= len(parts)
            document = self._block(part, inner, cited, headed=not goes_on)
            if goes_on:
                top -= px(BLOCK_GAP) + (self._theme.gap(LISTING_PAD) if part.startswith(("```", "~~~")) else 0)
            layout.body.append((top, document))
            top += int(document.size().height()) + px(BLOCK_GAP)
        layout.marks = find_marks(message.text, support, parts, [document for _, document in layout.body])
        if message.withheld:
            layout.withheld = QRect(left, top - px(4), inner, px(LINE))
            top += px(LINE + 2)
        if turn.is_live and not message.text:
            layout.bar = QRect(left, top + px(2), px(240), px(6))
            top += px(16)
        if not turn.is_live:
            if message.grounded is False:
                layout.ungrounded = QRect(left, top - px(4), inner, px(LINE))
                top += px(LINE + 2)
            if message.asks_for_all:
                label = self._width(label_of("read_all", turn))
                layout.actions["read_all"] = QRect(left, top - px(4), label, px(LINE))
                top += px(LINE + 2)
            layout.actions_top = top
            self._place_actions(layout, turn, left - px(4))
            top += px(ACTIONS)
        layout.height = top + px(GAP)
        return layout

    def _place_actions(self, layout: Layout, turn: Turn, edge: int) -> None:
        """Side by side from the left edge of an answer, or up to the right edge of a question."""
        sizes = {name: self._width(label_of(name, turn)) for name in under(turn)}
        x = edge if turn.is_answer else edge - sum(sizes.values())
        for name, size in sizes.items():
            layout.actions[name] = QRect(x, layout.actions_top, size, self._theme.px(BUTTON))
            x += size + (0 if name in ("previous", "version") or not turn.is_answer else self._theme.px(6))

    def _width(self, label: str) -> int:
        return self._metrics.horizontalAdvance(label) if label else self._theme.px(BUTTON)

    def _split(self, key: str, text: str) -> list[str]:
        """The blocks of `text`; of a text that has only grown, all but the last are kept."""
        before, kept = self._splits.get(key, ("", []))
        if text == before:
            return kept
        if kept and before and text.startswith(before):
            tail = text[sum(map(len, kept[:-1])) :]
            kept = kept[:-1] + blocks(tail)
        else:
            kept = blocks(text)
        self._splits[key] = (text, kept)
        return kept

    def _block(self, text: str, width: int, cited: Collection[int], *, headed: bool = True) -> QTextDocument:
        key = (text, width, tuple(cited), headed)
        document = self._blocks.pop(key, None)  # and put back as the last used
        if document is None:
            document = InertDocument(self._theme, self._formulas.named)
            document.setDefaultFont(self._font)
            document.setIndentWidth(self._theme.px(24))
            document.setDefaultStyleSheet("p, ul, ol, h1, h2, h3, h4, pre { margin: 0 }")
            document.setHtml(to_html(text, self._theme, cited, self._formulas.find, headed=headed))
            document.align_formulas()
            _open_lines(document, 115 if text.lstrip().startswith(("```", "~~~")) else 135)
            document.setTextWidth(width)
        self._blocks[key] = document
        if len(self._blocks) > KEPT_BLOCKS:
            del self._blocks[next(iter(self._blocks))]
        return document


def _open_lines(document: QTextDocument, percent: int) -> None:
    """Give every line some air: Qt takes a line height from HTML for some blocks only."""
    line = QTextBlockFormat()
    line.setLineHeight(percent, QTextBlockFormat.LineHeightTypes.ProportionalHeight.value)
    cursor = QTextCursor(document)
    cursor.select(QTextCursor.SelectionType.Document)
    cursor.mergeBlockFormat(line)


def who_line(turn: Turn) -> str:
    """Which model, where it ran, and what it is doing."""
    place = tr("on this device") if turn.message.ran == "device" else tr("at the gateway")
    parts = [turn.message.model or tr("Model"), place]
    if turn.is_live and turn.loading:
        parts.append(tr("loading the model"))
    elif turn.is_live and turn.going_through is not None:
        read = turn.going_through
        minutes, seconds = round(read.left_s / 60), round(read.left_s)
        parts.append(tr("{done} of {total} passages read", done=read.done, total=read.total))
        parts.append(tr("{n} found", n=read.found))
        parts.append(tr("{n} min left", n=minutes) if minutes > 1 else tr("{n} s left", n=seconds))
    elif turn.is_live and turn.read is not None:
        share = round(turn.read * 100)
        if turn.passages:
            parts.append(tr("reading {n} passages {share} %", n=len(turn.passages), share=share))
        else:
            parts.append(tr("reading {share} %", share=share))
    elif turn.is_live and turn.message.thought and not turn.message.text:
        parts.append(tr("thinking"))
    elif turn.is_live and not turn.message.text:
        parts.append(tr("looking in your documents"))
    elif turn.message.status == "stopped":
        parts.append(tr("stopped"))
    elif turn.message.status == "failed":
        parts.append(tr("interrupted"))
    return " · ".join(parts)


def figures(turn: Turn) -> str:
    """What an answer rests on and what it took."""
    parts = []
    message = turn.message
    used, documents = len(turn.passages), message.documents_searched
    if message.surveyed:
        parts.append(tr("{n} of {found} passages gone through", n=message.surveyed, found=message.passages_found))
    elif message.read_whole:
        parts.append(tr("read whole"))
    elif documents:
        parts.append(tr("{used} passages of {documents} documents", used=used, documents=documents))
    elif message.passages_found:  # kept before the documents were counted
        parts.append(tr("{used} passages of {found}", used=used, found=message.passages_found))
    timing = turn.message.timing
    if timing is not None and timing.answer_tokens:
        parts.append(tr("first word {s:.1f} s", s=timing.first_token_s))
        parts.append(tr("{rate:.0f} tokens/s", rate=timing.tokens_per_s))
    return " · ".join(parts)
