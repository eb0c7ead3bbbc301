"""Where keys are kept."""

from typing import Protocol


class Secrets(Protocol):
    """Keys by name; never in a file as plain text."""

    def get(self, name: str) -> str:
        """The key, "" for none."""
        ...

    def set(self, name: str, value: str) -> bool:
        """Keep a key; False if it is kept only as long as this process runs."""
        ...

    def seal(self, name: str, value: str, passphrase: str) -> None:
        """Keep a key in a file of our own that only the passphrase opens, for machines without a keyring."""
        ...

    def unlock(self, passphrase: str) -> None:
        """Open that file for as long as this process runs; nothing happens if there is none.

        Raises AppError VAULT_WRONG_PASSPHRASE, VAULT_DAMAGED.
        """
        ...

    def delete(self, name: str) -> None:
        """Forget a key; nothing happens if there is none."""
        ...
