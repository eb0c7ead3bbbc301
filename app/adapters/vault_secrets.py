"""One key in a sealed file, for machines without a keyring: scrypt makes the key of a passphrase, AES-GCM seals."""

import base64
import binascii
import os
import secrets
from collections.abc import Callable
from pathlib import Path
from typing import Final

import msgspec
from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from cryptography.hazmat.primitives.kdf.scrypt import Scrypt

from app.adapters.keyring_secrets import KeyringSecrets
from app.domain.errors import AppError, ErrorCode

# Not read from the file, where whoever can write to it could ask for more memory than there is. 128 MiB, about 0.4 s.
_COST, _BLOCK, _LANES = 2**17, 8, 1
_VERSION: Final = b"donjon vault 1"
_MAX_BYTES: Final = 1 << 20


class _Sealed(msgspec.Struct):
    """The file: JSON with its bytes in base64."""

    salt: str
    nonce: str
    sealed: str
    version: str = _VERSION.decode()


class VaultSecrets:
    """Serves the `Secrets` port: what the keyring does not know is looked for in the vault, if there is one."""

    def __init__(self, keyring: KeyringSecrets, file: Path, passphrase: Callable[[], str]) -> None:
        """`passphrase` opens the vault, "" for none given."""
        self._keyring = keyring
        self._file = file
        self._passphrase = passphrase
        self._opened: dict[str, str] | None = None

    def get(self, name: str) -> str:
        """See the port. Raises AppError VAULT_LOCKED, VAULT_WRONG_PASSPHRASE, VAULT_DAMAGED."""
        known = self._keyring.get(name)
        if known or not self._file.exists():
            return known
        if self._opened is None:
            passphrase = self._passphrase()
            if not passphrase:
                raise AppError(ErrorCode.VAULT_LOCKED)
            self._opened = self._open(passphrase)
        return self._opened.get(name, "")

    def set(self, name: str, value: str) -> bool:
        """See the port: into the keyring."""
        return self._keyring.set(name, value)

    def delete(self, name: str) -> None:
        """See the port: from the keyring; and the vault, which holds one key, goes."""
        self._keyring.delete(name)
        self._file.unlink(missing_ok=True)
        self._opened = None

    def seal(self, name: str, value: str, passphrase: str) -> None:
        """See the port: in place of what was sealed before. Raises AppError HOME_NOT_WRITABLE."""
        held = {name: value}
        salt, nonce = secrets.token_bytes(16), secrets.token_bytes(12)
        sealed = AESGCM(_key(passphrase, salt)).encrypt(nonce, msgspec.json.encode(held), _VERSION)
        texts = (base64.b64encode(part).decode() for part in (salt, nonce, sealed))
        self._write(msgspec.json.encode(_Sealed(*texts)))
        self._opened = held

    def unlock(self, passphrase: str) -> None:
        """See the port."""
        if self._file.exists():
            self._opened = self._open(passphrase)

    def _open(self, passphrase: str) -> dict[str, str]:
        try:
            with self._file.open("rb") as file:
                untrusted = msgspec.json.decode(file.read(_MAX_BYTES), type=_Sealed)
            salt, nonce, sealed = (
                base64.b64decode(text, validate=True) for text in (untrusted.salt, untrusted.nonce, untrusted.sealed)
            )
            opened = AESGCM(_key(passphrase, salt)).decrypt(nonce, sealed, _VERSION)
            return msgspec.json.decode(opened, type=dict[str, str])
        except InvalidTag as error:  # or somebody changed the file: nobody can tell the two apart
            raise AppError(ErrorCode.VAULT_WRONG_PASSPHRASE) from error
        except (OSError, msgspec.DecodeError, binascii.Error, ValueError) as error:
            raise AppError(ErrorCode.VAULT_DAMAGED, path=str(self._file), reason=str(error)) from error

    def _write(self, content: bytes) -> None:
        draft = self._file.with_suffix(".new")
        try:
            draft.unlink(missing_ok=True)
            with os.fdopen(os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "wb") as file:
                file.write(content)
                file.flush()
                os.fsync(file.fileno())
            draft.replace(self._file)
        except OSError as error:
            reason = error.strerror or str(error)
            raise AppError(ErrorCode.HOME_NOT_WRITABLE, path=str(self._file.parent), reason=reason) from error


def _key(passphrase: str, salt: bytes) -> bytes:
    return Scrypt(salt=salt, length=32, n=_COST, r=_BLOCK, p=_LANES).derive(passphrase.encode("utf-8"))
