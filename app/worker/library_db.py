"""`library.db`: documents, full text, blocks, chunks, vectors and words in one SQLite file. It is the truth."""

import json
import sqlite3
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, Final

import msgspec

from app.domain.chunking import MAX_WORDS
from app.domain.errors import AppError, ErrorCode
from app.domain.library import Block, Chunk, Document, Notice, ParsedDocument, Passage, Source
from app.domain.query import Filter
from app.worker.erasure import Erasures
from app.worker.library_schema import MIGRATIONS
from app.worker.vector_table import VectorTable, transaction
from app.worker.word_index import Selection, WordIndex, register

_DOCUMENT: Final = (
    "d.id, d.path, d.name, d.title, d.collection, d.content_hash, d.size, d.pages,"
    " (SELECT count(*) FROM chunks c WHERE c.document_id = d.id), d.added_at, d.unit, d.modified_at,"
    " d.pages_without_text, d.notices,"
    " iif(EXISTS (SELECT * FROM waiting),"
    " (SELECT count(*) FROM chunks c JOIN waiting w ON w.chunk_id = c.id WHERE c.document_id = d.id), 0)"
)
_PASSAGE: Final = (
    'd.id, d.name, d.path, d.content_hash, c.page, c.start, c."end", c.heading, t.body, d.collection, d.unit, d.labels'
)

_UNPURGED: Final = "unpurged"  # a fact: documents were removed since the last purge
RUN: Final = 4  # chunks that are read as one passage, at most, where a whole document is
_PRAGMAS: Final = (
    "journal_mode = WAL",
    "synchronous = FULL",
    "foreign_keys = ON",
    "secure_delete = ON",
    "temp_store = MEMORY",
)


