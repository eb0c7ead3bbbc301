"""Keys in the system's keyring; without one, in memory until the process ends. Never in a file of ours."""

import keyring
from keyring.errors import KeyringError, NoKeyringError, PasswordDeleteError

from app.domain.errors import AppError, ErrorCode

SERVICE = "Donjon"


class KeyringSecrets:
    """Serves the `Secrets` port. `given` are keys of this session alone; they come before the keyring's."""

    def __init__(self, given: dict[str, str] | None = None) -> None:
        self._session = {name: value for name, value in (given or {}).items() if value}

    def get(self, name: str) -> str:
        """See the port. Raises AppError KEYRING_LOCKED if there is a keyring that does not open."""
        if name in self._session:
            return self._session[name]
        try:
            return keyring.get_password(SERVICE, name) or ""
        except NoKeyringError:
            return ""
        except KeyringError as error:
            raise AppError(ErrorCode.KEYRING_LOCKED, reason=str(error)) from error

    def set(self, name: str, value: str) -> bool:
        """See the port. Raises AppError KEYRING_LOCKED."""
        try:
            keyring.set_password(SERVICE, name, value)
        except NoKeyringError:
            self._session[name] = value
            return False
        except KeyringError as error:
            raise AppError(ErrorCode.KEYRING_LOCKED, reason=str(error)) from error
        self._session.pop(name, None)
        return True

    def delete(self, name: str) -> None:
        """See the port. Raises AppError KEYRING_LOCKED."""
        self._session.pop(name, None)
        try:
            keyring.delete_password(SERVICE, name)
        except (NoKeyringError, PasswordDeleteError):
            return
        except KeyringError as error:
            raise AppError(ErrorCode.KEYRING_LOCKED, reason=str(error)) from error
