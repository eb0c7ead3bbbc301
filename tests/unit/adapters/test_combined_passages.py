"""One library out of the device's and the team's: whatever happens to the server, the device's documents are there."""

from collections.abc import Iterator
from dataclasses import replace

import pytest

from app.adapters.combined_passages import CombinedDataClasses, CombinedPassages
from app.domain.cancel import Cancel
from app.domain.data_class import DataClass, class_of_prompt
from app.domain.errors import AppError, ErrorCode
from app.domain.library import Document, ParsedDocument, Passage, Source
from app.domain.query import Filter, Query
from app.domain.team import FIRST_TEAM_DOCUMENT
from tests.contract.test_passages import parsed, source
from tests.fakes.passages import FakePassages


class FakeTeam(FakePassages):
    """Numbers and classes documents as a team's server does; fails as told."""

    def __init__(self) -> None:
        super().__init__()
        self._last = FIRST_TEAM_DOCUMENT
        self.problem: AppError | None = None
        self.asked = 0

    def add(self, source: Source, parsed: ParsedDocument, cancel: Cancel) -> Document:
        return replace(super().add(source, parsed, cancel), where="team", data_class="confidential")

    def documents(self, collection: str | None = None) -> list[Document]:
        self._fail()
        return [replace(d, where="team", data_class="confidential") for d in super().documents(collection)]

    def search(self, query: Query, limit: int) -> list[Passage]:
        self._fail()
        return [replace(p, where="team", data_class="confidential") for p in super().search(query, limit)]

    def remove(self, document_id: int) -> Document:
        return replace(super().remove(document_id), where="team")

    def _fail(self) -> None:
        self.asked += 1
        if self.problem is not None:
            raise self.problem


@pytest.fixture
def device() -> FakePassages:
    return FakePassages()


@pytest.fixture
def team() -> FakeTeam:
    return FakeTeam()


@pytest.fixture
def both(device: FakePassages, team: FakeTeam) -> Iterator[CombinedPassages]:
    """A document on either side."""
    combined = CombinedPassages(device, lambda: team)
    combined.add(source("own.txt"), parsed("The lamps are lit at six."), Cancel())
    combined.add(source("shared.txt", "h2", "team:Rules"), parsed("The lamps are put out at ten."), Cancel())
    yield combined


ASKED = Query("lamps are")


def names(passages: list[Passage]) -> set[str]:
    return {passage.document for passage in passages}


def test_a_collection_s_name_says_where_it_is(both: CombinedPassages, device: FakePassages, team: FakeTeam) -> None:
    assert [d.collection for d in device.documents()] == ["Documents"]
    assert [d.collection for d in team.documents()] == ["Rules"]
    assert [(d.collection, d.where) for d in both.documents()] == [("Documents", "device"), ("team:Rules", "team")]
    assert [d.name for d in both.documents("team:Rules")] == ["shared.txt"]
    found = both.find("/docs/shared.txt", "team:Rules")
    assert found is not None
    assert found.collection == "team:Rules"
    assert both.text(found.id).startswith("The lamps are put out")
    assert both.remove(found.id).collection == "team:Rules"


def test_a_search_looks_where_it_is_told(both: CombinedPassages, team: FakeTeam) -> None:
    assert names(both.search(ASKED, 5)) == {"own.txt", "shared.txt"}
    assert names(both.search(replace(ASKED, filter=Filter(("team:Rules",))), 5)) == {"shared.txt"}
    assert names(both.search(replace(ASKED, filter=Filter(("team:Rules", "Documents"))), 5)) == {
        "own.txt",
        "shared.txt",
    }
    team.asked = 0
    assert names(both.search(replace(ASKED, filter=Filter(("Documents",))), 5)) == {"own.txt"}
    assert team.asked == 0, "nothing of a question to the device's documents goes to the server"


def test_the_same_text_on_both_sides_is_shown_once(both: CombinedPassages) -> None:
    both.add(source("copy.txt", "h3", "team:Rules"), parsed("The lamps are lit at six."), Cancel())
    texts = [passage.text for passage in both.search(ASKED, 5)]
    assert len(texts) == len(set(texts)) == 2


@pytest.mark.parametrize(
    "code", [ErrorCode.TEAM_UNREACHABLE, ErrorCode.TEAM_SIGN_IN, ErrorCode.TEAM_FORBIDDEN, ErrorCode.KEYRING_LOCKED]
)
def test_without_the_server_the_device_s_documents_answer(
    both: CombinedPassages, team: FakeTeam, code: ErrorCode
) -> None:
    team.problem = AppError(code, host="library.example", reason="no")
    assert names(both.search(ASKED, 5)) == {"own.txt"}
    assert [d.name for d in both.documents()] == ["own.txt"]
    left_out = both.left_out()
    assert left_out is not None
    assert left_out.code is code
    with pytest.raises(AppError) as caught:
        both.search(replace(ASKED, filter=Filter(("team:Rules",))), 5)
    assert caught.value.code is code
    team.problem = None
    assert both.search(replace(ASKED, filter=Filter(("Documents",))), 5)
    assert both.left_out() is None


def test_a_server_that_cannot_be_reached_is_left_alone_for_a_while(both: CombinedPassages, team: FakeTeam) -> None:
    team.problem, team.asked = AppError(ErrorCode.TEAM_UNREACHABLE, host="library.example", reason="no"), 0
    for _ in range(5):
        both.search(ASKED, 5)
    assert team.asked == 1
    assert both.left_out() is not None


def test_what_is_wrong_here_is_not_blamed_on_the_server(both: CombinedPassages, team: FakeTeam) -> None:
    team.problem = AppError(ErrorCode.LEDGER_UNWRITABLE, path="ledger.db", reason="full")
    with pytest.raises(AppError):
        both.search(ASKED, 5)


def test_without_a_team_its_collections_are_refused(device: FakePassages) -> None:
    alone = CombinedPassages(device, lambda: None)
    for act in (
        lambda: alone.add(source("x.txt", "x", "team:Rules"), parsed("x"), Cancel()),
        lambda: alone.search(Query("x", filter=Filter(("team:Rules",))), 5),
        lambda: alone.documents("team:Rules"),
        lambda: alone.text(FIRST_TEAM_DOCUMENT),
    ):
        with pytest.raises(AppError) as caught:
            act()
        assert caught.value.code is ErrorCode.TEAM_NOT_CONFIGURED
    assert alone.documents() == []
    assert alone.left_out() is None


class OnDevice:
    """Classes as a person set them."""

    def __init__(self, **classes: DataClass) -> None:
        self._classes = {name.replace("_", ":"): data_class for name, data_class in classes.items()}

    def all(self) -> dict[str, DataClass]:
        return self._classes

    def put(self, collection: str, data_class: DataClass) -> None:
        self._classes[collection] = data_class


def test_a_team_s_class_counts_and_a_person_can_only_raise_it(both: CombinedPassages) -> None:
    both.documents()
    assert CombinedDataClasses(OnDevice(), both.classes).all() == {"team:Rules": "confidential"}
    assert CombinedDataClasses(OnDevice(team_Rules="public"), both.classes).all()["team:Rules"] == "confidential"
    assert CombinedDataClasses(OnDevice(team_Rules="restricted"), both.classes).all()["team:Rules"] == "restricted"


def test_a_passage_s_own_class_decides_how_far_a_prompt_may_travel() -> None:
    assert class_of_prompt(["team:Rules"], {}, ["confidential"]) == "confidential"
    assert class_of_prompt(["team:Rules"], {"team:Rules": "restricted"}, ["public"]) == "restricted"
    assert class_of_prompt(["Documents"], {}, [None]) == "internal"
