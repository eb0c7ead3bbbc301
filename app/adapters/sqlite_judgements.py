"""Judged documents, the versions of their judgements, reviews and folders in one SQLite file."""

import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Final

import msgspec

from app.adapters.sqlite_file import open_sqlite, wipe
from app.domain.errors import AppError, ErrorCode
from app.domain.judge import Batch, Case, Judged, Review, Row, Version

_MIGRATIONS: Final = (
    """
    CREATE TABLE batches (id INTEGER PRIMARY KEY AUTOINCREMENT, batch TEXT NOT NULL) STRICT;
    CREATE TABLE rows (
        batch_id INTEGER NOT NULL REFERENCES batches(id) ON DELETE CASCADE, path TEXT NOT NULL, row TEXT NOT NULL,
        PRIMARY KEY (batch_id, path)
    ) STRICT;
    CREATE TABLE cases (
        id INTEGER PRIMARY KEY AUTOINCREMENT, name TEXT NOT NULL, path TEXT NOT NULL, content_hash TEXT NOT NULL,
        template_id TEXT NOT NULL, batch_id INTEGER REFERENCES batches(id) ON DELETE CASCADE, judged TEXT NOT NULL
    ) STRICT;
    CREATE TABLE versions (
        id INTEGER PRIMARY KEY AUTOINCREMENT, case_id INTEGER NOT NULL REFERENCES cases(id) ON DELETE CASCADE,
        made_at TEXT NOT NULL, template TEXT NOT NULL, version TEXT NOT NULL
    ) STRICT;
    CREATE TABLE reviews (
        version_id INTEGER NOT NULL REFERENCES versions(id) ON DELETE CASCADE, key TEXT NOT NULL, review TEXT NOT NULL,
        PRIMARY KEY (version_id, key)
    ) STRICT;
    CREATE INDEX versions_of_case ON versions(case_id)
    """,
)
_CASES: Final = (
    "SELECT c.id, c.name, c.path, c.content_hash, c.template_id, v.template, count(v.id), max(v.made_at), c.batch_id"
    " FROM cases c JOIN versions v ON v.case_id = c.id"
)


