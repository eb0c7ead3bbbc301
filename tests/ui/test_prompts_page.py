"""The prompts page as a person uses it: real prompts, a scripted model."""

from collections.abc import Iterator

import pytest
from PySide6.QtCore import Qt
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication, QLineEdit, QListWidget, QPlainTextEdit, QPushButton, QTabWidget, QWidget
from pytestqt.qtbot import QtBot

from app.domain.prompt_library import PromptUse
from app.ui.chat.explanation import overview
from app.ui.prompts.form import FillDialog
from app.ui.prompts.menu_button import MenuButton
from app.ui.rail import PROMPTS
from app.ui.theme import Appearance
from app.ui.window import Window
from tests.fakes.services import FakeServices, furnished


@pytest.fixture
def services() -> FakeServices:
    return furnished()


@pytest.fixture
def window(qtbot: QtBot, qapp: QApplication, services: FakeServices) -> Iterator[Window]:
    window = Window(services, Appearance(qapp, "light"))  # type: ignore[arg-type]
    qtbot.addWidget(window)
    window.show()
    window.load()
    window.show_page(PROMPTS)
    qtbot.waitUntil(lambda: window.prompts.version is not None and bool(window.library.documents))
    yield window
    services.chat.hold_at = ""
    window.close()


def button(window: Window, text: str) -> QPushButton:
    return next(b for b in window.prompts_page.findChildren(QPushButton) if b.text() == text and b.isVisible())


def field(window: Window, name: str) -> QLineEdit | QPlainTextEdit:
    fields: list[QLineEdit | QPlainTextEdit] = list(window.prompts_page.findChildren(QLineEdit))
    fields += window.prompts_page.findChildren(QPlainTextEdit)
    return next(one for one in fields if one.accessibleName() == name and one.isVisible())


def show_tab(window: Window, label: str) -> None:
    tabs = window.prompts_page.findChildren(QTabWidget)[0]
    tabs.setCurrentIndex(next(n for n in range(tabs.count()) if tabs.tabText(n) == label))


def own_copy(qtbot: QtBot, window: Window, prompt_id: str) -> None:
    """Make a copy of a shipped prompt, and look at it."""
    window.prompts.choose(prompt_id)
    show_tab(window, "Change")
    with qtbot.waitSignal(window.prompts.saved):
        button(window, "Save as a prompt of my own").click()
    qtbot.waitUntil(lambda: window.prompts.chosen is not None and window.prompts.chosen.is_own)


def test_prompts_are_found_by_typing(qtbot: QtBot, window: Window) -> None:
    shown = window.prompts_page.findChildren(QListWidget)[0]
    before = shown.count()
    QTest.keyClicks(field(window, "Find a prompt"), "difficult")
    qtbot.waitUntil(lambda: shown.count() == 2 < before)
    QTest.keyClicks(field(window, "Find a prompt"), "xyz")
    qtbot.waitUntil(lambda: shown.item(0).text() == "NOTHING FOUND")


def test_a_prompt_is_filled_in_with_a_preview_and_asked(qtbot: QtBot, window: Window, services: FakeServices) -> None:
    window.prompts.choose("reply")
    assert not button(window, "Use in chat").isEnabled()
    mail = field(window, "The mail")
    assert isinstance(mail, QPlainTextEdit)
    mail.setPlainText("Is {it} ready?")
    message = field(window, "What you want to tell them")
    assert isinstance(message, QLineEdit)
    message.setText("Yes.")
    preview = field(window, "What will be asked")
    assert isinstance(preview, QPlainTextEdit)
    asked = preview.toPlainText()
    assert "Is {it} ready?" in asked
    assert "Tone: friendly" in asked
    button(window, "Use in chat").click()
    qtbot.waitUntil(lambda: bool(window.chat.turns) and not window.chat.busy)
    question = window.chat.turns[0].message
    assert question.text == asked
    (conversation,) = [one.id for one in services.chat.listed if one.title.startswith("I received this mail")]
    asked_with, answer = services.chat.kept[conversation]
    assert asked_with.prompt_used == PromptUse("reply", 1)
    assert "reply@1" in overview(services.conversations.explain(conversation, answer.id))
    assert window.chat_page.isVisible()


def test_a_value_that_does_not_fit_is_said(window: Window) -> None:
    window.prompts.choose("minutes")
    day = field(window, "Date")
    assert isinstance(day, QLineEdit)
    field(window, "Which meeting").setText("Weekly")  # type: ignore[union-attr]
    day.setText("soon")
    assert "“Date” is no date, as 2026-01-31." in [
        label.text() for label in window.prompts_page.findChildren(QWidget) if hasattr(label, "text")
    ]


