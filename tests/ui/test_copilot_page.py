"""The copilot page as a person uses it: the shipped playbooks, on a scripted model."""

from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path

import pytest
from PySide6.QtCore import Qt
from PySide6.QtGui import QGuiApplication
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication, QPlainTextEdit, QPushButton, QWidget
from pytestqt.qtbot import QtBot

from app.domain.errors import AppError, ErrorCode
from app.domain.playbook import Finish
from app.ui.copilot.map import PLACE, Map
from app.ui.rail import COPILOT
from app.ui.theme import Appearance
from app.ui.window import Window
from tests.fakes.playbooks import ScriptedClassifier, ScriptedCompletions, scripted_playbooks
from tests.fakes.services import FakeServices


@dataclass
class Model:
    """What the scripted model says."""

    completions: ScriptedCompletions = field(default_factory=ScriptedCompletions)
    classifier: ScriptedClassifier = field(default_factory=ScriptedClassifier)


@pytest.fixture
def model() -> Model:
    return Model()


@pytest.fixture
def services(tmp_path: Path, model: Model) -> FakeServices:
    services = FakeServices()
    services.playbooks = scripted_playbooks(tmp_path, model.completions, model.classifier)
    return services


@pytest.fixture
def window(qtbot: QtBot, qapp: QApplication, services: FakeServices) -> Iterator[Window]:
    window = Window(services, Appearance(qapp, "light"))  # type: ignore[arg-type]
    qtbot.addWidget(window)
    window.show()
    window.load()
    window.show_page(COPILOT)
    qtbot.waitUntil(lambda: len(window.copilot.playbooks) == 6)
    yield window
    window.close()


def button(window: Window, text: str) -> QPushButton:
    found = [b for b in window.copilot_page.findChildren(QPushButton) if b.accessibleName() == text and b.isVisible()]
    assert found, text
    return found[-1]


def field_of(window: Window) -> QPlainTextEdit:
    return next(e for e in window.copilot_page.findChildren(QPlainTextEdit) if e.isVisible())


def reach(qtbot: QtBot, window: Window, step: str) -> None:
    qtbot.waitUntil(
        lambda: window.copilot.at is not None and window.copilot.at.step.id == step and not window.copilot.is_working
    )


def go(qtbot: QtBot, window: Window, playbook: str, *answers: tuple[str, str]) -> None:
    """Start a playbook, and answer each step that is named."""
    window.copilot.start(playbook)
    for step, answer in answers:
        reach(qtbot, window, step)
        window.copilot.answer(answer)


def test_a_playbook_is_gone_through_by_keyboard_and_an_answer_is_changed(qtbot: QtBot, window: Window) -> None:
    button(window, "Start: Incident triage").click()
    reach(qtbot, window, "what")
    QTest.keyClicks(field_of(window), "Checkout")
    QTest.keyClick(field_of(window), Qt.Key.Key_Return, Qt.KeyboardModifier.ControlModifier)
    reach(qtbot, window, "since")
    QTest.keyClicks(field_of(window), "09:12 UTC")
    button(window, "Next").click()
    reach(qtbot, window, "harm")
    QTest.keyClick(button(window, "Yes"), Qt.Key.Key_2)
    reach(qtbot, window, "reach")
    button(window, "Change the answer to: What broke?").click()
    reach(qtbot, window, "what")
    assert field_of(window).toPlainText() == "Checkout"
    field_of(window).setPlainText("Invoices")
    button(window, "Next").click()
    reach(qtbot, window, "reach")  # the other answers still apply
    assert window.copilot.at is not None
    assert [done.answer for done in window.copilot.at.run.path] == ["Invoices", "09:12 UTC", "no"]
    button(window, "Back").click()
    reach(qtbot, window, "harm")


def test_the_map_shows_where_one_is(qtbot: QtBot, window: Window) -> None:
    go(qtbot, window, "incident_triage", ("what", "Checkout"), ("since", "09:12"))
    reach(qtbot, window, "harm")
    (shown,) = window.copilot_page.findChildren(Map)
    states = [shown.item(row).data(PLACE).state for row in range(shown.count())]
    assert states[:3] == ["done", "done", "now"]
    assert not shown.grab().isNull()