class SqliteJudgements:
    """Implements `ports.judgements.JudgementStore`; safe to call from several threads."""

    def __init__(self, path: Path) -> None:
        self._lock = threading.Lock()
        self._db = open_sqlite(path, _MIGRATIONS)

    # --- cases ---------------------------------------------------------------------------------------------------

    def cases(self) -> list[Case]:
        """See the port."""
        with self._lock:
            rows = self._db.execute(f"{_CASES} GROUP BY c.id ORDER BY max(v.id) DESC").fetchall()
        return [Case(*row) for row in rows]

    def case(self, case_id: int) -> Case:
        """See the port."""
        with self._lock:
            row = self._db.execute(f"{_CASES} WHERE c.id = ? GROUP BY c.id", (case_id,)).fetchone()
        if row is None:
            raise AppError(ErrorCode.UNKNOWN_CASE, case=case_id)
        return Case(*row)

    def judged(self, case_id: int) -> Judged:
        """See the port."""
        with self._lock:
            row = self._db.execute("SELECT judged FROM cases WHERE id = ?", (case_id,)).fetchone()
        if row is None:
            raise AppError(ErrorCode.UNKNOWN_CASE, case=case_id)
        return msgspec.json.decode(row[0], type=Judged)

    def add(self, judged: Judged, version: Version, batch_id: int | None = None) -> Case:
        """See the port."""
        now = _now()
        with self._lock, self._transaction():
            row = self._db.execute(
                "SELECT id FROM cases WHERE content_hash = ? AND template_id = ? AND path = ? AND batch_id IS ?",
                (judged.content_hash, version.template.id, judged.path, batch_id),
            ).fetchone()
            case_id = row[0] if row else self._add_case(judged, version.template.id, batch_id)
            self._db.execute(
                "INSERT INTO versions (case_id, made_at, template, version) VALUES (?, ?, ?, ?)",
                (case_id, now, version.template.name, _json(version)),
            )
        return self.case(case_id)

    def versions(self, case_id: int) -> list[Version]:
        """See the port."""
        with self._lock:
            rows = self._db.execute(
                "SELECT id, made_at, version FROM versions WHERE case_id = ? ORDER BY id", (case_id,)
            ).fetchall()
        return [
            replace(msgspec.json.decode(kept, type=Version), id=version_id, made_at=made_at, number=number)
            for number, (version_id, made_at, kept) in enumerate(rows, 1)
        ]

    def remove(self, case_id: int) -> None:
        """See the port."""
        self._remove("DELETE FROM cases WHERE id = ?", case_id, AppError(ErrorCode.UNKNOWN_CASE, case=case_id))

    def forget_document(self, content_hash: str) -> None:
        """See the port."""
        with self._lock:
            self._db.execute("DELETE FROM cases WHERE content_hash = ?", (content_hash,))
            wipe(self._db)

    def review(self, review: Review) -> None:
        """See the port."""
        kept = _json(replace(review, made_at=_now()))
        with self._lock:
            self._db.execute("INSERT OR REPLACE INTO reviews VALUES (?, ?, ?)", (review.version_id, review.key, kept))

    def reviews(self, case_id: int | None = None) -> list[Review]:
        """See the port."""
        with self._lock:
            rows = self._db.execute(
                "SELECT r.review FROM reviews r JOIN versions v ON v.id = r.version_id"
                " WHERE ? IS NULL OR v.case_id = ? ORDER BY r.rowid",
                (case_id, case_id),
            ).fetchall()
        return [msgspec.json.decode(row[0], type=Review) for row in rows]

    # --- folders -------------------------------------------------------------------------------------------------

    def batches(self) -> list[Batch]:
        """See the port."""
        with self._lock:
            rows = self._db.execute("SELECT id FROM batches ORDER BY id DESC").fetchall()
        return [self.batch(row[0]) for row in rows]

    def batch(self, batch_id: int) -> Batch:
        """See the port."""
        with self._lock:
            row = self._db.execute("SELECT batch FROM batches WHERE id = ?", (batch_id,)).fetchone()
            rows = self._db.execute("SELECT row FROM rows WHERE batch_id = ? ORDER BY path", (batch_id,)).fetchall()
        if row is None:
            raise AppError(ErrorCode.UNKNOWN_BATCH, table=batch_id)
        kept = tuple(msgspec.json.decode(one[0], type=Row) for one in rows)
        return replace(msgspec.json.decode(row[0], type=Batch), id=batch_id, rows=kept)

    def add_batch(self, batch: Batch) -> Batch:
        """See the port."""
        kept = _json(replace(batch, started_at=_now(), rows=()))
        with self._lock, self._transaction():
            batch_id = self._db.execute("INSERT INTO batches (batch) VALUES (?) RETURNING id", (kept,)).fetchone()[0]
            rows = [(batch_id, row.path, _json(row)) for row in batch.rows]
            self._db.executemany("INSERT INTO rows VALUES (?, ?, ?)", rows)
        return self.batch(batch_id)

    def set_row(self, batch_id: int, row: Row) -> None:
        """See the port."""
        with self._lock:
            self._db.execute("INSERT OR REPLACE INTO rows VALUES (?, ?, ?)", (batch_id, row.path, _json(row)))

    def remove_batch(self, batch_id: int) -> None:
        """See the port."""
        self._remove("DELETE FROM batches WHERE id = ?", batch_id, AppError(ErrorCode.UNKNOWN_BATCH, table=batch_id))

    def close(self) -> None:
        """Close the file."""
        with self._lock:
            self._db.close()

    def _add_case(self, judged: Judged, template_id: str, batch_id: int | None) -> int:
        row = self._db.execute(
            "INSERT INTO cases (name, path, content_hash, template_id, batch_id, judged) VALUES (?, ?, ?, ?, ?, ?)"
            " RETURNING id",
            (judged.name, judged.path, judged.content_hash, template_id, batch_id, _json(judged)),
        ).fetchone()
        return int(row[0])

    @contextmanager
    def _transaction(self) -> Iterator[None]:
        """All of it or nothing."""
        self._db.execute("BEGIN IMMEDIATE")
        with self._db:
            yield

    def _remove(self, statement: str, key: int, unknown: AppError) -> None:
        with self._lock:
            if not self._db.execute(statement, (key,)).rowcount:
                raise unknown
            wipe(self._db)


def _json(value: object) -> str:
    return msgspec.json.encode(value).decode()


def _now() -> str:
    return datetime.now(UTC).isoformat(timespec="seconds").replace("+00:00", "Z")
