"""The settings page: every row of the table, changed where it is shown."""

from collections.abc import Iterator
from pathlib import Path

import pytest
from PySide6.QtWidgets import QApplication, QPushButton, QSpinBox, QWidget
from pytestqt.qtbot import QtBot

from app.settings.file import read_settings
from app.settings.table import LIBRARY_PASSAGES, TABLE, UI_THEME
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
