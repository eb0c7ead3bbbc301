"""Where the local API's tokens and address are kept."""

from typing import Protocol

from app.domain.access import Address, AppToken


class Tokens(Protocol):
    """The tokens of apps; what one process changes, another sees at once."""

    def add(self, token: AppToken) -> bool:
        """Keep a token; False if one has its name."""
        ...

    def all(self) -> list[AppToken]:
        """All tokens, by name."""
        ...

    def remove(self, name: str) -> bool:
        """Forget a token; False if there is none of this name."""
        ...


class AddressCard(Protocol):
    """Where other processes of the same person find the running API."""

    def write(self, address: Address) -> None:
        """Say where it is."""
        ...

    def read(self) -> Address | None:
        """Where it is, as far as anybody said."""
        ...

    def remove(self) -> None:
        """It is no longer there."""
        ...
