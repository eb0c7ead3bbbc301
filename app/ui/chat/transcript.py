"""The transcript: a list of messages, painted from cached layouts."""

from collections.abc import Sequence
from dataclasses import replace

from PySide6.QtCore import (
    QAbstractListModel,
    QEvent,
    QModelIndex,
    QPersistentModelIndex,
    QPoint,
    QRect,
    QSize,
    Qt,
    Signal,
)
from PySide6.QtGui import (
    QAbstractTextDocumentLayout,
    QContextMenuEvent,
    QFont,
    QGuiApplication,
    QHelpEvent,
    QKeyEvent,
    QKeySequence,
    QMouseEvent,
    QPainter,
    QPalette,
    QResizeEvent,
    QTextCharFormat,
    QTextDocument,
)
from PySide6.QtWidgets import QListView, QMenu, QStyledItemDelegate, QStyleOptionViewItem, QToolTip, QWidget

from app.domain.chat import SentenceSupport
from app.ui.chat.layout import WHO, Layout, Measure, action_label, column, figures, who_line
from app.ui.chat.marks import Mark
from app.ui.chat.selection import Place, Selection, text_of, word_at
from app.ui.chat.sources import said_of
from app.ui.chat.view_model import ChatViewModel, Turn
from app.ui.theme import Appearance
from app.ui.translate import tr

TURN_ROLE = Qt.ItemDataRole.UserRole
Index = QModelIndex | QPersistentModelIndex
_ROOT = QModelIndex()


class TranscriptModel(QAbstractListModel):
    """The messages of the branch that is shown."""

    def __init__(self, chat: ChatViewModel, parent: QWidget) -> None:
        super().__init__(parent)
        self._chat = chat
        chat.turns_reset.connect(self._reset)
        chat.turn_changed.connect(lambda row: self.dataChanged.emit(self.index(row), self.index(row)))

    def rowCount(self, parent: Index = _ROOT) -> int:
        """How many messages."""
        return 0 if parent.isValid() else len(self._chat.turns)

    def data(self, index: Index, role: int = Qt.ItemDataRole.DisplayRole) -> Turn | str | None:
        """A message; its text for screen readers."""
        turn = self._chat.turns[index.row()]
        if role == TURN_ROLE:
            return turn
        if role in (Qt.ItemDataRole.DisplayRole, Qt.ItemDataRole.AccessibleTextRole):
            return f"{who_line(turn) if turn.is_answer else tr('You')}: {turn.message.text}"
        return None

    def _reset(self) -> None:
        self.beginResetModel()
        self.endResetModel()


