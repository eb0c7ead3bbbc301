"""The quick panel as a person uses it."""

from collections.abc import Iterator
from pathlib import Path

import pytest
from PySide6.QtCore import QMimeData, QPointF, Qt, QUrl
from PySide6.QtGui import QDropEvent, QGuiApplication, QImage
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication, QLabel, QLineEdit, QPlainTextEdit, QPushButton, QWidget
from pytestqt.qtbot import QtBot

from app.domain.errors import AppError, ErrorCode
from app.services.showing import Shown
from app.settings.table import COPILOT_CLIPBOARD
from app.ui.background import Background
from app.ui.copilot.hotkey import Hotkey, open_hotkey
from app.ui.copilot.panel import QuickPanel, StepRow
from app.ui.copilot.quick import QuickCopilot
from app.ui.theme import Appearance
from app.ui.window import Window
from tests.fakes.playbooks import ScriptedClassifier, ScriptedCompletions, scripted_copilot
from tests.fakes.services import FakeServices
from tests.fakes.showing import IN_PICTURE

INCIDENT = "Checkout was unavailable; a release took down two database servers. Service was restored by a rollback.\n"
PROSE = "The label printer in hall three draws every label twice."


@pytest.fixture
def completions() -> ScriptedCompletions:
    return ScriptedCompletions()


@pytest.fixture
def services(completions: ScriptedCompletions) -> FakeServices:
    services = FakeServices()
    services.copilot = scripted_copilot(completions, ScriptedClassifier(0.9))
    return services


@pytest.fixture
def quick(qtbot: QtBot, qapp: QApplication, services: FakeServices) -> Iterator[QuickCopilot]:
    host = QWidget()
    qtbot.addWidget(host)
    background = Background(host)
    quick = QuickCopilot(
        services.copilot, services.showing, services.settings, Appearance(qapp, "light"), background, host
    )
    yield quick
    quick.close()
    background.close()


@pytest.fixture
def panel(quick: QuickCopilot) -> QuickPanel:
    return quick.panel


def button(panel: QuickPanel, text: str) -> QPushButton:
    return next(b for b in panel.findChildren(QPushButton) if b.text() == text and b.isVisible())


def said(panel: QuickPanel) -> str:
    return "\n".join(label.text() for label in panel.findChildren(QLabel) if label.isVisible())


def open_with_clipboard(quick: QuickCopilot, services: FakeServices, text: str) -> None:
    QGuiApplication.clipboard().setText(text)
    services.settings.set(COPILOT_CLIPBOARD, True)
    quick.panel.open()


def test_nothing_is_looked_at_that_was_not_shown(
    panel: QuickPanel, quick: QuickCopilot, services: FakeServices, qtbot: QtBot
) -> None:
    QGuiApplication.clipboard().setText(INCIDENT)
    panel.open()
    assert quick.view_model.shown is None
    classifier = services.copilot._classifier
    qtbot.waitUntil(lambda: classifier.warmed == 1)  # type: ignore[attr-defined]
    button(panel, "Clipboard").click()
    assert "You showed me the clipboard · 1 lines" in said(panel)
    assert "This looks like an incident report." in said(panel)


def test_who_lets_it_look_at_the_clipboard_gets_three_steps_at_once(
    panel: QuickPanel, quick: QuickCopilot, services: FakeServices, completions: ScriptedCompletions
) -> None:
    open_with_clipboard(quick, services, INCIDENT)
    rows = [row for row in panel.findChildren(StepRow) if row.isVisible()]
    assert [row.accessibleName() for row in rows] == [
        "1: Summarise as an incident",
        "2: Draft a customer update",
        "3: Open the incident playbook",
    ]
    assert rows[0].hasFocus() or not panel.isActiveWindow()
    assert completions.asked == []


def test_a_shot_of_the_screen_in_the_clipboard_is_the_text_in_it(
    qtbot: QtBot, panel: QuickPanel, quick: QuickCopilot
) -> None:
    QGuiApplication.clipboard().setImage(QImage(64, 32, QImage.Format.Format_RGB32))
    panel.open()
    button(panel, "Clipboard").click()
    qtbot.waitUntil(lambda: quick.view_model.shown == Shown("the clipboard", IN_PICTURE))
    assert "You showed me the clipboard · 1 lines" in said(panel)


def test_a_key_chooses_and_the_result_goes_to_the_clipboard(
    qtbot: QtBot, panel: QuickPanel, quick: QuickCopilot, services: FakeServices
) -> None:
    open_with_clipboard(quick, services, INCIDENT)
    QTest.keyClick(panel, Qt.Key.Key_2)
    qtbot.waitUntil(lambda: quick.view_model.result is not None and quick.view_model.result.is_done)
    qtbot.waitUntil(lambda: "Fake, on this device" in said(panel).replace(" · ", ", "))
    button(panel, "Copy").click()
    assert QGuiApplication.clipboard().text() == "Dear all, it is being looked at."
    assert not panel.isVisible()


