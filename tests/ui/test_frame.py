"""What is around the pages: shortcuts and the search for everything, leaving while work is under way, and the tray."""

import threading
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st
from PySide6.QtCore import QEvent, QSettings, Qt
from PySide6.QtGui import QCloseEvent, QGuiApplication
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication, QKeySequenceEdit
from pytestqt.qtbot import QtBot

from app.settings.table import UI_SHORTCUTS, UI_SHOW_CHATS, UI_TEXT_SCALE, UI_THEME
from app.ui.chat.said import SaidInChats
from app.ui.frame import Frame
from app.ui.palette import Entry
from app.ui.placement import Placement
from app.ui.rail import CHAT, COPILOT, LIBRARY, SETTINGS
from app.ui.shortcuts import TABLE, conflicts, parse, unknown, written
from app.ui.theme import Appearance
from app.ui.tray import LONG_S, Tray
from app.ui.window import Window
from app.ui.work import ended, under_way
from tests.fakes.services import FakeServices, furnished

CTRL = Qt.KeyboardModifier.ControlModifier


@dataclass(frozen=True)
class Slow:
    """A source that is asked in the background."""

    title: str = "Messages"
    slow: bool = True

    def find(self, typed: str) -> Sequence[Entry]:
        assert threading.current_thread() is not threading.main_thread()
        return [Entry(f"… {typed} …", "in a chat", lambda: None)]


@dataclass
class Desk:
    """An open window with its frame."""

    window: Window
    frame: Frame
    services: FakeServices

    def labels(self) -> list[str]:
        found = self.frame.palette.list
        return [found.item(row).text() for row in range(found.count()) if found.item(row).flags()]


@pytest.fixture
def desk(qtbot: QtBot, qapp: QApplication) -> Iterator[Desk]:
    services = furnished()
    window = Window(services, Appearance(qapp, "light"))  # type: ignore[arg-type]
    frame = Frame(window, services.settings, [Slow()])
    qtbot.addWidget(window)
    window.show()
    window.load()
    qtbot.waitUntil(lambda: bool(window.chat.listing.conversations) and bool(window.library.documents))
    yield Desk(window, frame, services)
    window.close()


def test_every_command_is_bound_and_no_two_share_their_usual_keys(desk: Desk) -> None:
    assert [command for command, _ in desk.frame.shortcuts.commands()] == list(TABLE)
    assert not conflicts({})
    assert desk.frame.shortcuts.complaint() == ""


def test_keys_do_what_the_table_says(desk: Desk) -> None:
    QTest.keyClick(desk.window, Qt.Key.Key_4, CTRL)
    assert desk.window.page == LIBRARY
    QTest.keyClick(desk.window, Qt.Key.Key_Comma, CTRL)
    assert desk.window.page == SETTINGS
    QTest.keyClick(desk.window, Qt.Key.Key_Minus, CTRL)
    assert desk.services.settings.get(UI_TEXT_SCALE) == 90
    assert desk.window.appearance.theme.scale == pytest.approx(0.9)
    QTest.keyClick(desk.window, Qt.Key.Key_0, CTRL)
    QTest.keyClick(desk.window, Qt.Key.Key_D, CTRL | Qt.KeyboardModifier.ShiftModifier)
    assert desk.services.settings.get(UI_THEME) == "dark"
    QTest.keyClick(desk.window, Qt.Key.Key_N, CTRL)
    assert desk.window.page == CHAT


def test_the_last_answer_is_taken_by_keys(desk: Desk, qtbot: QtBot) -> None:
    window, keys = desk.window, Qt.KeyboardModifier
    QTest.keyClick(window, Qt.Key.Key_C, CTRL | keys.ShiftModifier)
    assert window.notices.text() == "There is no answer yet."
    window.chat.open("t0")
    qtbot.waitUntil(lambda: bool(window.chat.turns))
    answer = window.chat.turns[-1]
    QTest.keyClick(window, Qt.Key.Key_C, CTRL | keys.ShiftModifier)
    assert QGuiApplication.clipboard().text().startswith(answer.message.text[:20])
    QTest.keyClick(window, Qt.Key.Key_Semicolon, CTRL | keys.ShiftModifier)
    assert window.notices.text() == "There is no code in this answer."
    QTest.keyClick(window, Qt.Key.Key_R, CTRL)
    qtbot.waitUntil(lambda: window.chat.turns[-1].of == answer.of + 1 and not window.chat.busy)


