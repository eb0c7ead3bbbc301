"""Keys: in the keyring, else in memory; never in a file."""

import keyring
import pytest
from keyring.backend import KeyringBackend
from keyring.backends.fail import Keyring as NoKeyring
from keyring.errors import KeyringLocked, PasswordDeleteError

from app.adapters.keyring_secrets import KeyringSecrets
from app.domain.errors import AppError, ErrorCode


class MemoryKeyring(KeyringBackend):
    """A keyring of this test."""

    priority = 1.0

    def __init__(self, *, locked: bool = False) -> None:
        super().__init__()  # type: ignore[no-untyped-call]
        self.kept: dict[tuple[str, str], str] = {}
        self.locked = locked

    def get_password(self, service: str, username: str) -> str | None:
        if self.locked:
            raise KeyringLocked("locked")
        return self.kept.get((service, username))

    def set_password(self, service: str, username: str, password: str) -> None:
        self.kept[service, username] = password

    def delete_password(self, service: str, username: str) -> None:
        if self.kept.pop((service, username), None) is None:
            raise PasswordDeleteError


@pytest.fixture(autouse=True)
def _restore() -> object:
    before = keyring.get_keyring()
    yield
    keyring.set_keyring(before)


def test_a_key_is_kept_in_the_keyring() -> None:
    backend = MemoryKeyring()
    keyring.set_keyring(backend)
    assert KeyringSecrets().set("gateway", "k")
    assert KeyringSecrets().get("gateway") == "k"
    assert backend.kept == {("Donjon", "gateway"): "k"}
    KeyringSecrets().delete("gateway")
    KeyringSecrets().delete("gateway")
    assert KeyringSecrets().get("gateway") == ""


def test_without_a_keyring_a_key_lives_as_long_as_the_process() -> None:
    keyring.set_keyring(NoKeyring())  # type: ignore[no-untyped-call]
    secrets = KeyringSecrets()
    assert secrets.get("gateway") == ""
    assert not secrets.set("gateway", "k")
    assert secrets.get("gateway") == "k"
    assert KeyringSecrets().get("gateway") == ""
    secrets.delete("gateway")
    assert secrets.get("gateway") == ""


def test_a_key_of_this_session_comes_first() -> None:
    keyring.set_keyring(MemoryKeyring())
    assert KeyringSecrets({"gateway": "session"}).get("gateway") == "session"


def test_a_keyring_that_does_not_open_is_told() -> None:
    keyring.set_keyring(MemoryKeyring(locked=True))
    with pytest.raises(AppError) as caught:
        KeyringSecrets().get("gateway")
    assert caught.value.code is ErrorCode.KEYRING_LOCKED
