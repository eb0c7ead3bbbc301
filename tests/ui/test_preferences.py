"""The settings page: every row of the table, changed where it is shown."""

from collections.abc import Iterator
from pathlib import Path

import pytest
from PySide6.QtWidgets import QApplication, QPushButton, QSpinBox, QWidget
from pytestqt.qtbot import QtBot

from app.settings.file import read_settings
from app.settings.table import EVERYDAY, LIBRARY_PASSAGES, TABLE, UI_SHORTCUTS, UI_TEXT_SCALE, UI_THEME
from app.ui.preferences.view import PreferencesPage, Section, SettingRow
from app.ui.rail import SETTINGS
from app.ui.theme import Appearance, load_theme
from app.ui.window import Window
from tests.fakes.services import FakeServices, fresh_settings, furnished


@pytest.fixture
def services(tmp_path: Path) -> FakeServices:
    services = furnished()
    services.settings = fresh_settings(tmp_path)
    return services


@pytest.fixture
def window(qtbot: QtBot, qapp: QApplication, services: FakeServices) -> Iterator[Window]:
    window = Window(services, Appearance(qapp, "light"))  # type: ignore[arg-type]
    qtbot.addWidget(window)
    window.show()
    window.show_page(SETTINGS)
    window.preferences_page.show_all(True)
    yield window
    window.close()


def field(window: Window, label: str) -> QWidget:
    """The field that a screen reader calls so."""
    return next(w for w in window.preferences_page.findChildren(QWidget) if w.accessibleName() == label)


def test_every_setting_has_a_field_that_shows_its_value(window: Window) -> None:
    for setting in TABLE:
        assert field(window, setting.label).accessibleDescription() == setting.help
    passages = field(window, LIBRARY_PASSAGES.label)
    assert isinstance(passages, QSpinBox)
    assert passages.value() == LIBRARY_PASSAGES.default
    assert (passages.minimum(), passages.maximum()) == (1, 20)


def test_a_change_is_written_and_taken_back_to_its_default(window: Window, tmp_path: Path) -> None:
    passages = field(window, LIBRARY_PASSAGES.label)
    assert isinstance(passages, QSpinBox)
    passages.setValue(7)
    assert read_settings(tmp_path / "settings.toml").get(LIBRARY_PASSAGES) == 7
    reset = field(window, f"Set {LIBRARY_PASSAGES.label} to its default")
    assert isinstance(reset, QPushButton)
    assert reset.isVisible()
    reset.click()
    assert not reset.isVisible()
    assert passages.value() == LIBRARY_PASSAGES.default
    assert read_settings(tmp_path / "settings.toml").get(LIBRARY_PASSAGES) == LIBRARY_PASSAGES.default


def shown(window: Window) -> set[str]:
    """The labels of the settings that are shown."""
    return {setting.label for row in rows(window) if row.isVisible() for setting in [row._setting]}


def rows(window: Window) -> list[SettingRow]:
    return window.preferences_page.findChildren(SettingRow)


def test_first_those_of_everyday_are_shown_and_all_on_demand(window: Window) -> None:
    page = window.preferences_page
    assert shown(window) == {setting.label for setting in TABLE}
    page.show_all(False)
    assert shown(window) == {setting.label for setting in EVERYDAY}


def test_a_setting_is_found_by_what_it_is_called_says_or_is_in_the_file(window: Window) -> None:
    page = window.preferences_page
    page.show_all(False)
    for typed in ("passages QUESTION", "library.passages"):
        page.look_for(typed)
        assert LIBRARY_PASSAGES.label in shown(window), typed
        assert UI_THEME.label not in shown(window)
    page.look_for("zebra")
    assert shown(window) == set()
    assert page._none.isVisible()
    page.look_for("")
    assert shown(window) == {setting.label for setting in EVERYDAY}


def test_rows_stand_in_the_order_of_the_table(window: Window) -> None:
    page = PreferencesPage(window.preferences, window.gateway)
    page.look_for("passages")  # makes some rows before those that stand above them
    page.look_for("")
    page.show_all(True)
    for section in page.findChildren(Section):
        column = section._card
        widgets = [column.itemAt(place).widget() for place in range(column.count())]
        keys = [row._setting.key for row in widgets if isinstance(row, SettingRow)]
        assert keys == [setting.key for setting in section._settings]


def test_the_theme_changes_at_once(window: Window, qapp: QApplication) -> None:
    theme = field(window, UI_THEME.label)
    dark = next(button for button in theme.findChildren(QPushButton) if button.text() == "Dark")
    dark.click()
    assert dark.isChecked()
    assert qapp.palette().window().color() == load_theme("dark").colour("window")


def test_a_file_that_cannot_be_written_is_told_and_the_old_value_shown(
    window: Window, services: FakeServices, tmp_path: Path
) -> None:
    (tmp_path / "settings.new").mkdir()  # in the way of the file that is written first
    passages = field(window, LIBRARY_PASSAGES.label)
    assert isinstance(passages, QSpinBox)
    passages.setValue(7)
    assert window.notices.text()
    assert passages.value() == LIBRARY_PASSAGES.default


def test_a_section_is_set_to_its_defaults_and_back(window: Window, services: FakeServices) -> None:
    window.preferences.change(UI_TEXT_SCALE, 120)
    window.preferences.change(UI_SHORTCUTS, "new_chat=Ctrl+T")
    window.preferences_page.show_all(False)
    reset = field(window, "Set what is shown of Appearance to its defaults")
    assert isinstance(reset, QPushButton)
    reset.click()
    assert services.settings.get(UI_TEXT_SCALE) == UI_TEXT_SCALE.default
    assert services.settings.get(UI_THEME) == UI_THEME.default
    assert services.settings.get(UI_SHORTCUTS) == "new_chat=Ctrl+T", "what is not shown is left alone"
    assert not reset.isVisible()
    undo = next(button for button in window.notices.findChildren(QPushButton) if button.text() == "Undo")
    undo.click()
    assert services.settings.get(UI_TEXT_SCALE) == 120
    assert reset.isVisible()


def test_a_row_set_to_its_default_can_be_undone(window: Window, services: FakeServices) -> None:
    window.preferences.change(LIBRARY_PASSAGES, 9)
    reset = field(window, f"Set {LIBRARY_PASSAGES.label} to its default")
    assert isinstance(reset, QPushButton)
    reset.click()
    assert services.settings.get(LIBRARY_PASSAGES) == LIBRARY_PASSAGES.default
    next(button for button in window.notices.findChildren(QPushButton) if button.text() == "Undo").click()
    assert services.settings.get(LIBRARY_PASSAGES) == 9
