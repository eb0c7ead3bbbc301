"""The vectors in `library.db`: which embedder each is of, which chunks wait for theirs, and coarse ones meanwhile.

One embedder serves; while its successor is at work there is a second, coming. Every chunk without a vector of the
latest of them stands in `waiting`, from the transaction on in which it is added.
"""

import json
import sqlite3
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Final, Literal

import numpy as np

from app.worker.embedder import Identity
from app.worker.vector_cache import VectorCache
from app.worker.word_index import Selection

_IDENTITY: Final = "model, runtime, dimension, document_prompt, query_prompt"
_SERVING: Final = "(SELECT id FROM embedders WHERE state = 'serving')"
State = Literal["serving", "coming"]


@contextmanager
def transaction(db: sqlite3.Connection) -> Iterator[None]:
    """All or nothing of what is written inside."""
    db.execute("BEGIN IMMEDIATE")
    try:
        yield
    except BaseException:
        db.execute("ROLLBACK")
        raise
    db.execute("COMMIT")


class VectorTable:
    """Reads and writes through the library's one connection."""

    def __init__(self, db: sqlite3.Connection, folder: Path) -> None:
        """`folder` is where what was read may be kept while the library is open."""
        self._db = db
        self._cache = VectorCache(folder)

    def close(self) -> None:
        """Let go of what was read."""
        self._cache.clear()

    # --- embedders -----------------------------------------------------------------------------------------------

    def embedder(self, state: State) -> tuple[Identity, Path] | None:
        """The embedder in this state, and the folder its model was in."""
        row = self._db.execute(f"SELECT {_IDENTITY}, folder FROM embedders WHERE state = ?", (state,)).fetchone()  # noqa: S608  a constant
        return (Identity(*row[:5]), Path(row[5])) if row else None

    def aim(self, identity: Identity, folder: Path) -> None:
        """From now on chunks get vectors of this embedder; the one that serves goes on until all have one."""
        serving, coming = self.embedder("serving"), self.embedder("coming")
        if identity == (coming or serving or (None,))[0]:
            return
        with transaction(self._db):
            self._db.execute("DELETE FROM embedders WHERE state = 'coming'")
            self._db.execute("DELETE FROM waiting")
            if serving is None or serving[0] != identity:
                self._db.execute(
                    f"INSERT INTO embedders (state, {_IDENTITY}, folder) VALUES (?, ?, ?, ?, ?, ?, ?)",  # noqa: S608
                    ("serving" if serving is None else "coming", *_row(identity), str(folder)),
                )
            self._db.execute(
                "INSERT INTO waiting SELECT id FROM chunks WHERE id NOT IN"
                " (SELECT chunk_id FROM vectors WHERE embedder_id = (SELECT max(id) FROM embedders))"
            )

    def wants_embedder(self) -> bool:
        """Whether there is anything for an embedder to do, or to be compared with."""
        return self.count_waiting() > 0 or self.embedder("serving") is not None

    def is_coming(self) -> bool:
        """Whether an embedder is to follow the one that serves."""
        return self.embedder("coming") is not None

    def succeed(self) -> None:
        """The embedder that was coming serves; the vectors of the one before go, and so do the coarse ones."""
        with transaction(self._db):
            self._db.execute("DELETE FROM embedders WHERE state = 'serving'")
            self._db.execute("UPDATE embedders SET state = 'serving'")
            self._db.execute("DELETE FROM static_vectors WHERE chunk_id NOT IN (SELECT chunk_id FROM waiting)")
        self._cache.clear()

    # --- vectors -------------------------------------------------------------------------------------------------

    def waiting(self, limit: int) -> list[int]:
        """Some chunks that have no vector yet, those longest here first."""
        rows = self._db.execute("SELECT chunk_id FROM waiting ORDER BY chunk_id LIMIT ?", (limit,))
        return [row[0] for row in rows]

    def count_waiting(self) -> int:
        """How many chunks have no vector yet."""
        return int(self._db.execute("SELECT count(*) FROM waiting").fetchone()[0])

    def put(self, chunk_ids: Sequence[int], vectors: np.ndarray) -> list[int]:
        """Keep vectors of the latest embedder; the chunks that still wanted them."""
        kept: list[int] = []
        with transaction(self._db):
            for chunk_id, vector in zip(chunk_ids, vectors, strict=True):
                if self._db.execute("DELETE FROM waiting WHERE chunk_id = ?", (chunk_id,)).rowcount:
                    self._db.execute(
                        "INSERT INTO vectors SELECT max(id), ?, ? FROM embedders", (chunk_id, _packed(vector))
                    )
                    kept.append(chunk_id)
            if not self.is_coming():  # else search does not look at the new ones yet
                marks = ", ".join("?" * len(kept))
                self._db.execute(f"DELETE FROM static_vectors WHERE chunk_id IN ({marks})", kept)  # noqa: S608
        return kept

    def ids(self) -> list[int]:
        """The chunks with a vector of the embedder that serves, ascending."""
        rows = self._db.execute(f"SELECT chunk_id FROM vectors WHERE embedder_id = {_SERVING} ORDER BY chunk_id")  # noqa: S608
        return [row[0] for row in rows]

    def of(self, chunk_ids: Sequence[int]) -> tuple[list[int], np.ndarray]:
        """Ids and float32 vectors, a row each, of those of these chunks that have one."""
        query = (
            "SELECT v.chunk_id, v.vector FROM json_each(?) j"  # noqa: S608  a constant
            f" CROSS JOIN vectors v ON v.embedder_id = {_SERVING} AND v.chunk_id = j.value"
        )
        return _stacked(self._db.execute(query, (json.dumps(chunk_ids),)).fetchall())

    def within(self, chosen: Selection | None) -> tuple[list[int], np.ndarray]:
        """Ids and float32 vectors of all chunks, or of those in the chosen documents; read from the file only once."""
        where, values = (f" WHERE document_id IN ({chosen[0]})", chosen[1]) if chosen else ("", ())
        rows = self._db.execute(f"SELECT id FROM chunks{where}", values)  # noqa: S608  see `word_index.Selection`
        ids = np.array(sorted(row[0] for row in rows), dtype=np.int64)
        try:
            self._cache.put(*self.of(self._cache.missing(ids).tolist()))
        except OSError:  # no room for it on the disk
            return self.of(ids.tolist())
        return self._cache.of(ids)

    def forget(self, chunk_ids: Sequence[int]) -> None:
        """Let go of what was read of chunks that go; the database drops their vectors with them."""
        self._cache.forget(chunk_ids)

    # --- coarse vectors ------------------------------------------------------------------------------------------

    def set_static_identity(self, identity: str) -> None:
        """Say what the coarse vectors are; those of another kind go."""
        row = self._db.execute("SELECT value FROM facts WHERE name = 'static'").fetchone()
        if row is None or row[0] != identity:
            with transaction(self._db):
                self._db.execute("DELETE FROM static_vectors")
                self._db.execute("INSERT OR REPLACE INTO facts VALUES ('static', ?)", (identity,))

    def without_static(self, limit: int) -> list[int]:
        """Some chunks that search can find by words alone."""
        rows = self._db.execute(
            "SELECT chunk_id FROM waiting w"  # noqa: S608  a constant
            " WHERE NOT EXISTS (SELECT * FROM static_vectors s WHERE s.chunk_id = w.chunk_id) AND NOT EXISTS"
            f" (SELECT * FROM vectors v WHERE v.embedder_id = {_SERVING} AND v.chunk_id = w.chunk_id)"
            " ORDER BY chunk_id LIMIT ?",
            (limit,),
        )
        return [row[0] for row in rows]

    def put_static(self, chunk_ids: Sequence[int], vectors: np.ndarray) -> None:
        """Keep coarse vectors."""
        pairs = zip(chunk_ids, map(_packed, vectors), strict=True)
        with transaction(self._db):
            self._db.executemany("INSERT OR REPLACE INTO static_vectors VALUES (?, ?)", pairs)

    def static_within(self, chosen: Selection | None) -> tuple[list[int], np.ndarray]:
        """Ids and coarse vectors of the chunks that have one, or of those in the chosen documents."""
        where, values = _in(chosen)
        rows = self._db.execute(f"SELECT chunk_id, vector FROM static_vectors{where}", values)  # noqa: S608
        return _stacked(rows.fetchall())


def _row(identity: Identity) -> tuple[str, str, int, str, str]:
    prompts = identity.document_prompt, identity.query_prompt
    return identity.model, identity.runtime, identity.dimension, *prompts


def _in(chosen: Selection | None) -> Selection:
    if chosen is None:
        return "", ()
    return f" WHERE chunk_id IN (SELECT id FROM chunks WHERE document_id IN ({chosen[0]}))", chosen[1]  # noqa: S608


def _packed(vector: np.ndarray) -> bytes:
    return vector.astype("<f2").tobytes()


def _stacked(rows: Sequence[tuple[int, bytes]]) -> tuple[list[int], np.ndarray]:
    if not rows:
        return [], np.zeros((0, 0), dtype=np.float32)
    stacked = np.frombuffer(b"".join(row[1] for row in rows), dtype="<f2").reshape(len(rows), -1)
    return [row[0] for row in rows], stacked.astype(np.float32)
