"""Vectors that were read from the database once, in a memory-mapped file: gathering thousands from it is cheap.

The file has no name (where the system knows none, it goes with its process), so nothing of a document can be found in
it after a crash, and it is never out of date at a start. What is forgotten is overwritten at once.
"""

import tempfile
from collections.abc import Sequence
from pathlib import Path
from typing import IO, Final

import numpy as np

GROWTH: Final = 4096  # rows by which the file grows


class VectorCache:
    """Rows of float16 by chunk id, for as long as the library is open."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._file: IO[bytes] | None = None
        self._rows: np.ndarray | None = None
        self._places = np.zeros(0, dtype=np.int32)  # by chunk id: its row, counted from 1; 0 if it has none
        self._used = 0

    def missing(self, ids: np.ndarray) -> np.ndarray:
        """Which of these chunks have no row here."""
        return np.asarray(ids[self._place(ids) == 0])

    def put(self, ids: Sequence[int], vectors: np.ndarray) -> None:
        """Keep rows of chunks that have none. Raises OSError when the disk is full."""
        if not ids:
            return
        end = self._used + len(ids)
        rows = self._grown(end, vectors.shape[1])
        rows[self._used : end] = vectors
        highest = max(ids)
        if highest >= len(self._places):
            self._places = np.concatenate(
                [self._places, np.zeros(highest + GROWTH - len(self._places), dtype=np.int32)]
            )
        self._places[list(ids)] = np.arange(self._used, end) + 1
        self._used = end

    def of(self, ids: np.ndarray) -> tuple[list[int], np.ndarray]:
        """Ids and float32 rows of those of these chunks that have one."""
        places = self._place(ids)
        if self._rows is None or not places.any():
            return [], np.zeros((0, 0), dtype=np.float32)
        here = places > 0
        return ids[here].tolist(), self._rows[places[here] - 1].astype(np.float32)

    def forget(self, ids: Sequence[int]) -> None:
        """Overwrite the rows of these chunks."""
        wanted = np.array(ids, dtype=np.int64)
        places = self._place(wanted)
        if self._rows is not None:
            self._rows[places[places > 0] - 1] = 0
            self._places[wanted[places > 0]] = 0

    def clear(self) -> None:
        """Let go of the file, and of all that was in it."""
        self._rows = None
        if self._file is not None:
            self._file.close()
        self._file, self._used = None, 0
        self._places = np.zeros(0, dtype=np.int32)

    def _place(self, ids: np.ndarray) -> np.ndarray:
        places = np.zeros(len(ids), dtype=np.int32)
        known = ids < len(self._places)
        places[known] = self._places[ids[known]]
        return places

    def _grown(self, rows: int, dimension: int) -> np.ndarray:
        """The rows, as many at least."""
        if self._rows is None or len(self._rows) < rows:
            held = 0 if self._rows is None else len(self._rows)
            self._rows = None  # some systems let no file grow that is mapped
            try:
                self._rows = self._mapped(held, held + GROWTH * -(-(rows - held) // GROWTH), dimension)
            except OSError:
                self.clear()
                raise
        return self._rows

    def _mapped(self, held: int, rows: int, dimension: int) -> np.ndarray:
        """The file with more rows. They are written, not just claimed: a full disk would end who writes to the map."""
        if self._file is None:
            self._file = tempfile.TemporaryFile(dir=self._folder, prefix="vectors-")  # noqa: SIM115  see `clear`
        self._file.seek(held * dimension * 2)
        for _ in range(held, rows, GROWTH):
            self._file.write(bytes(GROWTH * dimension * 2))
        self._file.flush()
        return np.memmap(self._file, dtype="<f2", mode="r+", shape=(rows, dimension))
