"""Connections to a team library's PostgreSQL: always with TLS, to a server whose name and certificate are right."""

import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final, TypeAlias
from urllib.parse import unquote, urlsplit

import psycopg
from psycopg import errors

from app.domain.data_class import DataClass
from app.domain.errors import AppError, ErrorCode

Connection: TypeAlias = psycopg.Connection[tuple[Any, ...]]
Record: TypeAlias = Callable[[str, str, DataClass, int], None]  # host, purpose, class and bytes of what is sent next

CONNECT_S: Final = 5
STATEMENT_S: Final = 15
SCHEMA_VERSION: Final = 2  # of resources/team, as this program knows it
_OPTIONS: Final = (
    f"-c search_path=donjon,public,pg_temp -c statement_timeout={STATEMENT_S}s -c lock_timeout=5s"
    " -c hnsw.iterative_scan=strict_order"  # goes on until enough of the nearest are rows that the person may see
)


@dataclass(frozen=True, slots=True)
class TeamServer:
    """Where a team library is, who asks it, and the authorities that may vouch for it."""

    host: str
    port: int
    database: str
    person: str
    ca: Path

    @property
    def account(self) -> str:
        """What the person's password is kept under: a password for one server is never shown to another."""
        return f"team {self.person}@{self.host}:{self.port}/{self.database}"


def read_server(url: str, ca: str) -> TeamServer:
    """Read the settings. Raises AppError TEAM_MISCONFIGURED for what is no such address, or would weaken TLS."""
    try:
        parts = urlsplit(url)
        port = parts.port or 5432
    except ValueError as error:
        raise _misconfigured(f"team.url: {error}") from error
    database = unquote(parts.path.removeprefix("/"))
    if parts.scheme not in ("postgresql", "postgres") or not (parts.hostname and parts.username and database):
        raise _misconfigured("team.url is not like postgresql://anna@library.example/donjon")
    if parts.password is not None:
        raise _misconfigured("team.url holds a password, which belongs into the keyring: `donjon team sign-in`")
    if parts.query or parts.fragment or "/" in database:
        raise _misconfigured("team.url takes no options")
    if not ca:
        raise _misconfigured("team.ca names no file with the certificate authority of the server")
    path = Path(ca).expanduser()
    if not path.is_file():
        raise _misconfigured(f"team.ca: there is no file {path}")
    return TeamServer(parts.hostname, port, database, unquote(parts.username), path)


def connect(server: TeamServer, password: str) -> Connection:
    """A connection in autocommit. Raises AppError TEAM_UNREACHABLE, TEAM_UNTRUSTED, TEAM_SIGN_IN."""
    try:
        return psycopg.connect(
            host=server.host,
            port=server.port,
            dbname=server.database,
            user=server.person,
            password=password,
            sslmode="verify-full",
            sslrootcert=str(server.ca),
            sslcert="",
            sslkey="",
            gssencmode="disable",  # which would take the place of TLS
            require_auth="scram-sha-256",  # a server that asks for the password itself does not get it
            connect_timeout=CONNECT_S,
            application_name="Donjon",
            options=_OPTIONS,
            autocommit=True,
        )
    except psycopg.OperationalError as error:
        raise _refused(server.host, str(error)) from error


def _refused(host: str, said: str) -> AppError:
    """What libpq says of a connection that did not come about; it has no codes for that."""
    reason = " ".join(said.split())[-300:]
    if "certificate" in said or "does not support SSL" in said or ("SSL error" in said and "SYSCALL" not in said):
        return AppError(ErrorCode.TEAM_UNTRUSTED, host=host, reason=reason)
    if "FATAL:" in said or "authentication" in said:
        return AppError(ErrorCode.TEAM_SIGN_IN, host=host, reason=reason)
    return AppError(ErrorCode.TEAM_UNREACHABLE, host=host, reason=reason)


def _misconfigured(reason: str) -> AppError:
    return AppError(ErrorCode.TEAM_MISCONFIGURED, reason=reason)


@contextmanager
def faults_named(host: str) -> Iterator[None]:
    """What goes wrong in a statement, as AppError TEAM_*."""
    try:
        yield
    except (errors.InsufficientPrivilege, errors.UndefinedTable, errors.UndefinedObject) as error:
        # To who is not admitted any more the tables are as good as not there.
        raise AppError(ErrorCode.TEAM_FORBIDDEN, host=host, reason=_first_line(error)) from error
    except (psycopg.OperationalError, psycopg.InterfaceError) as error:
        raise AppError(ErrorCode.TEAM_UNREACHABLE, host=host, reason=_first_line(error)) from error


def _first_line(error: psycopg.Error) -> str:
    return next(iter(str(error).splitlines()), type(error).__name__)


class TeamConnection:
    """One connection, opened when first needed and anew after it broke; thread-safe."""

    def __init__(self, server: Callable[[], TeamServer], password: Callable[[TeamServer], str], record: Record) -> None:
        """`record` is told of everything before it is sent, and may refuse it by raising."""
        self._server = server
        self._password = password
        self._record = record
        self._lock = threading.RLock()
        self._connection: Connection | None = None
        self._opened: TeamServer | None = None

    @contextmanager
    def use(self, purpose: str, size: int, data_class: DataClass = "internal") -> Iterator[Connection]:
        """The connection, to send `size` bytes of a class for a purpose. Raises AppError TEAM_*, KEYRING_LOCKED."""
        with self._lock:
            server = self._server()
            self._record(server.host, purpose, data_class, size)
            with faults_named(server.host):
                connection = self._connection
                if connection is None or connection.closed or self._opened != server:
                    connection = self._open(server)
                yield connection

    def _open(self, server: TeamServer) -> Connection:
        self.close()
        password = self._password(server)
        if not password:
            raise AppError(ErrorCode.TEAM_PASSWORD_MISSING, host=server.host)
        connection = connect(server, password)
        try:
            if connection.execute("SELECT to_regnamespace('donjon')").fetchone() == (None,):
                raise AppError(ErrorCode.TEAM_NOT_SET_UP, host=server.host)
            (version,) = connection.execute("SELECT value::integer FROM facts WHERE name = 'version'").fetchone() or (
                0,
            )
            if version != SCHEMA_VERSION:
                code = ErrorCode.TEAM_NEWER if version > SCHEMA_VERSION else ErrorCode.TEAM_OLDER
                raise AppError(code, host=server.host, found=version, known=SCHEMA_VERSION)
        except BaseException:
            connection.close()
            raise
        self._connection, self._opened = connection, server
        return connection

    def close(self) -> None:
        """End it."""
        with self._lock:
            connection, self._connection, self._opened = self._connection, None, None
            if connection is not None:
                connection.close()
