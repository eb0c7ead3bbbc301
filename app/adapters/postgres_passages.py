"""A team's library in PostgreSQL. The server decides, row by row, what the person sees; nothing of it is kept here."""

import struct
from collections import Counter, defaultdict
from collections.abc import Callable, Iterator, Sequence
from dataclasses import asdict, replace
from hashlib import blake2b
from itertools import combinations
from typing import Any, Final

from psycopg.types.json import Jsonb

from app.adapters.postgres_connection import Connection, TeamConnection
from app.adapters.postgres_search import passages, plain, search, storable
from app.domain.cancel import Cancel
from app.domain.chunking import chunk
from app.domain.erasure import ErasureReceipt
from app.domain.errors import AppError, ErrorCode
from app.domain.events import EmbeddingProgress
from app.domain.library import Chunk, Document, LibraryReport, Notice, ParsedDocument, Passage, Source
from app.domain.query import Query, codes
from app.domain.team import TeamCollection, TeamStatus
from app.ports.embedder import Embedder

BATCH: Final = 32  # texts embedded at once; a cancel is seen between two
RUN: Final = 4  # chunks of a page that are one passage of a document read whole
SHINGLE: Final = 5  # words in a row
SKETCH: Final = 256  # the smallest hashes of a document's runs of words (Broder, 1997)
LEAST_WORDS: Final = 30
_DOCUMENT: Final = (
    "SELECT d.id, d.path, d.name, d.title, k.name, d.content_hash, d.size, d.pages,"
    " (SELECT count(*) FROM chunks c WHERE c.document_id = d.id),"
    """ to_char(d.added_at AT TIME ZONE 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS"Z"'), d.unit, d.modified_at,"""
    " d.pages_without_text, d.notices, k.data_class::text FROM documents d JOIN collections k ON k.id = d.collection_id"
)


