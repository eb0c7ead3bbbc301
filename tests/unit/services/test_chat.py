"""Answers: grounded, kept, on the ledger, and never lost."""

import json
from collections.abc import Callable
from dataclasses import replace

import pytest

from app.domain.cancel import Cancel
from app.domain.errors import AppError, ErrorCode
from app.domain.events import Cited, ConversationStarted, Finished, RailVerdict, Retrieved, Thought, Token
from app.domain.models import InstalledModel, LoraAdapter
from app.domain.query import Search
from app.domain.team import FIRST_TEAM_DOCUMENT
from tests.fakes.generator import FakeGenerator
from tests.unit.services.conftest import RULE, MakeWorld, World, add_document


def test_an_answer_cites_the_passage_it_rests_on(make_world: MakeWorld) -> None:
    world = make_world(FakeGenerator(["Flights over six hours may be ", "premium economy. [1]"]))
    add_document(world.passages)
    events, finished = world.ask("Which flights may be premium economy?")
    (retrieved,) = [e for e in events if isinstance(e, Retrieved)]
    assert [p.text for p in retrieved.used] == [RULE]
    (cited,) = [e for e in events if isinstance(e, Cited)]
    assert [(c.n, c.document, c.page, c.quote) for c in cited.citations] == [(1, "travel.pdf", 3, RULE)]
    assert finished.grounded is True
    assert RULE in world.generator.requests[0].messages[-1].content


def test_an_answer_without_support_says_so(make_world: MakeWorld) -> None:
    world = make_world(FakeGenerator(["Bananas cost 5 euros. [1]"]))
    add_document(world.passages)
    _, finished = world.ask("What do flights with bananas cost?")
    assert finished.grounded is False
    assert "[1]" not in finished.text


def test_without_documents_or_library_nothing_is_claimed(make_world: MakeWorld) -> None:
    world = make_world(FakeGenerator())
    assert world.ask("Hello?")[1].grounded is None
    add_document(world.passages)
    events, finished = world.ask("Which flights?", search=None)
    assert finished.grounded is None
    assert not [e for e in events if isinstance(e, Retrieved)]


LOUNGE = "Lounge access is included with a ticket."


def test_sentences_are_held_against_the_passages(make_world: MakeWorld) -> None:
    world = make_world(FakeGenerator(["Flights over six hours may be premium economy. ", LOUNGE]))
    add_document(world.passages)
    events, finished = world.ask("Which flights?")
    (cited,) = [e for e in events if isinstance(e, Cited)]
    assert [said.verdict for said in cited.support] == ["supported", "unsupported"]
    conversation = world.chat.conversations()[0].id
    assert world.chat.messages(conversation)[-1].support == cited.support
    assert LOUNGE in finished.text


def test_what_documents_do_not_say_can_be_left_out(make_world: MakeWorld) -> None:
    world = make_world(FakeGenerator(["Flights over six hours may be premium economy. ", LOUNGE]), withhold=True)
    add_document(world.passages)
    events, finished = world.ask("Which flights?")
    assert not [e for e in events if isinstance(e, Token)], "nothing is shown before it is checked"
    assert LOUNGE not in finished.text
    assert finished.withheld == 1
    assert world.ask("Which flights?", search=None)[1].withheld == 0


def test_a_document_that_is_named_is_read_whole_once(make_world: MakeWorld) -> None:
    world = make_world(FakeGenerator(["They cost at most 180 euros."]))
    add_document(world.passages)
    add_document(world.passages, "Hotels are booked online. They cost at most 180 euros.", "hotels.pdf")
    (hotels,) = (document.id for document in world.passages.documents() if document.name == "hotels.pdf")
    events, finished = world.ask("Sum this up.", search=Search(documents=(hotels,)))
    (retrieved,) = [e for e in events if isinstance(e, Retrieved)]
    assert (retrieved.whole, retrieved.documents) == (True, 1)
    assert {passage.document for passage in retrieved.used} == {"hotels.pdf"}
    (started,) = [e for e in events if isinstance(e, ConversationStarted)]
    events, finished = world.ask(
        "What do hotels cost?", search=Search(documents=(hotels,)), conversation_id=started.conversation_id
    )
    assert world.generator.requests[-1].messages[-1].content == "What do hotels cost?"
    assert finished.grounded is True


