"""The models page as a person uses it, on scripted services."""

from collections.abc import Iterator
from pathlib import Path

import pytest
from PySide6.QtWidgets import QApplication, QLabel, QMessageBox, QPushButton
from pytestqt.qtbot import QtBot

from app.settings.file import read_settings
from app.settings.table import MODEL_CHAT
from app.ui.models.view import AvailableCard, InstalledCard
from app.ui.rail import MODELS
from app.ui.theme import Appearance
from app.ui.window import Window
from tests.fakes.services import CATALOGUE, FakeServices, fresh_settings, furnished


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
    window.load()
    window.show_page(MODELS)
    qtbot.waitUntil(lambda: len(window.models.verdicts) == 2)
    yield window
    services.models.hold = False
    window.close()


def button(window: Window, name: str) -> QPushButton:
    """The visible button that a screen reader calls so."""
    page = window.models_page
    return next(b for b in page.findChildren(QPushButton) if b.isVisible() and b.accessibleName() == name)


def texts(window: Window, kind: type[AvailableCard] | type[InstalledCard]) -> list[str]:
    cards = [card for card in window.models_page.findChildren(kind) if card.isVisible()]
    return [label.text() for card in cards for label in card.findChildren(QLabel) if label.isVisible()]


def test_it_tells_what_is_here_and_what_can_be_fetched(window: Window) -> None:
    assert "in use" in texts(window, InstalledCard)
    available = texts(window, AvailableCard)
    assert available[:2] == ["all-MiniLM-L6-v2", "finds passages · 83 MB · Apache-2.0 · mini"]
    assert "recommended" in available
    assert "answers questions · 4.9 GB · Apache-2.0 · large" in available


def test_each_says_whether_it_fits_and_why_not(window: Window) -> None:
    assert "fits" in texts(window, InstalledCard)
    assert "may be slow" in texts(window, AvailableCard)
    chip = next(label for label in window.models_page.findChildren(QLabel) if label.text() == "may be slow")
    assert chip.toolTip().startswith("Needs 5.4 GB of memory on CPU. Nearly all that can be had (6.0 GB)")


def test_a_download_is_paused_and_resumed(window: Window, services: FakeServices, qtbot: QtBot) -> None:
    services.models.hold = True
    button(window, "Download Granite 3.3 8B Instruct").click()
    qtbot.waitUntil(lambda: "1647 of 4942 MB" in texts(window, AvailableCard))
    button(window, "Pause Granite 3.3 8B Instruct").click()
    qtbot.waitUntil(lambda: "Paused at 1647 of 4942 MB" in texts(window, AvailableCard))
    services.models.hold = False
    button(window, "Resume Granite 3.3 8B Instruct").click()
    qtbot.waitUntil(lambda: "Granite 3.3 8B Instruct" in texts(window, InstalledCard))
    assert "verified" in window.notices.text()
    assert CATALOGUE[1].name not in texts(window, AvailableCard)


def test_another_model_is_made_to_answer(window: Window, services: FakeServices, qtbot: QtBot, tmp_path: Path) -> None:
    button(window, "Download Granite 3.3 8B Instruct").click()
    qtbot.waitUntil(lambda: "Granite 3.3 8B Instruct" in texts(window, InstalledCard))
    button(window, "Let Granite 3.3 8B Instruct answer").click()
    qtbot.waitUntil(lambda: read_settings(tmp_path / "settings.toml").get(MODEL_CHAT) == "large")


def test_a_model_is_removed_once_that_is_confirmed(
    window: Window, qtbot: QtBot, monkeypatch: pytest.MonkeyPatch
) -> None:
    button(window, "Download Granite 3.3 8B Instruct").click()
    qtbot.waitUntil(lambda: "Granite 3.3 8B Instruct" in texts(window, InstalledCard))
    monkeypatch.setattr(QMessageBox, "question", lambda *_: QMessageBox.StandardButton.No)
    button(window, "Remove Granite 3.3 8B Instruct").click()
    qtbot.wait(50)
    assert "Granite 3.3 8B Instruct" in texts(window, InstalledCard)
    monkeypatch.setattr(QMessageBox, "question", lambda *_: QMessageBox.StandardButton.Yes)
    button(window, "Remove Granite 3.3 8B Instruct").click()
    qtbot.waitUntil(lambda: "Granite 3.3 8B Instruct" in texts(window, AvailableCard))


def test_a_file_that_is_no_model_is_refused_with_the_reason(window: Window, qtbot: QtBot) -> None:
    window.models.import_file(Path("/documents/letter.pdf"))
    qtbot.waitUntil(lambda: "it is no GGUF" in window.notices.text())


def test_without_a_model_the_window_opens_where_one_is_fetched(
    qtbot: QtBot, qapp: QApplication, services: FakeServices
) -> None:
    services.models.model = None
    window = Window(services, Appearance(qapp, "light"))  # type: ignore[arg-type]
    qtbot.addWidget(window)
    window.show()
    window.load()
    qtbot.waitUntil(lambda: window.models.shelf is not None)
    assert window.models_page.isVisible()
    assert "recommended" in window.notices.text()
    window.close()