class LibraryDb:
    """One connection, one writer. A change is one transaction: a killed process leaves the state before or after."""

    def __init__(self, path: Path, migrations: Sequence[str] = MIGRATIONS) -> None:
        """Open or create. Raises AppError LIBRARY_NEWER or LIBRARY_DAMAGED."""
        self._path = path
        self._migrations = migrations
        path.parent.mkdir(parents=True, exist_ok=True)
        self._db = sqlite3.connect(path, isolation_level=None)
        register(self._db)
        self.words = WordIndex(self._db)
        self.erasures = Erasures(self._db)
        self.vectors = VectorTable(self._db, path.parent)
        with self.damage_named():
            for pragma in _PRAGMAS:
                self._db.execute(f"PRAGMA {pragma}")
            self._migrate()
            self._db.execute("CREATE TEMP TABLE chosen (id INTEGER PRIMARY KEY)")

    def _migrate(self) -> None:
        (version,) = self._db.execute("PRAGMA user_version").fetchone()
        if version > len(self._migrations):
            raise AppError(ErrorCode.LIBRARY_NEWER, found=version, known=len(self._migrations))
        if 0 < version < len(self._migrations):
            backup = sqlite3.connect(self._path.with_name(f"{self._path.name}.bak-v{version}"))
            with backup:
                self._db.backup(backup)
            backup.close()
        for number in range(version, len(self._migrations)):
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
        return [_document(*row) for row in rows]

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

    def parsed(self, document_id: int) -> tuple[Source, ParsedDocument]:
        """A document as it was added, without what its parser noticed. Raises AppError UNKNOWN_DOCUMENT."""
        document = self._document("d.id = ?", document_id)
        if document is None:
            raise AppError(ErrorCode.UNKNOWN_DOCUMENT, document=document_id)
        (labels,) = self._db.execute("SELECT labels FROM documents WHERE id = ?", (document_id,)).fetchone()
        d = document
        return Source(d.path, d.name, d.collection, d.content_hash, d.size, d.modified_at), ParsedDocument(
            d.title,
            self.text(document_id),
            self.blocks(document_id),
            d.pages,
            unit=d.unit,
            labels=msgspec.msgpack.decode(labels, type=tuple[str, ...]),
        )

    def cut_otherwise(self, chunk_words: int) -> int | None:
        """A document whose chunks are not of this length, if there is one."""
        row = self._db.execute("SELECT id FROM documents WHERE chunk_words <> ? LIMIT 1", (chunk_words,)).fetchone()
        return int(row[0]) if row else None

    def replace_chunks(self, document_id: int, chunks: Sequence[Chunk], chunk_words: int) -> list[int]:
        """Keep other chunks of a document, which wait for their vectors; the ids of those that went."""
        with transaction(self._db):
            gone = self._chunk_ids(document_id)
            self.words.delete(*self._words_of(document_id))
            self.vectors.forget(gone)
            self._db.execute("DELETE FROM chunks WHERE document_id = ?", (document_id,))
            self._db.execute("UPDATE documents SET chunk_words = ? WHERE id = ?", (chunk_words, document_id))
            self._insert_chunks(document_id, chunks)
        return gone

    def add(
        self, source: Source, parsed: ParsedDocument, chunks: Sequence[Chunk], chunk_words: int = MAX_WORDS
    ) -> tuple[Document, list[int], list[int]]:
        """Keep a document in place of the one from the same path; also the chunk ids that went and those that came.

        Those that came wait for their vectors.
        """
        with transaction(self._db):
            old = self.find(source.path, source.collection)
            gone = self._delete(old.id) if old is not None else []
            document_id = self._insert_document(source, parsed, chunk_words)
            came = self._insert_chunks(document_id, chunks)
        document = self._document("d.id = ?", document_id)
        assert document is not None
        return document, gone, came

    def move(self, document_id: int, path: str, name: str) -> Document:
        """Note that a document's file lies elsewhere. Raises AppError UNKNOWN_DOCUMENT."""
        self._db.execute("UPDATE documents SET path = ?, name = ? WHERE id = ?", (path, name, document_id))
        document = self._document("d.id = ?", document_id)
        if document is None:
            raise AppError(ErrorCode.UNKNOWN_DOCUMENT, document=document_id)
        return document

    def remove(self, document_id: int) -> tuple[Document, list[int]]:
        """Forget a document; also the chunk ids that went. Raises AppError UNKNOWN_DOCUMENT.

        Nothing finds it from now on. Its last bytes go with `purge`, which takes as long as the library is large.
        """
        document = self._document("d.id = ?", document_id)
        if document is None:
            raise AppError(ErrorCode.UNKNOWN_DOCUMENT, document=document_id)
        with transaction(self._db):
            self.erasures.record(document.content_hash, self.text(document_id))
            gone = self._delete(document_id)
            self.set_fact(_UNPURGED, "1")
        return document, gone

    def purge(self) -> None:
        """Let the files hold nothing of what was removed; nothing to do unless something was."""
        if self.fact(_UNPURGED) is None:
            return
        self.words.merge()
        self._db.execute("PRAGMA wal_checkpoint(TRUNCATE)")  # nor does the log hold it
        for backup in self._path.parent.glob(f"{self._path.name}.bak-*"):  # from before an upgrade that went well
            backup.unlink()
        self._db.execute("DELETE FROM facts WHERE name = ?", (_UNPURGED,))

    def _document(self, where: str, *values: str | int) -> Document | None:
        row = self._db.execute(
            f"SELECT {_DOCUMENT} FROM documents d WHERE {where}",  # noqa: S608  constants of this module
            values,
        ).fetchone()
        return _document(*row) if row else None

    def _insert_document(self, source: Source, parsed: ParsedDocument, chunk_words: int) -> int:
        cursor = self._db.execute(
            "INSERT INTO documents (path, name, title, collection, content_hash, size, pages, added_at, text, blocks,"
            " unit, labels, pages_without_text, notices, modified_at, chunk_words)"
            " VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)",
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
                parsed.unit,
                msgspec.msgpack.encode(parsed.labels),
                msgspec.msgpack.encode(parsed.pages_without_text),
                msgspec.msgpack.encode(parsed.notices),
                source.modified_at,
                chunk_words,
            ),
        )
        assert cursor.lastrowid is not None
        return cursor.lastrowid

    def _insert_chunks(self, document_id: int, chunks: Sequence[Chunk]) -> list[int]:
        came = [self._insert_chunk(document_id, one) for one in chunks]
        self._db.executemany("INSERT INTO waiting VALUES (?)", [(chunk_id,) for chunk_id in came])
        self.words.add(*self._words_of(document_id))
        return came

    def _chunk_ids(self, document_id: int) -> list[int]:
        return [row[0] for row in self._db.execute("SELECT id FROM chunks WHERE document_id = ?", (document_id,))]

    def _insert_chunk(self, document_id: int, chunk: Chunk) -> int:
        cursor = self._db.execute(
            'INSERT INTO chunks (document_id, start, "end", page, heading) VALUES (?, ?, ?, ?, ?)',
            (document_id, chunk.start, chunk.end, chunk.page, chunk.heading),
        )
        assert cursor.lastrowid is not None
        return cursor.lastrowid

    def _words_of(self, document_id: int) -> tuple[int, str, str, Iterator[tuple[int, str, str]]]:
        """A document as the index of words wants it. The text is cut here: SQLite would count it from its start."""
        title, text = self._db.execute("SELECT title, text FROM documents WHERE id = ?", (document_id,)).fetchone()
        rows = self._db.execute(
            'SELECT id, heading, start, "end" FROM chunks WHERE document_id = ? ORDER BY id', (document_id,)
        ).fetchall()
        return document_id, title, text, ((row[0], row[1], text[row[2] : row[3]]) for row in rows)

    def _delete(self, document_id: int) -> list[int]:
        """Delete a document; its words go first, since FTS5 must be told the text it is to forget."""
        gone = self._chunk_ids(document_id)
        self.words.delete(*self._words_of(document_id))
        self.vectors.forget(gone)
        self._db.execute("DELETE FROM documents WHERE id = ?", (document_id,))
        return gone

    # --- finding -------------------------------------------------------------------------------------------------

    def choose(self, chosen: Filter) -> Selection | None:
        """The documents that a filter leaves in, found once for all that asks for them until the next choice."""
        selection = select(chosen)
        if selection is None:
            return None
        self._db.execute("DELETE FROM chosen")
        self._db.execute(f"INSERT INTO chosen {selection[0]}", selection[1])
        return "SELECT id FROM chosen", ()

    def passages(self, chunk_ids: Sequence[int]) -> dict[int, Passage]:
        """Chunks with their places, by id, not scored; one that is gone is left out."""
        found: dict[int, Passage] = {}
        for chunk_id in chunk_ids:
            row = self._db.execute(
                f"SELECT {_PASSAGE} FROM chunks c JOIN documents d ON d.id = c.document_id"  # noqa: S608  a constant
                " JOIN chunk_texts t ON t.id = c.id WHERE c.id = ?",
                (chunk_id,),
            ).fetchone()
            if row is not None:
                document_id, name, path, content_hash, page, start, end, heading, text, collection, unit, packed = row
                labels = msgspec.msgpack.decode(packed, type=tuple[str, ...])
                label = labels[page - 1] if 0 < page <= len(labels) else ""
                place = (document_id, name, path, content_hash, page, start, end, heading)
                found[chunk_id] = Passage(*place, text, 0.0, {}, collection, unit, label)
        return found

    def whole(self, document_id: int) -> list[Passage]:
        """A document from its start to its end, the chunks of a page together. Raises AppError UNKNOWN_DOCUMENT."""
        text = self.text(document_id)
        rows = self._db.execute(
            'SELECT id, page, start, "end" FROM chunks WHERE document_id = ? ORDER BY start', (document_id,)
        ).fetchall()
        runs: list[list[tuple[int, int, int, int]]] = []
        for row in rows:
            if runs and runs[-1][-1][1] == row[1] and len(runs[-1]) < RUN:
                runs[-1].append(row)
            else:
                runs.append([row])
        firsts = self.passages([run[0][0] for run in runs])
        spans = {run[0][0]: (run[0][2], run[-1][3]) for run in runs}
        return [replace(firsts[first], end=end, text=text[start:end]) for first, (start, end) in spans.items()]

    def among(self, chunk_ids: Sequence[int], chosen: Selection) -> set[int]:
        """Of these chunks those in the chosen documents."""
        rows = self._db.execute(
            f"SELECT c.id FROM json_each(?) j JOIN chunks c ON c.id = j.value WHERE +c.document_id IN ({chosen[0]})",  # noqa: S608
            (json.dumps(chunk_ids), *chosen[1]),
        )
        return {row[0] for row in rows}

    def count_chosen(self, chosen: Selection, limit: int) -> int:
        """How many chunks the chosen documents have, counted up to `limit`."""
        (count,) = self._db.execute(
            f"SELECT count(*) FROM (SELECT 1 FROM chunks WHERE document_id IN ({chosen[0]}) LIMIT ?)",  # noqa: S608
            (*chosen[1], limit),
        ).fetchone()
        return int(count)

    def neighbours(self, chunk_id: int, page: int) -> list[tuple[int, int]]:
        """The spans of the chunks after and before one on its page, in turn: those that follow it explain it more."""
        return self._db.execute(
            'SELECT n.start, n."end" FROM chunks c JOIN chunks n ON n.document_id = c.document_id'
            " WHERE c.id = ?1 AND n.page = ?2 AND n.id IN (?1 + 1, ?1 - 1, ?1 + 2, ?1 - 2)"
            " ORDER BY abs(n.id - ?1), n.id DESC",
            (chunk_id, page),
        ).fetchall()

    def cut(self, document_id: int, start: int, end: int) -> str:
        """The characters [start, end) of a document's text."""
        (text,) = self._db.execute(
            "SELECT substr(text, ?, ?) FROM documents WHERE id = ?", (start + 1, end - start, document_id)
        ).fetchone()
        return str(text)

    def document_ids(self, chunk_ids: Sequence[int]) -> dict[int, int]:
        """The document of each chunk."""
        rows = self._db.execute(
            f"SELECT id, document_id FROM chunks WHERE id IN ({', '.join('?' * len(chunk_ids))})",  # noqa: S608
            tuple(chunk_ids),
        )
        return dict(rows.fetchall())

    def chunk_texts(self, chunk_ids: Sequence[int]) -> list[tuple[int, str]]:
        """What is embedded of each chunk: its words under the headings that say what they are about."""
        marks = ", ".join("?" * len(chunk_ids))
        rows = self._db.execute(
            f"SELECT id, title, heading, body FROM chunk_texts WHERE id IN ({marks})",  # noqa: S608  question marks
            tuple(chunk_ids),
        )
        return [(row[0], "\n".join(part for part in row[1:] if part)) for row in rows]

    def count_chunks(self) -> int:
        """How many chunks there are."""
        return int(self._db.execute("SELECT count(*) FROM chunks").fetchone()[0])

    # --- state ---------------------------------------------------------------------------------------------------

    def fact(self, name: str) -> str | None:
        """A fact about the library."""
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

    def close(self) -> None:
        """Close the connection."""
        self.vectors.close()
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


