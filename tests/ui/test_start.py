"""Opening the window: what is imported, and what is said when it cannot be opened."""

import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
from PySide6.QtWidgets import QApplication, QMessageBox
from pytestqt.qtbot import QtBot

from app.domain.errors import AppError, ErrorCode
from app.ui import launch
from app.ui.local_api import RunningApi
from app.ui.services import Services

HEAVY = ("torch", "llama_cpp", "chromadb", "numpy", "transformers", "pypdfium2", "PySide6.QtQml", "pygments")


def test_the_window_loads_nothing_heavy() -> None:
    script = f"import sys, app.ui.launch, app.composition\nprint([name for name in {HEAVY!r} if name in sys.modules])"
    output = subprocess.run([sys.executable, "-c", script], check=True, capture_output=True, text=True).stdout
    assert output.strip() == "[]"


def test_a_home_in_use_is_explained(
    qtbot: QtBot, qapp: QApplication, home: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    said: list[str] = []

    @contextmanager
    def refuse(home: Path, role: str, *, language: str) -> Iterator[Services]:
        raise AppError(ErrorCode.HOME_IN_USE, role="window", pid=4711, since="09:00")
        yield

    def start_api(_services: Services, _for_others: bool) -> RunningApi:
        raise AssertionError("the services never opened")

    # The application of this process exists already, and nobody is there to close a dialog.
    monkeypatch.setattr(launch, "QApplication", lambda _: qapp)
    monkeypatch.setattr(QMessageBox, "critical", lambda _parent, _title, text: said.append(text))
    assert launch.launch(home, refuse, start_api) == 4
    assert "already running" in said[0]
    assert "4711" in said[0]
