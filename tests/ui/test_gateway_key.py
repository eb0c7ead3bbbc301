"""The key of the gateway in the window: kept, unlocked after a restart, forgotten; and the gateway tried out."""

from collections.abc import Iterator

import pytest
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication, QLineEdit, QPushButton
from pytestqt.qtbot import QtBot

from app.domain.errors import AppError, ErrorCode
from app.settings.table import GATEWAY_MODELS, GATEWAY_URL
from app.ui.preferences.gateway_card import GatewayKey, KeyForm, UnlockForm
from app.ui.rail import SETTINGS
from app.ui.theme import Appearance
from app.ui.window import Window
from tests.fakes.secrets import FakeSecrets
from tests.fakes.services import FakeServices, fresh_settings, furnished

PASSPHRASE = "kestrel over the harbour"


@pytest.fixture
def services() -> FakeServices:
    services = furnished()
    services.settings = fresh_settings()
    services.settings.set(GATEWAY_URL, "https://llm.example/v1")
    services.settings.set(GATEWAY_MODELS, "large")
    return services


@pytest.fixture
def window(qtbot: QtBot, qapp: QApplication, services: FakeServices) -> Iterator[Window]:
    window = Window(services, Appearance(qapp, "light"))  # type: ignore[arg-type]
    qtbot.addWidget(window)
    window.show()
    yield window
    window.close()


def press(window: Window, qtbot: QtBot, name: str) -> None:
    window.show_page(SETTINGS)
    (row,) = window.preferences_page.findChildren(GatewayKey)
    button = next(one for one in row.findChildren(QPushButton) if one.text() == name)
    qtbot.waitUntil(button.isVisible)
    button.click()


def fill(form: KeyForm | UnlockForm, *texts: str) -> QPushButton:
    for edit, text in zip(form.findChildren(QLineEdit), texts, strict=True):
        edit.clear()
        QTest.keyClicks(edit, text)
        assert edit.echoMode() is QLineEdit.EchoMode.Password
    return next(one for one in form.findChildren(QPushButton) if one.isDefault())


def told(window: Window, qtbot: QtBot, text: str) -> None:
    qtbot.waitUntil(lambda: text in window.notices.accessibleName())


def test_a_key_goes_into_the_keyring_and_out_of_it(window: Window, qtbot: QtBot, services: FakeServices) -> None:
    press(window, qtbot, "Set the key…")
    (form,) = window.findChildren(KeyForm)
    keep = fill(form, "", "", "")
    assert not keep.isEnabled()
    fill(form, "sk-123", "", "").click()
    told(window, qtbot, "is kept")
    assert services.secrets.get("gateway") == "sk-123"
    press(window, qtbot, "Forget the key")
    told(window, qtbot, "is forgotten")
    assert services.secrets.get("gateway") == ""


def test_without_a_keyring_it_is_said_for_how_long_it_works(
    window: Window, qtbot: QtBot, services: FakeServices
) -> None:
    services.secrets = FakeSecrets(keyring=False)
    press(window, qtbot, "Set the key…")
    (form,) = window.findChildren(KeyForm)
    assert not fill(form, "sk-123", "short", "short").isEnabled()
    assert not fill(form, "sk-123", PASSPHRASE, "another one").isEnabled()
    fill(form, "sk-123", "", "").click()
    told(window, qtbot, "works until Donjon is closed")
    assert services.secrets.get("gateway") == "sk-123"


def test_a_sealed_key_is_unlocked_where_it_is_missed(window: Window, qtbot: QtBot, services: FakeServices) -> None:
    services.secrets = FakeSecrets(keyring=False)
    services.gateway.set_key("sk-123", PASSPHRASE)
    services.secrets.lock()
    services.chat.fails = AppError(ErrorCode.VAULT_LOCKED)
    window.chat.ask("Anyone?")
    told(window, qtbot, "needs its passphrase")
    next(one for one in window.notices.findChildren(QPushButton) if one.text() == "Unlock…").click()
    fill(window.findChildren(UnlockForm)[-1], "kestrel").click()
    told(window, qtbot, "does not open")
    next(one for one in window.notices.findChildren(QPushButton) if one.text() == "Unlock…").click()
    fill(window.findChildren(UnlockForm)[-1], PASSPHRASE).click()
    told(window, qtbot, "can be used until Donjon is closed")
    assert services.secrets.get("gateway") == "sk-123"


def test_the_gateway_is_tried_out(window: Window, qtbot: QtBot) -> None:
    press(window, qtbot, "Try the gateway")
    told(window, qtbot, "The gateway works: large answered in")


def test_where_none_is_set_up_there_is_nothing_to_try(window: Window, qtbot: QtBot) -> None:
    window.preferences.change(GATEWAY_URL, "")
    window.show_page(SETTINGS)
    (row,) = window.preferences_page.findChildren(GatewayKey)
    button = next(one for one in row.findChildren(QPushButton) if one.text() == "Try the gateway")
    assert not button.isEnabled()
    window.preferences.change(GATEWAY_URL, "https://llm.example/v1")
    qtbot.waitUntil(button.isEnabled)