class PostgresPassages:
    """Implements `ports.passages.Passages` on a team's server; thread-safe. Every method may raise AppError TEAM_*."""

    def __init__(self, connection: TeamConnection, embedder: Embedder, identity: Callable[[], str]) -> None:
        """`embedder` works on this device; `identity` says which it is, "" for none."""
        self._connection = connection
        self._embedder = embedder
        self._identity = identity

    def find(self, path: str, collection: str) -> Document | None:
        """See the port."""
        with self._connection.use("find", len(path)) as connection:
            return _one(connection, "d.path = %s AND k.name = %s", storable(path), storable(collection))

    def add(self, source: Source, parsed: ParsedDocument, cancel: Cancel) -> Document:
        """See the port; embedded at once. Raises AppError TEAM_COLLECTION_UNKNOWN, TEAM_FORBIDDEN."""
        cancel.check()
        with self._connection.use("find", len(source.collection)) as connection:
            self._same_embedder(connection)
            where = connection.execute(
                "SELECT id, data_class::text FROM collections WHERE name = %s", [storable(source.collection)]
            ).fetchone()
        if where is None:
            raise AppError(ErrorCode.TEAM_COLLECTION_UNKNOWN, collection=source.collection)
        collection_id, data_class = where
        chunks = chunk(parsed)
        vectors = self._embed([_embedded(parsed, one) for one in chunks], cancel)
        with self._connection.use("add", len(parsed.text.encode("utf-8", "replace")), data_class) as connection:
            with connection.transaction():
                connection.execute(
                    "DELETE FROM documents WHERE path = %s AND collection_id = %s",
                    [storable(source.path), collection_id],
                )
                document_id = _insert(connection, collection_id, source, parsed)
                with connection.cursor() as cursor:
                    cursor.executemany(
                        'INSERT INTO chunks (document_id, collection_id, start, "end", page, heading, words, codes,'
                        " embedding) VALUES (%s, %s, %s, %s, %s, %s, setweight(to_tsvector('words', %s), 'A') ||"
                        " setweight(to_tsvector('words', %s), 'B') || to_tsvector('words', %s), %s, %s)",
                        [
                            _chunk_row(document_id, collection_id, parsed, one, vector)
                            for one, vector in zip(chunks, vectors, strict=True)
                        ],
                    )
                cancel.check()
            document = _one(connection, "d.id = %s", document_id)
        assert document is not None
        return document

    def await_vectors(self, cancel: Cancel) -> Iterator[EmbeddingProgress]:
        """See the port: there is nothing to wait for."""
        cancel.check()
        yield from ()

    def search(self, query: Query, limit: int) -> list[Passage]:
        """See the port."""
        vector = self._embed([query.text], Cancel())[0] if plain(query.text) else None
        with self._connection.use("search", len(query.text.encode("utf-8", "replace"))) as connection:
            self._same_embedder(connection)
            return search(connection, query, vector, limit)

    def left_out(self) -> AppError | None:
        """See the port: it is all or nothing."""
        return None

    def documents(self, collection: str | None = None) -> list[Document]:
        """See the port."""
        with self._connection.use("list", 0) as connection:
            rows = connection.execute(
                f"{_DOCUMENT} WHERE %(name)s::text IS NULL OR k.name = %(name)s ORDER BY lower(d.name), d.path",
                {"name": collection if collection is None else storable(collection)},
            )
            return [_document(row) for row in rows]

    def text(self, document_id: int) -> str:
        """See the port."""
        with self._connection.use("read", 0) as connection:
            row = connection.execute("SELECT text FROM documents WHERE id = %s", [document_id]).fetchone()
        if row is None:
            raise AppError(ErrorCode.UNKNOWN_DOCUMENT, document=document_id)
        return str(row[0])

    def whole(self, document_id: int) -> list[Passage]:
        """See the port."""
        text = self.text(document_id)
        with self._connection.use("read", 0) as connection:
            rows = connection.execute(
                'SELECT id, page, "end" FROM chunks WHERE document_id = %s ORDER BY start', [document_id]
            ).fetchall()
            runs: list[list[tuple[Any, ...]]] = []
            for row in rows:
                if runs and runs[-1][0][1] == row[1] and len(runs[-1]) < RUN:
                    runs[-1].append(row)
                else:
                    runs.append([row])
            firsts = passages(connection, [run[0][0] for run in runs])
        ends = {run[0][0]: int(run[-1][2]) for run in runs if run[0][0] in firsts}
        return [replace(firsts[at], end=end, text=text[firsts[at].start : end]) for at, end in ends.items()]

    def similar(self, collection: str | None, least: float, cancel: Cancel) -> list[tuple[int, int, float]]:
        """See the port: estimated from the documents' sketches, exact where a document has few runs of words."""
        with self._connection.use("compare", 0) as connection:
            rows = connection.execute(
                "SELECT d.id, d.sketch FROM documents d JOIN collections k ON k.id = d.collection_id"
                " WHERE cardinality(d.sketch) > 0 AND (%(name)s::text IS NULL OR k.name = %(name)s)",
                {"name": collection if collection is None else storable(collection)},
            )
            return similar_sketches({document_id: set(sketch) for document_id, sketch in rows}, least, cancel)

    def check_erased(self, cancel: Cancel) -> ErasureReceipt:
        """See the port: nothing of a team's documents is kept on this device."""
        cancel.check()
        return ErasureReceipt(0, 0, 0, ())

    def move(self, document_id: int, path: str, name: str) -> None:
        """See the port."""
        with self._connection.use("move", len(path)) as connection:
            self._changed(
                connection.execute(
                    "UPDATE documents SET path = %s, name = %s WHERE id = %s",
                    [storable(path), storable(name), document_id],
                ).rowcount,
                connection,
                document_id,
            )

    def remove(self, document_id: int) -> Document:
        """See the port."""
        with self._connection.use("remove", 0) as connection, connection.transaction():
            document = _one(connection, "d.id = %s", document_id)
            gone = connection.execute("DELETE FROM documents WHERE id = %s", [document_id]).rowcount
            self._changed(gone, connection, document_id)
        assert document is not None
        return document

    def check(self) -> LibraryReport:
        """See the port."""
        with self._connection.use("check", 0) as connection:
            row = connection.execute(
                "SELECT (SELECT count(*) FROM documents), (SELECT count(*) FROM chunks),"
                " (SELECT value FROM facts WHERE name = 'embedder')"
            ).fetchone()
        assert row is not None
        documents, chunks, embedder = row
        return LibraryReport(documents, chunks, chunks, "ready", embedder=embedder)

    def rebuild(self) -> LibraryReport:
        """See the port: the server keeps its indexes in step by itself."""
        return self.check()

    def status(self) -> TeamStatus:
        """What the person is admitted to."""
        with self._connection.use("status", 0) as connection:
            person, clearance, teams, documents, version, embedder = _row(
                connection,
                "SELECT session_user::text, (SELECT clearance::text FROM people),"
                " (SELECT coalesce(array_agg(team ORDER BY team), '{}') FROM members),"
                " (SELECT count(*) FROM documents),"
                " (SELECT value::integer FROM facts WHERE name = 'version'),"
                " (SELECT value FROM facts WHERE name = 'embedder')",
            )
            rows = connection.execute("SELECT name, team, data_class::text FROM collections ORDER BY name")
            collections = tuple(TeamCollection(*row) for row in rows)
            host = connection.info.host
        return TeamStatus(host, person, clearance, tuple(teams), collections, documents, version, embedder)

    def close(self) -> None:
        """See the port."""
        self._connection.close()

    def _changed(self, rows: int, connection: Connection, document_id: int) -> None:
        """That a change found its row: if not, it is not there, or not the person's to change."""
        if rows:
            return
        if _one(connection, "d.id = %s", document_id) is None:
            raise AppError(ErrorCode.UNKNOWN_DOCUMENT, document=document_id)
        reason = "you may read this collection and not change it."
        raise AppError(ErrorCode.TEAM_FORBIDDEN, host=connection.info.host, reason=reason)

    def _same_embedder(self, connection: Connection) -> None:
        (theirs,) = _row(connection, "SELECT value FROM facts WHERE name = 'embedder'")
        ours = self._identity()
        if theirs != ours:
            host = connection.info.host
            raise AppError(ErrorCode.TEAM_EMBEDDER_DIFFERS, host=host, theirs=theirs, ours=ours or "none")

    def _embed(self, texts: Sequence[str], cancel: Cancel) -> list[str]:
        """Vectors as pgvector reads them. A text that is too long for the embedder is embedded by its beginning."""
        vectors: list[str] = []
        for first in range(0, len(texts), BATCH):
            cancel.check()
            batch = list(texts[first : first + BATCH])
            while True:
                try:
                    found = self._embedder.embed(batch, cancel).vectors
                    break
                except AppError as error:
                    if error.code is not ErrorCode.EMBEDDING_TOO_LONG:
                        raise
                    place = int(error.facts["number"]) - 1
                    share = 0.95 * int(error.facts["available"]) / int(error.facts["needed"])
                    batch[place] = batch[place][: int(len(batch[place]) * share)]
            vectors += [vector_text(vector) for vector in found]
        return vectors


