"""Paints messages from cached layouts, and the model they come from."""

from collections.abc import Sequence
from typing import Final

from PySide6.QtCore import QAbstractListModel, QModelIndex, QRect, QSize, Qt, Signal
from PySide6.QtGui import (
    QAbstractTextDocumentLayout,
    QFont,
    QPainter,
    QPalette,
    QTextCharFormat,
    QTextCursor,
    QTextDocument,
)
from PySide6.QtWidgets import QAbstractItemView, QStyle, QStyleOptionViewItem, QWidget

from app.ui.chat.actions import ICONS, is_on, label_of
from app.ui.chat.layout import ACTIONS, BUTTON, GAP, WHO, Layout, Measure, column, figures, who_line
from app.ui.chat.marks import Mark
from app.ui.chat.maths import Formulas
from app.ui.chat.message_list import Index, RowDelegate
from app.ui.chat.selection import Selection, matches
from app.ui.chat.shown_turns import ShownTurns
from app.ui.chat.turns import Turn
from app.ui.theme import Appearance
from app.ui.translate import tr

TURN_ROLE = Qt.ItemDataRole.UserRole
_ROOT = QModelIndex()
KEPT_LAYOUTS: Final = 120  # rows: some screens of a chat


class TranscriptModel(QAbstractListModel):
    """The messages of the branch that is shown."""

    def __init__(self, shown: ShownTurns, parent: QWidget) -> None:
        super().__init__(parent)
        self._shown = shown
        shown.turns_reset.connect(self._reset)
        shown.turn_changed.connect(lambda row: self.dataChanged.emit(self.index(row), self.index(row)))

    def rowCount(self, parent: Index = _ROOT) -> int:
        """How many messages."""
        return 0 if parent.isValid() else len(self._shown.turns)

    def data(self, index: Index, role: int = Qt.ItemDataRole.DisplayRole) -> Turn | str | None:
        """A message; its text for screen readers."""
        turn = self._shown.turns[index.row()]
        if role == TURN_ROLE:
            return turn
        if role in (Qt.ItemDataRole.DisplayRole, Qt.ItemDataRole.AccessibleTextRole):
            return f"{who_line(turn) if turn.is_answer else tr('You')}: {turn.message.text}"
        return None

    def _reset(self) -> None:
        self.beginResetModel()
        self.endResetModel()


