"""Objections to verdicts of rails, in one SQLite file."""

import threading
from pathlib import Path
from typing import Final

import msgspec

from app.adapters.sqlite_file import open_sqlite, wipe
from app.domain.appeals import Appeal

_MIGRATIONS: Final = (
    """
    CREATE TABLE appeals (
        id INTEGER PRIMARY KEY AUTOINCREMENT, at TEXT NOT NULL, rail TEXT NOT NULL, place TEXT NOT NULL,
        kinds TEXT NOT NULL,  -- a list of names, JSON
        said TEXT NOT NULL
    ) STRICT
    """,
)


class SqliteAppeals:
    """Serves the `AppealStore` port; safe to call from several threads."""

    def __init__(self, path: Path) -> None:
        self._lock = threading.Lock()
        self._db = open_sqlite(path, _MIGRATIONS)

    def add(self, at: str, rail: str, where: str, kinds: tuple[str, ...], text: str) -> Appeal:
        """See the port."""
        with self._lock:
            cursor = self._db.execute(
                "INSERT INTO appeals (at, rail, place, kinds, said) VALUES (?, ?, ?, ?, ?)",
                (at, rail, where, msgspec.json.encode(kinds).decode(), text),
            )
        return Appeal(cursor.lastrowid or 0, at, rail, where, kinds, text)

    def all(self) -> list[Appeal]:
        """See the port."""
        with self._lock:
            rows = self._db.execute("SELECT id, at, rail, place, kinds, said FROM appeals ORDER BY id").fetchall()
        return [
            Appeal(number, at, rail, where, msgspec.json.decode(kinds, type=tuple[str, ...]), text)
            for number, at, rail, where, kinds, text in rows
        ]

    def remove(self, appeal_id: int) -> None:
        """See the port. What is removed is gone from the file and from its log."""
        with self._lock:
            self._db.execute("DELETE FROM appeals WHERE id = ?", (appeal_id,))
            wipe(self._db)

    def close(self) -> None:
        """Close the file."""
        with self._lock:
            self._db.close()
