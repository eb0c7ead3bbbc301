"""What was forgotten is looked for everywhere, and found where it is."""

import random
import zlib
from collections.abc import Iterator
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from app.worker.fingerprints import BLOCK, WINDOW, Fingerprints, blocks_in, blocks_of, split
from app.worker.library_db import LibraryDb
from tests.unit.worker.library_rows import keep

KEY = b"k" * 32


def words(seed: int, count: int = 200) -> str:
    """Words that stand nowhere else."""
    chance = random.Random(seed)
    return " ".join(f"{chance.randrange(36**6):x}" for _ in range(count))


@pytest.fixture
def home(tmp_path: Path) -> Path:
    """A home with a folder for the library."""
    (tmp_path / "library").mkdir()
    return tmp_path


@pytest.fixture
def db(home: Path) -> Iterator[LibraryDb]:
    """A new library in it."""
    library = LibraryDb(home / "library" / "library.db")
    yield library
    library.close()


def test_a_removed_document_leaves_nothing_and_a_receipt_says_so(db: LibraryDb, home: Path) -> None:
    document_id, _, _ = keep(db, "a.md", words(1))
    keep(db, "b.md", words(2))
    db.remove(document_id)
    db.purge()
    receipt = db.erasures.check(home, lambda: None)
    assert (receipt.documents, receipt.remains, receipt.unreadable) == (1, (), ())
    assert receipt.bytes >= 20_000


def test_what_is_left_anywhere_is_named_with_its_file(db: LibraryDb, home: Path) -> None:
    text = words(3)
    document_id, _, _ = keep(db, "a.md", text)
    db.remove(document_id)
    db.purge()
    (home / "cache").mkdir()
    (home / "cache" / "page.bin").write_bytes(b"\0" * 5000 + text.encode() + b"\0" * 9)
    (home / "models").mkdir()
    (home / "models" / "weights").write_text(text)  # not looked into
    (found,) = db.erasures.check(home, lambda: None).remains
    assert (found.path, found.content_hash) == ("cache/page.bin", "hash of a.md")
    assert found.places >= 20


def test_words_that_another_document_holds_are_no_remains(db: LibraryDb, home: Path) -> None:
    shared, own = words(4), words(5)
    document_id, _, _ = keep(db, "a.md", shared, own)
    keep(db, "b.md", shared)
    db.remove(document_id)
    db.purge()
    assert db.erasures.check(home, lambda: None).remains == ()
    (home / "left").write_text(own)
    assert [one.path for one in db.erasures.check(home, lambda: None).remains] == ["left"]


def test_backups_from_before_an_upgrade_go_as_well(db: LibraryDb, home: Path) -> None:
    (home / "library" / "library.db.bak-v1").write_text(words(6))
    document_id, _, _ = keep(db, "a.md", words(6))
    db.remove(document_id)
    db.purge()
    assert not list((home / "library").glob("*.bak-*"))


def test_fingerprints_say_nothing_of_the_words() -> None:
    text = words(7)
    joined = Fingerprints(KEY).of(text)
    assert 20 <= len(split(joined)) <= 64
    assert zlib.compress(joined, 9).__len__() > 0.95 * len(joined)  # as random as can be
    assert Fingerprints(b"other").of(text) != joined
    assert Fingerprints(KEY).of("short") == b""


@settings(max_examples=30, deadline=None)
@given(st.integers(0, 3 * BLOCK // 2), st.integers(0, 2 * WINDOW))
def test_a_window_is_found_once_wherever_it_lies(before: int, after: int) -> None:
    fingerprints = Fingerprints(KEY)
    window = bytes(range(40, 40 + WINDOW))
    wanted = dict.fromkeys(split(fingerprints.of(window.decode())), b"it")
    data = b"." * before + window + b"." * after
    assert fingerprints.count(blocks_of(data), wanted) == {b"it": 1}
    assert fingerprints.count(blocks_of(data[: before + WINDOW - 1]), wanted) == {}


def test_a_file_is_read_in_blocks_that_miss_nothing(tmp_path: Path) -> None:
    window = bytes(range(40, 40 + WINDOW))
    (tmp_path / "file").write_bytes(b"." * (BLOCK - 20) + window + b"." * 100)
    fingerprints = Fingerprints(KEY)
    wanted = dict.fromkeys(split(fingerprints.of(window.decode())), b"it")
    assert fingerprints.count(blocks_in(tmp_path / "file"), wanted) == {b"it": 1}
