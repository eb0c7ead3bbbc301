"""Completions for other programs: the window's rails and ledger, and nothing kept."""

import json
from collections.abc import Callable

import pytest

from app.domain.cancel import Cancel
from app.domain.chat import PromptMessage
from app.domain.data_class import DataClass
from app.domain.errors import AppError, ErrorCode
from app.domain.events import GenerationEnded, RailVerdict, Retrieved, Token
from app.domain.models import InstalledModel, Sampling
from app.services.completions import Completed, CompletionEvent, CompletionRequest
from tests.fakes.generator import FakeGenerator
from tests.unit.services.conftest import RULE, World, add_document

EMBEDDER = InstalledModel("fake-embed", "Fake", "embed", "/fake", 1, "1" * 64, "MIT")


def request(text: str = "Who may fly?", *before: PromptMessage, **more: object) -> CompletionRequest:
    messages = (*before, PromptMessage("user", text))
    return CompletionRequest("notes", "fake", messages, Sampling(max_tokens=64), **more)  # type: ignore[arg-type]


def run(world: World, wanted: CompletionRequest) -> tuple[list[CompletionEvent], Completed]:
    events = list(world.completions.complete(wanted, Cancel()))
    assert isinstance(events[-1], Completed)
    return events, events[-1]


@pytest.fixture
def world(make_world: Callable[[FakeGenerator], World]) -> World:
    return make_world(FakeGenerator(("Premium ", "economy.")))


def test_the_messages_go_to_the_model_as_they_are(world: World) -> None:
    system = PromptMessage("system", "Be brief.")
    events, completed = run(world, request("Hi", system, stop=("x",), logprobs=True))
    (sent,) = world.generator.requests
    assert sent.messages == (system, PromptMessage("user", "Hi"))
    assert (sent.stop, sent.logprobs) == (("x",), True)
    assert [e.text for e in events if isinstance(e, Token)] == ["Premium ", "economy."]
    assert (completed.text, completed.checked) == ("Premium economy.", None)


def test_no_conversation_is_kept_and_the_ledger_names_the_app(world: World) -> None:
    run(world, request("my secret plan"))
    assert world.chat.conversations() == []
    started, ended = world.ledger.entries()
    assert json.loads(started.facts)["app"] == "notes"
    assert json.loads(ended.facts)["outcome"] == "stop"
    assert "secret plan" not in started.facts + ended.facts


def test_a_collection_grounds_the_last_message(world: World) -> None:
    add_document(world.passages)
    world.generator.pieces = ("Flights over six hours ", "may be booked in premium economy.")
    events, completed = run(world, request("Which flights may be premium economy?", collection="Documents"))
    (sent,) = world.generator.requests
    assert sent.messages[0].role == "system"
    assert RULE in sent.messages[-1].content
    assert any(isinstance(e, Retrieved) and len(e.used) == 1 for e in events)
    assert completed.checked is not None
    assert completed.checked.grounded
    assert completed.checked.citations[0].document == "travel.pdf"
    assert json.loads(next(iter(world.ledger.entries())).facts)["documents"] == ["hash of travel.pdf"]


def test_the_ledger_says_the_class_of_the_collection(world: World) -> None:
    add_document(world.passages)
    cases: tuple[tuple[DataClass, DataClass], ...] = (("public", "internal"), ("restricted", "restricted"))
    for data_class, said in cases:  # what the app sends is never public
        world.classes.put("Documents", data_class)
        run(world, request("Which flights may be premium economy?", collection="Documents"))
        *_, started, _ = world.ledger.entries()
        assert json.loads(started.facts)["data_class"] == said
    run(world, request("Hi"))
    *_, started, _ = world.ledger.entries()
    assert json.loads(started.facts)["data_class"] == "internal"


def test_an_apps_own_system_prompt_stays(world: World) -> None:
    add_document(world.passages)
    own = PromptMessage("system", "Answer in German.")
    run(world, request("Which flights may be premium economy?", own, collection="Documents"))
    assert world.generator.requests[0].messages[0] == own
    assert [m.role for m in world.generator.requests[0].messages] == ["system", "user"]


def test_a_follow_up_has_the_kv_state_of_its_conversation(world: World) -> None:
    first = PromptMessage("user", "Hi"), PromptMessage("assistant", "Premium economy.")
    run(world, request("Hi"))
    run(world, request("And?", *first))
    run(world, request("Another"))
    names = [sent.conversation for sent in world.generator.requests]
    assert names[0] == names[1] != names[2]


def test_rails_look_at_the_question_and_the_answer(world: World) -> None:
    world.generator.pieces = ("Card 4111 1111 1111 1111.\u200b",)
    events, completed = run(world, request("Hi\u200b"))
    assert [e.where for e in events if isinstance(e, RailVerdict)] == ["question", "answer"]
    assert world.generator.requests[0].messages[-1].content == "Hi"
    assert "\u200b" not in completed.text


@pytest.mark.parametrize(
    ("wanted", "code"),
    [
        (request("  "), ErrorCode.EMPTY_QUESTION),
        (request(collection="Nowhere"), ErrorCode.UNKNOWN_COLLECTION),
        (CompletionRequest("notes", "nobody", (PromptMessage("user", "x"),), Sampling()), ErrorCode.UNKNOWN_MODEL),
    ],
)
def test_what_cannot_be_answered_is_refused_before_anything_is_generated(
    world: World, wanted: CompletionRequest, code: ErrorCode
) -> None:
    with pytest.raises(AppError) as caught:
        run(world, wanted)
    assert caught.value.code is code
    assert world.generator.requests == []


def test_cancelled_ends_as_such(world: World) -> None:
    cancel = Cancel()
    cancel.set()
    events = list(world.completions.complete(request(), cancel))
    assert [e.reason for e in events if isinstance(e, GenerationEnded)] == ["cancelled"]


def test_embedding_is_on_the_ledger_before_and_after(world: World) -> None:
    world.models.installed().append(EMBEDDER)
    made = world.completions.embed("notes", "fake-embed", ["two words", "x\u200b"], Cancel())
    assert (len(made.vectors), made.tokens) == (2, 3)
    kinds = [entry.kind for entry in world.ledger.entries()]
    assert kinds == ["embedding.started", "embedding.ended"]


def test_a_chat_model_does_not_embed(world: World) -> None:
    with pytest.raises(AppError) as caught:
        world.completions.embed("notes", "fake", ["x"], Cancel())
    assert caught.value.code is ErrorCode.UNKNOWN_MODEL
