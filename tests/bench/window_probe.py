"""The window in a process of its own, measured from inside.

`start MODELS HOME STARTED`: seconds from STARTED until the window is painted and its lists are filled, then the memory
it keeps. `stall MODELS HOME FOLDER`: the longest time the UI thread did not answer while a real answer streams and the
files of FOLDER are indexed. Prints one JSON object.
"""

import functools
import json
import sys
import time
from collections.abc import Callable
from pathlib import Path

import psutil
from PySide6.QtCore import Qt, QTimer
from PySide6.QtWidgets import QApplication

from app.__main__ import start_api
from app.composition import open_services
from app.ui.launch import launch
from app.ui.window import Window

BEAT_MS = 5
IDLE_S = 3.0
QUESTION = "Tell me, at length and in many paragraphs, everything about the harbour and its ships."


def run(seconds: float, until: Callable[[], bool] = lambda: False) -> bool:
    """Let the window work for a while, or until something holds; tells whether it did."""
    end = time.monotonic() + seconds
    while time.monotonic() < end:
        QApplication.processEvents()
        if until():
            return True
        time.sleep(0.001)
    return False


def window() -> Window:
    """The window that is open."""
    return next(widget for widget in QApplication.topLevelWidgets() if isinstance(widget, Window))


def start(started: float) -> dict[str, float]:
    """From the start of the process to a painted window that takes a question."""
    opened = window()
    if not run(10, lambda: opened.isVisible() and opened.chat_page.composer.edit.hasFocus()):
        raise RuntimeError("the window did not open")
    opened.repaint()
    shown = time.time() - started
    run(IDLE_S)
    return {"seconds": shown, "megabytes": psutil.Process().memory_info().rss / 1e6}


def stall(folder: Path) -> dict[str, float]:
    """The longest pause between two beats of a clock in the UI thread, beyond its interval."""
    opened = window()
    run(2.0)
    gaps: list[float] = []
    last = time.perf_counter()

    def beat() -> None:
        nonlocal last
        now = time.perf_counter()
        gaps.append(now - last)
        last = now

    clock = QTimer(timerType=Qt.TimerType.PreciseTimer, interval=BEAT_MS)
    clock.timeout.connect(beat)
    added: list[int] = []
    opened.library.added.connect(lambda adding: added.append(adding.added))
    opened.chat.ask(QUESTION)
    opened.library.add([folder])
    last = time.perf_counter()
    clock.start()
    run(400, lambda: bool(added))
    clock.stop()
    written = len(opened.chat.turns[-1].message.text)
    opened.chat.stop()
    run(1.0)
    return {"milliseconds": max(gaps) * 1000 - BEAT_MS, "files": sum(added), "characters": written}


def main(mode: str, models: Path, home: Path, argument: str) -> int:
    """Open the window as the program does, and measure it instead of waiting for a person."""
    figures: dict[str, float] = {}

    def measure() -> int:
        figures.update(start(float(argument)) if mode == "start" else stall(Path(argument)))
        window().close()
        return 0

    home.mkdir(parents=True, exist_ok=True)
    (home / "settings.toml").write_text("[ui]\nnotice_seen = 1\n", encoding="utf-8")  # no welcome in the way
    QApplication.exec = staticmethod(measure)  # type: ignore[method-assign]
    code = launch(home, functools.partial(open_services, models_folder=models), start_api)
    print(json.dumps(figures))
    return code


if __name__ == "__main__":
    sys.exit(main(sys.argv[1], Path(sys.argv[2]), Path(sys.argv[3]), sys.argv[4]))
