"""The transcript: a list of messages, painted from cached layouts."""

from dataclasses import replace

from PySide6.QtCore import QEvent, QPoint, Qt, Signal
from PySide6.QtGui import (
    QContextMenuEvent,
    QGuiApplication,
    QHelpEvent,
    QKeyEvent,
    QKeySequence,
    QMouseEvent,
    QResizeEvent,
)
from PySide6.QtWidgets import QMenu, QPushButton, QToolTip, QWidget

from app.domain.chat import SentenceSupport
from app.ui.chat.actions import in_menu, tip_of
from app.ui.chat.delegate import TURN_ROLE, MessageDelegate, TranscriptModel
from app.ui.chat.message_list import MessageList
from app.ui.chat.selection import Place, Selection, text_of, word_at
from app.ui.chat.shown_turns import ShownTurns
from app.ui.chat.sources import said_of
from app.ui.chat.spoken import speak_of_rows
from app.ui.chat.turns import Turn
from app.ui.theme import Appearance
from app.ui.translate import tr

ABOVE_END = 8  # pixels between the way to the end and the end


class Transcript(MessageList):
    """Shows the messages; follows the newest while the reader is at the end."""

    link_clicked = Signal(int, str)
    action_clicked = Signal(int, str)
    sentence_clicked = Signal(int, int)  # the row, and the number of the passage that speaks to it

    def __init__(self, shown: ShownTurns, appearance: Appearance, parent: QWidget | None = None) -> None:
        super().__init__(parent, style="transcript")
        self.setAccessibleName(tr("Conversation"))
        speak_of_rows()
        self.setMouseTracking(True)
        self._delegate = MessageDelegate(appearance, self)
        self.show_rows(TranscriptModel(shown, self), self._delegate)
        appearance.changed.connect(self.forget_heights)
        self._delegate.formulas_drawn.connect(self.forget_heights)
        shown.turns_reset.connect(self.go_to_end)
        shown.turns_reset.connect(lambda: self._select(None))
        shown.turn_changed.connect(self.row_changed)
        shown.pointed_at.connect(self._go_to)
        self._latest = QPushButton(tr("To the latest ↓"), self, objectName="latest")
        self._latest.setAccessibleName(tr("Go to the latest message"))
        self._latest.clicked.connect(self.go_to_end)
        self._latest.hide()
        self.end_left.connect(self._latest.setVisible)

    def resizeEvent(self, event: QResizeEvent) -> None:
        """The way back to the end stays above it."""
        super().resizeEvent(event)
        self._latest.adjustSize()
        self._latest.move((self.width() - self._latest.width()) // 2, self.height() - self._latest.height() - ABOVE_END)

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
        self._hover(row)
        self.viewport().setCursor(self._shape(point, row, link or action.replace("version", "")))
        super().mouseMoveEvent(event)

    def leaveEvent(self, event: QEvent) -> None:
        """Nothing is pointed at any more."""
        self._hover(-1)
        super().leaveEvent(event)

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
        """Copying takes what is selected, else the message at hand; that is what Delete takes away."""
        if event.matches(QKeySequence.StandardKey.Copy) and self.selected_text():
            copy_text(self.selected_text())
            return
        if event.matches(QKeySequence.StandardKey.Copy) and self.currentIndex().isValid():
            self.action_clicked.emit(self.currentIndex().row(), "copy")
            return
        if event.matches(QKeySequence.StandardKey.Delete) and self.currentIndex().isValid():
            self.action_clicked.emit(self.currentIndex().row(), "delete")
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
        for name, label in in_menu(turn):
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

    def seek(self, text: str) -> None:
        """Mark a text wherever it stands; "" for none."""
        self._delegate.sought = text
        self.viewport().update()

    def show_match(self, row: int) -> None:
        """Bring the first place of a message into view at which the sought text stands."""
        index = self.model().index(row, 0)
        self.setCurrentIndex(index)
        self.scrollTo(index)
        place = self._delegate.match_in(index)
        if place is not None:
            beyond = self.visualRect(index).top() + place - self.viewport().height() // 2
            at_once = self.visualRect(index).height() <= self.viewport().height()
            self.verticalScrollBar().setValue(self.verticalScrollBar().value() + (0 if at_once else beyond))

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
            if tip := tip_of(self._at(event.pos())[2]):
                QToolTip.showText(event.globalPos(), tip, self.viewport())
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

    def _go_to(self, row: int) -> None:
        self.setCurrentIndex(self.model().index(row, 0))
        self.scrollTo(self.currentIndex())

    def _hover(self, row: int) -> None:
        if row != self._delegate.hovered:
            self._delegate.hovered = row
            self.viewport().update()

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


def copy_text(text: str) -> None:
    """Put text on the clipboard."""
    QGuiApplication.clipboard().setText(text)
