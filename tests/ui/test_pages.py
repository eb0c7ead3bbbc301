"""Pages are made when they are first shown."""

from PySide6.QtWidgets import QLabel, QWidget
from pytestqt.qtbot import QtBot

from app.ui.pages import Pages


def test_a_page_is_made_when_it_is_first_shown_and_kept(qtbot: QtBot) -> None:
    made: list[str] = []

    def make(name: str) -> QWidget:
        made.append(name)
        return QLabel(name)

    pages = Pages((lambda: make("chat"), lambda: make("library"), lambda: make("lab")))
    qtbot.addWidget(pages)
    assert (len(pages), pages.shown, made) == (3, -1, [])
    for index in (0, 2, 0):
        pages.show_page(index)
    assert made == ["chat", "lab"]
    shown = pages.currentWidget()
    assert isinstance(shown, QLabel)
    assert (pages.shown, shown.text()) == (0, "chat")
