"""Fingerprints of a text's passages, by which its bytes are found again without keeping any of them.

A fingerprint is a polynomial rolling hash of a window of bytes, modulo 2**64, to a secret base of the library (Karp and
Rabin, 1987), and a keyed BLAKE2b of the same window, by which a find is made sure. Neither says what the words were.
"""

import hashlib
from collections.abc import Iterable, Iterator, Mapping
from pathlib import Path
from typing import Final

import numpy as np
from numpy.typing import NDArray

WINDOW: Final = 48  # bytes; shorter ones also stand elsewhere by chance
MOST: Final = 64  # windows taken of a document, spread over it
LEAST_DISTINCT: Final = 10  # different bytes in a window: a ruled line says nothing of its document
BLOCK: Final = 1 << 20
SIZE: Final = 16  # bytes of a fingerprint


class Fingerprints:
    """Takes and finds fingerprints under one key."""

    def __init__(self, key: bytes) -> None:
        base = int.from_bytes(hashlib.blake2b(key, digest_size=8, person=b"base").digest(), "big") | 1
        powers = np.cumprod(np.full(BLOCK + WINDOW, base, dtype=np.uint64))
        inverses = np.cumprod(np.full(BLOCK + WINDOW, pow(base, -1, 1 << 64), dtype=np.uint64))
        self._powers = np.concatenate((np.ones(1, dtype=np.uint64), powers))
        self._inverses = np.concatenate((np.ones(1, dtype=np.uint64), inverses))
        self._key = key

    def of(self, text: str) -> bytes:
        """The fingerprints of up to `MOST` windows, joined; none of a text that is shorter than one."""
        data = text.encode("utf-8")
        starts = np.unique(np.linspace(0, max(0, len(data) - WINDOW), MOST, dtype=np.int64)).tolist()
        windows = [data[start : start + WINDOW] for start in starts]
        telling = [w for w in dict.fromkeys(windows) if len(w) == WINDOW and len(set(w)) >= LEAST_DISTINCT]
        return b"".join(int(self._rolling(window)[0]).to_bytes(8, "big") + self._sure(window) for window in telling)

    def count(self, blocks: Iterable[bytes], wanted: Mapping[bytes, bytes]) -> dict[bytes, int]:
        """How often each of the wanted fingerprints, by its bytes, stands in data given in blocks that overlap.

        `wanted` maps each fingerprint to whatever it is counted under.
        """
        rolling = np.unique(np.frombuffer(b"".join(wanted), dtype=">u8")[::2].astype(np.uint64))
        counts: dict[bytes, int] = {}
        for data in blocks:
            if len(data) < WINDOW or not rolling.size:
                continue
            hashes = self._rolling(data)
            near = np.minimum(np.searchsorted(rolling, hashes), rolling.size - 1)
            for place in np.flatnonzero(rolling[near] == hashes).tolist():
                found = int(hashes[place]).to_bytes(8, "big") + self._sure(data[place : place + WINDOW])
                if found in wanted:
                    counts[wanted[found]] = counts.get(wanted[found], 0) + 1
        return counts

    def _rolling(self, data: bytes) -> NDArray[np.uint64]:
        """The rolling hash of every window in at most `BLOCK` + `WINDOW` bytes."""
        values = np.frombuffer(data, dtype=np.uint8).astype(np.uint64) + np.uint64(1)
        sums = np.concatenate((np.zeros(1, dtype=np.uint64), np.cumsum(values * self._powers[: len(values)])))
        windows = len(data) - WINDOW + 1
        hashes: NDArray[np.uint64] = (sums[WINDOW : WINDOW + windows] - sums[:windows]) * self._inverses[:windows]
        return hashes

    def _sure(self, window: bytes) -> bytes:
        return hashlib.blake2b(window, key=self._key, digest_size=8).digest()


def split(fingerprints: bytes) -> list[bytes]:
    """The single fingerprints of what `Fingerprints.of` joined."""
    return [fingerprints[at : at + SIZE] for at in range(0, len(fingerprints), SIZE)]


def blocks_of(data: bytes) -> Iterator[bytes]:
    """Bytes in blocks that overlap by less than a window, so that none is seen twice and none is missed."""
    for start in range(0, max(1, len(data) - WINDOW + 1), BLOCK):
        yield data[start : start + BLOCK + WINDOW - 1]


def blocks_in(path: Path) -> Iterator[bytes]:
    """A file in such blocks. Raises OSError."""
    with path.open("rb") as file:
        rest = b""
        while data := file.read(BLOCK):
            yield rest + data
            rest = (rest + data)[-(WINDOW - 1) :]