def test_a_document_that_is_too_long_is_searched_alone(make_world: MakeWorld) -> None:
    world = make_world(FakeGenerator(["At most 180 euros. [1]"], context=700))
    add_document(world.passages)
    add_document(world.passages, "Hotels cost at most 180 euros. " + "More words follow here. " * 200, "hotels.pdf")
    (hotels,) = (document.id for document in world.passages.documents() if document.name == "hotels.pdf")
    events, _ = world.ask("What do hotels cost?", search=Search(documents=(hotels,)))
    (retrieved,) = [e for e in events if isinstance(e, Retrieved)]
    assert not retrieved.whole
    assert {passage.document for passage in retrieved.used} == {"hotels.pdf"}


def test_a_document_that_is_gone_is_named(make_world: MakeWorld) -> None:
    world = make_world(FakeGenerator())
    with pytest.raises(AppError) as error:
        world.ask("What?", search=Search(documents=(77,)))
    assert error.value.code is ErrorCode.UNKNOWN_DOCUMENT


def test_what_only_the_teams_library_keeps_is_read_there_again(make_world: MakeWorld) -> None:
    world = make_world(FakeGenerator(["Flights over six hours may be premium economy. [1]"]))
    world.passages.first = FIRST_TEAM_DOCUMENT
    add_document(world.passages)
    world.ask("Which flights?")
    assert not world.generator.requests[0].keep, "nor in what the model has read"
    (conversation,) = world.chat.conversations()
    assert world.chats.messages(conversation.id)[0].passages[0].text == ""
    question, answer = world.chat.messages(conversation.id)
    assert question.passages[0].text == RULE
    assert answer.citations[0].quote == RULE
    world.passages.remove(question.passages[0].document_id)  # as it is for who may no longer read it
    question, answer = world.chat.messages(conversation.id)
    assert (question.passages[0].text, answer.citations[0].quote) == ("", "")


SCHEMA = '{"type": "object", "properties": {"days": {"type": "integer"}}, "required": ["days"]}'


def test_an_answer_by_a_schema_is_kept_as_it_was_written(make_world: MakeWorld) -> None:
    world = make_world(FakeGenerator(['{"days": ', "27}"]))
    add_document(world.passages)
    _, finished = world.ask("How many days?", schema=SCHEMA)
    assert finished.text == '{"days": 27}'
    assert finished.grounded is None
    request = world.generator.requests[0]
    assert request.schema == SCHEMA
    assert SCHEMA in request.messages[-1].content


@pytest.mark.parametrize(
    ("pieces", "code"),
    [
        (['{"days": "27"}'], ErrorCode.ANSWER_INVALID),
        (["{"] + [" "] * 100, ErrorCode.ANSWER_INCOMPLETE),
    ],
)
def test_an_answer_that_does_not_fit_its_schema_has_failed(
    make_world: MakeWorld, pieces: list[str], code: ErrorCode
) -> None:
    world = make_world(FakeGenerator(pieces))
    with pytest.raises(AppError) as caught:
        world.ask("How many days?", search=None, schema=SCHEMA)
    assert caught.value.code is code
    conversation = world.chats.conversations()[0].id
    assert world.chats.messages(conversation)[-1].status == "failed"


def test_a_schema_that_is_not_supported_is_refused_before_anything_is_kept(make_world: MakeWorld) -> None:
    world = make_world(FakeGenerator())
    with pytest.raises(AppError) as caught:
        world.ask("How many days?", schema='{"not": {}}')
    assert caught.value.code is ErrorCode.SCHEMA_UNSUPPORTED
    assert world.chats.conversations() == []


def test_prompts_only_grow(make_world: MakeWorld) -> None:
    world = make_world(FakeGenerator(["Premium economy, over six hours. [1]"]))
    add_document(world.passages)
    _, first = world.ask("Which flights may be premium economy?")
    conversation = world.chat.conversations()[0].id
    world.ask("And which flights exactly are those then?", conversation_id=conversation)
    before, after = (request.messages for request in world.generator.requests)
    assert after[: len(before)] == before
    assert after[len(before)].content == "Premium economy, over six hours. [1]"
    assert first.text


