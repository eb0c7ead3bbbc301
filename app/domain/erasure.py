"""Proof that a forgotten document is gone: a look for its bytes in everything that is kept."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Remains:
    """A file in which words of a forgotten document still stand."""

    content_hash: str
    erased_at: str  # ISO 8601, UTC
    path: str  # below the home
    places: int


@dataclass(frozen=True, slots=True)
class ErasureReceipt:
    """What was looked for, where, and what was found."""

    documents: int  # forgotten ones that were looked for
    files: int
    bytes: int
    remains: tuple[Remains, ...]
    stale_vectors: int = 0  # of forgotten chunks, in the index's files until it is made anew
    unreadable: tuple[str, ...] = ()
