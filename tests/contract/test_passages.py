"""What every store of documents promises: the fake, the real worker, and a team's real server."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from app.adapters.library_process import LibraryProcess
from app.adapters.postgres_passages import PostgresPassages
from app.domain.cancel import Cancel
from app.domain.errors import AppError, Cancelled, ErrorCode
from app.domain.library import Block, Document, ParsedDocument, Source
from app.domain.query import Filter, Query
from app.ports.passages import DevicePassages, Passages
from tests.contract.conftest import TeamForTests
from tests.fakes.passages import FakePassages

TRAVEL = ["Flights over six hours may be booked in premium economy.", "Hotel rooms cost at most 180 euros per night."]
LEAVE = ["Parents take twenty weeks of parental leave on full pay.", "Sabbaticals last three months."]


def parsed(*paragraphs: str, title: str = "Handbook") -> ParsedDocument:
    """One paragraph a page."""
    text, blocks = "", []
    for page, paragraph in enumerate(paragraphs, 1):
        text += "\n\n" if text else ""
        blocks.append(Block("paragraph", len(text), len(text) + len(paragraph), page))
        text += paragraph
    return ParsedDocument(title, text, tuple(blocks), len(paragraphs))


def source(name: str, content_hash: str = "h1", collection: str = "Documents") -> Source:
    return Source(f"/docs/{name}", name, collection, content_hash, 100)


def add(store: Passages, where: Source, what: ParsedDocument) -> Document:
    document = store.add(where, what, Cancel())
    list(store.await_vectors(Cancel()))
    return document


@pytest.fixture(scope="module")
def real(tmp_path_factory: pytest.TempPathFactory, embedder: Path) -> Iterator[LibraryProcess]:
    library = LibraryProcess(tmp_path_factory.mktemp("library"), lambda: embedder)
    yield library
    library.close()


@pytest.fixture(scope="module")
def team(team_server: TeamForTests, real: LibraryProcess) -> Iterator[PostgresPassages]:
    """A team's library on a server of its own, asked by one who may add."""
    team_server.admit("anna", "staff", "internal", may_add=True)
    for name in ("Documents", "A", "B"):
        team_server.share(name, "staff", "internal")
    library = team_server.library("anna", real)
    yield library
    library.close()


@pytest.fixture(params=["fake", "real", "team"])
def store(request: pytest.FixtureRequest) -> Passages:
    """Empty at the start of every test."""
    if request.param == "fake":
        return FakePassages()
    library: LibraryProcess | PostgresPassages = request.getfixturevalue(request.param)
    for document in library.documents():
        library.remove(document.id)
    return library


@pytest.mark.parametrize("kind", ["fake", "real"])
def test_a_store_of_this_device_gives_back_what_it_was_given(kind: str, request: pytest.FixtureRequest) -> None:
    store: DevicePassages = FakePassages() if kind == "fake" else request.getfixturevalue("real")
    document = add(store, source("travel.pdf"), parsed(*TRAVEL))
    assert store.parsed(document.id) == (source("travel.pdf"), parsed(*TRAVEL))
    with pytest.raises(AppError) as unknown:
        store.parsed(document.id + 1000)
    assert unknown.value.code is ErrorCode.UNKNOWN_DOCUMENT


