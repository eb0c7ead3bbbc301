"""Opens the window on a home."""

import sys
from collections.abc import Callable
from contextlib import AbstractContextManager
from pathlib import Path
from typing import Protocol, TypeVar

from PySide6.QtCore import QTimer
from PySide6.QtWidgets import QApplication, QMessageBox

from app.domain.errors import AppError
from app.settings.table import UI_LANGUAGE
from app.ui.chat.said import SaidInChats
from app.ui.error_texts import error_text
from app.ui.frame import Frame
from app.ui.local_api import LocalApi, RunningApi
from app.ui.placement import Placement
from app.ui.services import Services
from app.ui.theme import Appearance, look_of
from app.ui.translate import speak, system_language, tr
from app.ui.window import Window

S = TypeVar("S", bound=Services)
S_co = TypeVar("S_co", bound=Services, covariant=True)


class OpenServices(Protocol[S_co]):
    """Opens the services of a home for a role; `language` is the system's, as two letters."""

    def __call__(self, home: Path, role: str, *, language: str) -> AbstractContextManager[S_co]:
        """Open them."""


def launch(
    home: Path,
    open_services: OpenServices[S],
    start_api: Callable[[S, bool], RunningApi],
) -> int:
    """Run the window until it is closed; return the exit code. A home that cannot be opened is explained."""
    app = QApplication(sys.argv[:1])
    app.setApplicationName("Donjon")
    appearance = Appearance(app)
    try:
        with open_services(home, "window", language=system_language()) as services:
            speak(app, services.settings.get(UI_LANGUAGE))
            appearance.wear(look_of(services.settings))
            window = Window(services, appearance)
            api = LocalApi(lambda others: start_api(services, others), services.settings, window.background, window)
            window.attach(api)
            Frame(window, services.settings, [SaidInChats(services.conversations, window.show_said)])
            placement = Placement(home / "window.ini")
            placement.restore(window)
            window.show()
            QTimer.singleShot(0, window.load)
            QTimer.singleShot(0, api.apply)
            try:
                return app.exec()
            finally:
                placement.save(window)
                api.stop()
    except AppError as error:
        QMessageBox.critical(None, tr("Donjon cannot start"), error_text(error))
        return 4
