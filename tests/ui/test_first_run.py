"""The first run: four steps, each of which can be skipped, to a question that is answered."""

from collections.abc import Iterator

import pytest
from PySide6.QtCore import Qt
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication, QLabel, QPushButton
from pytestqt.qtbot import QtBot

from app.settings.table import UI_NOTICE_SEEN
from app.ui.first_run.view_model import NOTICE
from app.ui.theme import Appearance
from app.ui.window import Window
from tests.fakes.services import FakeServices


@pytest.fixture
def services() -> FakeServices:
    services = FakeServices()
    services.settings.set(UI_NOTICE_SEEN, 0)
    services.models.model = None
    return services


@pytest.fixture
def window(qtbot: QtBot, services: FakeServices) -> Iterator[Window]:
    app = QApplication.instance()
    assert isinstance(app, QApplication)
    window = Window(services, Appearance(app, "light"))  # type: ignore[arg-type]
    window.show()
    window.load()
    qtbot.waitUntil(lambda: window.models.shelf is not None)
    yield window
    window.close()


def said(window: Window) -> str:
    return " ".join(label.text() for label in window.first_run_dialog.findChildren(QLabel) if label.isVisible())


def test_it_opens_by_itself_and_is_gone_through_with_the_keyboard(
    window: Window, qtbot: QtBot, services: FakeServices
) -> None:
    dialog = window.first_run_dialog
    assert dialog.isVisible()
    assert "stay on this computer" in said(window)
    QTest.keyClick(dialog, Qt.Key.Key_Return)
    qtbot.waitUntil(lambda: "6.0 GB of 16.0 GB" in said(window))
    QTest.keyClick(dialog, Qt.Key.Key_Return)
    assert "Recommended" in said(window)
    QTest.keyClick(dialog, Qt.Key.Key_Return)
    QTest.keyClick(dialog, Qt.Key.Key_Return)
    assert not dialog.isVisible()
    assert services.settings.get(UI_NOTICE_SEEN) == NOTICE
    assert "premium economy" in window.chat_page.composer.edit.toPlainText()
    qtbot.waitUntil(lambda: window.library.adding is not None or not window.background.is_busy("add"))


def test_what_is_recommended_is_downloaded_and_can_be_stopped(
    window: Window, qtbot: QtBot, services: FakeServices
) -> None:
    services.models.hold = True
    wanted = [entry.id for entry in window.first_run.wanted()]
    assert wanted
    window.first_run.fetch()
    qtbot.waitUntil(lambda: wanted[0] in window.models.progress)
    assert window.models.is_fetching(wanted[0])
    window.models.pause(wanted[0])
    qtbot.waitUntil(lambda: not window.models.is_fetching(wanted[0]))
    services.models.hold = False
    window.first_run.fetch()
    qtbot.waitUntil(lambda: window.first_run.wanted() == [])


def test_who_skips_it_is_not_asked_again(window: Window, services: FakeServices) -> None:
    skip = next(b for b in window.first_run_dialog.findChildren(QPushButton) if b.text() == "Skip this")
    skip.click()
    assert not window.first_run_dialog.isVisible()
    assert not window.first_run.is_due
    assert window.chat_page.composer.edit.toPlainText() == ""
