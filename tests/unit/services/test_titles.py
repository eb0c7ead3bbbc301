"""Naming conversations: once, after the first answer, and never over a person's own name."""

import json
from collections.abc import Callable

import pytest

from app.domain.cancel import Cancel
from app.services.audit import Audit
from app.services.guard import Guard
from app.services.titles import Titles, tidy
from app.services.turn_routing import TurnRouting
from tests.fakes.generator import FakeGenerator
from tests.unit.services.conftest import World

QUESTION = "My laptop was stolen on the train yesterday evening, what have I got to do now?"


@pytest.fixture
def world(make_world: Callable[[FakeGenerator], World]) -> World:
    return make_world(FakeGenerator(("Title: ", '"Stolen laptop."')))


def titles(world: World, *, wanted: bool = True) -> Titles:
    guard = Guard(Audit(world.ledger))
    routes = TurnRouting(world.models, guard, world.classes)
    return Titles(world.chats, world.models, guard, routes, "{question} {answer}", lambda: wanted)


def test_a_conversation_is_named_after_its_first_answer(world: World) -> None:
    world.ask(QUESTION, search=None)
    conversation = world.chats.conversations()[0]
    assert titles(world).give(conversation.id, Cancel()) == "Stolen laptop"
    assert world.chats.conversations()[0].title == "Stolen laptop"
    assert titles(world).give(conversation.id, Cancel()) == ""
    purposes = [json.loads(entry.facts).get("purpose") for entry in world.ledger.entries()]
    assert purposes.count("title") == 1


def test_a_persons_own_name_stays(world: World) -> None:
    world.ask(QUESTION, search=None)
    conversation = world.chats.conversations()[0]
    world.chat.rename(conversation.id, "Mine")
    assert titles(world).give(conversation.id, Cancel()) == ""
    assert world.chats.conversations()[0].title == "Mine"


def test_short_questions_and_switched_off_titles_ask_no_model(world: World) -> None:
    world.ask("What now?", search=None)
    asked = len(world.generator.requests)
    assert titles(world).give(world.chats.conversations()[0].id, Cancel()) == ""
    world.ask(QUESTION, search=None)
    newest = world.chats.conversations()[0]
    assert titles(world, wanted=False).give(newest.id, Cancel()) == ""
    assert len(world.generator.requests) == asked + 1


@pytest.mark.parametrize(
    ("written", "title"),
    [
        ('"Stolen laptop."', "Stolen laptop"),
        ("Titel: Gestohlener Laptop\nund mehr", "Gestohlener Laptop"),
        ("\n\n# A name", "A name"),
        ("", ""),
        ("x" * 200, ""),
    ],
)
def test_what_a_model_writes_is_tidied(written: str, title: str) -> None:
    assert tidy(written) == title
