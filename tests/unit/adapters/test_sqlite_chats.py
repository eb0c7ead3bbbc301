"""Conversations on disk: trees come back as they were, and an answer cut off by a crash is kept."""

import sqlite3
from dataclasses import replace
from pathlib import Path

import pytest

from app.adapters.sqlite_chats import SqliteChats
from app.adapters.system_clock import SystemClock
from app.domain.chat import Citation, Message, Timing, branch, latest_leaf, siblings
from app.domain.errors import AppError, ErrorCode
from app.domain.library import Passage
from app.domain.team import FIRST_TEAM_DOCUMENT


@pytest.fixture
def chats(tmp_path: Path) -> SqliteChats:
    return SqliteChats(tmp_path / "chats.db", SystemClock())


def message(conversation: str, name: str, parent: str | None, role: str = "user") -> Message:
    assert role in ("user", "assistant")
    return Message(
        name, conversation, parent, "user" if role == "user" else "assistant", f"text of {name}", "2026-01-01"
    )


def test_a_tree_comes_back_with_all_it_carries(chats: SqliteChats) -> None:
    conversation = chats.create("Trip").id
    passage = Passage(1, "a.pdf", "/a.pdf", "h", 3, 0, 4, "Air", "text", 0.5, {"bm25": 1.0, "vector": 0.4})
    question = replace(message(conversation, "q", None), prompt="passages …", passages=(passage,))
    citation = Citation(1, 1, "a.pdf", "/a.pdf", "h", 3, 0, 4, "text")
    answer = replace(
        message(conversation, "a1", "q", "assistant"),
        citations=(citation,),
        timing=Timing(1.5, 9.0, 100, 50),
        grounded=True,
    )
    other = message(conversation, "a2", "q", "assistant")
    for one in (question, answer, other):
        chats.save(one)
    assert chats.messages(conversation) == [question, answer, other]
    assert siblings(chats.messages(conversation))[answer.parent_id, "assistant"] == [answer, other]
    assert [m.id for m in branch(chats.messages(conversation), "a1")] == ["q", "a1"]
    assert latest_leaf(chats.messages(conversation)) == "a2"


def test_of_a_teams_documents_only_the_place_is_kept(chats: SqliteChats, tmp_path: Path) -> None:
    number, words = FIRST_TEAM_DOCUMENT + 7, "The porter keeps the spare keys."
    passage = Passage(number, "note.md", "/note.md", "h", 1, 0, len(words), "Keys", words, 1.0, {}, "team:House")
    citation = Citation(1, number, "note.md", "/note.md", "h", 1, 0, len(words), words)
    conversation = chats.create("Keys")
    asked = Message("q", conversation.id, None, "user", "Who?", "now", prompt=f"{words} Who?", passages=(passage,))
    chats.save(asked)
    chats.save(Message("a", conversation.id, "q", "assistant", "The porter. [1]", "now", citations=(citation,)))
    question, answer = chats.messages(conversation.id)
    assert question == replace(asked, prompt="", passages=(replace(passage, text=""),))
    assert answer.citations == (replace(citation, quote=""),)
    assert not any(words.encode() in path.read_bytes() for path in tmp_path.iterdir())


def test_saving_again_replaces_in_place(chats: SqliteChats) -> None:
    conversation = chats.create("Trip").id
    chats.save(message(conversation, "q", None))
    chats.save(message(conversation, "a", "q", "assistant"))
    chats.save(replace(message(conversation, "q", None), text="edited"))
    assert [m.text for m in chats.messages(conversation)] == ["edited", "text of a"]


def test_an_answer_that_was_streaming_at_a_crash_is_kept_as_stopped(tmp_path: Path) -> None:
    first = SqliteChats(tmp_path / "chats.db", SystemClock())
    conversation = first.create("Trip").id
    first.save(replace(message(conversation, "a", None, "assistant"), status="streaming", text="half an ans"))
    second = SqliteChats(tmp_path / "chats.db", SystemClock())  # the first was never closed
    (kept,) = second.messages(conversation)
    assert (kept.status, kept.text) == ("stopped", "half an ans")


def test_the_last_touched_comes_first_and_deleting_takes_the_messages_along(chats: SqliteChats) -> None:
    one, two = chats.create("one").id, chats.create("two").id
    chats.save(message(one, "q", None))
    assert [c.id for c in chats.conversations()] == [one, two]
    chats.rename(one, "uno")
    chats.delete(two)
    assert [c.title for c in chats.conversations()] == ["uno"]
    with pytest.raises(AppError) as caught:
        chats.messages(two)
    assert caught.value.code is ErrorCode.UNKNOWN_CONVERSATION


def test_a_file_of_a_newer_program_is_left_alone(tmp_path: Path) -> None:
    path = tmp_path / "chats.db"
    SqliteChats(path, SystemClock()).close()
    with sqlite3.connect(path) as db:
        db.execute("PRAGMA user_version = 99")
    with pytest.raises(AppError) as caught:
        SqliteChats(path, SystemClock())
    assert caught.value.code is ErrorCode.CHATS_NEWER
