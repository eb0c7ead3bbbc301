"""Chroma as a rebuildable index over the vectors in `library.db`, and exact search for when it cannot be had.

Chroma is told last and trusted least: a damaged folder may crash the process that opens it, and a killed writer may
leave one. So a marker stands beside the folder while it is opened or written. A folder that is found with its marker,
or that does not answer a probe, is thrown away and made anew from the stored vectors, without embedding anything again.
Until then, and for small libraries always, search is exact.
"""

import shutil
import threading
import traceback
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any, Literal

import numpy as np

from app.worker.library_db import LibraryDb
from app.worker.word_index import Selection

COLLECTION = "chunks"
BATCH = 1000
EXACT_BELOW = 2000  # chunks: up to here exact search takes about a millisecond
PROBES = 32
PROBES_FOUND = 0.75  # of them: a sound index is approximate too, and the more so the larger it is
COMPACT_BELOW = 20_000  # vectors: so many are indexed anew in half a minute, beside everything else
COMPACT_SHARE = 0.05
WIDER = (5, 20)  # times as many neighbours as are wanted, when only those in chosen documents count
EXACT_CHOSEN = 12_000  # chosen chunks up to which exact search is faster than asking Chroma for more
_STALE = "index_stale"  # a fact of the library
PROBE_DISTANCE = 0.01  # a stored vector is this near to itself, float16 and all


