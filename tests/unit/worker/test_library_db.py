"""The database of the library: upgrades, odd queries, odd texts, damage, forgetting."""

import sqlite3
from collections.abc import Iterator
from pathlib import Path

import pytest
from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st

from app.domain.errors import AppError, ErrorCode
from app.worker.library_db import MIGRATIONS, LibraryDb
from tests.unit.worker.library_rows import keep


@pytest.fixture
def db(tmp_path: Path) -> Iterator[LibraryDb]:
    """A new library."""
    library = LibraryDb(tmp_path / "library.db")
    yield library
    library.close()


def test_an_upgrade_keeps_what_is_there_and_a_backup_of_it(tmp_path: Path) -> None:
    path = tmp_path / "library.db"
    old = LibraryDb(path)
    keep(old, "a.md", "old words")
    old.close()
    new = LibraryDb(path, (*MIGRATIONS, "CREATE TABLE later (x INTEGER) STRICT"))
    assert new.search_words("old", None, 5)
    new.close()
    backup = sqlite3.connect(tmp_path / "library.db.bak-v1")
    assert backup.execute("PRAGMA user_version").fetchone() == (1,)
    assert backup.execute("SELECT text FROM documents").fetchall() == [("old words",)]
    backup.close()


def test_a_newer_library_is_refused_and_left_alone(tmp_path: Path) -> None:
    path = tmp_path / "library.db"
    LibraryDb(path, (*MIGRATIONS, "CREATE TABLE later (x INTEGER) STRICT")).close()
    before = path.read_bytes()
    with pytest.raises(AppError) as refused:
        LibraryDb(path)
    assert refused.value.code is ErrorCode.LIBRARY_NEWER
    assert path.read_bytes() == before


def test_a_file_that_is_no_database_is_named_damaged(tmp_path: Path) -> None:
    (tmp_path / "library.db").write_bytes(b"not a database" * 1000)
    with pytest.raises(AppError) as damaged:
        LibraryDb(tmp_path / "library.db")
    assert damaged.value.code is ErrorCode.LIBRARY_DAMAGED


@settings(max_examples=300, suppress_health_check=[HealthCheck.function_scoped_fixture], deadline=None)
@given(st.text(st.characters(exclude_categories=["Cs"])))
@example('"')
@example("NEAR(a b) AND NOT body:x* ^ OR")
@example(" ".join(f"w{i}" for i in range(5000)))
def test_any_text_is_a_query(db: LibraryDb, query: str) -> None:
    keep(db, "a.md", "words to find")
    db.search_words(query, None, 5)
    assert db.search_words(query + " find", None, 5)


def test_words_after_a_nul_are_kept_and_found(db: LibraryDb) -> None:
    _, _, (chunk_id,) = keep(db, "a.md", "before\0after needle")
    assert [found for found, _ in db.search_words("needle", None, 5)] == [chunk_id]
    passage = db.passage(chunk_id, 0.0, {})
    assert passage is not None
    assert passage.text == "before after needle"


def test_a_replaced_document_leaves_no_words_and_ids_are_never_used_again(db: LibraryDb) -> None:
    _, _, first = keep(db, "a.md", "zebra", "lion")
    _, gone, second = keep(db, "a.md", "tiger")
    assert gone == first
    assert min(second) > max(first)
    assert not db.search_words("zebra", None, 5)


def test_what_is_removed_is_not_in_the_files_any_more(db: LibraryDb, tmp_path: Path) -> None:
    document_id, _, _ = keep(db, "a.md", "confidentialzebra")
    keep(db, "b.md", "other words")
    db.remove(document_id)
    assert not any(b"confidentialzebra" in path.read_bytes() for path in tmp_path.iterdir())
    assert db.check() == []
