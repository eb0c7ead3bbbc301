"""Answers read out by a voice: here by a program that writes down what it is given to say."""

import sys
from pathlib import Path

import pytest
from PySide6.QtCore import Qt
from PySide6.QtTest import QSignalSpy, QTest
from PySide6.QtWidgets import QApplication
from pytestqt.qtbot import QtBot

from app.ui.frame import Frame
from app.ui.read_aloud import VOICES, ReadAloud, Voice
from app.ui.theme import Appearance
from app.ui.window import Window
from tests.fakes.services import furnished

SPEAKER = """
import pathlib, sys, time
said = sys.stdin.buffer.read().decode()
pathlib.Path(sys.argv[1]).write_text("|".join([*sys.argv[2:], said]), encoding="utf-8")
if "endless" in said:
    time.sleep(60)
"""


@pytest.fixture
def heard(tmp_path: Path) -> Path:
    """What was said so far."""
    return tmp_path / "heard"


@pytest.fixture
def voice(heard: Path, qapp: QApplication) -> ReadAloud:
    speaker = Voice(sys.executable, ("-c", SPEAKER, str(heard)), "-v")
    return ReadAloud(qapp, lambda: speaker)


def test_it_is_told_the_text_and_its_language_but_not_where_others_can_see_it(
    voice: ReadAloud, heard: Path, qtbot: QtBot
) -> None:
    voice.read("Grüße aus Kiel", "de")
    qtbot.waitUntil(lambda: not voice.is_reading)
    assert heard.read_text(encoding="utf-8") == "-v|de|Grüße aus Kiel"


def test_it_stops_at_once_and_begins_anew(voice: ReadAloud, heard: Path, qtbot: QtBot) -> None:
    failed = QSignalSpy(voice.failed)
    voice.read("endless", "")
    qtbot.waitUntil(heard.exists)
    assert voice.is_reading
    voice.stop()
    assert not voice.is_reading
    voice.read("endless, too", "")
    voice.read("the last word", "")
    qtbot.waitUntil(lambda: not voice.is_reading)
    assert heard.read_text(encoding="utf-8") == "the last word"
    assert failed.count() == 0


@pytest.mark.parametrize(
    ("found", "word"),
    [
        (Voice(sys.executable, ("-c", "import sys; sys.exit('no sound card')")), "not be read aloud: no sound card."),
        (Voice("no-such-voice", ()), "not be read aloud"),
        (None, "no voice"),
    ],
)
def test_why_nothing_is_heard_is_told(found: Voice | None, word: str, qapp: QApplication, qtbot: QtBot) -> None:
    voice = ReadAloud(qapp, lambda: found)
    with qtbot.waitSignal(voice.failed) as failed:
        voice.read("x", "en")
    assert word in failed.args[0]
    assert not voice.is_reading


def test_each_system_has_a_voice_that_takes_the_text_from_its_standard_input() -> None:
    assert set(VOICES) == {"linux", "darwin", "win32"}
    arguments = {voice.program: " ".join(voice.arguments) for voices in VOICES.values() for voice in voices}
    assert "--stdin" in arguments["espeak-ng"]
    assert "In.ReadToEnd" in arguments["powershell"]
    assert "{" not in "".join(arguments.values())


def test_an_answer_is_read_without_its_marks_and_stopped_by_a_key(
    qapp: QApplication, qtbot: QtBot, heard: Path
) -> None:
    services = furnished()
    window = Window(services, Appearance(qapp, "light"))  # type: ignore[arg-type]
    Frame(window, services.settings, [])
    qtbot.addWidget(window)
    window.show()
    window.load()
    qtbot.waitUntil(lambda: bool(window.chat.listing.conversations))
    window.chat.open("t0")
    qtbot.waitUntil(lambda: bool(window.chat.turns))
    actions = window.chat_page.message_actions
    endless = Voice(sys.executable, ("-c", SPEAKER.replace('"endless" in said', "True"), str(heard)), "-v")
    actions.voice._find_voice = lambda: endless
    QTest.keyClick(window, Qt.Key.Key_R, Qt.KeyboardModifier.ControlModifier | Qt.KeyboardModifier.ShiftModifier)
    qtbot.waitUntil(heard.exists)
    said = heard.read_text(encoding="utf-8")
    assert said.startswith("-v|en|")
    assert "[1]" in window.chat.turns[-1].message.text
    assert "[1]" not in said
    assert actions.voice.is_reading
    QTest.keyClick(window, Qt.Key.Key_Escape)
    assert not actions.voice.is_reading
    window.close()
