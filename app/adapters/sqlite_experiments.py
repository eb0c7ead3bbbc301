"""Questions, runs and results of experiments in one SQLite file."""

import threading
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Final

import msgspec

from app.adapters.sqlite_file import open_sqlite, wipe
from app.domain.errors import AppError, ErrorCode
from app.domain.experiments import Question, Result, Run, RunState

_MIGRATIONS: Final = (
    """
    CREATE TABLE questions (
        id INTEGER PRIMARY KEY AUTOINCREMENT,
        text TEXT NOT NULL, documents TEXT NOT NULL, page INTEGER NOT NULL, origin TEXT NOT NULL,
        approved INTEGER NOT NULL, made_from TEXT NOT NULL,
        UNIQUE (text, documents, page)
    ) STRICT;
    CREATE TABLE runs (
        id INTEGER PRIMARY KEY AUTOINCREMENT, started_at TEXT NOT NULL, state TEXT NOT NULL, run TEXT NOT NULL
    ) STRICT;
    CREATE TABLE results (
        run_id INTEGER NOT NULL REFERENCES runs(id) ON DELETE CASCADE, variant TEXT NOT NULL, result TEXT NOT NULL,
        PRIMARY KEY (run_id, variant)
    ) STRICT
    """,
)
_QUESTION: Final = "id, text, documents, page, origin, approved, made_from"


class SqliteExperiments:
    """Implements `ports.experiments.ExperimentStore`; safe to call from several threads."""

    def __init__(self, path: Path) -> None:
        self._lock = threading.Lock()
        self._db = open_sqlite(path, _MIGRATIONS)
        with self._lock:
            self._db.execute("UPDATE runs SET state = 'stopped' WHERE state = 'running'")  # its process is gone

    # --- questions -----------------------------------------------------------------------------------------------

    def questions(self) -> list[Question]:
        """See the port."""
        with self._lock:
            rows = self._db.execute(f"SELECT {_QUESTION} FROM questions ORDER BY id").fetchall()  # noqa: S608
        return [_question(row) for row in rows]

    def add_question(self, question: Question) -> Question:
        """See the port."""
        documents = _json(question.documents)
        with self._lock:
            self._db.execute(
                "INSERT INTO questions (text, documents, page, origin, approved, made_from) VALUES (?, ?, ?, ?, ?, ?)"
                " ON CONFLICT DO NOTHING",
                (question.text, documents, question.page, question.origin, question.approved, question.made_from),
            )
            row = self._db.execute(
                f"SELECT {_QUESTION} FROM questions WHERE text = ? AND documents = ? AND page = ?",  # noqa: S608
                (question.text, documents, question.page),
            ).fetchone()
        return _question(row)

    def approve_question(self, question_id: int, text: str) -> None:
        """See the port."""
        self._change_question("UPDATE OR REPLACE questions SET approved = 1, text = ? WHERE id = ?", text, question_id)

    def remove_question(self, question_id: int) -> None:
        """See the port."""
        self._change_question("DELETE FROM questions WHERE id = ?", question_id)

    def _change_question(self, statement: str, *values: str | int) -> None:
        with self._lock:
            if not self._db.execute(statement, values).rowcount:
                raise AppError(ErrorCode.UNKNOWN_QUESTION, question=values[-1])

    def forget_document(self, content_hash: str) -> None:
        """See the port."""
        with self._lock:
            self._db.execute("DELETE FROM questions WHERE made_from = ?", (content_hash,))
            wipe(self._db)

    # --- runs ----------------------------------------------------------------------------------------------------

    def runs(self) -> list[Run]:
        """See the port."""
        with self._lock:
            rows = self._db.execute("SELECT id, started_at, state, run FROM runs ORDER BY id DESC").fetchall()
        return [_run(*row) for row in rows]

    def run(self, run_id: int) -> Run:
        """See the port."""
        with self._lock:
            row = self._db.execute("SELECT id, started_at, state, run FROM runs WHERE id = ?", (run_id,)).fetchone()
        if row is None:
            raise AppError(ErrorCode.UNKNOWN_EXPERIMENT, experiment=run_id)
        return _run(*row)

    def add_run(self, run: Run) -> Run:
        """See the port."""
        now = datetime.now(UTC).isoformat(timespec="seconds").replace("+00:00", "Z")
        with self._lock:
            cursor = self._db.execute(
                "INSERT INTO runs (started_at, state, run) VALUES (?, ?, ?)", (now, run.state, _json(run))
            )
        assert cursor.lastrowid is not None
        return self.run(cursor.lastrowid)

    def set_state(self, run_id: int, state: RunState) -> None:
        """See the port."""
        with self._lock:
            self._db.execute("UPDATE runs SET state = ? WHERE id = ?", (state, run_id))

    def remove_run(self, run_id: int) -> None:
        """See the port."""
        with self._lock:
            if not self._db.execute("DELETE FROM runs WHERE id = ?", (run_id,)).rowcount:
                raise AppError(ErrorCode.UNKNOWN_EXPERIMENT, experiment=run_id)

    def results(self, run_id: int) -> list[Result]:
        """See the port."""
        with self._lock:
            rows = self._db.execute("SELECT result FROM results WHERE run_id = ? ORDER BY rowid", (run_id,)).fetchall()
        return [msgspec.json.decode(row[0], type=Result) for row in rows]

    def add_result(self, run_id: int, result: Result) -> None:
        """See the port."""
        with self._lock:
            self._db.execute(
                "INSERT OR REPLACE INTO results VALUES (?, ?, ?)", (run_id, _json(result.variant), _json(result))
            )

    def close(self) -> None:
        """Close the file."""
        with self._lock:
            self._db.close()


def _json(value: object) -> str:
    return msgspec.json.encode(value).decode()


def _question(row: tuple[int, str, str, int, str, int, str]) -> Question:
    question_id, text, documents, page, origin, approved, made_from = row
    facts = {"text": text, "documents": msgspec.json.decode(documents), "page": page, "origin": origin}
    return msgspec.convert({**facts, "approved": bool(approved), "made_from": made_from, "id": question_id}, Question)


def _run(run_id: int, started_at: str, state: RunState, run: str) -> Run:
    return replace(msgspec.json.decode(run, type=Run), id=run_id, started_at=started_at, state=state)