def test_both_messages_are_kept_with_all_they_carry(make_world: MakeWorld) -> None:
    world = make_world(FakeGenerator(["Flights over six hours may be premium economy. [1]"]))
    add_document(world.passages)
    world.ask("Which flights may be premium economy?")
    (conversation,) = world.chat.conversations()
    question, answer = world.chat.messages(conversation.id)
    assert conversation.title == "Which flights may be premium economy?"
    assert (question.role, len(question.passages), question.grounded) == ("user", 1, True)
    assert (answer.parent_id, answer.status, answer.model) == (question.id, "complete", "Fake")
    assert answer.citations
    assert answer.timing


def test_regenerating_adds_a_version_to_the_same_prompt(make_world: MakeWorld) -> None:
    world = make_world(FakeGenerator())
    world.ask("Hello?")
    conversation = world.chat.conversations()[0].id
    first = world.chat.messages(conversation)[-1]
    list(world.chat.regenerate(conversation, first.id, cancel=Cancel()))
    question, one, two = world.chat.messages(conversation)
    assert one.parent_id == two.parent_id == question.id
    prompts = [request.messages for request in world.generator.requests]
    assert prompts[0] == prompts[1]
    assert world.generator.requests[0].sampling.seed != world.generator.requests[1].sampling.seed


def test_a_stopped_answer_keeps_what_was_written(make_world: MakeWorld) -> None:
    world = make_world(FakeGenerator(["one ", "two ", "three "]))
    cancel = Cancel()
    events = []
    for event in world.chat.answer("Count.", cancel=cancel):
        events.append(event)
        if isinstance(event, Token):
            cancel.set()
    assert isinstance(events[-1], Finished)
    assert events[-1].stopped
    assert isinstance(events[0], ConversationStarted)
    kept = world.chat.messages(events[0].conversation_id)[-1]
    assert (kept.status, kept.text) == ("stopped", "one ")


def test_a_broken_answer_keeps_what_was_written_and_the_error_is_raised(make_world: MakeWorld) -> None:
    died = AppError(ErrorCode.WORKER_DIED, worker="generate", exit=-9)
    world = make_world(FakeGenerator(["one ", "two "], failure=died, fails_after=1))
    with pytest.raises(AppError) as caught:
        world.ask("Count.")
    assert caught.value is died
    kept = world.chat.messages(world.chat.conversations()[0].id)[-1]
    assert (kept.status, kept.text) == ("failed", "one ")
    assert [entry.kind for entry in world.ledger.entries()] == ["generation.started", "generation.ended"]
    assert '"outcome":"worker_died"' in list(world.ledger.entries())[-1].facts


def test_an_abandoned_answer_is_kept_and_on_the_ledger(make_world: MakeWorld) -> None:
    world = make_world(FakeGenerator(["one ", "two "]))
    answering = world.chat.answer("Count.", cancel=Cancel())
    while not isinstance(next(answering), Token):
        pass
    answering.close()  # type: ignore[attr-defined]
    kept = world.chat.messages(world.chat.conversations()[0].id)[-1]
    assert (kept.status, kept.text) == ("failed", "one ")
    assert '"outcome":"abandoned"' in list(world.ledger.entries())[-1].facts


def test_every_generation_is_on_the_ledger_before_and_after_without_its_words(make_world: MakeWorld) -> None:
    world = make_world(FakeGenerator(["A secret answer."]))
    _, finished = world.ask("A secret question?")
    started, ended = world.ledger.entries()
    assert finished.ledger_entries == (started.seq, ended.seq)
    assert (started.kind, ended.kind) == ("generation.started", "generation.ended")
    assert "secret" not in started.facts + ended.facts
    assert world.ledger.verify().intact


def test_nothing_is_generated_when_the_ledger_cannot_be_written(make_world: MakeWorld) -> None:
    world = make_world(FakeGenerator())
    world.ledger.close()
    with pytest.raises(AppError) as caught:
        world.ask("Hello?")
    assert caught.value.code is ErrorCode.LEDGER_UNWRITABLE
    assert world.generator.requests == []


