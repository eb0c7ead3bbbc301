"""How long the quick panel takes to open: from the press of its keys until it is painted with its steps."""

import os
import time
from typing import Final

OPENINGS: Final = 12


def panel_times() -> list[float]:
    """Milliseconds of several openings, the first included."""
    os.environ.setdefault("QT_QPA_PLATFORM", "offscreen")
    from PySide6.QtGui import QGuiApplication
    from PySide6.QtWidgets import QApplication

    from app.settings.table import COPILOT_CLIPBOARD
    from app.ui.theme import Appearance
    from app.ui.window import Window
    from tests.fakes.services import FakeServices

    app = QApplication.instance() or QApplication([])
    assert isinstance(app, QApplication)
    services = FakeServices()
    services.settings.set(COPILOT_CLIPBOARD, True)
    window = Window(services, Appearance(app, "light"))  # type: ignore[arg-type]
    window.show()
    app.processEvents()
    QGuiApplication.clipboard().setText("The checkout went down after a deploy; we rolled back.\n" * 40)
    times = []
    for _ in range(OPENINGS):
        started = time.perf_counter()
        window.quick.panel.open()
        window.quick.panel.grab()
        app.processEvents()
        times.append((time.perf_counter() - started) * 1000)
        window.quick.panel.close()
        app.processEvents()
    window.close()
    return times
