"""Finds words in the chat that is open."""

from PySide6.QtCore import QEvent, QObject, Qt, Signal
from PySide6.QtGui import QKeyEvent
from PySide6.QtWidgets import QFrame, QHBoxLayout, QLabel, QLineEdit, QPushButton, QWidget

from app.ui.chat.transcript import Transcript
from app.ui.chat.view_model import ChatViewModel
from app.ui.translate import tr


class FindBar(QFrame):
    """A line to type in, and a way from message to message that holds what is typed."""

    closed = Signal()

    def __init__(self, chat: ChatViewModel, transcript: Transcript, parent: QWidget | None = None) -> None:
        super().__init__(parent, objectName="find_bar")
        self._chat = chat
        self._transcript = transcript
        self._rows: list[int] = []  # of the messages that hold it
        self._at = 0  # which of them is looked at
        self.edit = QLineEdit(placeholderText=tr("Find in this chat"), clearButtonEnabled=True)
        self.edit.setAccessibleName(tr("Find in this chat"))
        self.edit.textChanged.connect(self._seek)
        self.edit.installEventFilter(self)
        self._count = QLabel(objectName="small")
        row = QHBoxLayout(self, spacing=8)
        row.setContentsMargins(20, 8, 20, 8)
        row.addWidget(self.edit, 1)
        row.addWidget(self._count)
        for label, name, act in (
            ("↑", tr("The match before"), lambda: self.step(-1)),
            ("↓", tr("The next match"), lambda: self.step(1)),
            (tr("Close"), tr("Close the search in this chat"), self.close_search),
        ):
            button = QPushButton(label, objectName="small", toolTip=name)
            button.setAccessibleName(name)
            button.clicked.connect(act)
            row.addWidget(button)
        chat.turns_reset.connect(self._look_again)
        self.hide()

    def open(self) -> None:
        """Show the line; what was sought last stands in it, chosen."""
        self.show()
        self.edit.setFocus()
        self.edit.selectAll()
        self._seek(self.edit.text())

    def close_search(self) -> None:
        """Hide the line, and no longer show what it found."""
        self.hide()
        self._transcript.seek("")
        self.closed.emit()

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        """Enter goes to the next match, with Shift to the one before; Esc closes, and stops no answer."""
        if watched is self.edit and isinstance(event, QKeyEvent) and event.key() == Qt.Key.Key_Escape:
            event.accept()  # asked before a shortcut of the window takes it
        if watched is self.edit and isinstance(event, QKeyEvent) and event.type() == QEvent.Type.KeyPress:
            if event.key() in (Qt.Key.Key_Return, Qt.Key.Key_Enter):
                self.step(-1 if event.modifiers() & Qt.KeyboardModifier.ShiftModifier else 1)
                return True
            if event.key() == Qt.Key.Key_Escape:
                self.close_search()
                return True
        return super().eventFilter(watched, event)

    def step(self, by: int) -> None:
        """Go to another message that holds it, round and round."""
        self._find()
        if self._rows:
            self._at = (self._at + by) % len(self._rows)
            self._transcript.show_match(self._rows[self._at])
        self._tell()

    def _seek(self, text: str) -> None:
        """The newest message that holds it comes first: it is what a reader was at."""
        self._transcript.seek(text.strip())
        self._find()
        self._at = len(self._rows) - 1
        if self._rows:
            self._transcript.show_match(self._rows[self._at])
        self._tell()

    def _look_again(self) -> None:
        if self.isVisible():
            self._find()
            self._tell()

    def _find(self) -> None:
        sought = self.edit.text().strip().casefold()
        turns = self._chat.turns if sought else ()
        self._rows = [row for row, turn in enumerate(turns) if sought in turn.message.text.casefold()]
        self._at = min(self._at, len(self._rows) - 1)

    def _tell(self) -> None:
        if not self.edit.text().strip():
            self._count.clear()
        elif self._rows:
            self._count.setText(tr("message {n} of {all}", n=self._at + 1, all=len(self._rows)))
        else:
            self._count.setText(tr("nothing found"))
