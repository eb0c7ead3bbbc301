"""Pictures of the window in its main states, light and dark: python -m tests.ui.screenshots [FOLDER]."""

import sys
import time
from collections.abc import Callable
from pathlib import Path

from PySide6.QtWidgets import QApplication, QWidget

from app.ui.theme import Appearance
from app.ui.window import LIBRARY, MODELS, SETTINGS, Window
from tests.fakes.services import CITATIONS, PASSAGES, FakeServices, furnished


def settle(app: QApplication, seconds: float = 0.4) -> None:
    """Let the window work for a moment."""
    end = time.monotonic() + seconds
    while time.monotonic() < end:
        app.processEvents()
        time.sleep(0.005)


def empty(window: Window, services: FakeServices) -> None:
    """Nothing asked yet."""


def answered(window: Window, services: FakeServices) -> None:
    """An answer and its sources."""
    window.chat.open("t0")


def reading(window: Window, services: FakeServices) -> None:
    """A second question, its passages being read."""
    services.chat.hold_at = "reading"
    window.chat.open("t0")
    window.chat.ask("And the hotel?")


def streaming(window: Window, services: FakeServices) -> None:
    """An answer being written, with a listing."""
    services.chat.hold_at = "writing"
    code = """```python
def nights(trip: Trip) -> int:
    # a hotel from six hours on
    return max(1, trip.days)
```
"""
    services.chat.pieces = [
        "Hotels are booked by the travel desk. This counts the nights:\n\n",
        code,
        "\nThe rate ",
    ]
    window.chat.open("t0")
    window.chat.ask("And the hotel? Show me how the nights are counted.")


def page_in_viewer(window: Window, services: FakeServices) -> QWidget:
    """A cited page."""
    window.viewer.open(CITATIONS[0], PASSAGES[0].text)
    return window.viewer_window


def text_in_viewer(window: Window, services: FakeServices) -> QWidget:
    """A cited passage of a document without pages."""
    window.viewer.open(CITATIONS[1], PASSAGES[1].text)
    return window.viewer_window


def library(window: Window, services: FakeServices) -> None:
    """The documents and a problem."""
    window.show_page(LIBRARY)


def indexing(window: Window, services: FakeServices) -> None:
    """Files being added."""
    services.library.hold = True
    window.library.add([Path("/documents")])
    window.chat.open("t0")


def models(window: Window, services: FakeServices) -> None:
    """The models, one on its way."""
    services.models.hold = True
    window.show_page(MODELS)
    window.models.fetch("large")


def settings(window: Window, services: FakeServices) -> None:
    """The settings."""
    window.show_page(SETTINGS)


STATES: tuple[Callable[[Window, FakeServices], QWidget | None], ...] = (
    page_in_viewer,
    text_in_viewer,
    empty,
    answered,
    reading,
    streaming,
    library,
    indexing,
    models,
    settings,
)


def main(folder: Path) -> None:
    """Take every picture."""
    folder.mkdir(parents=True, exist_ok=True)
    app = QApplication.instance() or QApplication([])
    assert isinstance(app, QApplication)
    appearance = Appearance(app, "light")
    for theme in ("light", "dark"):
        appearance.choose(theme)
        for state in STATES:
            services = furnished()
            window = Window(services, appearance)  # type: ignore[arg-type]
            window.show()
            window.load()
            settle(app, 0.2)
            shown = state(window, services) or window
            settle(app)
            shown.grab().save(str(folder / f"{state.__name__}-{theme}.png"))
            window.close()
            window.deleteLater()


if __name__ == "__main__":
    main(Path(sys.argv[1] if len(sys.argv) > 1 else "build/screenshots"))
