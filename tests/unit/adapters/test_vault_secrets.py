"""A key under a passphrase, where there is no keyring."""

import json
import os
from collections.abc import Iterator
from pathlib import Path

import keyring
import pytest
from keyring.backends.fail import Keyring as NoKeyring

from app.adapters.keyring_secrets import KeyringSecrets
from app.adapters.vault_secrets import VaultSecrets
from app.domain.errors import AppError, ErrorCode

PASSPHRASE = "kestrel over the harbour"


@pytest.fixture(autouse=True)
def _no_keyring() -> Iterator[None]:
    before = keyring.get_keyring()
    keyring.set_keyring(NoKeyring())  # type: ignore[no-untyped-call]
    yield
    keyring.set_keyring(before)


def vault(folder: Path, passphrase: str = PASSPHRASE, given: str = "") -> VaultSecrets:
    """As a new process has it."""
    return VaultSecrets(KeyringSecrets({"gateway": given}), folder / "vault.json", lambda: passphrase)


def refused(secrets: VaultSecrets) -> ErrorCode:
    with pytest.raises(AppError) as caught:
        secrets.get("gateway")
    return caught.value.code


def test_a_key_comes_back_with_its_passphrase_alone(tmp_path: Path) -> None:
    assert vault(tmp_path).get("gateway") == ""
    vault(tmp_path).seal("gateway", "very-secret-key", PASSPHRASE)
    assert vault(tmp_path).get("gateway") == "very-secret-key"
    assert vault(tmp_path).get("another") == ""
    assert refused(vault(tmp_path, "kestrel")) is ErrorCode.VAULT_WRONG_PASSPHRASE
    assert refused(vault(tmp_path, "")) is ErrorCode.VAULT_LOCKED
    assert vault(tmp_path, "", given="of-this-session").get("gateway") == "of-this-session"
    (file,) = tmp_path.iterdir()
    assert b"very-secret-key" not in file.read_bytes() and PASSPHRASE.encode() not in file.read_bytes()
    if os.name == "posix":
        assert file.stat().st_mode & 0o777 == 0o600


def test_another_key_takes_its_place_and_a_forgotten_one_is_gone(tmp_path: Path) -> None:
    vault(tmp_path).seal("gateway", "first", PASSPHRASE)
    vault(tmp_path).seal("gateway", "second", "another passphrase")
    assert vault(tmp_path, "another passphrase").get("gateway") == "second"
    vault(tmp_path).delete("gateway")
    assert list(tmp_path.iterdir()) == []
    assert vault(tmp_path).get("gateway") == ""


@pytest.mark.parametrize("damage", [b"", b"{}", b"[1]", b'{"salt":"?","nonce":"","sealed":""}', b"\xff" * 9])
def test_a_damaged_file_is_named(tmp_path: Path, damage: bytes) -> None:
    (tmp_path / "vault.json").write_bytes(damage)
    assert refused(vault(tmp_path)) is ErrorCode.VAULT_DAMAGED


def test_a_file_that_somebody_changed_does_not_open(tmp_path: Path) -> None:
    vault(tmp_path).seal("gateway", "very-secret-key", PASSPHRASE)
    file = tmp_path / "vault.json"
    content = json.loads(file.read_text())
    content["sealed"] = ("B" if content["sealed"][0] == "A" else "A") + content["sealed"][1:]
    file.write_text(json.dumps(content))
    assert refused(vault(tmp_path)) is ErrorCode.VAULT_WRONG_PASSPHRASE
