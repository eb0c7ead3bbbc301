"""The database of the library: upgrades, odd queries, odd texts, damage, forgetting."""

import sqlite3
from collections.abc import Iterator
from pathlib import Path

import pytest
from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st

from app.domain.errors import AppError, ErrorCode
from app.domain.query import Query, parse_query
from app.worker import word_index
from app.worker.library_db import LibraryDb, select
from app.worker.library_schema import MIGRATIONS
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
    assert new.words.search(Query("old"), None, 5)
    new.close()
    backup = sqlite3.connect(tmp_path / f"library.db.bak-v{len(MIGRATIONS)}")
    assert backup.execute("PRAGMA user_version").fetchone() == (len(MIGRATIONS),)
    assert backup.execute("SELECT text FROM documents").fetchall() == [("old words",)]
    backup.close()


def test_a_library_of_the_first_version_is_found_by_stems_and_codes(tmp_path: Path) -> None:
    path = tmp_path / "library.db"
    first = sqlite3.connect(path)
    first.executescript(f"{MIGRATIONS[0]}; PRAGMA user_version = 1")
    text = "Travelling with part AX-2041b."
    first.execute(
        "INSERT INTO documents VALUES (1, '/a.md', 'a.md', 'Title', 'Documents', 'h', 9, 1, '', ?, x'90')", (text,)
    )
    first.execute("INSERT INTO chunks VALUES (1, 1, 0, ?, 1, '', x'')", (len(text),))
    first.commit()
    first.close()
    library = LibraryDb(path)
    assert [found for found, _ in library.words.search(Query("travels"), None, 5)] == [1]
    assert [found for found, _ in library.words.codes(Query("x-204"), None, 5)] == [1]
    assert library.words.documents(Query("travel"), [1])
    library.close()


@pytest.mark.parametrize(
    ("typed", "found"),
    [
        ("words in:documents", True),
        ("words in:Elsewhere", False),
        ("words type:md", True),
        ("words type:pdf", False),
        ("words path:A.M", True),
        ("words path:/b", False),
        ("words after:2026-03", True),
        ("words after:2026-04", False),
        ("words before:2027", True),
        ("words before:2026-03-02", False),
        ('"words to find"', True),
        ('"find words"', False),
        ("words -find", False),
        ("words -lose", True),
    ],
)
def test_filters_choose_what_is_looked_at(db: LibraryDb, typed: str, found: bool) -> None:
    keep(db, "a.md", "words to find", modified_at="2026-03-02T10:00:00Z")
    query = parse_query(typed)
    assert bool(db.words.search(query, select(query.filter), 5)) is found


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
    db.words.search(Query(query), None, 5)
    assert db.words.search(Query(query + " find"), None, 5)


def test_words_after_a_nul_are_kept_and_found(db: LibraryDb) -> None:
    _, _, (chunk_id,) = keep(db, "a.md", "before\0after needle")
    assert [found for found, _ in db.words.search(Query("needle"), None, 5)] == [chunk_id]
    passage = db.passages([chunk_id])[chunk_id]
    assert passage.text == "before after needle"


def test_a_replaced_document_leaves_no_words_and_ids_are_never_used_again(db: LibraryDb) -> None:
    _, _, first = keep(db, "a.md", "zebra", "lion")
    _, gone, second = keep(db, "a.md", "tiger")
    assert gone == first
    assert min(second) > max(first)
    assert not db.words.search(Query("zebra"), None, 5)


def test_what_is_removed_is_not_in_the_files_any_more(db: LibraryDb, tmp_path: Path) -> None:
    document_id, _, _ = keep(db, "a.md", "confidentialzebra")
    keep(db, "b.md", "other words")
    db.remove(document_id)
    db.purge()
    assert not any(b"confidentialzebra" in path.read_bytes() for path in tmp_path.iterdir())
    assert db.check() == []


def test_a_purge_that_did_not_happen_is_made_up_for(db: LibraryDb, tmp_path: Path) -> None:
    document_id, _, _ = keep(db, "a.md", "confidentialzebra")
    keep(db, "b.md", "other words")
    db.remove(document_id)
    assert not db.words.search(Query("confidentialzebra"), None, 5), "it is not found meanwhile"
    db.close()  # as if it had been killed here
    again = LibraryDb(tmp_path / "library.db")
    again.purge()
    assert not any(b"confidentialzebra" in path.read_bytes() for path in tmp_path.iterdir())
    again.close()


def test_a_large_library_finds_the_same_by_looking_at_less(db: LibraryDb, monkeypatch: pytest.MonkeyPatch) -> None:
    for number in range(60):
        keep(db, f"{number}.md", f"common words {'often' if number % 2 else ''} {'seldom' if number % 20 == 0 else ''}")
    query = Query("common often seldom words")
    everything = db.words.search(query, None, 3)
    monkeypatch.setattr(word_index, "MAX_ROWS", 5)
    sparing = db.words.search(query, None, 3)
    assert [found for found, _ in sparing] == [found for found, _ in everything]
    assert len(db.words.search(query, None, 60)) == 3  # those with the rare word, and no others


def test_the_index_of_words_may_be_merged_thousands_of_times(db: LibraryDb, tmp_path: Path) -> None:
    db._db.execute("PRAGMA synchronous = OFF")
    for number in range(160):  # so many that FTS5 has merged some by itself: from then on its levels grow
        keep(db, f"{number}.md", f"the kestrel stays {number}")
    gone = (999, "Title", "it goes", [(999, "Heading", "it goes")])
    for _ in range(550):
        for change in (db.words.add, db.words.delete):
            change(*gone)
            db.words.merge()
    again = LibraryDb(tmp_path / "library.db")
    assert len(again.words.search(parse_query("kestrel"), None, 5)) == 5
    assert again.words.search(parse_query("goes"), None, 5) == []
    again.close()
