"""The ledger's rules: canonical JSON, the hash chain, and what breaks it.

An entry's hash covers its number, time, kind, facts and the hash before it, so an edited, removed or reordered entry
breaks the chain at its place. A chain cannot show that its own tail is gone: the head (last number and hash) is kept
apart from the entries and compared. Tamper-evident, not tamper-proof: who can rewrite the entries and the head together
goes unseen.
"""

import hashlib
import json
from collections.abc import Iterable
from dataclasses import dataclass

from app.domain.data_class import DataClass

JsonValue = None | bool | int | str | list["JsonValue"] | dict[str, "JsonValue"]

GENESIS = "0" * 64


@dataclass(frozen=True, slots=True)
class Entry:
    """One act, recorded."""

    seq: int  # from 1
    at: str
    kind: str
    facts: str  # canonical JSON
    previous: str
    hash: str


@dataclass(frozen=True, slots=True)
class Connection:
    """A request that leaves the machine: to whom, what for, and how much of which class of data."""

    host: str
    purpose: str
    data_class: DataClass
    size: int  # bytes


@dataclass(frozen=True, slots=True)
class Head:
    """The last entry's number and hash, kept apart from the entries."""

    seq: int
    hash: str


@dataclass(frozen=True, slots=True)
class Verification:
    """The outcome of a check; `broken_at` is the first entry that does not hold."""

    entries: int
    intact: bool
    broken_at: int | None = None
    reason: str = ""


def canonical(value: JsonValue) -> str:
    """JSON in one spelling: sorted keys, no spaces, UTF-8 kept. Numbers are integers only (a subset of RFC 8785)."""
    return json.dumps(value, sort_keys=True, separators=(",", ":"), ensure_ascii=False, allow_nan=False)


def make_entry(seq: int, at: str, kind: str, facts: dict[str, JsonValue], previous: str) -> Entry:
    """The entry that follows `previous`."""
    text = canonical(facts)
    return Entry(seq, at, kind, text, previous, _hash(seq, at, kind, text, previous))


def verify(entries: Iterable[Entry], head: Head | None) -> Verification:
    """Walk the chain; compare its end with the recorded head.

    A chain that goes on past the head is sound: the head is written just after the entry, and a crash may come between.
    """
    previous, count, head_seen = GENESIS, 0, head is None
    for entry in entries:
        count += 1
        if entry.seq != count:
            return Verification(count, False, count, f"entry {count} is missing: found number {entry.seq} in its place")
        if entry.previous != previous:
            return Verification(count, False, entry.seq, f"entry {entry.seq} does not follow the one before it")
        if entry.hash != _hash(entry.seq, entry.at, entry.kind, entry.facts, entry.previous):
            return Verification(count, False, entry.seq, f"entry {entry.seq} was changed after it was written")
        if head is not None and entry.seq == head.seq:
            if entry.hash != head.hash:
                return Verification(count, False, entry.seq, f"entry {entry.seq} is not the one the head recorded")
            head_seen = True
        previous = entry.hash
    if not head_seen and head is not None and head.seq > 0:
        reason = f"the ledger was cut off: it ends at entry {count}, the head recorded {head.seq}"
        return Verification(count, False, count + 1, reason)
    if head is None and count:
        return Verification(
            count, False, count, "the recorded head is missing or unreadable, so a cut-off end could not be seen"
        )
    return Verification(count, True)


def _hash(seq: int, at: str, kind: str, facts: str, previous: str) -> str:
    covered = json.dumps([seq, at, kind, facts, previous], ensure_ascii=False, separators=(",", ":"))
    return hashlib.sha256(covered.encode("utf-8", "surrogatepass")).hexdigest()
