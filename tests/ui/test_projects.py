"""Projects as a person uses them, on scripted services."""

from collections.abc import Iterator
from dataclasses import replace

import pytest
from PySide6.QtCore import Qt
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication, QListWidget
from pytestqt.qtbot import QtBot

from app.domain.projects import MOST_INSTRUCTIONS, Project
from app.ui.chat.conversations import ID_ROLE
from app.ui.chat.project_form import ProjectForm
from app.ui.frame import Frame
from app.ui.theme import Appearance
from app.ui.window import Window
from tests.fakes.services import MODEL, FakeServices, furnished


@pytest.fixture
def services() -> FakeServices:
    services = furnished()
    bid = services.projects.make("Harbour bid", "Answer in short points.", ["Engineering"])
    services.projects.move("t1", bid.id)
    return services


@pytest.fixture
def window(qtbot: QtBot, qapp: QApplication, services: FakeServices) -> Iterator[Window]:
    window = Window(services, Appearance(qapp, "light"))  # type: ignore[arg-type]
    Frame(window, services.settings)
    qtbot.addWidget(window)
    window.show()
    window.load()
    qtbot.waitUntil(lambda: bool(window.projects.all) and bool(window.library.documents) and len(listed(window)) == 5)
    yield window
    window.close()


def listed(window: Window) -> list[str]:
    """The titles in the list of chats."""
    shown = window.chat_page.conversations.findChild(QListWidget)
    assert isinstance(shown, QListWidget)
    items = [shown.item(row) for row in range(shown.count())]
    return [item.text() for item in items if item.data(ID_ROLE)]


def choose(window: Window, label: str) -> None:
    """Choose from the menu of projects."""
    menu = window.chat_page.conversations.project_menu.menu()
    next(action for action in menu.actions() if action.text() == label).trigger()


def test_a_project_lists_its_chats_and_begins_new_ones_in_it(
    window: Window, services: FakeServices, qtbot: QtBot
) -> None:
    choose(window, "Harbour bid")
    assert listed(window) == ["Summary of vendor contract"]
    search = window.chat_page.composer.search()
    assert search is not None
    assert search.collections == ("Engineering",)
    QTest.keyClicks(window.chat_page.composer.edit, "What is due?")
    window.chat_page.composer.send.click()
    qtbot.waitUntil(lambda: listed(window)[:1] == ["What is due?"])
    assert services.chat.listed[0].project == services.projects.find("Harbour bid").id
    choose(window, "All chats")
    assert len(listed(window)) == 6


def test_the_chat_says_its_project_and_leaves_its_scope_with_it(window: Window, qtbot: QtBot) -> None:
    page = window.chat_page
    window.chat.open("t1")
    qtbot.waitUntil(lambda: page._project.isVisible())
    assert page._project.text() == "Harbour bid ▾"
    assert page.composer.scopes()[0][0] == "Documents of Harbour bid"
    window.chat.open("t0")
    qtbot.waitUntil(lambda: not page._project.isVisible())
    search = page.composer.search()
    assert search is not None
    assert search.collections == ()


def test_a_project_is_made_by_form(window: Window, services: FakeServices, qtbot: QtBot) -> None:
    choose(window, "New project…")
    form = window.findChild(ProjectForm)
    assert isinstance(form, ProjectForm)
    assert not form._keep.isEnabled(), "without a name it cannot be kept"
    form._name.setText("Audit")
    form._instructions.setPlainText("x" * (MOST_INSTRUCTIONS + 1))
    assert not form._keep.isEnabled()
    form._instructions.setPlainText("Name the clause.")
    form._keep.click()
    qtbot.waitUntil(lambda: len(window.projects.all) == 2)
    made = services.projects.find("Audit")
    assert made == Project(made.id, "Audit", "Name the clause.")
    assert window.projects.chosen == made.id
    assert listed(window) == []


def test_a_project_is_removed_its_chats_stay_and_it_can_be_brought_back(window: Window, qtbot: QtBot) -> None:
    choose(window, "Harbour bid")
    choose(window, "Remove “Harbour bid”")
    qtbot.waitUntil(lambda: not window.projects.all and len(listed(window)) == 5)
    assert window.projects.chosen == ""
    qtbot.waitUntil(lambda: "Harbour bid" in window.notices.text())
    window.notices._action.click()
    qtbot.waitUntil(lambda: listed(window) == ["Summary of vendor contract"])
    assert [one.name for one in window.projects.all] == ["Harbour bid"]


def test_a_chat_is_moved_by_keyboard(window: Window, services: FakeServices, qtbot: QtBot) -> None:
    window.chat.open("t0")
    menu = window.chat_page._project.menu()
    QTest.keyClick(window, Qt.Key.Key_P, Qt.KeyboardModifier.ControlModifier | Qt.KeyboardModifier.ShiftModifier)
    qtbot.waitUntil(menu.isVisible)
    assert [action.text() for action in menu.actions() if action.isChecked()] == ["None"]
    QTest.keyClick(menu, Qt.Key.Key_Down)
    QTest.keyClick(menu, Qt.Key.Key_Down)
    QTest.keyClick(menu, Qt.Key.Key_Return)
    qtbot.waitUntil(lambda: window.chat_page._project.text() == "Harbour bid ▾")
    assert {one.id for one in services.chat.listed if one.project} == {"t0", "t1"}


def test_a_project_keeps_the_model_that_is_chosen_in_its_form(
    window: Window, services: FakeServices, qtbot: QtBot
) -> None:
    bid = services.projects.change(replace(services.projects.find("Harbour bid"), model="gone"))
    form = ProjectForm(bid, (), [MODEL])
    qtbot.addWidget(form)
    assert form._model.text() == "gone, which is not here"
    form._model.menu().actions()[1].trigger()
    assert form._model.text() == MODEL.name
    with qtbot.waitSignal(form.given) as given:
        form._keep.click()
    assert given.args[0] == replace(bid, model=MODEL.id, collections=bid.collections)
