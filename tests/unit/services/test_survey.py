"""Going through every passage: what is found is put together, and what is not there is left out."""

import json

from app.domain.cancel import Cancel
from app.domain.events import ConversationStarted, PassageRead, Retrieved
from app.domain.query import Search
from tests.fakes.generator import FakeGenerator
from tests.unit.services.conftest import MakeWorld, add_document

SUPPLIERS = "Acme delivers steel plates. Bolt delivers copper wire."
ALL = Search(exhaustive=True)


def listing(*items: str) -> FakeGenerator:
    return FakeGenerator([json.dumps({"items": items})])


def test_every_document_is_read_and_only_what_stands_there_is_taken(make_world: MakeWorld) -> None:
    world = make_world(listing("Acme delivers steel plates", "Zeta delivers stolen goods"))
    add_document(world.passages, SUPPLIERS, "north.pdf")
    add_document(world.passages, "Acme delivers steel plates to the south, too.", "south.pdf")
    events, finished = world.ask("List all suppliers: who delivers what?", search=ALL)
    assert finished.text == "- Acme delivers steel plates [1]"
    assert [(e.done, e.total) for e in events if isinstance(e, PassageRead)] == [(1, 2), (2, 2)]
    assert [e for e in events if isinstance(e, Retrieved)][-1].surveyed == 2
    assert finished.grounded
    assert len(world.generator.requests) == 2


def test_a_count_stands_above_what_was_counted(make_world: MakeWorld) -> None:
    world = make_world(listing("Acme delivers steel plates", "Bolt delivers copper wire"))
    add_document(world.passages, SUPPLIERS, "north.pdf")
    _, finished = world.ask("How many suppliers delivers something?", search=ALL)
    assert finished.text.startswith("**2**\n")


def test_a_list_that_broke_off_is_used_as_far_as_it_goes(make_world: MakeWorld) -> None:
    world = make_world(FakeGenerator(['{"items": ["Acme delivers steel plates", "Bolt delivers cop']))
    add_document(world.passages, SUPPLIERS, "north.pdf")
    assert world.ask("List all suppliers: who delivers what?", search=ALL)[1].text == "- Acme delivers steel plates [1]"


def test_stopped_it_keeps_what_was_found(make_world: MakeWorld) -> None:
    world = make_world(listing("Acme delivers steel plates"))
    add_document(world.passages, SUPPLIERS, "north.pdf")
    add_document(world.passages, "Bolt delivers copper wire.", "south.pdf")
    cancel = Cancel()
    for event in world.chat.answer("List all: who delivers what?", search=ALL, cancel=cancel):
        if isinstance(event, PassageRead):
            cancel.set()
    (conversation,) = world.chat.conversations()
    answer = world.chat.messages(conversation.id)[-1]
    assert (answer.text, answer.status) == ("- Acme delivers steel plates [1]", "stopped")
    assert (answer.surveyed, answer.passages_found) == (1, 2)


def test_where_nothing_is_found_the_model_is_asked_as_ever(make_world: MakeWorld) -> None:
    world = make_world(FakeGenerator(['{"items": []}']))
    add_document(world.passages, SUPPLIERS, "north.pdf")
    world.ask("List all: who delivers what?", search=ALL)
    assert world.generator.requests[-1].schema == ""


def test_an_answer_from_the_best_passages_says_so_and_can_be_made_complete(make_world: MakeWorld) -> None:
    world = make_world(listing("Acme delivers steel plates"))
    add_document(world.passages, SUPPLIERS, "north.pdf")
    question = "List all suppliers: who delivers what?"
    events, _ = world.ask(question)
    (retrieved,) = [e for e in events if isinstance(e, Retrieved)]
    assert retrieved.asks_for_all
    (started,) = [e for e in events if isinstance(e, ConversationStarted)]
    list(world.chat.regenerate(started.conversation_id, started.answer_id, exhaustive=True, cancel=Cancel()))
    answer = world.chat.messages(started.conversation_id)[-1]
    assert answer.surveyed == 1
    assert not answer.asks_for_all
