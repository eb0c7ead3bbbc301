"""The vector index: whatever happens to Chroma, search goes on and nothing is embedded again."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from app.domain.query import Filter
from app.worker import vector_index
from app.worker.library_db import LibraryDb
from app.worker.vector_index import VectorIndex, nearest
from tests.unit.worker.library_rows import keep


@pytest.fixture
def db(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[LibraryDb]:
    """A library of thirty chunks, for which Chroma is asked although exact search would do."""
    monkeypatch.setattr(vector_index, "EXACT_BELOW", 0)
    library = LibraryDb(tmp_path / "library.db")
    keep(library, "a.md", *(f"passage {number}" for number in range(30)))
    yield library
    library.close()


def prepared(db: LibraryDb, folder: Path) -> VectorIndex:
    index = VectorIndex(folder)
    index.prepare(db)
    return index


def assert_each_is_found(db: LibraryDb, index: VectorIndex) -> None:
    ids, vectors = db.vectors.within(None)
    assert [index.search(db, vector, None, 1)[0][0] for vector in vectors] == ids


def test_it_is_filled_and_follows_changes(db: LibraryDb, tmp_path: Path) -> None:
    index = prepared(db, tmp_path / "chroma")
    document_id, gone, came = keep(db, "b.md", "one", "two")
    index.update(db, gone, came)
    assert (index.state, index.reachable()) == ("ready", 32)
    _, gone = db.remove(document_id)
    index.update(db, gone, [])
    assert index.reachable() == 30
    assert_each_is_found(db, index)
    index.close()


def test_changes_it_was_not_told_of_are_made_up_for_at_the_next_start(db: LibraryDb, tmp_path: Path) -> None:
    prepared(db, tmp_path / "chroma").close()
    keep(db, "a.md", "only one now")
    index = prepared(db, tmp_path / "chroma")
    assert (index.state, index.reachable()) == ("ready", 1)
    assert_each_is_found(db, index)
    index.close()


def test_a_folder_whose_writer_was_killed_is_thrown_away(db: LibraryDb, tmp_path: Path) -> None:
    (tmp_path / "chroma").mkdir()
    (tmp_path / "chroma" / "remains").touch()
    (tmp_path / "chroma.busy").touch()
    index = prepared(db, tmp_path / "chroma")
    assert not (tmp_path / "chroma" / "remains").exists()
    assert (index.state, index.reachable()) == ("ready", 30)
    index.close()


def test_a_damaged_folder_is_thrown_away(db: LibraryDb, tmp_path: Path) -> None:
    (tmp_path / "chroma").mkdir()
    (tmp_path / "chroma" / "chroma.sqlite3").write_bytes(b"damaged" * 10_000)
    index = prepared(db, tmp_path / "chroma")
    assert (index.state, index.reachable()) == ("ready", 30)
    assert_each_is_found(db, index)
    index.close()


def test_when_chroma_fails_at_work_search_is_exact_and_the_next_start_builds_anew(
    db: LibraryDb, tmp_path: Path
) -> None:
    index = prepared(db, tmp_path / "chroma")
    index._client.delete_collection("chunks")  # every use of the collection raises from here on
    _, gone, came = keep(db, "b.md", "another")
    index.update(db, gone, came)
    assert index.state == "exact"
    assert_each_is_found(db, index)
    index.close()
    again = prepared(db, tmp_path / "chroma")
    assert (again.state, again.reachable()) == ("ready", 31)
    again.close()


@pytest.mark.parametrize("wider", [(2, 4), ()], ids=["by asking for more", "exactly"])
def test_among_chosen_documents_it_finds_the_same_as_exact_search(
    db: LibraryDb, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, wider: tuple[int, ...]
) -> None:
    monkeypatch.setattr(vector_index, "EXACT_CHOSEN", 0)
    monkeypatch.setattr(vector_index, "WIDER", wider)
    keep(db, "b.md", *(f"other {number}" for number in range(30)))
    index = prepared(db, tmp_path / "chroma")
    chosen = db.choose(Filter(paths=("b.md",)))
    ids, vectors = db.vectors.within(chosen)
    assert len(ids) == 30
    for vector in vectors[:10]:
        found = index.search(db, vector, chosen, 5)
        assert [chunk_id for chunk_id, _ in found] == [chunk_id for chunk_id, _ in nearest(ids, vectors, vector, 5)]
    index.close()


def test_chosen_documents_far_from_the_question_are_found_too(
    db: LibraryDb, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(vector_index, "EXACT_CHOSEN", 0)
    monkeypatch.setattr(vector_index, "WIDER", (1,))
    _, _, (only,) = keep(db, "b.md", "the only one")
    index = prepared(db, tmp_path / "chroma")
    _, vectors = db.vectors.of([only])
    found = index.search(db, -vectors[0], db.choose(Filter(paths=("b.md",))), 5)
    assert [chunk_id for chunk_id, _ in found] == [only]
    index.close()
