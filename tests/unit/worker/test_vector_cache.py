"""Vectors that are kept once read: what is asked for comes back, what is forgotten is overwritten."""

import os
import tempfile
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from app.worker import vector_cache
from app.worker.library_db import LibraryDb
from app.worker.vector_cache import VectorCache
from tests.unit.worker.library_rows import keep

DIMENSION = 4


@pytest.fixture
def db(tmp_path: Path) -> Iterator[LibraryDb]:
    """A library with three chunks that have their vectors."""
    library = LibraryDb(tmp_path / "library.db")
    keep(library, "a.md", "one", "two", "three")
    yield library
    library.close()


def rows(ids: list[int]) -> np.ndarray:
    """A vector for each id, told apart by it."""
    return np.array([[one, 1, 2, 3] for one in ids], dtype=np.float32).reshape(len(ids), DIMENSION)


@settings(max_examples=50, deadline=None)
@given(st.lists(st.tuples(st.booleans(), st.sets(st.integers(1, 60), max_size=20)), max_size=12))
def test_it_holds_what_was_put_and_not_forgotten(steps: list[tuple[bool, set[int]]]) -> None:
    held: set[int] = set()
    cache = VectorCache(Path(tempfile.gettempdir()))
    everything = np.arange(1, 80)
    try:
        for puts, ids in steps:
            if puts:
                new = cache.missing(np.array(sorted(ids), dtype=np.int64)).tolist()
                assert set(new) == ids - held
                cache.put(new, rows(new))
                held |= ids
            else:
                cache.forget(sorted(ids))
                held -= ids
            found, vectors = cache.of(everything)
            assert found == sorted(held)
            assert not held or np.array_equal(vectors, rows(found))
    finally:
        cache.clear()


def test_it_grows_and_nobody_can_name_its_file(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(vector_cache, "GROWTH", 8)
    cache = VectorCache(tmp_path)
    for first in range(1, 40, 3):
        ids = [first, first + 1, first + 2]
        cache.put(ids, rows(ids))
    found, vectors = cache.of(np.arange(1, 40))
    assert np.array_equal(vectors, rows(found)) and len(found) == 39
    assert os.name == "nt" or not list(tmp_path.iterdir())
    cache.clear()
    assert cache.of(np.arange(1, 40))[0] == []


def test_what_is_removed_is_overwritten(db: LibraryDb) -> None:
    _, _, came = keep(db, "b.md", "more")
    db.vectors.within(None)
    file = db.vectors._cache._file
    assert file is not None
    secret = db.vectors.of(came)[1].astype("<f2").tobytes()
    file.seek(0)
    assert secret in file.read()
    db.remove(db.documents(None)[1].id)
    file.seek(0)
    assert secret not in file.read()
    assert came[0] not in db.vectors.within(None)[0]


def test_a_chunk_whose_vector_comes_later_is_found_then(db: LibraryDb) -> None:
    before, _ = db.vectors.within(None)
    _, _, came = keep(db, "b.md", "more")
    found, vectors = db.vectors.within(None)
    assert found == [*before, *came]
    assert np.array_equal(vectors, db.vectors.of(found)[1])


def test_without_room_on_the_disk_it_is_read_from_the_database(db: LibraryDb, monkeypatch: pytest.MonkeyPatch) -> None:
    def full(*_: object, **__: object) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(tempfile, "TemporaryFile", full)
    assert len(db.vectors.within(None)[0]) == len(db.vectors.within(None)[1]) == 3