class TestPassages:
    """The contract."""

    def test_what_was_added_is_found_at_its_place(self, store: Passages) -> None:
        document = add(store, source("travel.pdf"), parsed(*TRAVEL))
        add(store, source("leave.pdf"), parsed(*LEAVE))
        best = store.search(Query("Which flights are premium economy?"), 3)[0]
        assert (best.document, best.page) == ("travel.pdf", 1)
        assert store.text(document.id)[best.start : best.end] == best.text
        assert document.pages == 2
        assert [d.name for d in store.documents()] == ["leave.pdf", "travel.pdf"]

    def test_a_whole_document_is_read_in_its_order(self, store: Passages) -> None:
        document = add(store, source("travel.pdf"), parsed(*TRAVEL))
        passages = store.whole(document.id)
        text = store.text(document.id)
        assert [passage.page for passage in passages] == [1, 2]
        assert [text[passage.start : passage.end] for passage in passages] == [p.text for p in passages] == TRAVEL
        with pytest.raises(AppError) as unknown:
            store.whole(document.id + 1000)
        assert unknown.value.code is ErrorCode.UNKNOWN_DOCUMENT

    def test_the_same_path_again_replaces(self, store: Passages) -> None:
        add(store, source("travel.pdf"), parsed(*TRAVEL))
        add(store, source("travel.pdf", "h2"), parsed("Trains only."))
        (document,) = store.documents()
        assert document.content_hash == "h2"
        assert all("premium" not in p.text for p in store.search(Query("premium economy flights trains"), 5))

    def test_collections_do_not_mix(self, store: Passages) -> None:
        add(store, source("travel.pdf", collection="A"), parsed(*TRAVEL))
        add(store, source("travel.pdf", collection="B"), parsed(*LEAVE))
        assert {p.text for p in store.search(Query("flights parental leave", filter=Filter(("A",))), 9)} <= set(TRAVEL)
        assert [d.collection for d in store.documents("B")] == ["B"]
        assert store.find("/docs/travel.pdf", "C") is None

    def test_what_is_nearly_the_same_is_told(self, store: Passages) -> None:
        text = " ".join(f"word{n}" for n in range(200))
        one = add(store, source("one.txt"), parsed(text))
        two = add(store, source("two.txt", "h2"), parsed(text + " and a last word"))
        add(store, source("other.txt", "h3"), parsed(" ".join(f"other{n}" for n in range(200))))
        ((first, second, share),) = store.similar(None, 0.5, Cancel())
        assert {first, second} == {one.id, two.id}
        assert 0.9 < share < 1
        assert store.similar("Elsewhere", 0.5, Cancel()) == []

    def test_a_moved_file_keeps_its_document(self, store: Passages) -> None:
        document = add(store, source("travel.pdf"), parsed(*TRAVEL))
        store.move(document.id, "/elsewhere/trips.pdf", "trips.pdf")
        found = store.find("/elsewhere/trips.pdf", "Documents")
        assert found is not None
        assert (found.id, found.name) == (document.id, "trips.pdf")
        assert store.search(Query("premium economy"), 1)[0].document == "trips.pdf"
        with pytest.raises(AppError) as caught:
            store.move(99_999, "/x", "x")
        assert caught.value.code is ErrorCode.UNKNOWN_DOCUMENT

    def test_removing_forgets(self, store: Passages) -> None:
        document = add(store, source("travel.pdf"), parsed(*TRAVEL))
        assert store.remove(document.id).name == "travel.pdf"
        assert store.documents() == []
        assert store.search(Query("flights"), 3) == []
        with pytest.raises(AppError) as caught:
            store.text(document.id)
        assert caught.value.code is ErrorCode.UNKNOWN_DOCUMENT

    def test_a_cancelled_add_leaves_what_was_there(self, store: Passages) -> None:
        add(store, source("travel.pdf"), parsed(*TRAVEL))
        cancel = Cancel()
        cancel.set()
        with pytest.raises(Cancelled):
            store.add(source("travel.pdf", "h2"), parsed("Trains only."), cancel)
        assert [d.content_hash for d in store.documents()] == ["h1"]

    def test_no_question_is_too_odd(self, store: Passages) -> None:
        add(store, source("travel.pdf"), parsed(*TRAVEL))
        for odd in [
            '"',
            "a AND OR NOT",
            "col:x",
            "*",
            "(",
            "'; DROP TABLE words --",
            "flights\0x",
            "ü" * 300,
            "NEAR(a b)",
        ]:
            store.search(Query(odd), 3)

    def test_the_check_counts(self, store: Passages) -> None:
        document = add(store, source("travel.pdf"), parsed(*TRAVEL))
        for report in (store.check(), store.rebuild()):
            assert (report.documents, report.chunks, report.problems) == (1, document.chunks, ())
            assert report.indexed == report.chunks


def test_meaning_finds_what_words_do_not(real: LibraryProcess) -> None:
    add(real, source("leave.pdf"), parsed(*LEAVE))
    best = real.search(Query("time off after having a baby"), 1)[0]
    assert best.text == LEAVE[0]
    assert "vector" in best.scores