def test_a_look_up_runs_by_itself_and_its_source_can_be_opened(qtbot: QtBot, window: Window) -> None:
    go(qtbot, window, "expense_or_travel", ("when", "before"), ("kind", "travel"), ("details", "A flight"))
    reach(qtbot, window, "allowed")
    with qtbot.waitSignal(window.copilot_page.opened) as opened:
        button(window, "Source 1: Travel policy.pdf, page 3").click()
    assert opened.args == [3]


def test_a_draft_can_be_changed_and_the_record_copied_and_saved(
    qtbot: QtBot, window: Window, tmp_path: Path, services: FakeServices
) -> None:
    before = (("what", "Checkout"), ("since", "9"), ("harm", "yes"), ("stop_harm", "done"), ("security", "no"))
    go(qtbot, window, "incident_triage", *before, ("lead", "Mara"), ("change", ""))
    reach(qtbot, window, "update")
    qtbot.waitUntil(lambda: field_of(window).toPlainText() == "Dear all, it is being looked at.")
    field_of(window).setPlainText("Dear all.")
    button(window, "Use this text").click()
    reach(qtbot, window, "finish_major")
    button(window, "Copy the record").click()
    qtbot.waitUntil(lambda: "Dear all." in QGuiApplication.clipboard().text())
    assert "by AI (Fake)" in QGuiApplication.clipboard().text()
    window.copilot.export(tmp_path / "record.md")
    qtbot.waitUntil(lambda: (tmp_path / "record.md").exists() and window.notices.isVisible())
    button(window, "Close the playbook").click()
    assert window.copilot.at is None


def test_without_a_model_the_person_answers_and_is_told_why(qtbot: QtBot, window: Window, model: Model) -> None:
    model.completions.fails = AppError(ErrorCode.MODEL_NOT_INSTALLED, model="x")
    go(qtbot, window, "expense_or_travel", ("when", "before"), ("kind", "thing"), ("details", "A chair"))
    qtbot.waitUntil(lambda: window.copilot.failure is not None)
    assert button(window, "Try again")
    button(window, "Go on without").click()
    reach(qtbot, window, "finish_ask")
    assert window.copilot.at is not None
    assert isinstance(window.copilot.at.step, Finish)


def test_a_model_that_is_not_sure_asks(qtbot: QtBot, window: Window, model: Model) -> None:
    model.classifier.confidence = 0.5
    go(qtbot, window, "support_case", ("case", "It broke."))
    qtbot.waitUntil(lambda: window.copilot.at is not None and window.copilot.at.run.proposal is not None)
    assert button(window, "Something does not work").objectName() == "primary"
    button(window, "An account, a password or access").click()
    reach(qtbot, window, "identity")


def test_everything_on_the_card_has_a_name_and_a_place_in_the_tab_order(qtbot: QtBot, window: Window) -> None:
    go(qtbot, window, "incident_triage", ("what", "Checkout"), ("since", "09:12"))
    reach(qtbot, window, "harm")
    shown = [w for w in window.copilot_page.findChildren(QWidget) if w.isVisible()]
    for widget in shown:
        if isinstance(widget, QPushButton | QPlainTextEdit | Map):
            assert widget.accessibleName() or widget.text(), widget  # type: ignore[union-attr]
            assert widget.focusPolicy() & Qt.FocusPolicy.TabFocus, widget


def test_a_run_is_gone_on_with_and_removed(qtbot: QtBot, window: Window) -> None:
    go(qtbot, window, "first_week", ("access", "some"))
    reach(qtbot, window, "missing")
    button(window, "Close the playbook").click()
    qtbot.waitUntil(lambda: bool(window.copilot.runs))
    run = window.copilot.runs[0]
    window.copilot.resume(run.id)
    reach(qtbot, window, "missing")
    window.copilot.remove(run.id)
    qtbot.waitUntil(lambda: not window.copilot.runs)
    assert window.copilot.at is None
