"""Runs of playbooks in one SQLite file."""

import threading
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Final

import msgspec

from app.adapters.sqlite_file import open_sqlite, wipe
from app.domain.errors import AppError, ErrorCode
from app.domain.playbook_run import Run

_MIGRATIONS: Final = (
    """
    CREATE TABLE runs (
        id INTEGER PRIMARY KEY AUTOINCREMENT, started_at TEXT NOT NULL, changed_at TEXT NOT NULL, run TEXT NOT NULL
    ) STRICT
    """,
)
_COLUMNS: Final = "id, started_at, changed_at, run"


class SqlitePlaybookRuns:
    """Implements `ports.playbooks.PlaybookRuns`; safe to call from several threads."""

    def __init__(self, path: Path) -> None:
        self._lock = threading.Lock()
        self._db = open_sqlite(path, _MIGRATIONS)

    def all(self) -> list[Run]:
        """See the port."""
        with self._lock:
            rows = self._db.execute(f"SELECT {_COLUMNS} FROM runs ORDER BY changed_at DESC, id DESC").fetchall()  # noqa: S608
        return [_run(*row) for row in rows]

    def get(self, run_id: int) -> Run:
        """See the port."""
        with self._lock:
            row = self._db.execute(f"SELECT {_COLUMNS} FROM runs WHERE id = ?", (run_id,)).fetchone()  # noqa: S608
        if row is None:
            raise _unknown(run_id)
        return _run(*row)

    def add(self, run: Run) -> Run:
        """See the port."""
        now = _now()
        with self._lock:
            cursor = self._db.execute(
                "INSERT INTO runs (started_at, changed_at, run) VALUES (?, ?, ?)", (now, now, _json(run))
            )
        assert cursor.lastrowid is not None
        return self.get(cursor.lastrowid)

    def save(self, run: Run) -> Run:
        """See the port."""
        self._change("UPDATE runs SET changed_at = ?, run = ? WHERE id = ?", _now(), _json(run), run.id)
        return self.get(run.id)

    def remove(self, run_id: int) -> None:
        """See the port."""
        self._change("DELETE FROM runs WHERE id = ?", run_id)
        with self._lock:
            wipe(self._db)

    def close(self) -> None:
        """Close the file."""
        with self._lock:
            self._db.close()

    def _change(self, statement: str, *values: str | int) -> None:
        with self._lock:
            if not self._db.execute(statement, values).rowcount:
                raise _unknown(int(values[-1]))


def _now() -> str:
    return datetime.now(UTC).isoformat(timespec="seconds").replace("+00:00", "Z")


def _json(run: Run) -> str:
    return msgspec.json.encode(run).decode()


def _run(run_id: int, started_at: str, changed_at: str, run: str) -> Run:
    return replace(msgspec.json.decode(run, type=Run), id=run_id, started_at=started_at, changed_at=changed_at)


def _unknown(run_id: int) -> AppError:
    return AppError(ErrorCode.UNKNOWN_PLAYBOOK_RUN, run=run_id)
