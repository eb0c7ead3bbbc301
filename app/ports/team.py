"""The library that a team shares, and those who look after it."""

from typing import Protocol

from app.domain.team import Grant, TeamCollection, TeamStatus


class TeamLibrary(Protocol):
    """The team's library as the person who is signed in sees it."""

    def status(self) -> TeamStatus:
        """What the person is admitted to. Raises AppError TEAM_*, KEYRING_LOCKED."""
        ...


class TeamAdministration(Protocol):
    """What an administrator of the server does, each act as a whole or not at all. All may raise AppError TEAM_*."""

    def set_up(self, embedder: str, dimension: int) -> int:
        """Make the library, or bring it up to date; the version it had, 0 for none.

        A new one takes vectors of this embedder from then on.
        """
        ...

    def put_collection(self, collection: TeamCollection) -> None:
        """Make a collection, or change whose it is and its class."""
        ...

    def grant(self, grant: Grant, password: str) -> bool:
        """Admit a person, or change what they may; true if they are new, and sign in with the password from now on.

        Raises AppError TEAM_NAME_TAKEN for a role of the server that is none of ours.
        """
        ...

    def revoke(self, person: str) -> bool:
        """Show a person nothing from now on, whatever connections are open; false if they were not admitted."""
        ...

    def people(self) -> list[Grant]:
        """Who is admitted, a row for each of their teams."""
        ...


class TeamAccess(Protocol):
    """The way to the team's library. All may raise AppError TEAM_NOT_CONFIGURED, TEAM_MISCONFIGURED."""

    def library(self) -> TeamLibrary:
        """As the person of `team.url`."""
        ...

    def account(self) -> str:
        """What the person's password is kept under."""
        ...

    def administration(self, name: str, password: str) -> TeamAdministration:
        """As an administrator."""
        ...

    def script(self, embedder: str, dimension: int) -> str:
        """The SQL that makes a library, for an administrator to read and run."""
        ...

    def embedder_name(self) -> str:
        """The embedder of this device, "" without one."""
        ...
