"""From the first start to an exported judgement by keyboard alone, on real services and the small real models.

`make test-keyboard` runs it in a real window on a virtual screen, with keys that come through the X server.
"""

import subprocess
import time
from collections.abc import Callable, Generator, Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest
from PySide6.QtCore import QTimer
from PySide6.QtGui import QGuiApplication, QKeySequence
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QAbstractButton, QApplication, QWidget
from pytestqt.qtbot import QtBot

from app.composition import Services, open_services
from app.ui.frame import Frame
from app.ui.rail import JUDGE
from app.ui.theme import Appearance
from app.ui.window import Window
from tests.end2end.test_command_line import with_models

NOTE = """# Minutes of the travel desk, 4 May 2026

Present: the desk and the fleet office. The desk will send the new price list to all drivers by Friday.
The fleet office keeps the two spare cars until the end of June. Nothing else was decided.
"""
STEP_MS = 40  # between keys
WAIT_S = 120.0  # a model is loaded on a machine that may be busy
MOST_TABS = 120

Step = str | Callable[[], bool]  # keys to press, or what to wait for
Script = Generator[Step]


class Keyboard:
    """Presses keys as a script says: one at a time, and only where the focus is.

    The next step is set before a key is pressed: a dialog for files runs an event loop of its own meanwhile.
    """

    def __init__(self, window: QWidget, script: Script) -> None:
        self._window = window
        self._script = script
        self._waiting: Callable[[], bool] | None = None
        self._until = 0.0
        self.done = False
        self.failed: BaseException | None = None
        self._go_on()

    def _go_on(self) -> None:
        if QApplication.activeWindow() is None:
            self._window.activateWindow()  # as a desktop does once a dialog is gone; without a screen nobody does
        try:
            step = self._next_step()
        except StopIteration:
            self._end()
        except (AssertionError, TimeoutError, pytest.fail.Exception) as error:  # Qt would swallow it
            self.failed = error
            self._end()
        else:
            QTimer.singleShot(STEP_MS, self._go_on)
            if isinstance(step, str):
                press(step)
            elif step is not self._waiting:
                self._waiting, self._until = step, time.monotonic() + WAIT_S

    def _next_step(self) -> Step:
        if self._waiting is not None and not self._waiting():
            if time.monotonic() > self._until:
                self._script.throw(TimeoutError(f"waited {WAIT_S:.0f} s; the focus is at {focus()!r}"))
            return self._waiting
        self._waiting = None
        return next(self._script)

    def _end(self) -> None:
        self.done = True
        while (modal := QApplication.activeModalWidget()) is not None:
            modal.close()


def target() -> QWidget:
    """Who hears the next key."""
    widget = QApplication.activePopupWidget() or QApplication.focusWidget() or QApplication.activeWindow()
    assert widget is not None, "no window has the focus"
    return widget


def press(keys: str) -> None:
    """Press "Ctrl+3", "Tab" or the like, or type what stands after "type:"."""
    typed = keys.removeprefix("type:")
    if QGuiApplication.platformName() == "xcb":
        if typed != keys:
            subprocess.run(["xdotool", "type", "--delay", "5", typed], check=True)
        else:
            subprocess.run(["xdotool", "key", keys.replace("Ctrl", "ctrl")], check=True)
    elif typed != keys:
        QTest.keyClicks(target(), typed)
    else:
        QTest.keySequence(target(), QKeySequence(keys))


def focus() -> str:
    """What has the focus, as a screen reader would call it."""
    widget = QApplication.focusWidget()
    if widget is None:
        return ""
    return widget.accessibleName() or (widget.text() if isinstance(widget, QAbstractButton) else "")


def tab_to(name: str) -> Generator[Step]:
    """Press Tab until something of this name has the focus."""
    met = []
    for _ in range(MOST_TABS):
        if focus() == name:
            return
        met.append(focus())
        yield "Tab"
    pytest.fail(f"Tab never reached {name!r}, but {list(dict.fromkeys(met))}")


def in_dialog(path: Path) -> Generator[Step]:
    """Name a file in the dialog that opens."""
    yield lambda: QApplication.activeModalWidget() is not None
    yield lambda: focus() != "" or QApplication.focusWidget() is not None
    yield f"type:{path}"
    yield "Return"
    yield lambda: QApplication.activeModalWidget() is None


@dataclass
class Desk:
    """A window that opens for the first time."""

    window: Window
    services: Services
    folder: Path

    def journey(self) -> Script:
        """Welcome, samples, a first question, a judgement, its export."""
        window, chat, judge = self.window, self.window.chat, self.window.judge
        yield lambda: window.first_run_dialog.isVisible() and focus() == "I understand"
        for step in ("Next", "Next", "Add them and ask"):
            yield "Return"
            yield lambda step=step: focus() == step  # type: ignore[misc]
        yield "Return"
        yield lambda: len(window.library.documents) == 4
        yield lambda: focus() == window.chat_page.composer.edit.accessibleName()
        yield "Return"
        yield lambda: len(chat.turns) == 2 and not chat.busy
        assert chat.turns[-1].message.status == "complete"

        yield "Ctrl+3"
        yield lambda: window.page == JUDGE and bool(judge.shelf.templates)
        yield from tab_to("Judge files…")
        yield "space"
        (self.folder / "minutes.md").write_text(NOTE)
        yield from in_dialog(self.folder / "minutes.md")
        yield lambda: judge.opened is not None and not judge.is_busy
        yield from tab_to("Export")
        yield "space"
        yield lambda: QApplication.activePopupWidget() is not None
        yield "Down"
        yield "Down"
        yield "Return"
        yield from in_dialog(self.folder / "judged.md")
        yield lambda: (self.folder / "judged.md").exists()


@pytest.fixture
def desk(qtbot: QtBot, qapp: QApplication, tmp_path: Path, models_folder: Path) -> Iterator[Desk]:
    home = with_models(tmp_path / "home", models_folder)
    settings = (home / "settings.toml").read_text()
    (home / "settings.toml").write_text(settings.partition("[ui]")[0])  # the welcome has not been seen
    with open_services(home, "test") as services:
        window = Window(services, Appearance(qapp, "light"))
        Frame(window, services.settings)
        window.show()
        window.activateWindow()
        window.load()
        yield Desk(window, services, tmp_path)
        window.close()


@pytest.mark.timeout(600)
def test_a_judgement_is_exported_without_a_mouse(desk: Desk, qtbot: QtBot) -> None:
    keyboard = Keyboard(desk.window, desk.journey())
    qtbot.waitUntil(lambda: keyboard.done, timeout=500_000)
    if keyboard.failed is not None:
        raise keyboard.failed
    text = (desk.folder / "judged.md").read_text(encoding="utf-8")
    assert "minutes.md" in text
    assert "AI" in text, "the export says that a model wrote it"