def test_as_it_closes_all_of_it_is_forgotten(
    qtbot: QtBot, panel: QuickPanel, quick: QuickCopilot, services: FakeServices
) -> None:
    open_with_clipboard(quick, services, INCIDENT)
    QTest.keyClick(panel, Qt.Key.Key_Escape)
    state = quick.view_model
    assert not panel.isVisible()
    assert (state.shown, state.seen, state.result) == (None, None, None)
    assert not any(edit.toPlainText() for edit in panel.findChildren(QPlainTextEdit))


def test_what_patterns_do_not_know_the_model_says(
    qtbot: QtBot, panel: QuickPanel, quick: QuickCopilot, services: FakeServices
) -> None:
    open_with_clipboard(quick, services, PROSE)
    assert "I am not sure what this is." in said(panel) or "support ticket" in said(panel)
    qtbot.waitUntil(lambda: "This looks like a support ticket." in said(panel))
    assert "The model says so, 90% sure." in said(panel)


def test_own_words_are_carried_out(
    qtbot: QtBot, panel: QuickPanel, quick: QuickCopilot, services: FakeServices, completions: ScriptedCompletions
) -> None:
    open_with_clipboard(quick, services, INCIDENT)
    wish = next(e for e in panel.findChildren(QLineEdit) if e.isVisible())
    QTest.keyClicks(wish, "Translate it into German 1")
    QTest.keyClick(wish, Qt.Key.Key_Return)
    qtbot.waitUntil(lambda: quick.view_model.result is not None and quick.view_model.result.is_done)
    assert completions.asked[0].asked().startswith("Translate it into German 1")


def test_a_step_opens_a_playbook_and_another_a_chat(qtbot: QtBot, qapp: QApplication, services: FakeServices) -> None:
    window = Window(services, Appearance(qapp, "light"))  # type: ignore[arg-type]
    qtbot.addWidget(window)
    open_with_clipboard(window.quick, services, INCIDENT)
    window.quick.view_model.choose(2)
    qtbot.waitUntil(lambda: window.copilot.at is not None)
    assert window.copilot_page.isVisibleTo(window)
    open_with_clipboard(window.quick, services, "Milk\nBread")
    window.quick.view_model.choose(2)
    assert window.chat_page.isVisibleTo(window)
    assert window.chat_page.composer.edit.toPlainText() == "Milk\nBread"
    assert not window.quick.panel.isVisible()
    window.close()


def test_a_secret_is_taken_out_without_a_model(
    panel: QuickPanel, quick: QuickCopilot, services: FakeServices, completions: ScriptedCompletions
) -> None:
    open_with_clipboard(quick, services, "key AKIAABCDEFGHIJKLMNOP for Kim")
    assert "Nothing of it leaves this device." in said(panel)
    quick.view_model.choose(0)
    button(panel, "Copy").click()
    assert QGuiApplication.clipboard().text() == "key [AWS access key removed] for Kim"
    assert completions.asked == []


def test_a_dropped_file_is_looked_at_and_one_that_cannot_be_read_is_explained(
    qtbot: QtBot, panel: QuickPanel, quick: QuickCopilot, tmp_path: Path
) -> None:
    (tmp_path / "down.txt").write_text(INCIDENT, encoding="utf-8")
    (tmp_path / "x.bin").write_bytes(b"\x00\x01")
    panel.open()
    for name, words in (("down.txt", "You showed me down.txt"), ("x.bin", "x.bin")):
        data = QMimeData()
        data.setUrls([QUrl.fromLocalFile(str(tmp_path / name))])
        copy, left, none = Qt.DropAction.CopyAction, Qt.MouseButton.LeftButton, Qt.KeyboardModifier.NoModifier
        panel.dropEvent(QDropEvent(QPointF(5, 5), copy, data, left, none))
        qtbot.waitUntil(lambda words=words: words in said(panel))  # type: ignore[misc]


def test_a_model_that_cannot_be_had_is_explained(
    qtbot: QtBot, panel: QuickPanel, quick: QuickCopilot, services: FakeServices, completions: ScriptedCompletions
) -> None:
    completions.fails = AppError(ErrorCode.MODEL_NOT_INSTALLED, model="starter")
    open_with_clipboard(quick, services, INCIDENT)
    quick.view_model.choose(0)
    qtbot.waitUntil(lambda: "starter" in said(panel))
    assert [row for row in panel.findChildren(StepRow) if row.isVisible()]


def test_keys_that_are_none_are_refused_with_a_reason(qapp: QApplication) -> None:
    for keys in ("Space", "Hyper+X", "Ctrl+"):
        assert "Ctrl+Alt+Space" in open_hotkey(keys, lambda: None, qapp).why
    elsewhere = open_hotkey("Ctrl+Alt+Space", lambda: None, qapp)
    assert type(elsewhere) is Hotkey  # offscreen there is nobody to press them
    assert not elsewhere.works