def test_what_is_typed_stays_when_documents_come(window: Window) -> None:
    window.prompts.choose("reply")
    mail = field(window, "The mail")
    window.prompts_page.offer_documents(["another.pdf"])
    assert field(window, "The mail") is mail


def test_documents_of_the_library_can_be_chosen(window: Window) -> None:
    window.prompts.choose("document-briefing")
    menus = [one for one in window.prompts_page.findChildren(MenuButton) if one.isVisible()]
    assert [action.text() for action in menus[0].menu().actions()] == [one.name for one in window.library.documents]


def test_a_change_is_a_new_version_that_can_be_taken_back(qtbot: QtBot, window: Window) -> None:
    own_copy(qtbot, window, "reply")
    show_tab(window, "Change")
    text = field(window, "Text of the prompt")
    assert isinstance(text, QPlainTextEdit)
    text.setPlainText("Answer {mail} with {message} by {day}.")
    assert field(window, "What is different (for the list of versions)").isVisible()
    with qtbot.waitSignal(window.prompts.saved) as kept:
        button(window, "Save as a new version").click()
    assert kept.args is not None
    assert [one.name for one in kept.args[0].variables] == ["mail", "message", "day"]
    qtbot.waitUntil(lambda: window.prompts.version is not None and window.prompts.version.version == 2)
    show_tab(window, "Versions")
    difference = field(window, "What is different")
    assert isinstance(difference, QPlainTextEdit)
    assert "+ Answer {mail} with {message} by {day}." in difference.toPlainText()
    with qtbot.waitSignal(window.prompts.saved) as restored:
        window.prompts.restore("my-reply@1")
    assert restored.args is not None
    assert (restored.args[0].version, "{tone}" in restored.args[0].text) == (3, True)


def test_what_cannot_be_used_cannot_be_saved(window: Window) -> None:
    window.prompts.begin()
    save = button(window, "Save as a new version")
    assert not save.isEnabled()
    field(window, "Title").setText("Mine")  # type: ignore[union-attr]
    text = field(window, "Text of the prompt")
    assert isinstance(text, QPlainTextEdit)
    text.setPlainText("One { brace")
    assert not save.isEnabled()
    text.setPlainText("One {{ brace and {gap}")
    assert save.isEnabled()


def test_two_versions_are_tried_one_after_the_other_and_stopped(
    qtbot: QtBot, window: Window, services: FakeServices
) -> None:
    own_copy(qtbot, window, "plain-language")
    version = window.prompts.version
    assert version is not None
    window.prompts.save(version)
    qtbot.waitUntil(lambda: window.prompts.version is not None and window.prompts.version.version == 2)
    show_tab(window, "Fill in")
    text = field(window, "Text")
    assert isinstance(text, QPlainTextEdit)
    text.setPlainText("It shall be effected.")
    show_tab(window, "Compare")
    listed = list(services.chat.listed)
    button(window, "Try both").click()
    qtbot.waitUntil(lambda: [side.state for side in window.prompts.sides] == ["done", "done"])
    assert [side.text for side in window.prompts.sides] == ["Book it."] * 2
    qtbot.waitUntil(lambda: not window.prompts.is_busy)
    assert services.chat.listed == listed, "nothing of a trial is kept"
    services.chat.hold_at = "writing"
    button(window, "Try both").click()
    qtbot.waitUntil(lambda: window.prompts.sides[0].text == "Book it.")
    button(window, "Stop").click()
    qtbot.waitUntil(lambda: not window.prompts.is_busy)
    assert window.prompts.sides[1].text == "", "the second was not asked"


def test_the_dialog_is_filled_in_by_the_keyboard_alone(qtbot: QtBot, window: Window, services: FakeServices) -> None:
    dialog = FillDialog(services.prompt_library.version("tasks"), [], window)
    qtbot.addWidget(dialog)
    dialog.show()
    qtbot.waitExposed(dialog)
    QTest.keyClicks(dialog.focusWidget(), "Ana calls.")
    QTest.keyClick(dialog.focusWidget(), Qt.Key.Key_Tab)
    QTest.keyClicks(dialog.focusWidget(), "Ana")
    with qtbot.waitSignal(dialog.filled) as given:
        QTest.keyClick(dialog.focusWidget(), Qt.Key.Key_Return)
    assert given.args == [{"text": "Ana calls.", "person": "Ana"}]
