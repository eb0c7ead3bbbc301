"""The ranking that search makes of its retrievers' findings."""

from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pytest

from app.domain.query import Query, parse_query
from app.domain.ranking import Fusion
from app.worker.library_db import LibraryDb
from app.worker.search import WINDOW, Search
from app.worker.vector_index import VectorIndex
from tests.unit.worker.library_rows import DIMENSION, keep

NOWHERE = np.ones(DIMENSION, dtype=np.float32)


@pytest.fixture
def db(tmp_path: Path) -> Iterator[LibraryDb]:
    """A new library."""
    library = LibraryDb(tmp_path / "library.db")
    yield library
    library.close()


@pytest.fixture
def search(db: LibraryDb, tmp_path: Path) -> Search:
    """With exact search over the vectors."""
    return Search(db, VectorIndex(tmp_path / "chroma"))


def long(words: str) -> str:
    """A passage that is too long to be widened."""
    return f"{words} {'and more of the same ' * 20}"


def test_a_short_passage_comes_with_what_stands_beside_it(db: LibraryDb, search: Search) -> None:
    keep(db, "a.md", "Before it.", "The needle.", "After it.", long("Far away."))
    best = search.passages(Query("needle"), NOWHERE, 1)[0]
    assert best.text == "Before it.\nThe needle.\nAfter it."
    assert (best.start, best.end) == (0, len(best.text))
    assert len(best.text.split()) <= WINDOW


def test_nothing_is_shown_twice(db: LibraryDb, search: Search) -> None:
    keep(db, "a.md", "One needle.", "Two needles.", "Three needles.")
    assert [passage.text for passage in search.passages(Query("needles"), NOWHERE, 5)] == [
        "One needle.\nTwo needles.\nThree needles."
    ]


def test_what_says_the_same_is_left_out_unless_a_number_differs(db: LibraryDb, search: Search) -> None:
    keep(db, "a.md", long("Leave is 25 days."))
    keep(db, "copy.md", long("Leave is 25 days."))
    keep(db, "new.md", long("Leave is 28 days."))
    found = search.passages(Query("leave days"), NOWHERE, 5)
    assert sorted(passage.text[:17] for passage in found) == ["Leave is 25 days.", "Leave is 28 days."]


def test_exact_phrases_and_words_left_out_hold_for_meaning_too(db: LibraryDb, search: Search) -> None:
    keep(db, "a.md", long("red green"))
    keep(db, "b.md", long("green red"))
    keep(db, "c.md", long("red green blue"))
    found = search.passages(parse_query('"red green" -blue'), NOWHERE, 5)
    assert [passage.document for passage in found] == ["a.md"]


def test_a_code_is_found_by_a_part_of_it(db: LibraryDb, search: Search) -> None:
    keep(db, "a.md", long("Replace part AX-2041-B."))
    keep(db, "b.md", long("Replace part QX-7."))
    best = search.passages(Query("2041-B"), NOWHERE, 1)[0]
    assert best.document == "a.md"
    assert "codes" in best.scores


def test_each_passage_says_where_it_stood_and_how_much_is_covered(db: LibraryDb, search: Search) -> None:
    keep(db, "a.md", long("Flights over six hours."))
    keep(db, "b.md", long("Trains and flights."))
    first, second = search.passages(Query("flights six hours"), NOWHERE, 2)
    assert (first.document, first.ranks["bm25"], second.ranks["bm25"]) == ("a.md", 1, 2)
    assert first.scores["coverage"] == pytest.approx(1.0)
    assert 0 < second.scores["coverage"] < 1
    assert first.score > second.score


@pytest.mark.parametrize(
    ("fusion", "lists"),
    [
        (Fusion("blend"), {"bm25", "vector"}),
        (Fusion("ranks"), {"bm25", "vector"}),
        (Fusion("words"), {"bm25"}),
        (Fusion("meaning"), {"vector"}),
    ],
)
def test_a_fusion_says_which_retrievers_are_asked(
    db: LibraryDb, search: Search, fusion: Fusion, lists: set[str]
) -> None:
    keep(db, "a.md", long("The needle."), long("Something else."))
    found = search.passages(Query("needle"), NOWHERE, 5, fusion=fusion)
    assert {name for passage in found for name in passage.ranks} == lists
    assert len(found) == (1 if fusion.method == "words" else 2)
