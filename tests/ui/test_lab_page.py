"""The lab page as a person uses it, on scripted services."""

from collections.abc import Iterator

import pytest
from PySide6.QtWidgets import QApplication, QLineEdit, QPushButton, QTableWidget
from pytestqt.qtbot import QtBot

from app.domain.experiments import variants
from app.ui.lab.plot import IntervalPlot
from app.ui.rail import LAB
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
    window.show_page(LAB)
    qtbot.waitUntil(lambda: bool(window.lab.bench.results))
    yield window
    services.experiments.hold = False
    window.close()


def button(window: Window, text: str) -> QPushButton:
    return next(b for b in window.lab_page.findChildren(QPushButton) if b.text() == text and b.isVisible())


def table(window: Window, name: str) -> QTableWidget:
    return next(t for t in window.lab_page.findChildren(QTableWidget) if t.accessibleName() == name)


def test_it_shows_what_was_measured(window: Window, services: FakeServices) -> None:
    rows = table(window, "Variants").rowCount()
    assert rows == len(services.experiments.measured)
    plot = window.lab_page.findChildren(IntervalPlot)[0]
    assert plot.accessibleDescription().count("nDCG@10") == rows
    assert not plot.grab().isNull()


def test_a_question_is_approved_and_one_is_added(qtbot: QtBot, window: Window, services: FakeServices) -> None:
    questions = table(window, "Questions")
    waiting = questions.item(0, 1)
    assert waiting is not None
    assert "To approve" in waiting.text()
    questions.selectRow(0)
    button(window, "Approve").click()
    qtbot.waitUntil(lambda: all(question.approved for question in services.questions.held))
    for name, text in (("Question", "Who?"), ("Document that answers it", "Travel policy.pdf")):
        next(e for e in window.lab_page.findChildren(QLineEdit) if e.accessibleName() == name).setText(text)
    button(window, "Add").click()
    qtbot.waitUntil(lambda: questions.rowCount() == 4)
    assert services.questions.held[-1].documents == ("Travel policy.pdf",)


def test_a_run_is_started_shown_and_stopped(qtbot: QtBot, window: Window, services: FakeServices) -> None:
    services.experiments.hold = True
    button(window, "Run").click()
    qtbot.waitUntil(lambda: window.lab.progress is not None)
    assert len(services.experiments.ran) == 2
    button(window, "Stop").click()
    qtbot.waitUntil(lambda: not window.lab.is_busy)
    assert button(window, "Run").isEnabled()


def test_a_variant_is_taken_over(qtbot: QtBot, window: Window, services: FakeServices) -> None:
    assert not button(window, "Use this").isEnabled()
    table(window, "Variants").selectRow(0)
    with qtbot.waitSignal(window.lab.used):
        button(window, "Use this").click()
    best = max(services.experiments.measured, key=lambda result: result.figures.ndcg.mean)
    assert services.experiments.used == [variants(services.experiments.ran[0]).index(best.variant) + 1]
    assert window.notices.isVisible()
