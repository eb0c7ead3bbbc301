"""Search: by words, by meaning and by characters, blended into one ranking of passages."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace
from typing import Final

import numpy as np

from app.domain.distinct import alike, overlaps
from app.domain.library import Passage
from app.domain.query import Query
from app.domain.ranking import BLEND, CANDIDATES, Fusion, merge_found
from app.worker.library_db import LibraryDb
from app.worker.vector_index import VectorIndex, nearest
from app.worker.word_index import Selection

WINDOW: Final = 80  # words up to which a short passage is widened


class Search:
    """Finds passages in an open library."""

    def __init__(self, db: LibraryDb, index: VectorIndex) -> None:
        self._db = db
        self._index = index

    def passages(
        self,
        query: Query,
        vector: np.ndarray | None,
        limit: int,
        coarse: np.ndarray | None = None,
        fusion: Fusion = BLEND,
    ) -> list[Passage]:
        """The best passages, best first; one that says nothing new beside a better one is left out.

        `vector` is compared with the chunks' real vectors, `coarse` with those of chunks that have none yet: two lists.
        """
        chosen = self._db.choose(query.filter)
        if fusion.method == "words":
            vector = coarse = None
        by_words = fusion.method != "meaning"
        words = dict(self._db.words.search(query, chosen, CANDIDATES)) if by_words else {}
        codes = dict(self._db.words.codes(query, chosen, CANDIDATES)) if by_words else {}
        near = dict(self._index.search(self._db, vector, chosen, CANDIDATES)) if vector is not None else {}
        static = dict(self._near_coarsely(coarse, chosen)) if coarse is not None else {}
        others = {**codes, **near, **static}.keys() - words.keys()
        allowed = words.keys() | self._db.words.allowed(query, list(others))  # words are found by those already
        found = {
            "bm25": _kept(words, allowed),
            "vector": _kept(near, allowed),
            "static": _kept(static, allowed),
            "codes": _kept(codes, allowed),
        }
        found["document"] = self._of_documents(query, allowed) if by_words else {}
        passages = self._distinct(merge_found(found, fusion), found, limit)
        coverage = self._db.words.coverage(query, list(passages))
        return [
            replace(passage, scores={**passage.scores, "coverage": coverage[chunk_id]})
            for chunk_id, passage in passages.items()
        ]

    def _widened(self, chunk_id: int, passage: Passage, shown: Iterable[Passage]) -> Passage:
        """A short passage with what stands beside it on its page and is not shown already."""
        start, end = passage.start, passage.end
        for first, last in self._db.neighbours(chunk_id, passage.page):
            around = min(start, first), max(end, last)
            known = any(overlaps(passage.document_id, *around, other) for other in shown)
            if known or len(self._db.cut(passage.document_id, *around).split()) > WINDOW:
                break
            start, end = around
        if (start, end) == (passage.start, passage.end):
            return passage
        return replace(passage, start=start, end=end, text=self._db.cut(passage.document_id, start, end))

    def _near_coarsely(self, coarse: np.ndarray, chosen: Selection | None) -> list[tuple[int, float]]:
        return nearest(*self._db.vectors.static_within(chosen), coarse, CANDIDATES)

    def _of_documents(self, query: Query, chunk_ids: set[int]) -> dict[int, float]:
        """For each chunk, how well its document matches as a whole."""
        documents = self._db.document_ids(list(chunk_ids))
        scores = self._db.words.documents(query, list(dict.fromkeys(documents.values())))
        return {chunk: scores[document] for chunk, document in documents.items() if document in scores}

    def _distinct(
        self, ranked: Sequence[tuple[int, float]], found: Mapping[str, Mapping[int, float]], limit: int
    ) -> dict[int, Passage]:
        ranks = {name: {item: rank for rank, item in enumerate(scores, 1)} for name, scores in found.items()}
        passages: dict[int, Passage] = {}
        shown: list[frozenset[str]] = []
        for chunk_id, score in ranked:
            if len(passages) == limit:
                break
            passage = self._db.passages([chunk_id]).get(chunk_id)
            if passage is None:
                continue
            span = passage.document_id, passage.start, passage.end
            if any(overlaps(*span, other) for other in passages.values()):
                continue
            words = frozenset(passage.text.lower().split())
            if any(alike(words, other) for other in shown):
                continue
            shown.append(words)
            scores = {name: of[chunk_id] for name, of in found.items() if chunk_id in of}
            places = {name: of[chunk_id] for name, of in ranks.items() if chunk_id in of and name != "document"}
            passage = replace(passage, score=score, scores=scores, ranks=places)
            passages[chunk_id] = self._widened(chunk_id, passage, passages.values())
        return passages


def _kept(scores: Mapping[int, float], allowed: set[int]) -> dict[int, float]:
    return {item: score for item, score in scores.items() if item in allowed}
