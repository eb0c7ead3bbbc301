"""Opens the window on a home."""

import sys
from pathlib import Path

from PySide6.QtCore import QTimer
from PySide6.QtWidgets import QApplication, QMessageBox

from app.domain.errors import AppError
from app.settings.table import UI_THEME
from app.ui.error_texts import error_text
from app.ui.services import OpenServices
from app.ui.theme import Appearance
from app.ui.translate import tr
from app.ui.window import Window


def launch(home: Path, open_services: OpenServices) -> int:
    """Run the window until it is closed; return the exit code. A home that cannot be opened is explained."""
    app = QApplication(sys.argv[:1])
    app.setApplicationName("Donjon")
    appearance = Appearance(app)
    try:
        with open_services(home, "window") as services:
            appearance.choose(services.settings.get(UI_THEME))
            window = Window(services, appearance)
            window.show()
            QTimer.singleShot(0, window.load)
            return app.exec()
    except AppError as error:
        QMessageBox.critical(None, tr("Donjon cannot start"), error_text(error))
        return 4
