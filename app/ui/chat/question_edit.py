"""The field that a question is written in."""

from PySide6.QtCore import QMimeData, Qt, Signal
from PySide6.QtGui import QImage, QKeyEvent, QResizeEvent, QTextCursor
from PySide6.QtWidgets import QPlainTextEdit, QWidget

from app.ui.translate import tr

MIN_HEIGHT, MAX_HEIGHT = 30, 180
LONG_PASTE = 2000  # characters from which on what is pasted becomes a chip
TRIGGERS = "/@#"


class QuestionEdit(QPlainTextEdit):
    """Grows with its text; Enter sends, Shift+Enter starts a line, Up recalls the last question."""

    sent = Signal()
    long_pasted = Signal(str)
    picture_pasted = Signal(QImage)
    recalled = Signal()
    left = Signal()  # Escape
    triggered = Signal(str)  # one of TRIGGERS, typed where a word begins

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._hint()
        self.setAccessibleName(tr("Question"))
        self.setTabChangesFocus(True)
        self.document().setDocumentMargin(4)
        self.document().documentLayout().documentSizeChanged.connect(self._grow)
        self._grow()

    def resizeEvent(self, event: QResizeEvent) -> None:
        """What may be typed is said as far as there is room for it in a line."""
        super().resizeEvent(event)
        self._hint()

    def _hint(self) -> None:
        texts = (tr("Ask, or type / for prompts, @ for models, # for documents"), tr("Ask, or type / @ #"))
        room = self.viewport().width() - 2 * self.document().documentMargin()
        fitting = (text for text in texts if self.fontMetrics().horizontalAdvance(text) <= room)
        self.setPlaceholderText(next(fitting, texts[-1]))

    def keyPressEvent(self, event: QKeyEvent) -> None:
        """Enter sends; Up in an empty field recalls; a trigger at the beginning of a word offers its menu."""
        shift = event.modifiers() & Qt.KeyboardModifier.ShiftModifier
        if event.key() in (Qt.Key.Key_Return, Qt.Key.Key_Enter) and not shift:
            self.sent.emit()
            return
        if event.key() == Qt.Key.Key_Up and not self.toPlainText():
            self.recalled.emit()
            return
        if event.key() == Qt.Key.Key_Escape:
            self.left.emit()
            event.ignore()  # it stops an answer, too
            return
        begins = self._begins_word()
        super().keyPressEvent(event)
        if begins and event.text() and event.text() in TRIGGERS:
            self.triggered.emit(event.text())

    def canInsertFromMimeData(self, source: QMimeData) -> bool:
        """Pictures, too."""
        return source.hasImage() or super().canInsertFromMimeData(source)

    def insertFromMimeData(self, source: QMimeData) -> None:
        """A long text is kept out of the field, and a picture unless there is text beside it."""
        if source.hasImage() and not source.hasText():
            self.picture_pasted.emit(QImage(source.imageData()))
        elif source.hasText() and len(source.text()) > LONG_PASTE:
            self.long_pasted.emit(source.text())
        else:
            super().insertFromMimeData(source)

    def take_back_trigger(self, trigger: str) -> None:
        """Take a trigger out again, once something was chosen by it."""
        cursor = self.textCursor()
        cursor.movePosition(QTextCursor.MoveOperation.Left, QTextCursor.MoveMode.KeepAnchor)
        if cursor.selectedText() == trigger:
            cursor.removeSelectedText()

    def replace(self, text: str) -> None:
        """Put another text into the field, the cursor at its end."""
        self.setPlainText(text)
        self.moveCursor(QTextCursor.MoveOperation.End)
        self.setFocus()

    def _begins_word(self) -> bool:
        cursor = self.textCursor()
        before = cursor.block().text()[: cursor.positionInBlock()]
        return not before or before[-1].isspace()

    def _grow(self) -> None:
        lines = self.document().size().height()  # of a plain text document: in lines
        height = round(lines * self.fontMetrics().lineSpacing()) + 10
        self.setFixedHeight(max(MIN_HEIGHT, min(MAX_HEIGHT, height)))