class VectorIndex:
    """Nearest chunks to a vector.

    `prepare` and `rebuild` may run in another thread than the rest, with a database connection of their own.
    """

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._marker = folder.with_name(folder.name + ".busy")
        self._lock = threading.RLock()  # guards what is used; held for moments only
        self._repair = threading.Lock()  # one at a time opens, aligns or rebuilds
        self._client: Any = None
        self._collection: Any = None
        self._held = 0  # vectors in Chroma, which takes milliseconds to count them
        self.state: Literal["ready", "rebuilding", "exact"] = "exact"

    def reachable(self) -> int | None:
        """Vectors that Chroma can reach; None while it is not in use."""
        with self._lock:
            return int(self._collection.count()) if self.state == "ready" else None

    def prepare(self, db: LibraryDb) -> None:
        """Open the folder if it is sound, else make it anew; then bring it in line with the database."""
        with self._repair:
            sound = not self._marker.exists() and self._opens() and self._aligns(db) and self._answers(db)
            if not sound or self._wants_compaction(db):
                self._make_anew(db)

    def stale(self, db: LibraryDb) -> int:
        """Vectors of chunks that are gone: Chroma keeps their bytes in its files until the index is made anew."""
        return int(db.fact(_STALE) or 0)

    def rebuild(self, db: LibraryDb) -> None:
        """Throw away what is there and index the stored vectors; exact search serves meanwhile."""
        with self._repair:
            self._make_anew(db)

    def _wants_compaction(self, db: LibraryDb) -> bool:
        """Whether to make the index anew for the sake of what is gone: a small one always, a large one now and then."""
        stale, held = self.stale(db), self.reachable() or 0
        return stale > 0 and (held <= COMPACT_BELOW or stale > COMPACT_SHARE * held)

    def _make_anew(self, db: LibraryDb) -> None:
        self._start_afresh()
        self._align(db)
        db.set_fact(_STALE, "0")

    def update(self, db: LibraryDb, gone: Sequence[int], came: Sequence[int]) -> None:
        """Follow a committed change of the database; an index that is not ready will see it when it is aligned."""
        if gone:
            db.set_fact(_STALE, str(self.stale(db) + len(gone)))
        with self._lock:
            if self.state != "ready":
                return
            try:
                self._write(db, gone, came)
            except Exception:  # Chroma raises whatever its native side says; the document itself is safe
                self._distrust()

    def search(
        self, db: LibraryDb, vector: np.ndarray, chosen: Selection | None, limit: int
    ) -> list[tuple[int, float]]:
        """Chunk ids by cosine, best first; exact where few documents are chosen, or those far from the question."""
        if self.state == "ready" and self._held >= EXACT_BELOW:
            try:
                found = self._search_widely(db, vector, chosen, limit) if chosen else self._search_chroma(vector, limit)
                if found is not None:
                    return found
            except Exception:
                self._distrust()
        return nearest(*db.vectors.within(chosen), vector, limit)

    def _search_widely(
        self, db: LibraryDb, vector: np.ndarray, chosen: Selection, limit: int
    ) -> list[tuple[int, float]] | None:
        """As many neighbours as it takes for enough of them to be in the chosen documents; None to search exactly.

        Chroma's own filter would be handed all chosen ids at each search.
        """
        if db.count_chosen(chosen, EXACT_CHOSEN + 1) <= EXACT_CHOSEN:
            return None
        for times in WIDER:
            near = self._search_chroma(vector, min(times * limit, self._held))
            among = db.among([chunk_id for chunk_id, _ in near], chosen)
            if len(among) >= limit:
                return [pair for pair in near if pair[0] in among][:limit]
        return None

    def _search_chroma(self, vector: np.ndarray, limit: int) -> list[tuple[int, float]]:
        with self._lock:
            found = self._collection.query(query_embeddings=[vector.tolist()], n_results=limit, include=["distances"])
        return [(int(i), 1.0 - float(d)) for i, d in zip(found["ids"][0], found["distances"][0], strict=True)]

    def _distrust(self) -> None:
        """Search exactly from now on; the marker makes the next start build the index anew."""
        traceback.print_exc()
        with self._lock:
            self._leave()

    def _leave(self) -> None:
        self._marker.parent.mkdir(parents=True, exist_ok=True)
        self._marker.touch()
        self.state = "exact"

    def set_aside(self) -> None:
        """Search exactly until it is rebuilt, by the next start if not before: all vectors are about to change."""
        with self._repair, self._lock:  # what a repair under way brings in would be out of date
            self._leave()

    def close(self) -> None:
        """Let go of the folder."""
        with self._lock:
            client, self._client, self._collection, self.state = self._client, None, None, "exact"
            if client is not None:
                client.close()

    def _align(self, db: LibraryDb) -> None:
        """Add what the database has and the index lacks, and the other way round, until there is nothing left to do.

        The last look and the word "ready" are one step for whoever calls `update`, so no change falls between.
        """
        while True:
            with self._lock:
                held = {int(chunk_id) for chunk_id in self._collection.get(include=[])["ids"]}
                wanted = set(db.vectors.ids())
                gone, came = sorted(held - wanted), sorted(wanted - held)
                if len(gone) + len(came) <= BATCH:
                    self._write(db, gone, came)
                    self.state = "ready"
                    return
            for first in range(0, max(len(gone), len(came)), BATCH):
                with self._lock:
                    self._write(db, gone[first : first + BATCH], came[first : first + BATCH])

    def _answers(self, db: LibraryDb) -> bool:
        """Whether stored vectors are found again, nearly each as the nearest to itself."""
        ids = db.vectors.ids()
        if not ids:
            return True
        _, vectors = db.vectors.of(ids[:: max(1, len(ids) // PROBES)])
        try:
            found = self._collection.query(query_embeddings=vectors.tolist(), n_results=1, include=["distances"])
        except Exception:
            return False  # whatever Chroma raises, the caller makes the index anew
        right = [bool(row and row[0] < PROBE_DISTANCE) for row in found["distances"]]
        return bool(sum(right) >= PROBES_FOUND * len(right))

    def _opens(self) -> bool:
        try:
            self._open()
        except Exception:
            self.close()
            return False  # as above
        return True

    def _aligns(self, db: LibraryDb) -> bool:
        try:
            self._align(db)
        except Exception:
            return False  # as above
        return True

    def _start_afresh(self) -> None:
        with self._lock:
            self.close()
            self.state = "rebuilding"
        from chromadb.api.client import SharedSystemClient  # here: as in `_open`

        SharedSystemClient.clear_system_cache()  # else the next client of this path gets the one that failed to start
        if self._folder.exists():
            shutil.rmtree(self._folder)
        self._open()

    def _open(self) -> None:
        import chromadb  # here: takes more than a second, in a background thread
        from chromadb.config import Settings

        with self._busy():
            self._client = chromadb.PersistentClient(str(self._folder), Settings(anonymized_telemetry=False))
            self._collection = self._client.get_or_create_collection(
                COLLECTION, embedding_function=None, configuration={"hnsw": {"space": "cosine"}}
            )

    def _write(self, db: LibraryDb, gone: Sequence[int], came: Sequence[int]) -> None:
        with self._busy():
            if gone:
                self._collection.delete(ids=[str(chunk_id) for chunk_id in gone])
            ids, vectors = db.vectors.of(came)
            for first in range(0, len(ids), BATCH):
                part = slice(first, first + BATCH)
                self._collection.add(ids=[str(chunk_id) for chunk_id in ids[part]], embeddings=vectors[part])
            self._held = int(self._collection.count())

    @contextmanager
    def _busy(self) -> Iterator[None]:
        """The marker stands while this runs, and stays if it is cut short."""
        self._marker.parent.mkdir(parents=True, exist_ok=True)
        self._marker.touch()
        yield
        self._marker.unlink()


def nearest(ids: Sequence[int], vectors: np.ndarray, vector: np.ndarray, limit: int) -> list[tuple[int, float]]:
    """The ids of the rows nearest to a vector, by cosine, best first."""
    if not ids:
        return []
    cosines = vectors @ vector.astype(np.float32)
    best = np.argsort(-cosines, kind="stable")[:limit]
    return [(ids[place], float(cosines[place])) for place in best]
