"""Passive messages: one bar, the newest message, gone when it is closed."""

from PySide6.QtWidgets import QFrame, QHBoxLayout, QLabel, QPushButton, QWidget

from app.ui.error_texts import error_text
from app.ui.translate import tr


class Notices(QFrame):
    """Says what happened without getting in the way."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent, objectName="notice")
        self._text = QLabel(wordWrap=True)
        close = QPushButton(tr("Close"), objectName="small")
        close.setAccessibleName(tr("Close this message"))
        close.clicked.connect(self.hide)
        row = QHBoxLayout(self)
        row.setContentsMargins(14, 8, 8, 8)
        row.addWidget(self._text, 1)
        row.addWidget(close)
        self.hide()

    def show_error(self, error: Exception) -> None:
        """Say what went wrong and what to do."""
        self.say(error_text(error), "bad")

    def say(self, text: str, tone: str = "warn") -> None:
        """Show `text`; `tone` is warn, bad or good."""
        self.setProperty("tone", tone)
        self.style().unpolish(self)
        self.style().polish(self)
        self._text.setText(text)
        self.setAccessibleName(text)
        self.show()

    def text(self) -> str:
        """What is said now, "" for nothing."""
        return "" if self.isHidden() else self._text.text()
