"""Passive messages: one bar, the newest message, gone when it is closed."""

from collections.abc import Callable

from PySide6.QtCore import Signal
from PySide6.QtWidgets import QFrame, QHBoxLayout, QLabel, QPushButton, QWidget

from app.domain.errors import AppError, ErrorCode, Kind
from app.ui.error_texts import error_text
from app.ui.translate import tr

Action = tuple[str, Callable[[], None]]  # what a button offers, and what it does


class Notices(QFrame):
    """Says what happened without getting in the way."""

    diagnostics_wanted = Signal(object)  # with this ErrorCode

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent, objectName="notice")
        self._text = QLabel(wordWrap=True)
        self._action = QPushButton(objectName="small")
        self._action.clicked.connect(self._act)
        self._action.setAccessibleName(tr("No action"))
        self._then: Callable[[], None] | None = None
        self._code = ErrorCode.INTERNAL
        self._diagnostics = QPushButton(tr("Copy diagnostics"), objectName="small")
        self._diagnostics.clicked.connect(lambda: self.diagnostics_wanted.emit(self._code))
        close = QPushButton(tr("Close"), objectName="small")
        close.setAccessibleName(tr("Close this message"))
        close.clicked.connect(self.hide)
        row = QHBoxLayout(self)
        row.setContentsMargins(14, 8, 8, 8)
        row.addWidget(self._text, 1)
        row.addWidget(self._action)
        row.addWidget(self._diagnostics)
        row.addWidget(close)
        self.hide()

    def show_error(self, error: Exception, action: Action | None = None) -> None:
        """Say what went wrong and what to do, and offer to do it."""
        self.say(error_text(error), "bad", action)
        self._code = error.code if isinstance(error, AppError) else ErrorCode.INTERNAL
        self._diagnostics.setVisible(not isinstance(error, AppError) or error.kind is not Kind.MISTAKE)

    def say(self, text: str, tone: str = "warn", action: Action | None = None) -> None:
        """Show `text`; `tone` is warn, bad or good."""
        label, self._then = action or ("", None)
        self._action.setText(label)
        self._action.setAccessibleName(label or tr("No action"))
        self._action.setVisible(bool(label))
        self._diagnostics.hide()
        self.setProperty("tone", tone)
        self.style().unpolish(self)
        self.style().polish(self)
        self._text.setText(text)
        self.setAccessibleName(text)
        self.show()

    def _act(self) -> None:
        if self._then is not None:
            self.hide()
            self._then()

    def text(self) -> str:
        """What is said now, "" for nothing."""
        return "" if self.isHidden() else self._text.text()
