"""What every place for projects does."""

from pathlib import Path

import pytest

from app.adapters.sqlite_projects import SqliteProjects
from app.domain.projects import Project
from app.ports.projects import ProjectStore
from tests.fakes.projects import FakeProjectStore

BID = Project("1", "bid for the harbour", "Answer in short points.", ("Tenders", "Maps"), "small-model")
AUDIT = Project("2", "Audit")


@pytest.fixture(params=["fake", "sqlite"])
def store(request: pytest.FixtureRequest, tmp_path: Path) -> ProjectStore:
    return FakeProjectStore() if request.param == "fake" else SqliteProjects(tmp_path / "projects.db")


def test_projects_come_back_by_name(store: ProjectStore) -> None:
    assert store.all() == []
    store.save(BID)
    store.save(AUDIT)
    assert store.all() == [AUDIT, BID]


def test_one_with_the_same_id_is_replaced(store: ProjectStore) -> None:
    store.save(BID)
    store.save(Project("1", "Quay"))
    assert store.all() == [Project("1", "Quay")]


def test_one_that_is_removed_is_gone_and_may_be_removed_again(store: ProjectStore) -> None:
    store.save(BID)
    store.save(AUDIT)
    store.remove("1")
    store.remove("1")
    assert store.all() == [AUDIT]


def test_what_is_removed_is_gone_from_the_file(tmp_path: Path) -> None:
    store = SqliteProjects(tmp_path / "projects.db")
    store.save(Project("1", "Secret", "The codeword is quokka."))
    store.remove("1")
    assert not [path for path in tmp_path.iterdir() if b"quokka" in path.read_bytes()]


def test_projects_survive_a_restart(tmp_path: Path) -> None:
    first = SqliteProjects(tmp_path / "projects.db")
    first.save(BID)
    first.close()
    assert SqliteProjects(tmp_path / "projects.db").all() == [BID]
