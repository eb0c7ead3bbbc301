"""Hybrid search in PostgreSQL: full text, pgvector and codes give the signals that a device's library gives.

Counts and frequencies are taken of the rows that the person may see, so no score tells of others.
"""

import re
import unicodedata
from collections import defaultdict
from collections.abc import Sequence
from dataclasses import replace
from typing import Any, Final

from psycopg import sql

from app.adapters.postgres_connection import Connection
from app.domain.distinct import distinct
from app.domain.library import Passage
from app.domain.query import Filter, Query, codes, terms
from app.domain.ranking import CANDIDATES, merge_found

_WORD: Final = re.compile(r"[^\W_]+")
_SPARE: Final = 4  # passages fetched for each that is wanted: some say nothing new

# ts_rank of one term grows with how often it stands there, ever more slowly, as in BM25; times the term's weight.
_SIGNALS: Final = """
WITH asked AS MATERIALIZED (
    SELECT n, position(' ' IN term) = 0 AS is_word, phraseto_tsquery('words', term) AS query
    FROM unnest(%(terms)s::text[]) WITH ORDINALITY AS t (term, n)
), worded AS MATERIALIZED (
    SELECT c.id, c.document_id, a.n, ts_rank('{{0.25, 0.25, 0.5, 1}}', c.words, a.query) AS rank
    FROM chunks c JOIN asked a ON c.words @@ a.query
    WHERE c.words @@ (SELECT string_agg('(' || query::text || ')', '|')::tsquery FROM asked) {allowed}
), weighed AS MATERIALIZED (
    SELECT a.n, a.is_word, ln(1 + ((SELECT count(*) FROM chunks) + 0.5) / (count(w.id) + 0.5)) AS weight
    FROM asked a LEFT JOIN worded w USING (n) GROUP BY a.n, a.is_word
), bm25 AS MATERIALIZED (
    SELECT id, document_id, sum(rank * weight) AS score FROM worded JOIN weighed USING (n)
    GROUP BY id, document_id ORDER BY score DESC, id LIMIT %(limit)s
), near AS MATERIALIZED (
    SELECT c.id, c.document_id, 1 - (c.embedding <=> %(vector)s::vector) AS score FROM chunks c
    WHERE %(vector)s::vector IS NOT NULL {allowed}
    ORDER BY c.embedding <=> %(vector)s::vector LIMIT %(limit)s
), coded AS MATERIALIZED (
    SELECT c.id, c.document_id, count(*)::float AS score
    FROM chunks c JOIN unnest(%(codes)s::text[]) AS code ON position(code IN c.codes) > 0
    WHERE true {allowed} GROUP BY c.id, c.document_id ORDER BY score DESC, c.id LIMIT %(limit)s
), found AS MATERIALIZED (
    SELECT id, document_id FROM bm25 UNION SELECT id, document_id FROM near UNION SELECT id, document_id FROM coded
), of_documents AS (
    SELECT document_id, sum(weight * chunks / (chunks + 1.2)) AS score
    FROM (SELECT document_id, n, count(*) AS chunks FROM worded GROUP BY document_id, n) s JOIN weighed USING (n)
    GROUP BY document_id
)
SELECT 'bm25' AS signal, id, score::float FROM bm25
UNION ALL SELECT 'vector', id, score FROM near
UNION ALL SELECT 'codes', id, score FROM coded
UNION ALL SELECT 'document', id, score FROM found JOIN of_documents USING (document_id)
UNION ALL SELECT 'coverage', w.id, sum(weight) / (SELECT sum(weight) FROM weighed WHERE is_word)
    FROM worded w JOIN weighed USING (n) JOIN found f ON f.id = w.id WHERE is_word GROUP BY w.id
"""
_PASSAGES: Final = """
SELECT c.id, d.id, d.name, d.path, d.content_hash, c.page, c.start, c."end", c.heading,
       substr(d.text, c.start + 1, c."end" - c.start),
       k.name, d.unit, coalesce(d.labels[c.page], ''), k.data_class::text
FROM chunks c JOIN documents d ON d.id = c.document_id JOIN collections k ON k.id = d.collection_id
WHERE c.id = ANY (%s)
"""
_CHOSEN: Final = """
AND c.document_id IN (
    SELECT d.id FROM documents d JOIN collections k ON k.id = d.collection_id
    WHERE (cardinality(%(documents)s::bigint[]) = 0 OR d.id = ANY (%(documents)s::bigint[]))
      AND (cardinality(%(collections)s::text[]) = 0 OR lower(k.name) = ANY (%(collections)s::text[]))
      AND (cardinality(%(types)s::text[]) = 0 OR EXISTS (
          SELECT FROM unnest(%(types)s::text[]) AS ending
          WHERE lower(right(d.name, length(ending) + 1)) = '.' || ending))
      AND NOT EXISTS (SELECT FROM unnest(%(paths)s::text[]) AS part WHERE position(part IN lower(d.path)) = 0)
      AND d.modified_at >= %(after)s AND (%(before)s = '' OR d.modified_at <> '' AND d.modified_at < %(before)s)
)
"""
_PHRASES: Final = """
AND (SELECT coalesce(bool_and(ts_filter(c.words, '{{d}}') @@ phraseto_tsquery('words', phrase)), true)
     FROM unnest(%(phrases)s::text[]) AS phrase)
AND NOT EXISTS (SELECT FROM unnest(%(without)s::text[]) AS word
                WHERE ts_filter(c.words, '{{d}}') @@ phraseto_tsquery('words', word))
"""


