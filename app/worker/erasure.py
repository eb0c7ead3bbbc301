"""What was forgotten, by its fingerprints, and the look for it in all files of a home."""

import secrets
import sqlite3
from collections.abc import Callable, Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import Final

from app.domain.erasure import ErasureReceipt, Remains
from app.worker.fingerprints import Fingerprints, blocks_in, blocks_of, split

_KEY: Final = "erasure_key"  # a fact of the library
LEFT_OUT: Final = "models"  # weights hold nothing of a person's documents, and are gigabytes


class Erasures:
    """The table of what was forgotten, through the library's one connection."""

    def __init__(self, db: sqlite3.Connection) -> None:
        self._db = db

    def record(self, content_hash: str, text: str) -> None:
        """Keep the fingerprints of a document that is being forgotten."""
        now = datetime.now(UTC).isoformat(timespec="seconds").replace("+00:00", "Z")
        fingerprints = Fingerprints(self._key()).of(text)
        self._db.execute("INSERT INTO erased VALUES (?, ?, ?)", (content_hash, now, fingerprints))

    def check(self, home: Path, on_file: Callable[[], None]) -> ErasureReceipt:
        """Look for all that was forgotten in every file of a home, but for models.

        Words that also stand in a document that is still here are not looked for.
        """
        fingerprints = Fingerprints(self._key())
        erased = self._db.execute(
            "SELECT content_hash, max(erased_at), fingerprints FROM erased"
            " WHERE content_hash NOT IN (SELECT content_hash FROM documents) GROUP BY content_hash"
        ).fetchall()
        wanted = {one: content_hash.encode() for content_hash, _, joined in erased for one in split(joined)}
        for (text,) in self._db.execute("SELECT text FROM documents"):
            on_file()
            shared = fingerprints.count(blocks_of(text.encode("utf-8")), {one: one for one in wanted})
            wanted = {one: content_hash for one, content_hash in wanted.items() if one not in shared}
        times = {content_hash: erased_at for content_hash, erased_at, _ in erased}
        remains: list[Remains] = []
        unreadable: list[str] = []
        files = size = 0
        for path in _files(home):
            on_file()
            try:
                found = fingerprints.count(blocks_in(path), wanted)
                size += path.stat().st_size
            except OSError:
                unreadable.append(str(path.relative_to(home)))
                continue
            files += 1
            for content_hash, places in found.items():
                name = content_hash.decode()
                remains.append(Remains(name, times[name], str(path.relative_to(home)), places))
        return ErasureReceipt(len(erased), files, size, tuple(remains), unreadable=tuple(unreadable))

    def _key(self) -> bytes:
        row = self._db.execute("SELECT value FROM facts WHERE name = ?", (_KEY,)).fetchone()
        if row is None:
            row = (secrets.token_hex(32),)
            self._db.execute("INSERT INTO facts VALUES (?, ?)", (_KEY, row[0]))
        return bytes.fromhex(row[0])


def _files(home: Path) -> Iterator[Path]:
    for path in sorted(home.rglob("*")):
        if path.relative_to(home).parts[0] != LEFT_OUT and path.is_file() and not path.is_symlink():
            yield path
