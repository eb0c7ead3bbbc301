"""Opening an SQLite file of ours: WAL, migrations by `user_version`, a backup of a file that is not new before them."""

import sqlite3
from collections.abc import Sequence
from pathlib import Path

from app.domain.errors import AppError, ErrorCode


def open_sqlite(path: Path, migrations: Sequence[str]) -> sqlite3.Connection:
    """Open (or create) the file and bring it up to date.

    `migrations` is append-only: entry n brings version n to n + 1, in one transaction. Raises AppError CHATS_NEWER for
    a file of a newer program, HOME_NOT_WRITABLE when it cannot be opened.
    """
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        connection = sqlite3.connect(path, check_same_thread=False, isolation_level=None)
        connection.execute("PRAGMA journal_mode = WAL")
        connection.execute("PRAGMA synchronous = FULL")
        connection.execute("PRAGMA foreign_keys = ON")
        connection.execute("PRAGMA secure_delete = ON")
        _migrate(connection, path, migrations)
    except (sqlite3.Error, OSError) as error:
        raise AppError(ErrorCode.HOME_NOT_WRITABLE, path=str(path), reason=str(error)) from error
    return connection


def wipe(connection: sqlite3.Connection) -> None:
    """Leave nothing of what was deleted: not in the log, nor in a backup from before an upgrade, which went well."""
    connection.execute("PRAGMA wal_checkpoint(TRUNCATE)")
    _, _, file = connection.execute("PRAGMA database_list").fetchone()
    path = Path(file)
    for backup in path.parent.glob(f"{path.stem}.v*.bak"):
        backup.unlink()


def _migrate(connection: sqlite3.Connection, path: Path, migrations: Sequence[str]) -> None:
    (version,) = connection.execute("PRAGMA user_version").fetchone()
    if version > len(migrations):
        raise AppError(ErrorCode.CHATS_NEWER, path=str(path), found=version, known=len(migrations))
    if 0 < version < len(migrations):
        backup = sqlite3.connect(path.with_suffix(f".v{version}.bak"))
        with backup:
            connection.backup(backup)
        backup.close()
    for number in range(version, len(migrations)):
        connection.executescript(f"BEGIN; {migrations[number]}; PRAGMA user_version = {number + 1}; COMMIT;")