def test_the_list_of_chats_is_folded_away_and_the_next_question_is_a_key_away(desk: Desk) -> None:
    window = desk.window
    QTest.keyClick(window, Qt.Key.Key_B, CTRL)
    assert not window.chat_page.conversations.isVisible()
    assert desk.services.settings.get(UI_SHOW_CHATS) is False
    QTest.keyClick(window, Qt.Key.Key_B, CTRL)
    assert window.chat_page.conversations.isVisible()
    QTest.keyClick(window, Qt.Key.Key_4, CTRL)
    QTest.keyClick(window, Qt.Key.Key_Escape, Qt.KeyboardModifier.ShiftModifier)
    assert window.page == CHAT
    assert window.chat_page.composer.edit.hasFocus()


def test_everything_is_found_from_the_keyboard_alone(desk: Desk, qtbot: QtBot) -> None:
    window, palette = desk.window, desk.frame.palette
    window.chat_page.composer.edit.setFocus()
    QTest.keyClick(window.chat_page.composer.edit, Qt.Key.Key_K, CTRL)
    assert palette.isVisible()
    QTest.keyClicks(palette.edit, "flight")
    assert desk.labels() == ["Nine-hour flight to Tokyo"]
    QTest.keyClick(palette.edit, Qt.Key.Key_Return)
    assert palette.isHidden()
    qtbot.waitUntil(lambda: window.chat.current == "t0")

    palette.open()
    QTest.keyClicks(palette.edit, "go to")
    QTest.keyClick(palette.edit, Qt.Key.Key_Down)
    QTest.keyClick(palette.edit, Qt.Key.Key_Return)
    assert window.page == COPILOT


def test_escape_leaves_the_palette_and_stops_nothing(desk: Desk, qtbot: QtBot) -> None:
    desk.services.chat.hold_at = "reading"
    desk.window.chat.ask("And the hotel?")
    qtbot.waitUntil(lambda: desk.window.chat.busy)
    desk.frame.palette.open()
    QTest.keyClick(desk.frame.palette.edit, Qt.Key.Key_Escape)
    assert desk.frame.palette.isHidden()
    assert desk.window.chat.busy


def test_documents_and_slow_sources_are_found(desk: Desk, qtbot: QtBot) -> None:
    desk.frame.palette.open()
    QTest.keyClicks(desk.frame.palette.edit, "travel")
    assert any("Travel" in label for label in desk.labels())
    qtbot.waitUntil(lambda: "… travel …" in desk.labels())
    QTest.keyClicks(desk.frame.palette.edit, " zzz")
    qtbot.waitUntil(lambda: desk.labels() == ["… travel zzz …"])


def test_keys_are_changed_in_the_sheet_and_a_conflict_is_named(desk: Desk) -> None:
    sheet, settings = desk.frame.sheet, desk.services.settings
    QTest.keyClick(desk.window, Qt.Key.Key_Slash, CTRL)
    assert sheet.isVisible()
    field = next(f for f in sheet.findChildren(QKeySequenceEdit) if f.accessibleName() == "Keys for: New chat")
    QTest.keyClick(field, Qt.Key.Key_O, CTRL)
    field.editingFinished.emit()
    assert settings.get(UI_SHORTCUTS) == "new_chat=Ctrl+O"
    assert desk.frame.shortcuts.complaint() == "Ctrl+O is both: New chat, Add files to your documents."
    QTest.keyClick(field, Qt.Key.Key_T, CTRL)
    field.editingFinished.emit()
    assert desk.frame.shortcuts.complaint() == ""
    desk.window.show_page(LIBRARY)
    QTest.keyClick(desk.window, Qt.Key.Key_T, CTRL)
    assert desk.window.page == CHAT


