"""The way to a team's library as it is set up; psycopg, which comes with the extra "team", is imported when needed."""

import threading
from collections.abc import Callable
from dataclasses import replace
from importlib.util import find_spec
from pathlib import Path
from typing import TYPE_CHECKING

from app.domain.audit import Connection
from app.domain.data_class import DataClass
from app.domain.errors import AppError, ErrorCode
from app.ports.embedder import Embedder
from app.ports.network import NetworkLog
from app.ports.secrets import Secrets

if TYPE_CHECKING:
    from app.adapters.postgres_admin import PostgresAdmin
    from app.adapters.postgres_connection import TeamServer
    from app.adapters.postgres_passages import PostgresPassages


class TeamDoor:
    """Implements `ports.team.TeamAccess`. `address` gives the settings `team.url` and `team.ca`.

    Nothing goes through it while `is_closed`: whatever it is asked then raises AppError TEAM_LOCAL_ONLY.
    """

    def __init__(
        self,
        address: Callable[[], tuple[str, str]],
        secrets: Callable[[], Secrets],
        network: NetworkLog,
        embedder: Embedder,
        embedder_name: Callable[[], str],
        folder: Path,
        is_closed: Callable[[], bool] = lambda: False,
    ) -> None:
        self._address = address
        self._secrets = secrets
        self._network = network
        self._embedder = embedder
        self.embedder_name = embedder_name
        self._folder = folder
        self._is_closed = is_closed
        self._lock = threading.Lock()
        self._opened: PostgresPassages | None = None

    def passages(self) -> "PostgresPassages | None":
        """The team's library, None while none is set up."""
        return self.library() if self._address()[0] else None

    def library(self) -> "PostgresPassages":
        """See the port."""
        self._server()
        from app.adapters.postgres_connection import TeamConnection
        from app.adapters.postgres_passages import PostgresPassages

        with self._lock:
            if self._opened is None:
                connection = TeamConnection(self._server, lambda of: self._secrets().get(of.account), self._record)
                self._opened = PostgresPassages(connection, self._embedder, self.embedder_name)
            return self._opened

    def account(self) -> str:
        """See the port."""
        return self._server().account

    def administration(self, name: str, password: str) -> "PostgresAdmin":
        """See the port."""
        server = self._server()
        from app.adapters.postgres_admin import PostgresAdmin

        self._record(server.host, "administration", "internal", 0)
        return PostgresAdmin(replace(server, person=name), password, self._folder)

    def script(self, embedder: str, dimension: int) -> str:
        """See the port."""
        _require_psycopg()
        from app.adapters.postgres_admin import setup_script

        return setup_script(self._folder, embedder, dimension)

    def close(self) -> None:
        """End the connection."""
        with self._lock:
            if self._opened is not None:
                self._opened.close()

    def _server(self) -> "TeamServer":
        url, ca = self._address()
        if not url:
            raise AppError(ErrorCode.TEAM_NOT_CONFIGURED)
        if self._is_closed():
            raise AppError(ErrorCode.TEAM_LOCAL_ONLY)
        _require_psycopg()
        from app.adapters.postgres_connection import read_server

        return read_server(url, ca)

    def _record(self, host: str, purpose: str, data_class: DataClass, size: int) -> None:
        self._network.network_opened(Connection(host, f"team library: {purpose}", data_class, size))


def _require_psycopg() -> None:
    if find_spec("psycopg") is None:
        raise AppError(ErrorCode.TEAM_EXTRA_MISSING)
