"""Keys in memory, on a computer with a keyring or without."""

from app.domain.errors import AppError, ErrorCode


class FakeSecrets:
    """Implements `ports.secrets.Secrets`."""

    def __init__(self, *, keyring: bool = True) -> None:
        self._keyring = keyring
        self._held: dict[str, str] = {}
        self._sealed: tuple[str, dict[str, str]] | None = None  # a passphrase, and what it opens
        self._locked = False

    def lock(self) -> None:
        """As if Donjon were started anew."""
        self._locked = self._sealed is not None
        self._held = self._held if self._keyring else {}

    def get(self, name: str) -> str:
        """See the port."""
        if name in self._held:
            return self._held[name]
        if self._locked:
            raise AppError(ErrorCode.VAULT_LOCKED)
        return self._sealed[1].get(name, "") if self._sealed else ""

    def set(self, name: str, value: str) -> bool:
        """See the port."""
        self._held[name] = value
        return self._keyring

    def seal(self, name: str, value: str, passphrase: str) -> None:
        """See the port."""
        self._sealed, self._locked = (passphrase, {name: value}), False

    def unlock(self, passphrase: str) -> None:
        """See the port."""
        if self._sealed is not None and passphrase != self._sealed[0]:
            raise AppError(ErrorCode.VAULT_WRONG_PASSPHRASE)
        self._locked = False

    def delete(self, name: str) -> None:
        """See the port."""
        self._held.pop(name, None)
        self._sealed, self._locked = None, False
