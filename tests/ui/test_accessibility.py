"""The window for those who do not see it or have no mouse: every control has a name and is reached by the Tab key."""

from collections.abc import Iterator

import pytest
from PySide6.QtCore import Qt
from PySide6.QtGui import QAccessible, QAccessibleInterface
from PySide6.QtTest import QTest
from PySide6.QtWidgets import (
    QAbstractButton,
    QAbstractItemView,
    QAbstractSpinBox,
    QApplication,
    QHeaderView,
    QLineEdit,
    QPlainTextEdit,
    QTextEdit,
    QToolButton,
    QWidget,
)
from pytestqt.qtbot import QtBot

from app.ui.frame import Frame
from app.ui.gallery import Gallery
from app.ui.rail import CHAT, JUDGE, LAB
from app.ui.theme import Appearance
from app.ui.window import Window
from tests.fakes.services import furnished

CONTROLS = (QAbstractButton, QLineEdit, QAbstractSpinBox, QAbstractItemView, QPlainTextEdit, QTextEdit)
MOST_STEPS = 400


@pytest.fixture
def window(qtbot: QtBot, qapp: QApplication) -> Iterator[Window]:
    services = furnished()
    window = Window(services, Appearance(qapp, "light"))  # type: ignore[arg-type]
    Frame(window, services.settings)
    qtbot.addWidget(window)
    window.show()
    window.load()
    qtbot.waitUntil(lambda: bool(window.chat.listing.conversations) and bool(window.library.documents))
    window.show_page(LAB)
    qtbot.waitUntil(lambda: window.lab.bench.axes is not None)
    window.show_page(JUDGE)
    qtbot.waitUntil(lambda: bool(window.judge.shelf.templates))
    window.show_page(CHAT)
    window.chat.open("t0")
    qtbot.waitUntil(lambda: bool(window.chat.turns))
    yield window
    window.close()


def controls(root: QWidget) -> list[QWidget]:
    """What can be operated, without the parts that Qt makes inside of it."""
    found = [widget for widget in root.findChildren(QWidget) if isinstance(widget, CONTROLS)]
    return [
        widget
        for widget in found
        if widget.isVisibleTo(root)
        and widget.isEnabled()
        and not isinstance(widget, QHeaderView)
        and not isinstance(widget.parent(), QLineEdit | QAbstractSpinBox | QAbstractItemView)
    ]


def spoken(widget: QWidget) -> str:
    """The name that a screen reader says."""
    interface: QAccessibleInterface | None = QAccessible.queryAccessibleInterface(widget)
    assert interface is not None
    return interface.text(QAccessible.Text.Name)


def walk(qtbot: QtBot, window: QWidget) -> set[QWidget]:
    """Everything that the Tab key comes by, until it is where it was."""
    window.activateWindow()
    qtbot.waitUntil(window.isActiveWindow)
    met: set[QWidget] = set()
    for _ in range(MOST_STEPS):
        QTest.keyClick(QApplication.focusWidget() or window, Qt.Key.Key_Tab)
        at = QApplication.focusWidget()
        if at is None or at in met:
            break
        met.add(at)
    return met


def is_met(widget: QWidget, met: set[QWidget]) -> bool:
    """Whether it, or one of its group that the arrow keys lead on from, was come by."""
    if widget in met or widget.focusProxy() in met:
        return True
    group = widget.group() if isinstance(widget, QAbstractButton) else None
    return group is not None and group.exclusive() and any(button in met for button in group.buttons())


@pytest.mark.parametrize("page", range(8))
def test_every_control_of_a_page_has_a_name_and_is_reached_by_tab(qtbot: QtBot, window: Window, page: int) -> None:
    assert window.page_count == 8, "walk the new page, too"
    window.show_page(page)
    QApplication.processEvents()
    there = controls(window)
    assert len(there) > 8
    assert [widget for widget in there if not spoken(widget).strip()] == []
    met = walk(qtbot, window)
    assert [spoken(widget) for widget in there if not is_met(widget, met)] == []


def test_every_control_of_the_gallery_has_a_name(qtbot: QtBot, window: Window) -> None:
    gallery = Gallery(window.appearance)
    qtbot.addWidget(gallery)
    gallery.show()
    assert [widget for widget in controls(gallery) if not spoken(widget).strip()] == []


def test_the_messages_are_read_out_with_who_wrote_them(window: Window) -> None:
    transcript = window.chat_page.transcript
    interface = QAccessible.queryAccessibleInterface(transcript)
    assert interface is not None
    read = [interface.child(row).text(QAccessible.Text.Name) for row in range(interface.childCount())]
    assert len(read) == len(window.chat.turns)
    assert read[0].startswith("You: ")
    assert "on this device" in read[1]
    assert window.chat.turns[1].message.text in read[1]


def test_a_tool_button_with_an_icon_alone_still_says_what_it_is(window: Window) -> None:
    for button in window.findChildren(QToolButton):
        if not button.text() and not isinstance(button.parent(), QLineEdit):
            assert button.accessibleName()
