"""The local API beside the window: for Donjon's own command line always, for other programs if the person wants it."""

from collections.abc import Callable
from typing import Protocol

from PySide6.QtCore import QObject, Signal

from app.settings.file import Settings
from app.settings.table import API_ENABLED
from app.ui.background import Background


class RunningApi(Protocol):
    """A server that listens."""

    @property
    def base_url(self) -> str:
        """What an OpenAI client is pointed at."""

    def stop(self) -> None:
        """Listen no more."""


StartApi = Callable[[bool], RunningApi]  # whether for other programs, too; raises AppError API_PORT_TAKEN


class LocalApi(QObject):
    """Starts the server, and starts it anew when the setting changes. Starting takes a moment, so it is done aside."""

    opened = Signal(str)  # the address, once other programs can use it
    failed = Signal(object)

    def __init__(
        self, start: StartApi, settings: Settings, background: Background, parent: QObject | None = None
    ) -> None:
        super().__init__(parent)
        self._start = start
        self._settings = settings
        self._background = background
        self._running: RunningApi | None = None
        self._for_others = False

    def apply(self) -> None:
        """Listen as the setting says."""
        wanted = self._settings.get(API_ENABLED)
        if self._running is not None and wanted == self._for_others:
            return
        self.stop()
        self._for_others = wanted
        self._background.call(lambda: self._start(wanted), self._take, self.failed.emit)

    def stop(self) -> None:
        """Listen no more."""
        if self._running is not None:
            self._running.stop()
            self._running = None

    def _take(self, running: RunningApi) -> None:
        self._running = running
        if self._for_others:
            self.opened.emit(running.base_url)
