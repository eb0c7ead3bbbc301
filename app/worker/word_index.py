"""Finding by words: BM25 over chunks and over whole documents, and codes by their characters. All of it is FTS5."""

import math
import re
import sqlite3
from collections.abc import Iterable, Sequence
from typing import Final, TypeAlias

from app.domain.query import Query, codes, terms

Selection: TypeAlias = tuple[str, Sequence[str | int]]  # an SQL query of documents' ids, and its values

MAX_ROWS: Final = 10_000  # chunks scored for one search, about: a laptop scores half a million in a second
MAX_MERGES: Final = 500
_MERGES: Final = "merges"  # a fact of the library: how many since the index was made
_WEIGHTS: Final = "4.0, 2.0, 1.0"  # of title, heading and body in BM25
_DOCUMENT_WEIGHTS: Final = "4.0, 1.0"  # of title and text
_IN_CHOSEN: Final = "(SELECT document_id FROM chunks WHERE id = {table}.rowid) IN ({documents})"


def register(db: sqlite3.Connection) -> None:
    """Make `code_words(text)` known to a connection: the codes in a text, as one string."""
    db.create_function("code_words", 1, lambda text: "\n".join(codes(text)), deterministic=True)


class WordIndex:
    """The words of a library's chunks and documents, in the tables of its database.

    FTS5 keeps no text of its own here, so it must be told what it is to forget: the very text it was given.
    """

    def __init__(self, db: sqlite3.Connection) -> None:
        self._db = db
        self._frequencies: dict[str, int] = {}

    def add(self, document_id: int, title: str, text: str, chunks: Iterable[tuple[int, str, str]]) -> None:
        """Index a document and its chunks: id, heading and body of each."""
        self._frequencies.clear()
        self._db.execute("INSERT INTO document_words (rowid, title, text) VALUES (?, ?, ?)", (document_id, title, text))
        for chunk_id, heading, body in chunks:
            self._db.execute(
                "INSERT INTO words (rowid, title, heading, body) VALUES (?, ?, ?, ?)", (chunk_id, title, heading, body)
            )
            if found := codes(body):
                self._db.execute("INSERT INTO codes (rowid, text) VALUES (?, ?)", (chunk_id, "\n".join(found)))

    def delete(self, document_id: int, title: str, text: str, chunks: Iterable[tuple[int, str, str]]) -> None:
        """Forget what `add` was given."""
        self._frequencies.clear()
        self._db.execute(
            "INSERT INTO document_words (document_words, rowid, title, text) VALUES ('delete', ?, ?, ?)",
            (document_id, title, text),
        )
        for chunk_id, heading, body in chunks:
            self._db.execute(
                "INSERT INTO words (words, rowid, title, heading, body) VALUES ('delete', ?, ?, ?, ?)",
                (chunk_id, title, heading, body),
            )
            self._db.execute("DELETE FROM codes WHERE rowid = ?", (chunk_id,))

    def merge(self) -> None:
        """Merge all segments, after which no deleted word is in the file.

        FTS5 (that of SQLite 3.40, at least) adds two levels with each merge, and an index of more than 2,000 levels
        counts as malformed from then on. So now and then the index is made anew instead.
        """
        row = self._db.execute("SELECT value FROM facts WHERE name = ?", (_MERGES,)).fetchone()
        merges = int(row[0]) + 1 if row else 1
        command, merges = ("rebuild", 0) if merges > MAX_MERGES else ("optimize", merges)
        for table in ("words", "document_words", "codes"):
            self._db.execute(f"INSERT INTO {table}({table}) VALUES (?)", (command,))  # noqa: S608  constants
        self._db.execute("INSERT OR REPLACE INTO facts VALUES (?, ?)", (_MERGES, str(merges)))

    def search(self, query: Query, chosen: Selection | None, limit: int) -> list[tuple[int, float]]:
        """Chunk ids by BM25, best first, with positive scores; `chosen` selects the ids of documents looked at.

        Any text is a query: every word of it is quoted.
        """
        told = self._telling(query.text)
        return self._match("words", _WEIGHTS, _any(told) + required(query), chosen, limit) if told else []

    def codes(self, query: Query, chosen: Selection | None, limit: int) -> list[tuple[int, float]]:
        """Chunk ids in which the codes of the query stand, as parts of longer ones too."""
        wanted = codes(query.text)
        return self._match("codes", "1.0", _any(wanted), chosen, limit) if wanted else []

    def documents(self, query: Query, ids: Sequence[int]) -> dict[int, float]:
        """How well whole documents of those named match, by BM25."""
        told = self._telling(query.text)
        if not told or not ids:
            return {}
        marks = ", ".join("?" * len(ids))
        rows = self._db.execute(
            f"SELECT rowid, -bm25(document_words, {_DOCUMENT_WEIGHTS}) FROM document_words"  # noqa: S608  constants
            f" WHERE document_words MATCH ? AND +rowid IN ({marks})",  # the plus: one match, not one for each rowid
            (_any(told), *ids),
        )
        return dict(rows.fetchall())

    def coverage(self, query: Query, ids: Sequence[int]) -> dict[int, float]:
        """How much of what is asked about stands in each of these chunks, from 0 to 1; a rare word counts for more."""
        words = [term for term in terms(query.text) if " " not in term]
        (total,) = self._db.execute("SELECT coalesce(max(id), 0) FROM chunks").fetchone()
        weights = {word: math.log(1 + (total + 0.5) / (self._frequency(word) + 0.5)) for word in words}
        covered = dict.fromkeys(ids, 0.0)
        for word, weight in weights.items():
            for chunk_id in self._matching(_quoted(word), ids):
                covered[chunk_id] += weight
        whole = sum(weights.values())
        return {chunk_id: sum_ / whole for chunk_id, sum_ in covered.items()} if whole else covered

    def allowed(self, query: Query, ids: Sequence[int]) -> set[int]:
        """Of these chunks the ones in which the exact phrases stand and the words to leave out do not."""
        kept = set(ids)
        for phrase in query.phrases:
            kept &= self._having(phrase, kept)
        for word in query.without:
            kept -= self._having(word, kept)
        return kept

    def _telling(self, text: str) -> list[str]:
        """The terms of a text that are looked for: in a large library those that stand in about `MAX_ROWS` chunks.

        FTS5 scores every chunk in which any of the terms stands, and goes through all places of each of them first. So
        the words that are common here are left out as if they were stop words, and so are the pairs of such.
        """
        wanted = terms(text)
        words = [term for term in wanted if " " not in term]
        (highest,) = self._db.execute("SELECT coalesce(max(id), 0) FROM chunks").fetchone()
        if highest <= MAX_ROWS or len(words) == 1:
            return wanted
        told: set[str] = set()
        room = MAX_ROWS
        for word in sorted(words, key=self._frequency):
            if room < self._frequency(word) and any(self._frequency(one) for one in told):
                break
            told.add(word)
            room -= self._frequency(word)
        return [term for term in wanted if not told.isdisjoint(term.split())]

    def _frequency(self, word: str) -> int:
        """In how many chunks a word stands, counted up to `MAX_ROWS`; counted once between two changes."""
        count = self._frequencies.get(word)
        if count is None:
            (count,) = self._db.execute(
                "SELECT count(*) FROM (SELECT 1 FROM words WHERE words MATCH ? LIMIT ?)", (_quoted(word), MAX_ROWS)
            ).fetchone()
            self._frequencies[word] = count
        return int(count)

    def _having(self, phrase: str, ids: set[int]) -> set[int]:
        if not re.search(r"\w", phrase):
            return set(ids)
        return self._matching(f"body : {_quoted(phrase)}", list(ids))

    def _matching(self, match: str, ids: Sequence[int]) -> set[int]:
        marks = ", ".join("?" * len(ids))
        rows = self._db.execute(
            f"SELECT rowid FROM words WHERE words MATCH ? AND rowid IN ({marks})",  # noqa: S608  question marks
            (match, *ids),
        )
        return {row[0] for row in rows}

    def _match(
        self, table: str, weights: str, match: str, chosen: Selection | None, limit: int
    ) -> list[tuple[int, float]]:
        documents, values = chosen or ("", ())
        where = f" AND {_IN_CHOSEN.format(table=table, documents=documents)}" if chosen else ""
        rows = self._db.execute(
            f"SELECT rowid, -bm25({table}, {weights}) AS score FROM {table}"  # noqa: S608  constants, and question marks
            f" WHERE {table} MATCH ?{where} ORDER BY score DESC, rowid LIMIT ?",
            (match, *values, limit),
        )
        return [(row[0], row[1]) for row in rows]


def required(query: Query) -> str:
    """What must and must not stand in a passage, as the end of an FTS5 expression."""
    phrases = [phrase for phrase in query.phrases if re.search(r"\w", phrase)]
    without = [word for word in query.without if re.search(r"\w", word)]
    return "".join([f" AND (body : {_quoted(phrase)})" for phrase in phrases]) + "".join(
        [f" NOT (body : {_quoted(word)})" for word in without]
    )


def _any(wanted: Sequence[str]) -> str:
    return f"({' OR '.join(_quoted(term) for term in wanted)})"


def _quoted(text: str) -> str:
    return '"' + text.replace("\0", " ").replace('"', '""') + '"'