def _document(*row: Any) -> Document:
    *columns, pages_without_text, notices, waiting = row
    empty = msgspec.msgpack.decode(pages_without_text, type=tuple[int, ...])
    seen = msgspec.msgpack.decode(notices, type=tuple[Notice, ...])
    return replace(Document(*columns), pages_without_text=len(empty), notices=seen, waiting=waiting)


def select(chosen: Filter) -> Selection | None:
    """The documents that a filter leaves in, as a query of their ids; None if that is all of them."""
    conditions: list[str] = []
    values: list[str | int] = []

    def any_of(condition: str, wanted: Sequence[str | int]) -> None:
        if wanted:
            conditions.append("(" + " OR ".join([condition] * len(wanted)) + ")")
            values.extend(wanted)

    any_of("d.collection = ? COLLATE NOCASE", chosen.collections)
    any_of("lower(d.name) LIKE '%.' || ? ESCAPE '\\'", [_literal(ending) for ending in chosen.types])
    for part in chosen.paths:
        any_of("instr(lower(d.path), lower(?)) > 0", [part])
    any_of("d.modified_at >= ?", [chosen.after] if chosen.after else [])
    any_of("d.modified_at <> '' AND d.modified_at < ?", [chosen.before] if chosen.before else [])
    any_of("d.id = ?", chosen.documents)
    return ("SELECT d.id FROM documents d WHERE " + " AND ".join(conditions), values) if conditions else None  # noqa: S608


def _literal(text: str) -> str:
    return "".join(f"\\{character}" if character in "%_\\" else character for character in text)
