"""Branches, temporary conversations, ratings, and why an answer says what it says."""

from dataclasses import replace
from pathlib import Path

import pytest

from app.domain.cancel import Cancel
from app.domain.chat import Feedback, branch, siblings
from app.domain.errors import AppError, ErrorCode
from tests.fakes.generator import FakeGenerator
from tests.unit.services.conftest import RULE, MakeWorld, World, add_document


@pytest.fixture
def world(make_world: MakeWorld) -> World:
    world = make_world(FakeGenerator(["Flights over six hours may be premium economy. [1]"]))
    add_document(world.passages)
    world.ask("Which flights?")
    return world


def only(world: World) -> str:
    (conversation,) = world.chat.conversations()
    return conversation.id


def test_a_question_that_is_changed_is_a_branch_beside_the_first(world: World) -> None:
    conversation = only(world)
    question, answer = world.chat.messages(conversation)
    world.ask("And hotels?", conversation_id=conversation)
    world.ask("Which long flights?", conversation_id=conversation, instead_of=question.id)
    messages = world.chat.messages(conversation)
    assert [m.text for m in siblings(messages)[None, "user"]] == ["Which flights?", "Which long flights?"]
    assert [m.role for m in branch(messages, messages[-1].id)] == ["user", "assistant"]
    assert answer in messages, "nothing of the first branch is lost"
    assert "hotels" not in "".join(m.content for m in world.generator.requests[-1].messages)


def test_a_question_in_the_middle_keeps_what_came_before_it(world: World) -> None:
    conversation = only(world)
    world.ask("And hotels?", conversation_id=conversation)
    middle = world.chat.messages(conversation)[2]
    world.ask("And trains?", conversation_id=conversation, instead_of=middle.id)
    messages = world.chat.messages(conversation)
    texts = [m.text for m in branch(messages, messages[-1].id) if m.role == "user"]
    assert texts == ["Which flights?", "And trains?"]


def test_another_version_is_asked_for_in_a_style_and_the_first_is_kept(world: World) -> None:
    conversation = only(world)
    question, answer = world.chat.messages(conversation)
    list(world.chat.regenerate(conversation, answer.id, style="shorter", cancel=Cancel()))
    first, second = world.generator.requests
    assert second.messages[-1].content == f"{first.messages[-1].content}\n\nBe brief."
    *_, other = world.chat.messages(conversation)
    assert (other.parent_id, other.style) == (question.id, "shorter")
    assert world.conversations.explain(conversation, other.id).prompt == second.messages


def test_a_question_goes_with_its_answer_and_what_followed_closes_up(world: World, tmp_path: Path) -> None:
    conversation = only(world)
    world.ask("And the quokka?", conversation_id=conversation)
    world.ask("And trains?", conversation_id=conversation)
    before = world.chat.messages(conversation)
    removed = world.conversations.remove(conversation, before[3].id)
    kept = world.chat.messages(conversation)
    assert [m.text for m in branch(kept, before[-1].id) if m.role == "user"] == ["Which flights?", "And trains?"]
    assert removed.gone == (before[2], before[3])
    assert not [file for file in tmp_path.glob("chats.db*") if b"quokka" in file.read_bytes()]
    world.ask("And then?", conversation_id=conversation)
    assert "quokka" not in "".join(m.content for m in world.generator.requests[-1].messages)
    world.conversations.bring_back(removed)
    now = world.chat.messages(conversation)
    assert now[:6] == before
    assert [m.text for m in branch(now, now[-1].id) if m.role == "user"] == [
        "Which flights?",
        "And the quokka?",
        "And trains?",
        "And then?",
    ]


