"""Who may use the local API."""

import os
import secrets
from collections.abc import Sequence

from app.domain.access import Address, AppToken, Scope, matching, name_fits, secret_digest
from app.domain.errors import AppError, ErrorCode
from app.ports.access import AddressCard, Tokens
from app.ports.clock import Clock

_PREFIX = "donjon-"  # by which a secret that lies about is recognised


class Access:
    """Gives tokens to apps, takes them back, and knows whose a secret is."""

    def __init__(self, tokens: Tokens, address: AddressCard, clock: Clock) -> None:
        self._tokens = tokens
        self._address = address
        self._clock = clock
        self._own: AppToken | None = None

    def create(self, name: str, scopes: Sequence[Scope]) -> str:
        """A new token's secret, which is kept nowhere. Raises AppError TOKEN_NAME_UNFIT, TOKEN_EXISTS."""
        if not name_fits(name):
            raise AppError(ErrorCode.TOKEN_NAME_UNFIT, name=name)
        secret = _new_secret()
        token = AppToken(name, tuple(dict.fromkeys(scopes)), secret_digest(secret), self._clock.now())
        if not self._tokens.add(token):
            raise AppError(ErrorCode.TOKEN_EXISTS, name=name)
        return secret

    def tokens(self) -> list[AppToken]:
        """All tokens of apps, by name."""
        return self._tokens.all()

    def revoke(self, name: str) -> None:
        """Take a token back; a server that runs refuses it from its next request on. Raises AppError UNKNOWN_TOKEN."""
        if not name_fits(name) or not self._tokens.remove(name):
            raise AppError(ErrorCode.UNKNOWN_TOKEN, name=name)

    def check(self, secret: str) -> AppToken | None:
        """The token with this secret."""
        return matching(secret, [*self._tokens.all(), *([self._own] if self._own else [])])

    def announce(self, port: int) -> None:
        """Let the person's other processes find the server and in."""
        secret = _new_secret()
        self._own = AppToken("donjon", (), secret_digest(secret), self._clock.now(), own=True)
        self._address.write(Address(port, os.getpid(), secret))

    def withdraw(self) -> None:
        """The server is gone, and its own secret with it."""
        self._own = None
        self._address.remove()


def _new_secret() -> str:
    return _PREFIX + secrets.token_urlsafe(32)
