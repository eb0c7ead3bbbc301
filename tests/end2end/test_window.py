"""The real window on real services and the small real models, driven by keyboard and drop."""

from collections.abc import Iterator
from pathlib import Path

import pytest
from PySide6.QtCore import QMimeData, QPointF, Qt, QUrl
from PySide6.QtGui import QDropEvent
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication
from pytestqt.qtbot import QtBot

from app.composition import open_services
from app.domain.projects import Project
from app.ui.chat.sources import SourceCard
from app.ui.frame import Frame
from app.ui.theme import Appearance
from app.ui.window import Window
from tests.end2end.test_command_line import with_models

NOTE = "# Keys\n\nThe porter keeps the spare keys in the green cabinet beside the goods lift.\n"
WAIT_MS = 120_000  # a model is loaded on a machine that may be busy


@pytest.fixture
def max_tokens() -> int:
    return 32


@pytest.fixture
def window(qtbot: QtBot, qapp: QApplication, tmp_path: Path, models_folder: Path, max_tokens: int) -> Iterator[Window]:
    home = with_models(tmp_path / "home", models_folder, max_tokens=max_tokens)
    with open_services(home, "test") as services:
        window = Window(services, Appearance(qapp, "light"))
        Frame(window, services.settings)
        window.show()
        window.load()
        yield window
        window.close()


def drop(window: Window, path: Path) -> None:
    """Let a file fall onto the window."""
    mime = QMimeData()
    mime.setUrls([QUrl.fromLocalFile(str(path))])
    button, keys = Qt.MouseButton.LeftButton, Qt.KeyboardModifier.NoModifier
    window.dropEvent(QDropEvent(QPointF(400, 300), Qt.DropAction.CopyAction, mime, button, keys))


def ask(window: Window, qtbot: QtBot, question: str) -> None:
    edit = window.chat_page.composer.edit
    QTest.keyClicks(edit, question)
    QTest.keyClick(edit, Qt.Key.Key_Return)
    qtbot.waitUntil(
        lambda: not window.chat.busy and window.chat.turns[-1].message.status != "streaming", timeout=WAIT_MS
    )


def test_a_dropped_note_is_asked_and_its_source_shown(window: Window, qtbot: QtBot, tmp_path: Path) -> None:
    note = tmp_path / "note.md"
    note.write_text(NOTE)
    drop(window, note)
    qtbot.waitUntil(lambda: [document.name for document in window.library.documents] == ["note.md"], timeout=WAIT_MS)

    ask(window, qtbot, "Where are the spare keys?")
    question, answer = window.chat.turns
    assert question.message.text == "Where are the spare keys?"
    assert answer.message.status == "complete"
    assert answer.message.text
    assert answer.message.model.startswith("SmolLM2")
    assert [passage.document for passage in answer.passages] == ["note.md"]
    cited = answer.message.citations
    qtbot.waitUntil(lambda: len([c for c in window.findChildren(SourceCard) if c.isVisible()]) == len(cited))

    ask(window, qtbot, "And beside what?")
    assert window.chat.turns[-1].message.timing is not None
    assert window.chat.turns[-1].message.timing.cached_tokens > 0, "a follow-up reads only what is new"


def test_a_project_tells_the_model_what_to_mind(window: Window, qtbot: QtBot) -> None:
    window.projects.keep(Project("", "Porters", "Always greet the porter by name."))
    qtbot.waitUntil(lambda: window.chat.project != "")
    ask(window, qtbot, "Say hello.")
    qtbot.waitUntil(lambda: [one.project for one in window.chat.listing.conversations] == [window.projects.chosen])
    with qtbot.waitSignal(window.chat.explained) as told:
        window.chat.explain(1)
    system = told.args[0].prompt[0]
    assert system.role == "system"
    assert "Always greet the porter by name." in system.content


@pytest.mark.parametrize("max_tokens", [400])  # so many that it cannot be done before the key is pressed
def test_escape_keeps_what_was_written(window: Window, qtbot: QtBot) -> None:
    window.chat.ask("Count from one to ten thousand. Write every number on a line of its own.", search=None)
    qtbot.waitUntil(lambda: bool(window.chat.turns[-1].message.text), timeout=WAIT_MS)
    QTest.keyClick(window, Qt.Key.Key_Escape)
    qtbot.waitUntil(lambda: not window.chat.busy)
    [conversation] = window.chat.listing.conversations
    window.chat.open(None)
    window.chat.open(conversation.id)
    qtbot.waitUntil(lambda: len(window.chat.turns) == 2)
    assert window.chat.turns[-1].message.text
    assert window.chat.turns[-1].message.status == "stopped"