@given(st.dictionaries(st.sampled_from([command.id for command in TABLE]), st.sampled_from(["", "Ctrl+T", "F5"])))
def test_keys_of_ones_own_survive_being_written(own: dict[str, str]) -> None:
    assert parse(written(own)) == own


@given(st.text())
def test_any_text_is_a_choice_of_keys_or_named_as_none(text: str) -> None:
    assert set(parse(text)) <= {command.id for command in TABLE}
    assert len(unknown(text)) <= len(text.split())


def test_leaving_while_work_is_under_way_is_asked_in_the_window(desk: Desk, qtbot: QtBot) -> None:
    desk.services.chat.hold_at = "reading"
    desk.window.chat.ask("And the hotel?")
    qtbot.waitUntil(lambda: desk.window.chat.busy)
    QTest.keyClick(desk.window, Qt.Key.Key_Q, CTRL)
    assert desk.window.isVisible()
    assert "an answer is being written" in desk.window.notices.text()
    desk.window.notices.findChildren(type(desk.window.chat_page.composer.send))[0].click()
    assert not desk.window.isVisible()


def test_a_window_that_is_idle_closes_at_once(desk: Desk) -> None:
    qtbot_event = QCloseEvent()
    QApplication.sendEvent(desk.window, qtbot_event)
    assert qtbot_event.isAccepted()
    assert qtbot_event.type() == QEvent.Type.Close


def test_only_long_work_that_nobody_watched_is_told(desk: Desk, monkeypatch: pytest.MonkeyPatch) -> None:
    told: list[str] = []
    monkeypatch.setattr(Tray, "tell", lambda _, text: told.append(text))
    monkeypatch.setattr(Window, "isActiveWindow", lambda _: False)
    desk.window.background.concluded.emit("answer", LONG_S - 1)
    desk.window.background.concluded.emit("outlook", LONG_S + 1)
    assert told == []
    desk.window.background.concluded.emit("fetch large", LONG_S + 1)
    assert told == ["The model is downloaded."]
    monkeypatch.setattr(Window, "isActiveWindow", lambda _: True)
    desk.window.background.concluded.emit("answer", LONG_S + 1)
    assert len(told) == 1


def test_keys_that_do_not_exist_are_named(desk: Desk) -> None:
    desk.window.preferences.change(UI_SHORTCUTS, "fly=Ctrl+T")
    assert desk.frame.shortcuts.complaint() == "“fly=Ctrl+T” names no command, or keys that do not exist."


def test_work_is_named_once_per_kind() -> None:
    assert under_way(["outlook", "fetch a", "fetch b", "retention"]) == ["a model is being downloaded"]
    assert ended("title t0") == ""


def test_the_window_opens_where_it_was(desk: Desk, tmp_path: Path) -> None:
    path = tmp_path / "window.ini"
    desk.window.show_page(LIBRARY)
    before = desk.window.saveGeometry()
    Placement(path).save(desk.window)
    desk.window.show_page(CHAT)
    Placement(path).restore(desk.window)
    assert desk.window.page == LIBRARY
    kept = QSettings(str(path), QSettings.Format.IniFormat).value("geometry")
    assert kept == before
    desk.window.show_page(LIBRARY)
    path.write_bytes(b"\x00[nothing of ours\npage=99\n")
    Placement(path).restore(desk.window)
    assert desk.window.page == LIBRARY


def test_what_was_said_is_found_too_and_opened_at_its_message(desk: Desk, qtbot: QtBot) -> None:
    window = desk.window
    source = SaidInChats(desk.services.conversations, window.show_said)  # type: ignore[arg-type]
    entries = source.find("yes, with")
    assert [(entry.label, entry.detail) for entry in entries] == [
        ("Yes, with approval. [1]", "Nine-hour flight to Tokyo")
    ]
    with qtbot.waitSignal(window.chat.pointed_at):
        entries[0].do()
    assert window.chat.turns[1].message.text == "Yes, with approval. [1]"