class MessageDelegate(RowDelegate):
    """Paints a message."""

    formulas_drawn = Signal()

    def __init__(self, appearance: Appearance, view: QAbstractItemView) -> None:
        super().__init__(view)
        self._appearance = appearance
        self._view = view
        self.selection: Selection | None = None
        self.hovered = -1  # the row under the mouse
        self.pointed: tuple[str, int] | None = None  # an answer and the number of a passage of it
        self.sought = ""  # a text that is marked wherever it stands
        self._layouts: dict[int, tuple[Turn, Layout]] = {}
        self._formulas = Formulas(self)
        self._formulas.drawn.connect(self._show_formulas)
        self.forget()
        appearance.changed.connect(self.forget)

    def forget(self) -> None:
        """Measure everything anew."""
        self._layouts.clear()
        self._measure = Measure(self._view.font(), self._appearance.theme, self._formulas)

    def _show_formulas(self) -> None:
        self._measure.forget_formulas()
        self._layouts.clear()
        self.formulas_drawn.emit()

    def layout_of(self, index: Index) -> Layout:
        """The layout of a row, from the cache if its message and the width are the same."""
        turn: Turn = index.data(TURN_ROLE)
        width = self._view.viewport().width()
        held = self._layouts.pop(index.row(), None)  # and put back as the last used
        if held is None or held[0] is not turn or held[1].width != width:
            held = (turn, self._measure.measure(turn, width))
        self._layouts[index.row()] = held
        if len(self._layouts) > KEPT_LAYOUTS:
            del self._layouts[next(iter(self._layouts))]
        return held[1]

    def height(self, index: Index) -> int:
        """See the base."""
        return self.layout_of(index).height

    def estimate(self, index: Index, width: int) -> int:
        """See the base: by the number of letters, most of which are half as wide as they are high."""
        turn: Turn = index.data(TURN_ROLE)
        _, inner = column(width, self._appearance.theme)
        line = self._view.fontMetrics().lineSpacing()
        text = turn.message.text
        lines = text.count("\n") + 1 + len(text) * line // (2 * max(1, inner))
        return lines * line + self._appearance.theme.px(WHO + ACTIONS + GAP)

    def sizeHint(self, _option: QStyleOptionViewItem, index: Index) -> QSize:
        """The measured size."""
        layout = self.layout_of(index)
        return QSize(layout.width, layout.height)

    def paint(self, painter: QPainter, option: QStyleOptionViewItem, index: Index) -> None:
        """Paint one message from its layout."""
        layout, turn, theme = self.layout_of(index), index.data(TURN_ROLE), self._appearance.theme
        origin = option.rect.topLeft()
        focused = QStyle.StateFlag.State_HasFocus in option.state
        painter.save()
        painter.setRenderHints(QPainter.RenderHint.Antialiasing | QPainter.RenderHint.SmoothPixmapTransform)
        painter.translate(origin)
        if focused:
            self._paint_focus(painter, layout)
        if layout.bubble is not None:
            painter.setPen(Qt.PenStyle.NoPen)
            painter.setBrush(theme.colour("accent_soft"))
            painter.drawRoundedRect(layout.bubble, theme.px(14), theme.px(14))
        if turn.is_answer:
            self._paint_who(painter, layout, turn)
        seen = self._view.viewport().rect().translated(-origin)
        ends = [*(top for top, _ in layout.body[1:]), layout.height]
        for block, (top, document) in enumerate(layout.body):
            if ends[block] < seen.top() or top > seen.bottom():
                continue  # of a long message only what is in view
            painter.save()
            painter.translate(layout.left, top)
            marks = [mark for mark in layout.marks if mark.block == block]
            document.documentLayout().draw(painter, self._context(index.row(), block, document, turn, marks))
            painter.restore()
        if layout.bar is not None:
            self._paint_bar(painter, layout.bar, turn.read or 0.0)
        if layout.ungrounded is not None:
            painter.setFont(self._small())
            painter.setPen(theme.colour("warn"))
            painter.drawText(layout.ungrounded, Qt.AlignmentFlag.AlignVCenter, tr("not in your documents"))
        if layout.withheld is not None:
            painter.setFont(self._small())
            painter.setPen(theme.colour("warn"))
            said = tr("{n} sentences left out: your documents do not say them", n=turn.message.withheld)
            painter.drawText(layout.withheld, Qt.AlignmentFlag.AlignVCenter, said)
        if layout.actions and (turn.is_answer or turn.of > 1 or index.row() == self.hovered or focused):
            self._paint_actions(painter, layout, turn)
        painter.restore()

    def _context(
        self, row: int, block: int, document: QTextDocument, turn: Turn, marks: Sequence[Mark]
    ) -> QAbstractTextDocumentLayout.PaintContext:
        """How a block is drawn: the text's colour, its marked sentences, and what of it is selected."""
        theme = self._appearance.theme
        context = QAbstractTextDocumentLayout.PaintContext()
        context.palette.setColor(QPalette.ColorRole.Text, theme.colour("text"))
        context.selections = [self._marked(mark, document) for mark in marks if self._is_drawn(mark, turn.message.id)]
        context.selections = [*context.selections, *map(self._found, matches(document, self.sought))]
        cursor = self.selection.within(row, block, document) if self.selection else None
        if cursor is not None:
            selected = QAbstractTextDocumentLayout.Selection()
            selected.cursor = cursor
            selected.format.setBackground(theme.colour("accent"))
            selected.format.setForeground(theme.colour("accent_text"))
            context.selections = [*context.selections, selected]
        return context

    def match_in(self, index: Index) -> int | None:
        """How far below a row's top the sought text stands first; None if the text that is shown does not hold it."""
        for top, document in self.layout_of(index).body:
            for cursor in matches(document, self.sought):
                return top + round(document.documentLayout().blockBoundingRect(cursor.block()).top())
        return None

    def _found(self, cursor: QTextCursor) -> QAbstractTextDocumentLayout.Selection:
        found = QAbstractTextDocumentLayout.Selection()
        found.cursor = cursor
        found.format.setBackground(self._appearance.theme.colour("mark"))
        found.format.setForeground(self._appearance.theme.colour("text"))
        return found

    def _is_drawn(self, mark: Mark, answer_id: str) -> bool:
        return mark.support.verdict != "supported" or self.pointed == (answer_id, mark.support.passage)

    def _marked(self, mark: Mark, document: QTextDocument) -> QAbstractTextDocumentLayout.Selection:
        """A sentence: underlined if its passages do not say it, on the colour of quotations if one of them does."""
        theme = self._appearance.theme
        drawn = QAbstractTextDocumentLayout.Selection()
        drawn.cursor = mark.cursor(document)
        if mark.support.verdict == "supported":
            drawn.format.setBackground(theme.colour("mark"))
            return drawn
        against = mark.support.verdict == "contradicted"
        style = QTextCharFormat.UnderlineStyle
        drawn.format.setUnderlineStyle(style.WaveUnderline if against else style.DotLine)
        drawn.format.setUnderlineColor(theme.colour("bad" if against else "warn"))
        return drawn

    def _paint_focus(self, painter: QPainter, layout: Layout) -> None:
        """A line beside the message that the keyboard is at."""
        theme = self._appearance.theme
        left, _ = column(layout.width, theme)
        painter.setPen(Qt.PenStyle.NoPen)
        painter.setBrush(theme.colour("accent"))
        painter.drawRoundedRect(QRect(left - 12, 0, 3, layout.height - theme.px(GAP)), 1.5, 1.5)

    def _paint_who(self, painter: QPainter, layout: Layout, turn: Turn) -> None:
        theme = self._appearance.theme
        px = theme.px
        badge = QRect(layout.left, px(2), px(24), px(17))
        painter.setBrush(Qt.BrushStyle.NoBrush)
        painter.setPen(theme.colour("line_strong"))
        painter.drawRoundedRect(badge.toRectF().adjusted(0.5, 0.5, -0.5, -0.5), px(5), px(5))
        painter.setPen(theme.colour("muted"))
        painter.setFont(self._small(10, QFont.Weight.Bold))
        painter.drawText(badge, Qt.AlignmentFlag.AlignCenter, tr("AI"))
        painter.setFont(self._small())
        line = QRect(layout.left + px(32), 0, layout.width - layout.left - px(40), px(WHO - 5))
        painter.drawText(line, Qt.AlignmentFlag.AlignVCenter, who_line(turn))

    def _paint_bar(self, painter: QPainter, bar: QRect, share: float) -> None:
        theme = self._appearance.theme
        painter.setPen(Qt.PenStyle.NoPen)
        painter.setBrush(theme.colour("track"))
        painter.drawRoundedRect(bar, 3, 3)
        if share > 0:
            painter.setBrush(theme.colour("accent"))
            painter.drawRoundedRect(QRect(bar.x(), bar.y(), max(6, round(bar.width() * share)), bar.height()), 3, 3)

    def _paint_actions(self, painter: QPainter, layout: Layout, turn: Turn) -> None:
        theme = self._appearance.theme
        painter.setFont(self._small())
        for name, place in layout.actions.items():
            label = label_of(name, turn)
            if label:
                painter.setPen(theme.colour("muted" if name in ("version", "why") else "accent"))
                painter.drawText(place, Qt.AlignmentFlag.AlignCenter, label)
            else:
                icon = QRect(0, 0, theme.px(16), theme.px(16))
                icon.moveCenter(place.center())
                role = "accent" if is_on(name, turn) else "muted"
                painter.drawPixmap(icon, self._appearance.pixmap(ICONS.get(name, name), role, 16))
        if turn.is_answer:
            painter.setPen(theme.colour("muted"))
            left, inner = column(layout.width, theme)
            place = QRect(left, layout.actions_top, inner, theme.px(BUTTON))
            place.setLeft(max(action.right() for action in layout.actions.values()) + theme.px(8))
            said = painter.fontMetrics().elidedText(figures(turn), Qt.TextElideMode.ElideRight, place.width())
            painter.drawText(place, Qt.AlignmentFlag.AlignVCenter | Qt.AlignmentFlag.AlignRight, said)

    def _small(self, size: int = 12, weight: QFont.Weight = QFont.Weight.Normal) -> QFont:
        font = QFont(self._view.font())
        font.setPixelSize(self._appearance.theme.px(size))
        font.setWeight(weight)
        return font