class MessageDelegate(QStyledItemDelegate):
    """Paints a message."""

    def __init__(self, appearance: Appearance, view: "Transcript") -> None:
        super().__init__(view)
        self._appearance = appearance
        self._view = view
        self.selection: Selection | None = None
        self.pointed: tuple[str, int] | None = None  # an answer and the number of a passage of it
        self._layouts: dict[int, tuple[Turn, Layout]] = {}
        self.forget()
        appearance.changed.connect(self.forget)

    def forget(self) -> None:
        """Measure everything anew."""
        self._layouts.clear()
        self._measure = Measure(self._view.font(), self._appearance.theme)

    def layout_of(self, index: Index) -> Layout:
        """The layout of a row, from the cache if its message and the width are the same."""
        turn: Turn = index.data(TURN_ROLE)
        width = self._view.viewport().width()
        held = self._layouts.get(index.row())
        if held is None or held[0] is not turn or held[1].width != width:
            held = self._layouts[index.row()] = (turn, self._measure.measure(turn, width))
        return held[1]

    def sizeHint(self, _option: QStyleOptionViewItem, index: Index) -> QSize:
        """The measured size."""
        layout = self.layout_of(index)
        return QSize(layout.width, layout.height)

    def paint(self, painter: QPainter, option: QStyleOptionViewItem, index: Index) -> None:
        """Paint one message from its layout."""
        layout, turn, theme = self.layout_of(index), index.data(TURN_ROLE), self._appearance.theme
        origin = option.rect.topLeft()
        painter.save()
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        painter.translate(origin)
        if layout.bubble is not None:
            painter.setPen(Qt.PenStyle.NoPen)
            painter.setBrush(theme.colour("accent_soft"))
            painter.drawRoundedRect(layout.bubble, 14, 14)
        if turn.is_answer:
            self._paint_who(painter, layout, turn)
        for block, (top, document) in enumerate(layout.body):
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
        if layout.actions:
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
        cursor = self.selection.within(row, block, document) if self.selection else None
        if cursor is not None:
            selected = QAbstractTextDocumentLayout.Selection()
            selected.cursor = cursor
            selected.format.setBackground(theme.colour("accent"))
            selected.format.setForeground(theme.colour("accent_text"))
            context.selections = [*context.selections, selected]
        return context

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

    def _paint_who(self, painter: QPainter, layout: Layout, turn: Turn) -> None:
        theme = self._appearance.theme
        badge = QRect(layout.left, 2, 24, 17)
        painter.setBrush(Qt.BrushStyle.NoBrush)
        painter.setPen(theme.colour("line_strong"))
        painter.drawRoundedRect(badge.toRectF().adjusted(0.5, 0.5, -0.5, -0.5), 5, 5)
        painter.setPen(theme.colour("muted"))
        painter.setFont(self._small(10, QFont.Weight.Bold))
        painter.drawText(badge, Qt.AlignmentFlag.AlignCenter, tr("AI"))
        painter.setFont(self._small())
        line = QRect(layout.left + 32, 0, layout.width - layout.left - 40, WHO - 5)
        painter.drawText(line, Qt.AlignmentFlag.AlignVCenter, who_line(turn))

    def _paint_bar(self, painter: QPainter, bar: QRect, share: float) -> None:
        theme = self._appearance.theme
        painter.setPen(Qt.PenStyle.NoPen)
        painter.setBrush(theme.colour("line"))
        painter.drawRoundedRect(bar, 3, 3)
        if share > 0:
            painter.setBrush(theme.colour("accent"))
            painter.drawRoundedRect(QRect(bar.x(), bar.y(), max(6, round(bar.width() * share)), bar.height()), 3, 3)

    def _paint_actions(self, painter: QPainter, layout: Layout, turn: Turn) -> None:
        theme = self._appearance.theme
        painter.setFont(self._small())
        for name, place in layout.actions.items():
            label = action_label(name, turn)
            if label:
                painter.setPen(theme.colour("muted" if name == "version" else "accent"))
                painter.drawText(place, Qt.AlignmentFlag.AlignVCenter, label)
            else:
                icon = QRect(0, 0, 16, 16)
                icon.moveCenter(place.center())
                painter.drawPixmap(icon, self._appearance.pixmap(name, "muted", 16))
        painter.setPen(theme.colour("muted"))
        left, inner = column(layout.width)
        place = QRect(left, layout.actions_top, inner, 26)
        painter.drawText(place, Qt.AlignmentFlag.AlignVCenter | Qt.AlignmentFlag.AlignRight, figures(turn))

    def _small(self, size: int = 12, weight: QFont.Weight = QFont.Weight.Normal) -> QFont:
        font = QFont(self._view.font())
        font.setPixelSize(size)
        font.setWeight(weight)
        return font