def test_rails_report_what_they_find_on_every_side(make_world: MakeWorld) -> None:
    world = make_world(FakeGenerator(["Pay to DE89370400440532013000."]))
    add_document(world.passages, "Pay by\u200b card for flights.")
    events, _ = world.ask("Flights: my card is 4111 1111 1111 1111, pay\u202e?")
    verdicts = {e.where: e.findings for e in events if isinstance(e, RailVerdict)}
    assert {f.kind for f in verdicts["question"]} == {"card number", "bidirectional control"}
    assert [f.kind for f in verdicts["passage"]] == ["zero-width"]
    assert [f.kind for f in verdicts["answer"]] == ["IBAN"]
    assert "\u200b" not in world.generator.requests[0].messages[-1].content


def test_passages_that_do_not_fit_are_left_out_and_counted(make_world: MakeWorld) -> None:
    world = make_world(FakeGenerator(["Yes."], context=150))
    for number in range(3):
        add_document(world.passages, f"Flights number {number} " + "word " * 25, f"{number}.pdf")
    events, _ = world.ask("Which flights?")
    (retrieved,) = [e for e in events if isinstance(e, Retrieved)]
    assert retrieved.found == 3
    assert 0 < len(retrieved.used) < 3


def test_a_question_that_is_too_long_is_refused_not_cut(make_world: MakeWorld) -> None:
    world = make_world(FakeGenerator(context=50))
    with pytest.raises(AppError) as caught:
        world.ask("word " * 100)
    assert caught.value.code is ErrorCode.CONTEXT_OVERFLOW


@pytest.mark.parametrize("empty", ["", "  ", "\u200b"])
def test_an_empty_question_is_a_mistake(make_world: MakeWorld, empty: str) -> None:
    world = make_world(FakeGenerator())
    with pytest.raises(AppError) as caught:
        world.ask(empty)
    assert caught.value.code is ErrorCode.EMPTY_QUESTION
    assert world.chat.conversations() == []


def test_a_model_that_is_not_there_is_named(make_world: MakeWorld) -> None:
    world = make_world(FakeGenerator())
    with pytest.raises(AppError) as caught:
        world.ask("Hello?", model="gone")
    assert caught.value.code is ErrorCode.UNKNOWN_MODEL


def test_what_a_model_thinks_first_is_no_part_of_its_answer(make_world: MakeWorld) -> None:
    pieces = ("<th", "ink>\nFlights ", "are dear.", "\n</think>\n\n", "Book ", "it.")
    world = make_world(FakeGenerator(pieces))
    events, finished = world.ask("May I fly?", search=None)
    assert finished.text == "Book it."
    assert "".join(event.text for event in events if isinstance(event, Token)) == "Book it."
    assert "".join(event.text for event in events if isinstance(event, Thought)) == "Flights are dear.\n"
    (conversation,) = world.chat.conversations()
    _, answer = world.chat.messages(conversation.id)
    assert (answer.text, answer.prompt, answer.thought) == ("Book it.", "Book it.", "Flights are dear.\n")
    world.ask("And then?", search=None, conversation_id=conversation.id)
    assert "dear" not in "".join(message.content for message in world.generator.requests[-1].messages)


def test_an_answer_that_is_all_thought_says_so(make_world: MakeWorld) -> None:
    world = make_world(FakeGenerator(("<think>\n", *["dear "] * 100)))
    with pytest.raises(AppError) as caught:
        world.ask("May I fly?", search=None)
    assert caught.value.code is ErrorCode.ONLY_THOUGHT
    (conversation,) = world.chat.conversations()
    _, answer = world.chat.messages(conversation.id)
    assert (answer.text, answer.status) == ("", "failed")
    assert answer.thought.startswith("dear dear")


def test_a_project_tells_the_model_what_to_mind(make_world: MakeWorld) -> None:
    world = make_world(FakeGenerator())
    bid = world.projects.make("Bid", "Answer in short points.")
    told = "You are careful.\n\nMind: Answer in short points."
    _, finished = world.ask("What is due?", search=None, project=bid.id)
    (conversation,) = world.chat.conversations()
    assert conversation.project == bid.id
    assert world.generator.requests[-1].messages[0].content == told
    world.projects.change(replace(bid, instructions="Be long."))
    explained = world.conversations.explain(conversation.id, finished.answer_id)
    assert explained.prompt[0].content == told, "an answer is explained as it was asked for"
    world.ask("And then?", search=None, conversation_id=conversation.id)
    assert world.generator.requests[-1].messages[0].content.endswith("Mind: Be long.")
    world.projects.move(conversation.id, "")
    world.ask("And now?", search=None, conversation_id=conversation.id)
    assert world.generator.requests[-1].messages[0].content == "You are careful."


