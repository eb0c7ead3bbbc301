"""The ledger: hash-chained entries in one SQLite file, the head in a file beside it."""

import os
import sqlite3
import threading
from collections.abc import Iterator
from pathlib import Path
from typing import Final

import msgspec

from app.adapters.sqlite_file import open_sqlite
from app.domain.audit import GENESIS, Entry, Head, JsonValue, Verification, make_entry, verify
from app.domain.errors import AppError, ErrorCode
from app.ports.clock import Clock

_MIGRATIONS: Final = (
    """
    CREATE TABLE entries (
        seq INTEGER PRIMARY KEY,
        at TEXT NOT NULL,
        kind TEXT NOT NULL,
        facts TEXT NOT NULL,
        previous TEXT NOT NULL,
        hash TEXT NOT NULL
    ) STRICT;
    CREATE TRIGGER entries_are_not_changed BEFORE UPDATE ON entries
        BEGIN SELECT RAISE(ABORT, 'the ledger is append-only'); END;
    CREATE TRIGGER entries_are_not_deleted BEFORE DELETE ON entries
        BEGIN SELECT RAISE(ABORT, 'the ledger is append-only'); END
    """,
)


class SqliteLedger:
    """Serves the `Ledger` port; every entry is on the disk before `append` returns."""

    def __init__(self, path: Path, clock: Clock) -> None:
        self._path = path
        self._head_path = path.with_suffix(".head")
        self._clock = clock
        self._lock = threading.Lock()
        self._db = open_sqlite(path, _MIGRATIONS)

    def append(self, kind: str, facts: dict[str, JsonValue]) -> Entry:
        """Write one entry durably, then move the head."""
        try:
            with self._lock:
                self._db.execute("BEGIN IMMEDIATE")
                try:
                    row = self._db.execute("SELECT seq, hash FROM entries ORDER BY seq DESC LIMIT 1").fetchone()
                    seq, previous = (row[0] + 1, row[1]) if row else (1, GENESIS)
                    entry = make_entry(seq, self._clock.now(), kind, facts, previous)
                    self._db.execute(
                        "INSERT INTO entries VALUES (?, ?, ?, ?, ?, ?)",
                        (entry.seq, entry.at, entry.kind, entry.facts, entry.previous, entry.hash),
                    )
                except BaseException:
                    self._db.execute("ROLLBACK")
                    raise
                self._db.execute("COMMIT")
                self._write_head(Head(entry.seq, entry.hash))
        except (sqlite3.Error, OSError) as error:
            raise AppError(ErrorCode.LEDGER_UNWRITABLE, path=str(self._path), reason=str(error)) from error
        return entry

    def entries(self) -> Iterator[Entry]:
        """All entries, oldest first."""
        with self._lock:
            rows = self._db.execute("SELECT seq, at, kind, facts, previous, hash FROM entries ORDER BY seq").fetchall()
        return (Entry(*row) for row in rows)

    def verify(self) -> Verification:
        """Walk the chain and compare its end with the head."""
        return verify(self.entries(), self._read_head())

    def close(self) -> None:
        """Close the file."""
        with self._lock:
            self._db.close()

    def _write_head(self, head: Head) -> None:
        draft = self._head_path.with_suffix(".head.new")
        with draft.open("wb") as file:
            file.write(msgspec.json.encode(head))
            file.flush()
            os.fsync(file.fileno())
        draft.replace(self._head_path)

    def _read_head(self) -> Head | None:
        try:
            return msgspec.json.decode(self._head_path.read_bytes(), type=Head)
        except (FileNotFoundError, msgspec.DecodeError):
            return None
