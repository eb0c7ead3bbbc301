"""The library that a team shares: signing in to it, and looking after it."""

import secrets as random
from collections.abc import Callable

from app.domain.cancel import Cancel
from app.domain.errors import AppError, ErrorCode
from app.domain.team import Grant, TeamCollection, TeamStatus
from app.ports.embedder import Embedder
from app.ports.secrets import Secrets
from app.ports.team import TeamAccess
from app.services.audit import Audit


class Team:
    """Signs a person in, and does what an administrator asks."""

    def __init__(self, access: TeamAccess, embedder: Embedder, secrets: Callable[[], Secrets], audit: Audit) -> None:
        self._access = access
        self._embedder = embedder
        self._secrets = secrets
        self._audit = audit

    def status(self) -> TeamStatus:
        """What the person is admitted to. Raises AppError TEAM_*."""
        return self._access.library().status()

    def sign_in(self, password: str) -> None:
        """Keep the person's password for good, or forget it if it is "". Raises AppError TEAM_*, KEYRING_*."""
        account = self._access.account()
        if not password:
            self._secrets().delete(account)
        elif not self._secrets().set(account, password):
            raise AppError(ErrorCode.KEYRING_MISSING)

    def set_up(self, administrator: str, password: str, cancel: Cancel) -> int:
        """Make the library for the embedder of this device, or bring it up to date; the version it had, 0 for none."""
        embedder, dimension = self._vectors(cancel)
        administration = self._access.administration(administrator, password)
        self._audit.team_changed("set up", embedder)
        return administration.set_up(embedder, dimension)

    def script(self, cancel: Cancel) -> str:
        """The SQL that makes the library for the embedder of this device."""
        return self._access.script(*self._vectors(cancel))

    def put_collection(self, administrator: str, password: str, collection: TeamCollection) -> None:
        """Make a collection on the server, or change whose it is and its class."""
        administration = self._access.administration(administrator, password)
        self._audit.team_changed("collection", collection.name, collection.team, collection.data_class)
        administration.put_collection(collection)

    def grant(self, administrator: str, password: str, grant: Grant) -> str:
        """Admit a person, or change what they may; the password of one who is new, else ""."""
        administration = self._access.administration(administrator, password)
        self._audit.team_changed("grant", grant.person, grant.team, grant.clearance)
        first = random.token_urlsafe(18)
        return first if administration.grant(grant, first) else ""

    def revoke(self, administrator: str, password: str, person: str) -> bool:
        """Show a person nothing from now on; false if they were not admitted."""
        administration = self._access.administration(administrator, password)
        self._audit.team_changed("revoke", person)
        return administration.revoke(person)

    def people(self, administrator: str, password: str) -> list[Grant]:
        """Who is admitted."""
        return self._access.administration(administrator, password).people()

    def _vectors(self, cancel: Cancel) -> tuple[str, int]:
        """Whose vectors this device makes, and how long they are. Raises AppError EMBEDDER_MISSING."""
        (vector,) = self._embedder.embed(["dimension"], cancel).vectors
        return self._access.embedder_name(), len(vector) // 4