def test_a_project_has_its_chats_answered_by_its_model(make_world: MakeWorld) -> None:
    world = make_world(FakeGenerator())
    bid = world.projects.make("Bid", model="missing")
    assert world.chat.preview("What?", project=bid.id).refused is not None
    with pytest.raises(AppError) as caught:
        world.ask("What?", project=bid.id)
    assert caught.value.facts["model"] == "missing"
    _, finished = world.ask("What?", search=None, project=bid.id, model="fake")
    assert finished.model == "Fake", "the one that is picked comes first"
    (conversation,) = world.chat.conversations()
    with pytest.raises(AppError):
        list(world.chat.regenerate(conversation.id, finished.answer_id, cancel=Cancel()))
    world.projects.change(replace(bid, model="fake"))
    assert list(world.chat.regenerate(conversation.id, finished.answer_id, cancel=Cancel()))


def test_passages_are_looked_for_in_the_collections_that_are_named(make_world: MakeWorld) -> None:
    world = make_world(FakeGenerator())
    add_document(world.passages)
    for collections, documents in (((), 1), (("Documents", "Maps"), 1), (("Maps",), 0)):
        world.ask("What do flights need?", search=Search(collections))
        (conversation, *_) = world.chat.conversations()
        assert world.chat.messages(conversation.id)[0].documents_searched == documents


def test_what_is_typed_is_read_before_it_is_asked(make_world: MakeWorld) -> None:
    world = make_world(FakeGenerator(["Blue."]))
    world.chat.prefill("Which colour has", cancel=Cancel())
    _, finished = world.ask("Which colour has the sky?")
    assert finished.timing.cached_tokens == len("system You are careful. user Which colour has".split())


def test_with_documents_only_what_is_certain_is_read_ahead(make_world: MakeWorld) -> None:
    world = make_world(FakeGenerator(["Blue."]))
    add_document(world.passages)
    _, first = world.ask("Which colour has the sky?")
    conversation = world.chats.conversations()[0].id
    world.chat.prefill("And the sea?", conversation_id=conversation, cancel=Cancel())
    _, second = world.ask("And the sea?", conversation_id=conversation)
    assert second.timing.cached_tokens == first.timing.prompt_tokens + len("assistant Blue.".split())


def test_a_deleted_conversation_is_forgotten_everywhere(make_world: MakeWorld) -> None:
    world = make_world(FakeGenerator())
    world.ask("Is all well?")
    conversation = world.chats.conversations()[0].id
    assert world.generator.requests[0].keep
    world.chat.delete(conversation)
    assert world.states.forgotten == [conversation]
    _, again = world.ask("Is all well?")
    assert again.timing.cached_tokens == 0


def test_adapters_go_with_the_request_and_onto_the_ledger(make_world: Callable[[FakeGenerator], World]) -> None:
    world = make_world(FakeGenerator())
    lora = InstalledModel("tone", "Tone", "adapter", "/tone.gguf", 1, "2" * 64, "MIT", base="Fake")
    world.models.installed().append(lora)  # the fake store gives the list itself
    list(world.chat.answer("Hello?", adapters=["tone=0.5"], search=None, cancel=Cancel()))
    assert world.generator.requests[-1].adapters == (LoraAdapter("/tone.gguf", 0.5),)
    started = next(entry for entry in world.ledger.entries() if entry.kind == "generation.started")
    assert json.loads(started.facts)["adapters"] == ["tone=0.5"]
    for unknown in ("fake", "tone=loud", "tone=nan", "nothing"):
        with pytest.raises(AppError) as refused:
            list(world.chat.answer("Hello?", adapters=[unknown], search=None, cancel=Cancel()))
        assert refused.value.code is ErrorCode.ADAPTER_UNKNOWN
