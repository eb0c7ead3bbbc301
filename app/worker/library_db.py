"""`library.db`: documents, full text, blocks, chunks, vectors and words in one SQLite file. It is the truth."""

import sqlite3
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path
from typing import Final

import msgspec
import numpy as np

from app.domain.errors import AppError, ErrorCode
from app.domain.library import Block, Chunk, Document, ParsedDocument, Passage, Source

# Append-only: entry n brings version n to n + 1. Chunk ids are never used twice, so an index that knows an id of a
# document that is gone can be told apart from one that is behind.
MIGRATIONS: Final = (
    """
    CREATE TABLE documents (
        id INTEGER PRIMARY KEY AUTOINCREMENT,
        path TEXT NOT NULL, name TEXT NOT NULL, title TEXT NOT NULL, collection TEXT NOT NULL,
        content_hash TEXT NOT NULL, size INTEGER NOT NULL, pages INTEGER NOT NULL, added_at TEXT NOT NULL,
        text TEXT NOT NULL, blocks BLOB NOT NULL,
        UNIQUE (path, collection)
    ) STRICT;
    CREATE TABLE chunks (
        id INTEGER PRIMARY KEY AUTOINCREMENT,
        document_id INTEGER NOT NULL REFERENCES documents(id) ON DELETE CASCADE,
        start INTEGER NOT NULL, "end" INTEGER NOT NULL, page INTEGER NOT NULL, heading TEXT NOT NULL,
        vector BLOB NOT NULL  -- float16, little-endian, unit length
    ) STRICT;
    CREATE INDEX chunks_of_document ON chunks(document_id);
    CREATE TABLE facts (name TEXT PRIMARY KEY, value TEXT NOT NULL) STRICT;
    CREATE VIEW chunk_texts AS
        SELECT c.id, c.document_id, d.title, c.heading, substr(d.text, c.start + 1, c."end" - c.start) AS body
        FROM chunks c JOIN documents d ON d.id = c.document_id;
    CREATE VIRTUAL TABLE words USING fts5(
        title, heading, body, content='chunk_texts', content_rowid='id', tokenize='unicode61 remove_diacritics 2'
    )
    """,
)
_WEIGHTS: Final = "4.0, 2.0, 1.0"  # of title, heading and body in BM25
_DOCUMENT: Final = (
    "d.id, d.path, d.name, d.title, d.collection, d.content_hash, d.size, d.pages,"
    " (SELECT count(*) FROM chunks c WHERE c.document_id = d.id), d.added_at"
)


