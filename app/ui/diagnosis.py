"""Diagnostics for the clipboard, to be given to somebody who helps."""

from PySide6.QtCore import QObject, Signal
from PySide6.QtGui import QGuiApplication

from app.domain.audit import JsonValue
from app.domain.diagnostics import as_text
from app.domain.errors import ErrorCode
from app.services.diagnostics import Diagnostics
from app.ui.background import Background
from app.ui.translate import tr


class Diagnosis(QObject):
    """Gathers them in the background."""

    said = Signal(str, str)  # a message and its tone
    failed = Signal(object)

    def __init__(self, service: Diagnostics, background: Background, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._service = service
        self._background = background

    def copy(self, error: ErrorCode | None = None) -> None:
        """Put them into the clipboard, with the error that is shown."""
        self._background.call(lambda: self._service.tell(error), self._take, self.failed.emit)

    def _take(self, told: dict[str, JsonValue]) -> None:
        QGuiApplication.clipboard().setText(as_text(told))
        self.said.emit(tr("The diagnostics are in the clipboard. No content and no name is in them."), "good")