def plain(text: str) -> str:
    """The words of a text without accents, with spaces between them: what PostgreSQL's parser cannot misread."""
    letters = unicodedata.normalize("NFKD", text.lower())
    return " ".join(_WORD.findall("".join(c for c in letters if not unicodedata.combining(c))))


def storable(text: str) -> str:
    """A text as PostgreSQL keeps it: no NUL and no half of a pair, of the same length, so that spans stay right."""
    return text.replace("\0", " ").encode("utf-8", "replace").decode("utf-8")


def search(connection: Connection, query: Query, vector: str | None, limit: int) -> list[Passage]:
    """The best passages that the person may see; `vector` as pgvector reads it, None to search by words alone."""
    found = _signals(connection, query, vector)
    coverage = found.pop("coverage", {})
    ranked = merge_found(found)[: limit * _SPARE]
    ranks = {
        name: {item: rank for rank, item in enumerate(scores, 1)}
        for name, scores in found.items()
        if name != "document"
    }
    places = passages(connection, [chunk_id for chunk_id, _ in ranked])
    scored = (
        replace(
            places[chunk_id],
            score=score,
            scores={
                **{name: of[chunk_id] for name, of in found.items() if chunk_id in of},
                "coverage": coverage.get(chunk_id, 0.0),
            },
            ranks={name: of[chunk_id] for name, of in ranks.items() if chunk_id in of},
        )
        for chunk_id, score in ranked
        if chunk_id in places  # not removed just now
    )
    return distinct(scored, limit)


def passages(connection: Connection, chunk_ids: Sequence[int]) -> dict[int, Passage]:
    """Chunks with their places, by id, not scored; one that is gone, or is not the person's to see, is left out."""
    found: dict[int, Passage] = {}
    for chunk_id, *place, collection, unit, label, data_class in connection.execute(_PASSAGES, [list(chunk_ids)]):
        document_id, name, path, content_hash, page, start, end, heading, text = place
        found[chunk_id] = Passage(
            *(document_id, name, path, content_hash),
            *(page, start, end, heading, text),
            0.0,
            {},
            collection,
            unit,
            label,
            where="team",
            data_class=data_class,
        )
    return found


def _signals(connection: Connection, query: Query, vector: str | None) -> dict[str, dict[int, float]]:
    """What each retriever says of the chunks it found, best first."""
    allowed = sql.Composed(
        [sql.SQL(_CHOSEN if query.filter != Filter() else ""), sql.SQL(_PHRASES if _exacting(query) else "").format()]
    )
    values: dict[str, Any] = {
        "terms": _plain(terms(query.text)),
        "codes": [storable(code) for code in codes(query.text)],
        "vector": vector,
        "limit": CANDIDATES,
        "phrases": _plain(query.phrases),
        "without": _plain(query.without),
        "documents": list(query.filter.documents),
        "collections": [storable(name).lower() for name in query.filter.collections],
        "types": [storable(ending) for ending in query.filter.types],
        "paths": [storable(part).lower() for part in query.filter.paths],
        "after": storable(query.filter.after),
        "before": storable(query.filter.before),
    }
    found: dict[str, dict[int, float]] = defaultdict(dict)
    for signal, chunk_id, score in connection.execute(sql.SQL(_SIGNALS).format(allowed=allowed), values):
        found[signal][chunk_id] = score
    return found


def _exacting(query: Query) -> bool:
    return bool(query.phrases or query.without)


def _plain(texts: Sequence[str]) -> list[str]:
    """What has a word in it; the same once."""
    return list(dict.fromkeys(words for words in map(plain, texts) if words))
