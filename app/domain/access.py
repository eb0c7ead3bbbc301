"""Who may use the local API: tokens of apps, what each may do, and where the API that runs is found."""

import hashlib
import hmac
import re
from collections.abc import Iterable
from dataclasses import dataclass
from enum import StrEnum
from typing import Final


class Scope(StrEnum):
    """What a token opens."""

    MODELS = "models"  # list the models
    CHAT = "chat"  # have text generated
    EMBEDDINGS = "embeddings"  # have text embedded
    LIBRARY = "library"  # have questions answered from the person's documents


@dataclass(frozen=True, slots=True)
class AppToken:
    """A token as it is kept: the secret itself is shown once and then known to its app alone."""

    name: str
    scopes: tuple[Scope, ...]
    sha256: str  # of the secret
    created_at: str  # ISO 8601, UTC
    own: bool = False  # of Donjon's own command line: lives as long as the server, and opens everything

    def opens(self, scope: Scope) -> bool:
        """Whether it may do what `scope` stands for."""
        return self.own or scope in self.scopes


@dataclass(frozen=True, slots=True)
class Address:
    """Where the API of a home listens, and the secret by which Donjon's own command line gets in."""

    port: int
    pid: int
    secret: str


_NAME: Final = re.compile(r"[a-z0-9][a-z0-9-]{0,39}")


def name_fits(name: str) -> bool:
    """Whether a token may have this name; it becomes part of a file's name and is written to the ledger."""
    return _NAME.fullmatch(name) is not None


def secret_digest(secret: str) -> str:
    """What is kept of a secret. Secrets are 256 random bits, so one plain hash is enough."""
    return hashlib.sha256(secret.encode("utf-8", "surrogatepass")).hexdigest()


def matching(secret: str, tokens: Iterable[AppToken]) -> AppToken | None:
    """The token with this secret; every token is compared, so time does not tell which one came close."""
    digest = secret_digest(secret)
    found = None
    for token in tokens:
        if hmac.compare_digest(digest, token.sha256):
            found = token
    return found