class LibraryDb:
    """One connection, one writer. A change is one transaction: a killed process leaves the state before or after."""

    def __init__(self, path: Path, migrations: Sequence[str] = MIGRATIONS) -> None:
        """Open or create. Raises AppError LIBRARY_NEWER or LIBRARY_DAMAGED."""
        self._path = path
        self._migrations = migrations
        path.parent.mkdir(parents=True, exist_ok=True)
        self._db = sqlite3.connect(path, isolation_level=None)
        with self.damage_named():
            for pragma in ("journal_mode = WAL", "synchronous = FULL", "foreign_keys = ON", "secure_delete = ON"):
                self._db.execute(f"PRAGMA {pragma}")
            self._migrate()

    def _migrate(self) -> None:
        (version,) = self._db.execute("PRAGMA user_version").fetchone()
        if version > len(self._migrations):
            raise AppError(ErrorCode.LIBRARY_NEWER, found=version, known=len(self._migrations))
        for number in range(version, len(self._migrations)):
            if number:
                backup = sqlite3.connect(self._path.with_name(f"{self._path.name}.bak-v{number}"))
                with backup:
                    self._db.backup(backup)
                backup.close()
            self._db.executescript(f"BEGIN; {self._migrations[number]}; PRAGMA user_version = {number + 1}; COMMIT;")

    # --- documents -----------------------------------------------------------------------------------------------

    def find(self, path: str, collection: str) -> Document | None:
        """The document added from `path` to `collection`."""
        return self._document("d.path = ? AND d.collection = ?", path, collection)

    def documents(self, collection: str | None) -> list[Document]:
        """All documents, by name."""
        rows = self._db.execute(
            f"SELECT {_DOCUMENT} FROM documents d WHERE ?1 IS NULL OR d.collection = ?1"  # noqa: S608  a constant
            " ORDER BY d.name COLLATE NOCASE, d.path",
            (collection,),
        )
        return [Document(*row) for row in rows]

    def text(self, document_id: int) -> str:
        """A document's full text. Raises AppError UNKNOWN_DOCUMENT."""
        row = self._db.execute("SELECT text FROM documents WHERE id = ?", (document_id,)).fetchone()
        if row is None:
            raise AppError(ErrorCode.UNKNOWN_DOCUMENT, document=document_id)
        return str(row[0])

    def blocks(self, document_id: int) -> tuple[Block, ...]:
        """A document's blocks, with their spans and pages."""
        row = self._db.execute("SELECT blocks FROM documents WHERE id = ?", (document_id,)).fetchone()
        if row is None:
            raise AppError(ErrorCode.UNKNOWN_DOCUMENT, document=document_id)
        return msgspec.msgpack.decode(row[0], type=tuple[Block, ...])

    def add(
        self, source: Source, parsed: ParsedDocument, chunks: Sequence[Chunk], vectors: np.ndarray
    ) -> tuple[Document, list[int], list[int]]:
        """Keep a document in place of the one from the same path; also the chunk ids that went and those that came."""
        with self._transaction():
            old = self.find(source.path, source.collection)
            gone = self._delete(old.id) if old is not None else []
            document_id = self._insert_document(source, parsed)
            came = [self._insert_chunk(document_id, *pair) for pair in zip(chunks, vectors, strict=True)]
            self._index_words(document_id)
        document = self._document("d.id = ?", document_id)
        assert document is not None
        return document, gone, came

    def remove(self, document_id: int) -> tuple[Document, list[int]]:
        """Forget a document; also the chunk ids that went. Raises AppError UNKNOWN_DOCUMENT."""
        document = self._document("d.id = ?", document_id)
        if document is None:
            raise AppError(ErrorCode.UNKNOWN_DOCUMENT, document=document_id)
        with self._transaction():
            gone = self._delete(document_id)
        self._db.execute("INSERT INTO words(words) VALUES ('optimize')")  # merged segments hold no deleted words
        self._db.execute("PRAGMA wal_checkpoint(TRUNCATE)")  # nor does the log
        return document, gone

    def _document(self, where: str, *values: str | int) -> Document | None:
        row = self._db.execute(
            f"SELECT {_DOCUMENT} FROM documents d WHERE {where}",  # noqa: S608  constants of this module
            values,
        ).fetchone()
        return Document(*row) if row else None

    def _insert_document(self, source: Source, parsed: ParsedDocument) -> int:
        cursor = self._db.execute(
            "INSERT INTO documents (path, name, title, collection, content_hash, size, pages, added_at, text, blocks)"
            " VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?)",
            (
                source.path,
                source.name,
                parsed.title,
                source.collection,
                source.content_hash,
                source.size,
                parsed.pages,
                datetime.now(UTC).isoformat(timespec="seconds").replace("+00:00", "Z"),
                parsed.text.replace("\0", " "),  # SQLite's substr ends at a NUL; spans stay right
                msgspec.msgpack.encode(parsed.blocks),
            ),
        )
        assert cursor.lastrowid is not None
        return cursor.lastrowid

    def _insert_chunk(self, document_id: int, chunk: Chunk, vector: np.ndarray) -> int:
        cursor = self._db.execute(
            'INSERT INTO chunks (document_id, start, "end", page, heading, vector) VALUES (?, ?, ?, ?, ?, ?)',
            (document_id, chunk.start, chunk.end, chunk.page, chunk.heading, vector.astype("<f2").tobytes()),
        )
        assert cursor.lastrowid is not None
        return cursor.lastrowid

    def _index_words(self, document_id: int) -> None:
        self._db.execute(
            "INSERT INTO words (rowid, title, heading, body)"
            " SELECT id, title, heading, body FROM chunk_texts WHERE document_id = ?",
            (document_id,),
        )

    def _delete(self, document_id: int) -> list[int]:
        """Delete a document; its words go first, since FTS5 must be told the text it is to forget."""
        gone = [row[0] for row in self._db.execute("SELECT id FROM chunks WHERE document_id = ?", (document_id,))]
        self._db.execute(
            "INSERT INTO words (words, rowid, title, heading, body)"
            " SELECT 'delete', id, title, heading, body FROM chunk_texts WHERE document_id = ?",
            (document_id,),
        )
        self._db.execute("DELETE FROM documents WHERE id = ?", (document_id,))
        return gone

    # --- finding -------------------------------------------------------------------------------------------------

    def search_words(self, query: str, collection: str | None, limit: int) -> list[tuple[int, float]]:
        """Chunk ids by BM25, best first, with positive scores. Any text is a query: every word of it is quoted."""
        words = ['"' + word.replace('"', '""') + '"' for word in dict.fromkeys(query.replace("\0", " ").split())]
        if not words:
            return []
        rows = self._db.execute(
            f"SELECT rowid, -bm25(words, {_WEIGHTS}) AS score FROM words WHERE words MATCH ?1"  # noqa: S608  a constant
            " AND (?2 IS NULL OR rowid IN (SELECT c.id FROM chunks c JOIN documents d ON d.id = c.document_id"
            " WHERE d.collection = ?2)) ORDER BY score DESC LIMIT ?3",
            (" OR ".join(words), collection, limit),
        )
        return [(row[0], row[1]) for row in rows]

    def passage(self, chunk_id: int, score: float, scores: dict[str, float]) -> Passage | None:
        """A chunk with its place; None if it is gone."""
        row = self._db.execute(
            'SELECT d.id, d.name, d.path, d.content_hash, c.page, c.start, c."end", c.heading, t.body,'
            " d.collection"
            " FROM chunks c JOIN documents d ON d.id = c.document_id JOIN chunk_texts t ON t.id = c.id WHERE c.id = ?",
            (chunk_id,),
        ).fetchone()
        if row is None:
            return None
        document_id, name, path, content_hash, page, start, end, heading, text, collection = row
        place = (document_id, name, path, content_hash, page, start, end, heading)
        return Passage(*place, text, score, scores, collection)

    def chunk_ids(self, collection: str | None = None) -> list[int]:
        """The ids of all chunks, ascending."""
        rows = self._db.execute(
            "SELECT c.id FROM chunks c JOIN documents d ON d.id = c.document_id"
            " WHERE ?1 IS NULL OR d.collection = ?1 ORDER BY c.id",
            (collection,),
        )
        return [row[0] for row in rows]

    def vectors(
        self, chunk_ids: Sequence[int] | None = None, collection: str | None = None
    ) -> tuple[list[int], np.ndarray]:
        """Ids and float32 vectors, one row each, of the given chunks or of all (of a collection)."""
        if chunk_ids is None:
            rows = self._db.execute(
                "SELECT c.id, c.vector FROM chunks c JOIN documents d ON d.id = c.document_id"
                " WHERE ?1 IS NULL OR d.collection = ?1 ORDER BY c.id",
                (collection,),
            ).fetchall()
        else:
            rows = [
                row
                for chunk_id in chunk_ids
                for row in self._db.execute("SELECT id, vector FROM chunks WHERE id = ?", (chunk_id,))
            ]
        if not rows:
            return [], np.zeros((0, 0), dtype=np.float32)
        stacked = np.frombuffer(b"".join(row[1] for row in rows), dtype="<f2").reshape(len(rows), -1)
        return [row[0] for row in rows], stacked.astype(np.float32)

    # --- state ---------------------------------------------------------------------------------------------------

    def fact(self, name: str) -> str | None:
        """A fact about the library, such as the embedder its vectors are of."""
        row = self._db.execute("SELECT value FROM facts WHERE name = ?", (name,)).fetchone()
        return str(row[0]) if row else None

    def set_fact(self, name: str, value: str) -> None:
        """Write a fact down."""
        self._db.execute("INSERT INTO facts VALUES (?, ?) ON CONFLICT (name) DO UPDATE SET value = ?2", (name, value))

    def check(self) -> list[str]:
        """What SQLite finds wrong with the file; empty if nothing."""
        try:
            found = [str(row[0]) for row in self._db.execute("PRAGMA quick_check")]
        except sqlite3.DatabaseError as error:
            return [str(error)]
        return [] if found == ["ok"] else found

    @contextmanager
    def _transaction(self) -> Iterator[None]:
        self._db.execute("BEGIN IMMEDIATE")
        try:
            yield
        except BaseException:
            self._db.execute("ROLLBACK")
            raise
        self._db.execute("COMMIT")

    def close(self) -> None:
        """Close the connection."""
        self._db.close()

    @contextmanager
    def damage_named(self) -> Iterator[None]:
        """What SQLite says of a damaged file becomes LIBRARY_DAMAGED; a full disk, say, stays what it is."""
        try:
            yield
        except sqlite3.DatabaseError as error:
            if error.sqlite_errorcode not in (sqlite3.SQLITE_CORRUPT, sqlite3.SQLITE_NOTADB):
                raise
            raise AppError(ErrorCode.LIBRARY_DAMAGED, path=str(self._path), reason=str(error)) from error
