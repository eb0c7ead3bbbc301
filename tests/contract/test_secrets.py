"""What every place for keys does on a computer without a keyring."""

from collections.abc import Iterator
from pathlib import Path

import keyring
import pytest
from keyring.backends.fail import Keyring as NoKeyring

from app.adapters.keyring_secrets import KeyringSecrets
from app.adapters.vault_secrets import VaultSecrets
from app.domain.errors import AppError, ErrorCode
from app.ports.secrets import Secrets
from tests.fakes.secrets import FakeSecrets

PASSPHRASE = "kestrel over the harbour"


class Computer:
    """Secrets, and Donjon started anew on them."""

    def __init__(self, kind: str, folder: Path) -> None:
        self._fake = FakeSecrets(keyring=False) if kind == "fake" else None
        self._file = folder / "vault.json"
        self.restart()

    def restart(self) -> Secrets:
        if self._fake is not None:
            self._fake.lock()
        self.secrets: Secrets = self._fake or VaultSecrets(KeyringSecrets(), self._file, lambda: "")
        return self.secrets


@pytest.fixture(params=["fake", "vault"])
def computer(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Computer]:
    before = keyring.get_keyring()
    keyring.set_keyring(NoKeyring())  # type: ignore[no-untyped-call]
    yield Computer(request.param, tmp_path)
    keyring.set_keyring(before)


def refused(secrets: Secrets) -> ErrorCode:
    with pytest.raises(AppError) as caught:
        secrets.get("gateway")
    return caught.value.code


def test_a_key_that_is_set_is_there_until_the_end(computer: Computer) -> None:
    assert not computer.secrets.set("gateway", "key")
    assert computer.secrets.get("gateway") == "key"
    assert computer.restart().get("gateway") == ""


def test_a_sealed_key_is_unlocked_with_its_passphrase_alone(computer: Computer) -> None:
    computer.secrets.seal("gateway", "key", PASSPHRASE)
    assert computer.secrets.get("gateway") == "key"
    secrets = computer.restart()
    assert refused(secrets) is ErrorCode.VAULT_LOCKED
    with pytest.raises(AppError) as caught:
        secrets.unlock("kestrel")
    assert caught.value.code is ErrorCode.VAULT_WRONG_PASSPHRASE
    assert refused(secrets) is ErrorCode.VAULT_LOCKED
    secrets.unlock(PASSPHRASE)
    assert secrets.get("gateway") == "key"


def test_what_is_forgotten_needs_no_passphrase(computer: Computer) -> None:
    computer.secrets.seal("gateway", "key", PASSPHRASE)
    computer.restart().delete("gateway")
    assert computer.restart().get("gateway") == ""
    computer.secrets.unlock("anything")
