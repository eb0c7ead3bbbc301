"""Chats are written to files and taken in from them, and the person is told."""

from collections.abc import Iterator
from pathlib import Path

import pytest
from PySide6.QtWidgets import QApplication
from pytestqt.qtbot import QtBot

from app.domain.errors import AppError
from app.ui.theme import Appearance
from app.ui.window import Window
from tests.fakes.services import furnished


@pytest.fixture
def window(qtbot: QtBot) -> Iterator[Window]:
    app = QApplication.instance()
    assert isinstance(app, QApplication)
    window = Window(furnished(), Appearance(app, "light"))  # type: ignore[arg-type]
    window.load()
    window.chat.open("t0")
    qtbot.waitUntil(lambda: bool(window.chat.turns))
    yield window
    window.close()


@pytest.mark.parametrize(
    ("name", "holds"), [("a.md", "as md"), ("a.json", "as json"), ("a", "as md"), ("a.docx", "as docx")]
)
def test_the_branch_that_is_shown_is_written_as_the_file_is_named(
    window: Window, qtbot: QtBot, tmp_path: Path, name: str, holds: str
) -> None:
    with qtbot.waitSignal(window.transfer.said):
        window.transfer.write("t0", tmp_path / name)
    written = (tmp_path / name).read_text()
    assert holds in written
    assert "down to a2" in written


def test_a_pdf_is_written_by_the_window(window: Window, qtbot: QtBot, tmp_path: Path) -> None:
    with qtbot.waitSignal(window.transfer.said):
        window.transfer.write("t0", tmp_path / "a.pdf")
    assert (tmp_path / "a.pdf").read_bytes().startswith(b"%PDF-")


def test_a_file_that_cannot_be_written_is_told(window: Window, qtbot: QtBot, tmp_path: Path) -> None:
    for name in ("a.md", "a.pdf"):
        with qtbot.waitSignal(window.transfer.said) as told:
            window.transfer.write("t0", tmp_path / "nowhere" / name)
        assert told.args is not None
        assert told.args[1] == "bad"
        assert "nowhere" in told.args[0]


def test_what_was_imported_is_counted(window: Window, qtbot: QtBot, tmp_path: Path) -> None:
    (tmp_path / "chats.json").write_text("[]")
    with qtbot.waitSignal(window.transfer.said) as told:
        window.transfer.take_in(tmp_path / "chats.json")
    assert told.args == ["1 chats imported, 2 messages; 1 were here already.", "good"]
    with qtbot.waitSignal(window.transfer.failed) as failed:
        window.transfer.take_in(tmp_path / "none.json")
    assert failed.args is not None
    assert isinstance(failed.args[0], AppError)