class Transcript(QListView):
    """Shows the messages; follows the newest while the reader is at the end."""

    link_clicked = Signal(int, str)
    action_clicked = Signal(int, str)
    sentence_clicked = Signal(int, int)  # the row, and the number of the passage that speaks to it

    def __init__(self, chat: ChatViewModel, appearance: Appearance, parent: QWidget | None = None) -> None:
        super().__init__(parent, objectName="transcript")
        self._follow = True
        self.setAccessibleName(tr("Conversation"))
        self.setVerticalScrollMode(QListView.ScrollMode.ScrollPerPixel)
        self.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self.setSelectionMode(QListView.SelectionMode.NoSelection)
        self.setMouseTracking(True)
        self.verticalScrollBar().setSingleStep(24)
        self.setModel(TranscriptModel(chat, self))
        self._delegate = MessageDelegate(appearance, self)
        self.setItemDelegate(self._delegate)
        appearance.changed.connect(self.scheduleDelayedItemsLayout)
        bar = self.verticalScrollBar()
        bar.valueChanged.connect(lambda value: setattr(self, "_follow", value >= bar.maximum() - 24))
        bar.rangeChanged.connect(self._stay_at_end)
        chat.turns_reset.connect(self._go_to_end)
        chat.turns_reset.connect(lambda: self._select(None))
        chat.turn_changed.connect(self._relayout)

    def resizeEvent(self, event: QResizeEvent) -> None:
        """Heights depend on the width."""
        super().resizeEvent(event)
        self.scheduleDelayedItemsLayout()

    def mousePressEvent(self, event: QMouseEvent) -> None:
        """The start of a selection, unless something to click is there."""
        super().mousePressEvent(event)
        if event.button() == Qt.MouseButton.LeftButton:
            place = self._place_at(event.position().toPoint())
            self._select(Selection(place, place) if place else None)

    def mouseDoubleClickEvent(self, event: QMouseEvent) -> None:
        """Selects a word."""
        place = self._place_at(event.position().toPoint())
        if place is not None:
            _, document = self._delegate.layout_of(self.model().index(place.row, 0)).body[place.block]
            start, end = word_at(document, place.position)
            self._select(Selection(replace(place, position=start), replace(place, position=end)))

    def mouseMoveEvent(self, event: QMouseEvent) -> None:
        """With the button held the selection grows; else a hand over what can be clicked, a bar over text."""
        point = event.position().toPoint()
        selection = self._delegate.selection
        if event.buttons() & Qt.MouseButton.LeftButton and selection is not None:
            self._scroll_towards(point.y())
            self._select(replace(selection, head=self._place_at(point) or selection.head))
            return
        row, link, action = self._at(point)
        self.viewport().setCursor(self._shape(point, row, link or action.replace("version", "")))
        super().mouseMoveEvent(event)

    def mouseReleaseEvent(self, event: QMouseEvent) -> None:
        """A click on a link or an action; the end of a drag is no click."""
        row, link, action = self._at(event.position().toPoint())
        if event.button() == Qt.MouseButton.LeftButton and not self.selected_text():
            if link:
                self.link_clicked.emit(row, link)
            elif action:
                self.action_clicked.emit(row, action)
            elif sentence := self._sentence_at(event.position().toPoint()):
                self.sentence_clicked.emit(row, sentence.passage)
        super().mouseReleaseEvent(event)

    def keyPressEvent(self, event: QKeyEvent) -> None:
        """Copying takes what is selected, else the message at hand."""
        if event.matches(QKeySequence.StandardKey.Copy) and self.selected_text():
            copy_text(self.selected_text())
            return
        if event.matches(QKeySequence.StandardKey.Copy) and self.currentIndex().isValid():
            self.action_clicked.emit(self.currentIndex().row(), "copy")
            return
        super().keyPressEvent(event)

    def selected_text(self) -> str:
        """What is selected, "" for nothing; an empty line stands between messages."""
        selection = self._delegate.selection
        if selection is None or selection.start.row >= self.model().rowCount():
            return ""
        messages = []
        for row in range(selection.start.row, min(selection.end.row, self.model().rowCount() - 1) + 1):
            body = self._delegate.layout_of(self.model().index(row, 0)).body
            cursors = [selection.within(row, block, document) for block, (_, document) in enumerate(body)]
            messages.append("\n".join(text_of(cursor) for cursor in cursors if cursor is not None))
        return "\n\n".join(filter(None, messages))

    def contextMenuEvent(self, event: QContextMenuEvent) -> None:
        """The actions of a message, for mouse and keyboard."""
        keyboard = event.reason() == QContextMenuEvent.Reason.Keyboard
        index = self.currentIndex() if keyboard else self.indexAt(event.pos())
        if not index.isValid():
            return
        turn: Turn = index.data(TURN_ROLE)
        menu = QMenu(self)
        if self.selected_text():
            menu.addAction(tr("Copy selection")).triggered.connect(lambda: copy_text(self.selected_text()))
        entries = [(tr("Copy message"), "copy")]
        if turn.is_answer and not turn.is_live:
            entries += [(tr("Read all passages"), "read_all")] if turn.message.asks_for_all else []
            entries += [(tr("Continue"), "continue")] if turn.can_go_on else []
            entries.append((tr("Regenerate"), "regenerate"))
            entries += [(tr("Previous version"), "previous")] if turn.version > 1 else []
            entries += [(tr("Next version"), "next")] if turn.version < turn.of else []
        for label, name in entries:
            menu.addAction(label).triggered.connect(
                lambda _=False, name=name: self.action_clicked.emit(index.row(), name)
            )
        menu.exec(event.globalPos())

    def _at(self, point: QPoint) -> tuple[int, str, str]:
        index = self.indexAt(point)
        if not index.isValid():
            return -1, "", ""
        layout = self._delegate.layout_of(index)
        inside = point - self.visualRect(index).topLeft()
        return index.row(), layout.link_at(inside), layout.action_at(inside)

    def point_at(self, answer_id: str | None, number: int) -> None:
        """Show which sentences of an answer rest on one of its passages; 0 for none."""
        self._delegate.pointed = (answer_id, number) if answer_id and number else None
        self.viewport().update()

    def _sentence_at(self, point: QPoint) -> SentenceSupport | None:
        index = self.indexAt(point)
        if not index.isValid():
            return None
        return self._delegate.layout_of(index).sentence_at(point - self.visualRect(index).topLeft())

    def viewportEvent(self, event: QEvent) -> bool:
        """What the passages say to a sentence is said beside it."""
        if event.type() == QEvent.Type.ToolTip and isinstance(event, QHelpEvent):
            sentence = self._sentence_at(event.pos())
            if sentence is not None:
                turn: Turn = self.indexAt(event.pos()).data(TURN_ROLE)
                QToolTip.showText(event.globalPos(), said_of(sentence, turn.passages), self.viewport())
                return True
            QToolTip.hideText()
        return super().viewportEvent(event)

    def _place_at(self, point: QPoint) -> Place | None:
        """The place in the text nearest to a point; None where there are no messages."""
        rows = self.model().rowCount()
        if not rows:
            return None
        end = self.visualRect(self.model().index(rows - 1, 0)).bottom()
        index = self.indexAt(QPoint(self.viewport().width() // 2, min(point.y(), end)))
        if not index.isValid():
            index = self.model().index(0, 0)  # above the first
        found = self._delegate.layout_of(index).position_at(point - self.visualRect(index).topLeft())
        return Place(index.row(), *found) if found else None

    def _select(self, selection: Selection | None) -> None:
        if selection != self._delegate.selection:
            self._delegate.selection = selection
            self.viewport().update()

    def _scroll_towards(self, y: int) -> None:
        """Scroll when a drag leaves the view."""
        beyond = min(y, 0) or max(y - self.viewport().height(), 0)
        self.verticalScrollBar().setValue(self.verticalScrollBar().value() + beyond)

    def _shape(self, point: QPoint, row: int, clickable: str) -> Qt.CursorShape:
        if clickable:
            return Qt.CursorShape.PointingHandCursor
        if row >= 0:
            index = self.model().index(row, 0)
            if self._delegate.layout_of(index).is_text(point - self.visualRect(index).topLeft()):
                return Qt.CursorShape.IBeamCursor
        return Qt.CursorShape.ArrowCursor

    def _relayout(self, row: int) -> None:
        self._delegate.sizeHintChanged.emit(self.model().index(row, 0))

    def _go_to_end(self) -> None:
        self._follow = True
        self.executeDelayedItemsLayout()
        self.scrollToBottom()

    def _stay_at_end(self) -> None:
        if self._follow:
            self.verticalScrollBar().setValue(self.verticalScrollBar().maximum())


def copy_text(text: str) -> None:
    """Put text on the clipboard."""
    QGuiApplication.clipboard().setText(text)
