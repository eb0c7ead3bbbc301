"""What an administrator of a team library runs once, and whenever people come and go."""

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Final

from psycopg import sql

from app.adapters.postgres_connection import SCHEMA_VERSION, Connection, TeamServer, connect, faults_named
from app.domain.errors import AppError, ErrorCode
from app.domain.team import Grant, TeamCollection

_MARK: Final = "A person of a Donjon team library"  # the comment of a role that was made here


def setup_statements(folder: Path, version: int, embedder: str, dimension: int) -> Iterator[sql.Composed]:
    """What brings a database from a version to that of this program; from 0, what makes a new one."""
    yield _read(folder / "roles.sql", dimension)
    yield sql.SQL("SET LOCAL ROLE donjon_owner; SET LOCAL search_path = donjon, public, pg_temp").format()
    for number in range(version + 1, SCHEMA_VERSION + 1):
        (path,) = folder.glob(f"{number:03}_*.sql")
        yield _read(path, dimension)
    facts = {"version": str(SCHEMA_VERSION)} if version else {"version": str(SCHEMA_VERSION), "embedder": embedder}
    for name, value in facts.items():
        yield sql.SQL(
            "INSERT INTO facts VALUES ({}, {}) ON CONFLICT (name) DO UPDATE SET value = excluded.value"
        ).format(name, value)


def _read(path: Path, dimension: int) -> sql.Composed:
    text = path.read_text(encoding="utf-8")
    return sql.Composed([sql.SQL(text.replace("{dimension}", str(int(dimension))))])


def setup_script(folder: Path, embedder: str, dimension: int) -> str:
    """What makes a new library, for an administrator to read and to run with psql."""
    statements = (statement.as_string() for statement in setup_statements(folder, 0, embedder, dimension))
    return "\n".join(
        ["BEGIN;", *(f"{statement.rstrip().removesuffix(';')};" for statement in statements), "COMMIT;", ""]
    )


class PostgresAdmin:
    """Implements `ports.team.TeamAdministration`; a connection for each act, as the administrator who signs in."""

    def __init__(self, server: TeamServer, password: str, folder: Path) -> None:
        self._server = server
        self._password = password
        self._folder = folder

    def set_up(self, embedder: str, dimension: int) -> int:
        """See the port."""
        with self._transaction() as connection:
            version = _version(connection)
            if version > SCHEMA_VERSION:
                raise AppError(ErrorCode.TEAM_NEWER, host=self._server.host, found=version, known=SCHEMA_VERSION)
            for statement in setup_statements(self._folder, version, embedder, dimension):
                connection.execute(statement)
        return version

    def put_collection(self, collection: TeamCollection) -> None:
        """See the port."""
        with self._transaction() as connection:
            connection.execute(
                "INSERT INTO collections (name, team, data_class) VALUES (%s, %s, %s) ON CONFLICT (name)"
                " DO UPDATE SET team = excluded.team, data_class = excluded.data_class",
                [collection.name, collection.team, collection.data_class],
            )

    def grant(self, grant: Grant, password: str) -> bool:
        """See the port."""
        person = sql.Identifier(grant.person)
        with self._transaction() as connection:
            known = connection.execute("SELECT 1 FROM pg_roles WHERE rolname = %s", [grant.person]).fetchone()
            admitted = connection.execute("SELECT 1 FROM people WHERE person = %s", [grant.person]).fetchone()
            if not known:
                make = sql.SQL("CREATE ROLE {} NOSUPERUSER NOCREATEDB NOCREATEROLE NOBYPASSRLS CONNECTION LIMIT 8")
                connection.execute(make.format(person))
                connection.execute(sql.SQL("COMMENT ON ROLE {} IS {}").format(person, _MARK))
            elif not admitted and not _is_ours(connection, grant.person):
                raise AppError(ErrorCode.TEAM_NAME_TAKEN, person=grant.person)
            if not admitted:
                sign_in = sql.SQL("ALTER ROLE {} LOGIN PASSWORD {}")
                connection.execute(sign_in.format(person, _verifier(connection, grant.person, password)))
                connection.execute(sql.SQL("GRANT donjon_member TO {}").format(person))
            connection.execute(
                "INSERT INTO people VALUES (%s, %s) ON CONFLICT (person) DO UPDATE SET clearance = excluded.clearance",
                [grant.person, grant.clearance],
            )
            connection.execute(
                "INSERT INTO members VALUES (%s, %s, %s)"
                " ON CONFLICT (person, team) DO UPDATE SET may_add = excluded.may_add",
                [grant.person, grant.team, grant.may_add],
            )
        return not admitted

    def revoke(self, person: str) -> bool:
        """See the port. Connections that are open stay so, and see nothing from their next statement on."""
        with self._transaction() as connection:
            gone = connection.execute("DELETE FROM people WHERE person = %s", [person]).rowcount > 0
            if gone:
                role = sql.Identifier(person)
                connection.execute(sql.SQL("ALTER ROLE {} NOLOGIN PASSWORD NULL").format(role))
                connection.execute(sql.SQL("REVOKE donjon_member FROM {}").format(role))
        return gone

    def people(self) -> list[Grant]:
        """See the port."""
        with self._transaction() as connection:
            rows = connection.execute(
                "SELECT p.person, coalesce(m.team, ''), p.clearance::text, coalesce(m.may_add, false)"
                " FROM people p LEFT JOIN members m USING (person) ORDER BY 1, 2"
            )
            return [Grant(*row) for row in rows]

    @contextmanager
    def _transaction(self) -> Iterator[Connection]:
        """All that an act changes, or nothing of it."""
        with (
            faults_named(self._server.host),
            connect(self._server, self._password) as connection,
            connection.transaction(),
        ):
            yield connection


def _version(connection: Connection) -> int:
    (there,) = connection.execute("SELECT to_regclass('donjon.facts') IS NOT NULL").fetchone() or (False,)
    row = connection.execute("SELECT value::integer FROM facts WHERE name = 'version'").fetchone() if there else None
    return int(row[0]) if row else 0


def _verifier(connection: Connection, person: str, password: str) -> str:
    """What the server keeps of a password, made here: the password itself is in none of its logs."""
    return connection.pgconn.encrypt_password(password.encode(), person.encode(), b"scram-sha-256").decode()


def _is_ours(connection: Connection, role: str) -> bool:
    """Whether a role was made for a person of a team library, earlier or in another database of the server."""
    row = connection.execute(
        "SELECT shobj_description(oid, 'pg_authid') = %s FROM pg_roles WHERE rolname = %s", [_MARK, role]
    ).fetchone()
    return bool(row and row[0])