def test_a_conversation_is_not_called_after_a_question_that_is_deleted(world: World) -> None:
    conversation = only(world)
    world.ask("And trains?", conversation_id=conversation)

    def called() -> str:
        return world.chat.conversations()[0].title

    first = world.conversations.remove(conversation, world.chat.messages(conversation)[0].id)
    assert called() == "And trains?"
    second = world.conversations.remove(conversation, world.chat.messages(conversation)[0].id)
    assert (called(), world.chat.messages(conversation)) == ("", [])
    world.conversations.bring_back(second)
    assert called() == "And trains?"
    world.conversations.bring_back(first)
    assert called() == "Which flights?"
    world.chat.rename(conversation, "Travel")
    world.conversations.remove(conversation, world.chat.messages(conversation)[0].id)
    assert called() == "Travel"


def test_of_a_temporary_conversation_messages_are_deleted_too(make_world: MakeWorld) -> None:
    world = make_world(FakeGenerator(["Yes."]))
    world.ask("One?", temporary=True)
    conversation = only(world)
    world.ask("Two?", conversation_id=conversation)
    removed = world.conversations.remove(conversation, world.chat.messages(conversation)[0].id)
    assert [m.text for m in world.chat.messages(conversation)] == ["Two?", "Yes."]
    world.conversations.bring_back(removed)
    assert [m.text for m in world.chat.messages(conversation)] == ["One?", "Yes.", "Two?", "Yes."]


def test_nothing_of_a_temporary_conversation_is_written_down(make_world: MakeWorld, tmp_path: Path) -> None:
    world = make_world(FakeGenerator(["Nobody shall know."]))
    world.ask("A very private question?", temporary=True)
    (conversation,) = world.chat.conversations()
    assert conversation.temporary
    world.ask("And another?", conversation_id=conversation.id)
    world.conversations.rate(conversation.id, world.chat.messages(conversation.id)[1].id, Feedback(good=True))
    assert len(world.chat.messages(conversation.id)) == 4
    assert not any(request.keep for request in world.generator.requests)
    written = b"".join(file.read_bytes() for file in tmp_path.rglob("*") if file.is_file())
    assert b"private question" not in written
    assert b"Nobody shall know" not in written
    world.chat.delete(conversation.id)
    assert world.chat.conversations() == []
    with pytest.raises(AppError) as error:
        world.chat.messages(conversation.id)
    assert error.value.code is ErrorCode.UNKNOWN_CONVERSATION


def test_what_is_temporary_can_be_renamed_and_pinned(make_world: MakeWorld) -> None:
    world = make_world(FakeGenerator())
    world.ask("First?")
    world.ask("Second?", temporary=True)
    kept, temporary = sorted(world.chat.conversations(), key=lambda one: one.temporary)
    world.chat.rename(temporary.id, "Mine")
    world.conversations.pin(kept.id, pinned=True)
    assert [(c.title, c.pinned) for c in world.chat.conversations()] == [("First?", True), ("Mine", False)]
    world.conversations.pin(kept.id, pinned=False)
    assert [c.title for c in world.chat.conversations()] == ["Mine", "First?"]


@pytest.mark.parametrize("temporary", [False, True])
def test_a_fork_begins_with_all_up_to_a_message_and_leaves_the_rest(make_world: MakeWorld, temporary: bool) -> None:
    world = make_world(FakeGenerator(["One."]))
    world.ask("First?", temporary=temporary)
    conversation = only(world)
    world.ask("Second?", conversation_id=conversation)
    answer = world.chat.messages(conversation)[1]
    forked = world.conversations.fork(conversation, answer.id, "Another way")
    assert (forked.title, forked.temporary) == ("Another way", temporary)
    world.ask("Third?", conversation_id=forked.id)
    assert [m.text for m in world.chat.messages(forked.id)] == ["First?", "One.", "Third?", "One."]
    assert [m.text for m in world.chat.messages(conversation)] == ["First?", "One.", "Second?", "One."]
    ids = [m.id for each in (conversation, forked.id) for m in world.chat.messages(each)]
    assert len(set(ids)) == len(ids)


