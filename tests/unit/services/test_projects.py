"""Projects: what is in them, and what becomes of their conversations."""

from pathlib import Path

import pytest

from app.adapters.sqlite_chats import SqliteChats
from app.adapters.system_clock import SystemClock
from app.adapters.temporary_chats import TemporaryChats
from app.domain.errors import AppError, ErrorCode
from app.domain.projects import MOST_INSTRUCTIONS
from app.services.projects import Projects
from tests.fakes.projects import FakeProjectStore


@pytest.fixture
def chats(tmp_path: Path) -> TemporaryChats:
    clock = SystemClock()
    return TemporaryChats(SqliteChats(tmp_path / "chats.db", clock), clock)


@pytest.fixture
def projects(chats: TemporaryChats) -> Projects:
    return Projects(FakeProjectStore(), chats)


def test_a_project_is_found_by_its_name_or_its_id(projects: Projects) -> None:
    made = projects.make("  Harbour   bid ", " Be brief. \n", ["Tenders"])
    assert (made.name, made.instructions, made.collections) == ("Harbour bid", "Be brief.", ("Tenders",))
    assert projects.find("harbour bid") == projects.find(made.id) == made
    with pytest.raises(AppError) as caught:
        projects.find("Quay")
    assert caught.value.code is ErrorCode.UNKNOWN_PROJECT


@pytest.mark.parametrize(
    ("name", "instructions", "code"),
    [
        (" ", "", ErrorCode.PROJECT_UNNAMED),
        ("Bid", "x" * (MOST_INSTRUCTIONS + 1), ErrorCode.INSTRUCTIONS_TOO_LONG),
    ],
)
def test_what_cannot_be_kept_is_refused(projects: Projects, name: str, instructions: str, code: ErrorCode) -> None:
    with pytest.raises(AppError) as caught:
        projects.make(name, instructions)
    assert caught.value.code is code
    assert projects.all() == []


def test_conversations_move_and_stay_when_their_project_goes(projects: Projects, chats: TemporaryChats) -> None:
    bid, audit = projects.make("Bid"), projects.make("Audit")
    inside, other = chats.create("Berths", project=bid.id), chats.create("Cranes")
    projects.move(other.id, bid.id)
    assert projects.of(other.id) == bid
    projects.move(other.id, audit.id)
    with pytest.raises(AppError):
        projects.move(other.id, "nowhere")
    removed = projects.remove(bid.id)
    assert projects.of(inside.id) is None
    assert projects.of(other.id) == audit
    assert {one.title for one in chats.conversations()} == {"Berths", "Cranes"}
    projects.bring_back(removed)
    assert projects.of(inside.id) == bid
    assert projects.of(other.id) == audit
    with pytest.raises(AppError):
        projects.remove("nowhere")


def test_a_chat_that_was_moved_or_deleted_meanwhile_does_not_come_back_into_its_project(
    projects: Projects, chats: TemporaryChats
) -> None:
    bid, audit = projects.make("Bid"), projects.make("Audit")
    moved, deleted = chats.create("Berths", project=bid.id), chats.create("Cranes", project=bid.id)
    removed = projects.remove(bid.id)
    projects.move(moved.id, audit.id)
    chats.delete(deleted.id)
    projects.bring_back(removed)
    assert projects.of(moved.id) == audit
    assert [one.id for one in chats.conversations()] == [moved.id]


def test_a_name_is_looked_up_or_becomes_a_project_that_says_nothing(projects: Projects) -> None:
    bid = projects.make("Bid", "Be brief.")
    assert projects.named("bid") == bid
    made = projects.named("Quay")
    assert (made.name, made.instructions, made.collections) == ("Quay", "", ())
    assert projects.named(bid.id).name == bid.id, "a name that is another's id is a name"


def test_a_temporary_conversation_is_in_none(projects: Projects, chats: TemporaryChats) -> None:
    bid = projects.make("Bid")
    conversation = chats.create("Secret", temporary=True, project=bid.id)
    projects.move(conversation.id, bid.id)
    assert projects.of(conversation.id) is None


def test_a_new_conversation_is_in_the_project_it_is_meant_for(projects: Projects) -> None:
    bid = projects.make("Bid")
    assert projects.of(None, bid.id) == bid
    assert projects.of(None) is None
