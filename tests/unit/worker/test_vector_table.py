"""Vectors of two embedders side by side: what serves, what is coming, what waits."""

import sqlite3
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from app.domain.library import DEFAULT_COLLECTION, Block, Chunk, ParsedDocument, Source
from app.worker.library_db import LibraryDb
from app.worker.library_schema import MIGRATIONS
from app.worker.word_index import register
from tests.unit.worker.library_rows import DIMENSION, IDENTITY, keep

OTHER = replace(IDENTITY, runtime="sentence-transformers")
FOLDER = Path("model")


@pytest.fixture
def db(tmp_path: Path) -> Iterator[LibraryDb]:
    """A library with three chunks that have their vectors."""
    library = LibraryDb(tmp_path / "library.db")
    keep(library, "a.md", "one", "two", "three")
    yield library
    library.close()


def add_without_vectors(db: LibraryDb, name: str) -> list[int]:
    """Add a document of one chunk."""
    source = Source(f"/{name}", name, DEFAULT_COLLECTION, "hash", 4)
    parsed = ParsedDocument("Title", "more", (Block("paragraph", 0, 4, 1),), 1)
    return db.add(source, parsed, [Chunk(0, 4, 1, "")])[2]


def ones(count: int) -> np.ndarray:
    """Vectors that are told apart from those of `keep`."""
    return np.full((count, DIMENSION), DIMENSION**-0.5)


def test_a_chunk_waits_until_it_has_its_vector(db: LibraryDb) -> None:
    came = add_without_vectors(db, "b.md")
    assert db.vectors.waiting(10) == came
    assert [document.waiting for document in db.documents(None)] == [0, 1]
    assert db.vectors.put(came, ones(1)) == came
    assert db.vectors.count_waiting() == 0
    assert db.vectors.ids()[-1:] == came


def test_the_former_embedder_serves_until_all_vectors_are_new(db: LibraryDb) -> None:
    ids, before = db.vectors.within(None)
    db.vectors.aim(OTHER, FOLDER)
    assert db.vectors.waiting(10) == ids
    db.vectors.put(ids[:2], ones(2))
    assert np.array_equal(db.vectors.within(None)[1], before)
    serving = db.vectors.embedder("serving")
    assert serving is not None and serving[0] == IDENTITY
    db.vectors.put(ids[2:], ones(1))
    db.vectors.succeed()
    serving = db.vectors.embedder("serving")
    assert serving is not None and serving[0] == OTHER
    assert db.vectors.within(None)[1] == pytest.approx(ones(3), abs=1e-3)
    assert not db.vectors.is_coming()


def test_going_back_needs_only_what_came_meanwhile(db: LibraryDb) -> None:
    ids = db.vectors.ids()
    db.vectors.aim(OTHER, FOLDER)
    db.vectors.put(ids[:2], ones(2))
    came = add_without_vectors(db, "b.md")
    db.vectors.aim(IDENTITY, FOLDER)
    assert db.vectors.waiting(10) == came
    assert not db.vectors.is_coming()


def test_aiming_at_the_same_again_goes_on_where_it_stood(db: LibraryDb, tmp_path: Path) -> None:
    ids = db.vectors.ids()
    db.vectors.aim(OTHER, FOLDER)
    db.vectors.put(ids[:1], ones(1))
    again = LibraryDb(tmp_path / "library.db")
    again.vectors.aim(OTHER, FOLDER)
    assert again.vectors.waiting(10) == ids[1:]
    again.close()


def test_a_vector_for_a_chunk_that_is_gone_is_dropped(db: LibraryDb) -> None:
    came = add_without_vectors(db, "b.md")
    db.remove(db.documents(None)[1].id)
    assert db.vectors.put(came, ones(1)) == []
    assert came[0] not in db.vectors.ids()


def test_coarse_vectors_stand_in_until_search_looks_at_the_real_ones(db: LibraryDb) -> None:
    came = add_without_vectors(db, "b.md")
    assert db.vectors.without_static(10) == came
    db.vectors.set_static_identity("model 1")
    db.vectors.put_static(came, ones(1))
    db.vectors.aim(OTHER, FOLDER)
    db.vectors.put(db.vectors.waiting(10), ones(4))
    assert db.vectors.static_within(None)[0] == came  # the former embedder serves, and knows nothing of it
    db.vectors.succeed()
    assert db.vectors.static_within(None)[0] == []


def test_coarse_vectors_of_another_kind_go(db: LibraryDb) -> None:
    came = add_without_vectors(db, "b.md")
    db.vectors.set_static_identity("model 1")
    db.vectors.put_static(came, ones(1))
    db.vectors.set_static_identity("model 1")
    assert db.vectors.static_within(None)[0] == came
    db.vectors.set_static_identity("model 2")
    assert db.vectors.without_static(10) == came


def test_an_older_library_is_embedded_anew(tmp_path: Path) -> None:
    path = tmp_path / "old.db"
    old = sqlite3.connect(path)
    register(old)
    old.executescript(f"{MIGRATIONS[0]}; {MIGRATIONS[1]}; PRAGMA user_version = 2")
    old.execute(
        "INSERT INTO documents (id, path, name, title, collection, content_hash, size, pages, added_at, text, blocks)"
        " VALUES (1, '/a.md', 'a.md', 'Title', 'Documents', 'h', 3, 1, '', 'one', x'90')"
    )
    old.execute("INSERT INTO chunks VALUES (1, 1, 0, 3, 1, '', x'003c')")
    old.execute("INSERT INTO facts VALUES ('embedder', 'hash')")
    old.commit()
    old.close()
    new = LibraryDb(path)
    assert new.vectors.waiting(10) == [1]
    assert new.vectors.embedder("serving") is None
    assert new.chunk_texts([1]) == [(1, "Title\none")]
    new.close()