def test_a_rating_is_kept_changed_and_taken_back_without_moving_the_conversation(world: World) -> None:
    first = only(world)
    answer = world.chat.messages(first)[-1]
    world.ask("Something else?", search=None)
    said = Feedback(good=False, complaints=("wrong", "too_long"), note="No.", correction="Economy only.")
    world.conversations.rate(first, answer.id, said)
    kept = world.chat.messages(first)[-1].feedback
    assert kept is not None
    assert (kept.complaints, kept.correction) == (("wrong", "too_long"), "Economy only.")
    assert kept.given_at
    assert world.chat.conversations()[-1].id == first
    world.conversations.rate(first, answer.id, None)
    assert world.chat.messages(first)[-1].feedback is None


def test_an_answer_explains_itself(world: World) -> None:
    conversation = only(world)
    world.ask("And how long?", conversation_id=conversation)
    *_, question, answer = world.chat.messages(conversation)
    explained = world.conversations.explain(conversation, answer.id)
    assert (explained.question.id, explained.answer.id) == (question.id, answer.id)
    assert explained.prompt == world.generator.requests[-1].messages
    assert RULE in explained.prompt[1].content
    trace = answer.trace
    assert trace is not None
    assert trace.query == "Which flights? And how long?", "what was searched for is not what was typed"
    assert trace.max_tokens == 64
    assert trace.because


def test_what_rails_found_is_in_the_trace(make_world: MakeWorld) -> None:
    world = make_world(FakeGenerator(["It is AKIAIOSFODNN7EXAMPLE."]))
    world.ask("Which key?\u200b")
    trace = world.chat.messages(only(world))[-1].trace
    assert trace is not None
    flags = [(flag.where, flag.kind) for flag in trace.flags]
    assert flags == [("question", "zero-width"), ("answer", "AWS access key")]


def test_conversations_are_found_by_title_and_by_what_was_said(world: World) -> None:
    conversation = only(world)
    question, answer = world.chat.messages(conversation)
    world.chat.rename(conversation, "Premium travel")
    hits = world.conversations.find("prem")
    assert [hit.message_id for hit in hits] == ["", answer.id]
    (start, end), *_ = hits[1].spans
    assert hits[1].snippet[start:end] == "premium"
    assert [hit.message_id for hit in world.conversations.find("which from:me")] == [question.id]
    assert [hit.message_id for hit in world.conversations.find('"premium economy" -hotels')] == [answer.id]
    assert world.conversations.find('"economy premium"') == []
    assert world.conversations.find("flights before:2020") == []


def test_a_temporary_conversation_is_found_while_it_lives(make_world: MakeWorld) -> None:
    world = make_world(FakeGenerator(["A secret garden."]))
    world.ask("Where?", temporary=True)
    assert [hit.snippet for hit in world.conversations.find("garden")] == ["A secret garden."]
    world.chat.delete(only(world))
    assert world.conversations.find("garden") == []


def test_what_is_deleted_or_rewritten_is_found_no_more_and_is_nowhere_in_the_file(world: World, tmp_path: Path) -> None:
    conversation = only(world)
    question, _ = world.chat.messages(conversation)
    world.chats.save(replace(question, text="Which zeppelins?"))
    assert world.conversations.find("zeppelins")
    world.chats.save(replace(question, text="Which balloons?"))
    assert not world.conversations.find("zeppelins")
    world.chat.delete(conversation)
    assert not world.conversations.find("balloons")
    written = b"".join(file.read_bytes() for file in tmp_path.glob("chats.db*"))
    for gone in (b"zeppelins", b"balloons", b"premium economy"):
        assert gone not in written.lower()


def test_whatever_is_searched_for_breaks_nothing(world: World) -> None:
    for typed in ('"', "a AND (b", "NEAR(x y)", "col:umn*", "'; DROP TABLE messages; --", "-", "\x02", "ß É 日本"):
        world.conversations.find(typed)
