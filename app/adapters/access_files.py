"""The local API's tokens and address as small files that only their owner can read."""

import os
from pathlib import Path

import msgspec

from app.domain.access import Address, AppToken


class TokenFiles:
    """Serves `ports.access.Tokens`: one file a token, so that two processes never write the same file."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder

    def add(self, token: AppToken) -> bool:
        """See `Tokens.add`."""
        self._folder.mkdir(parents=True, exist_ok=True, mode=0o700)
        try:
            _write_new(self._path(token.name), msgspec.json.encode(token))
        except FileExistsError:
            return False
        return True

    def all(self) -> list[AppToken]:
        """See `Tokens.all`; a file that is not a token opens nothing."""
        found: list[AppToken] = []
        for path in sorted(self._folder.glob("token-*.json")):
            try:
                token = msgspec.json.decode(path.read_bytes(), type=AppToken)
            except (FileNotFoundError, msgspec.DecodeError):  # revoked meanwhile, or being written
                continue
            if not token.own:
                found.append(token)
        return found

    def remove(self, name: str) -> bool:
        """See `Tokens.remove`."""
        try:
            self._path(name).unlink()
        except FileNotFoundError:
            return False
        return True

    def _path(self, name: str) -> Path:
        return self._folder / f"token-{name}.json"


class AddressFile:
    """Serves `ports.access.AddressCard`."""

    def __init__(self, path: Path) -> None:
        self._path = path

    def write(self, address: Address) -> None:
        """See `AddressCard.write`."""
        self._path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
        staged = self._path.with_suffix(".new")
        staged.unlink(missing_ok=True)
        _write_new(staged, msgspec.json.encode(address))
        staged.replace(self._path)

    def read(self) -> Address | None:
        """See `AddressCard.read`."""
        try:
            return msgspec.json.decode(self._path.read_bytes(), type=Address)
        except (FileNotFoundError, msgspec.DecodeError):
            return None

    def remove(self) -> None:
        """See `AddressCard.remove`."""
        self._path.unlink(missing_ok=True)


def _write_new(path: Path, content: bytes) -> None:
    """Write a file that must not exist yet and that only its owner may read."""
    descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    with os.fdopen(descriptor, "wb") as file:
        file.write(content)