def vector_text(vector: bytes) -> str:
    """Little-endian float32 as pgvector reads it."""
    return f"[{','.join(format(number, '.7g') for number in struct.unpack(f'<{len(vector) // 4}f', vector))}]"


def sketch(text: str) -> list[int]:
    """The smallest hashes of a text's runs of words; of a short text, which is like many others, none."""
    words = text.lower().split()
    if len(words) < LEAST_WORDS:
        return []
    runs = {" ".join(words[at : at + SHINGLE]) for at in range(len(words) - SHINGLE + 1)}
    hashes = (blake2b(run.encode("utf-8", "replace"), digest_size=8).digest() for run in runs)
    return sorted(int.from_bytes(digest, "big", signed=True) for digest in hashes)[:SKETCH]


def similar_sketches(sketches: dict[int, set[int]], least: float, cancel: Cancel) -> list[tuple[int, int, float]]:
    """Pairs of ids by the share of runs of words they have in common, from their sketches."""
    having: dict[int, list[int]] = defaultdict(list)
    for document_id in sorted(sketches):
        for value in sketches[document_id]:
            having[value].append(document_id)
    pairs: Counter[tuple[int, int]] = Counter()
    for ids in having.values():
        cancel.check()
        pairs.update(combinations(ids, 2))
    found: list[tuple[int, int, float]] = []
    for one, other in pairs:
        smallest = set(sorted(sketches[one] | sketches[other])[:SKETCH])
        share = len(smallest & sketches[one] & sketches[other]) / len(smallest)
        if share >= least:
            found.append((one, other, share))
    return found


def _embedded(parsed: ParsedDocument, one: Chunk) -> str:
    return "\n".join(part for part in (parsed.title, one.heading, parsed.text[one.start : one.end]) if part)


def _insert(connection: Connection, collection_id: int, source: Source, parsed: ParsedDocument) -> int:
    (document_id,) = _row(
        connection,
        "INSERT INTO documents (collection_id, path, name, title, content_hash, size, pages, unit, labels,"
        " pages_without_text, notices, modified_at, text, sketch)"
        " VALUES (%s, %s, %s, %s, %s, %s, %s, %s, %s, %s, %s, %s, %s, %s) RETURNING id",
        collection_id,
        storable(source.path),
        storable(source.name),
        storable(parsed.title),
        source.content_hash,
        source.size,
        parsed.pages,
        parsed.unit,
        [storable(label) for label in parsed.labels],
        len(parsed.pages_without_text),
        Jsonb([asdict(notice) | {"detail": storable(notice.detail)} for notice in parsed.notices]),
        source.modified_at,
        storable(parsed.text),
        sketch(parsed.text),
    )
    return int(document_id)


def _chunk_row(document_id: int, collection_id: int, parsed: ParsedDocument, one: Chunk, vector: str) -> list[Any]:
    body = parsed.text[one.start : one.end]
    place = [document_id, collection_id, one.start, one.end, one.page, storable(one.heading)]
    return [*place, plain(parsed.title), plain(one.heading), plain(body), storable("\n".join(codes(body))), vector]


def _one(connection: Connection, where: str, *values: Any) -> Document | None:
    row = connection.execute(f"{_DOCUMENT} WHERE {where}", values).fetchone()
    return _document(row) if row else None


def _row(connection: Connection, statement: str, *values: Any) -> tuple[Any, ...]:
    row = connection.execute(statement, values or None).fetchone()
    assert row is not None
    return row


def _document(row: tuple[Any, ...]) -> Document:
    *columns, notices, data_class = row
    seen = tuple(Notice(**notice) for notice in notices)
    return replace(Document(*columns), notices=seen, where="team", data_class=data_class)
