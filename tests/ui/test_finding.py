"""Words are found in the chat that is open."""

from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest
from PySide6.QtCore import Qt
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication, QLabel
from pytestqt.qtbot import QtBot

from app.ui.chat.finding import FindBar
from app.ui.chat.selection import matches
from app.ui.frame import Frame
from app.ui.rail import MODELS
from app.ui.theme import Appearance
from app.ui.window import Window
from tests.fakes.services import conversation_messages, furnished

LONG = "A paragraph about nothing in particular.\n\n" * 60
HOLDING = {4: "Lighthouse", 20: "lighthouse", 38: "LIGHTHOUSE"}  # the messages that speak of it


@pytest.fixture
def window(qtbot: QtBot, qapp: QApplication, tmp_path: Path) -> Iterator[Window]:
    services = furnished()
    first, answer = conversation_messages("t0")[:2]
    chain = [replace(first, text="What is it?")]
    for number in range(1, 40):
        text = f"{LONG}The {HOLDING[number]} **{number}**." if number in HOLDING else LONG
        origin = answer if number % 2 else first
        chain.append(replace(origin, id=f"m{number}", parent_id=chain[-1].id, text=text))
    services.chat.kept["t0"] = chain
    window = Window(services, Appearance(qapp, "light"))  # type: ignore[arg-type]
    Frame(window, services.settings)
    qtbot.addWidget(window)
    window.show()
    window.load()
    window.chat.open("t0")
    qtbot.waitUntil(lambda: len(window.chat.turns) == 40)
    yield window
    window.close()


def told(bar: FindBar) -> str:
    return next(label.text() for label in bar.findChildren(QLabel))


def in_view(window: Window, row: int) -> bool:
    """Whether the words themselves are on the screen, not just the message that holds them."""
    transcript = window.chat_page.transcript
    index = transcript.model().index(row, 0)
    place = transcript._delegate.match_in(index)
    return place is not None and 0 <= transcript.visualRect(index).top() + place < transcript.viewport().height()


def test_the_newest_message_comes_first_and_enter_goes_on(window: Window, qtbot: QtBot) -> None:
    window.show_page(MODELS)
    QTest.keyClick(window, Qt.Key.Key_F, Qt.KeyboardModifier.ControlModifier)
    bar = window.chat_page.finding
    qtbot.waitUntil(bar.isVisible)
    QTest.keyClicks(bar.edit, "lightHouse")
    assert told(bar) == "message 3 of 3"
    assert in_view(window, 38)
    QTest.keyClick(bar.edit, Qt.Key.Key_Return)
    assert told(bar) == "message 1 of 3"
    assert in_view(window, 4)
    QTest.keyClick(bar.edit, Qt.Key.Key_Return, Qt.KeyboardModifier.ShiftModifier)
    assert told(bar) == "message 3 of 3"
    assert window.chat_page.transcript.currentIndex().row() == 38


def test_what_is_found_is_marked_until_the_search_is_closed(window: Window) -> None:
    page = window.chat_page
    page.finding.open()
    QTest.keyClicks(page.finding.edit, "lighthouse")
    row = page.transcript.model().index(38, 0)
    delegate = page.transcript._delegate
    found = [one for _, document in delegate.layout_of(row).body for one in matches(document, delegate.sought)]
    assert [one.selectedText() for one in found] == ["LIGHTHOUSE"]
    QTest.keyClick(page.finding.edit, Qt.Key.Key_Escape)
    assert page.finding.isHidden()
    assert not page.transcript._delegate.sought


def test_what_is_not_there_is_said(window: Window) -> None:
    bar = window.chat_page.finding
    bar.open()
    QTest.keyClicks(bar.edit, "harbour")
    assert told(bar) == "nothing found"
    QTest.keyClick(bar.edit, Qt.Key.Key_Return)
    assert told(bar) == "nothing found"
    bar.edit.clear()
    assert told(bar) == ""
