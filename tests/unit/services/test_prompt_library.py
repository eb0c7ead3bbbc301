"""Prompts kept, filled in and asked."""

import json
from dataclasses import replace
from pathlib import Path

import pytest

from app.adapters.prompt_files import PromptFiles
from app.adapters.system_clock import SystemClock
from app.domain.cancel import Cancel
from app.domain.errors import AppError, ErrorCode
from app.domain.events import Finished
from app.domain.prompt_library import PromptUse, PromptVersion, Variable
from app.domain.query import EVERYWHERE, Search
from app.services.prompt_library import PromptLibrary
from tests.conftest import REPOSITORY
from tests.fakes.generator import FakeGenerator
from tests.unit.services.conftest import MakeWorld, World, add_document

NEW = PromptVersion("", "Über Flüge", "Say {what}.", variables=(Variable("what"),))


@pytest.fixture
def world(make_world: MakeWorld) -> World:
    return make_world(FakeGenerator(["Flights over six hours may be premium economy. [1]"]))


@pytest.fixture
def library(world: World, tmp_path: Path) -> PromptLibrary:
    files = PromptFiles(REPOSITORY / "resources" / "prompt_library", None, tmp_path / "prompts")
    return PromptLibrary(files, world.passages.documents, world.chat, SystemClock())


def test_what_is_changed_becomes_the_next_version_and_the_old_one_comes_back(library: PromptLibrary) -> None:
    first = library.save(NEW)
    assert first.reference == "my-uber-fluge@1"
    library.save(replace(first, text="{what}!", note="shorter"))
    again = library.restore("my-uber-fluge@1")
    assert (again.version, again.text, again.note) == (3, NEW.text, "as version 1")
    assert [one.text for one in library.get(first.id).versions] == [NEW.text, "{what}!", NEW.text]


def test_what_is_shipped_is_changed_as_a_copy(library: PromptLibrary) -> None:
    shipped = library.version("reply")
    copies = [library.save(replace(shipped, purpose="Mine")) for _ in range(2)]
    assert [(one.reference, one.based_on) for one in copies] == [
        ("my-reply@1", "reply@1"),
        ("my-reply-2@1", "reply@1"),
    ]
    assert library.version("reply") == shipped


def test_own_prompts_can_be_removed_and_no_others(library: PromptLibrary) -> None:
    library.remove(library.save(NEW).id)
    assert all(not prompt.is_own for prompt in library.all())
    with pytest.raises(AppError) as refused:
        library.remove("reply")
    assert refused.value.code is ErrorCode.PROMPT_READ_ONLY


@pytest.mark.parametrize("reference", ["none", "reply@9", "reply@", "reply@1@1", "reply@one"])
def test_an_unknown_prompt_or_version_is_told(library: PromptLibrary, reference: str) -> None:
    with pytest.raises(AppError) as refused:
        library.version(reference)
    assert refused.value.code is ErrorCode.UNKNOWN_PROMPT


def test_the_ledger_and_the_question_name_prompt_and_version(library: PromptLibrary, world: World) -> None:
    version = library.save(replace(NEW, data_class="confidential"))
    list(library.run(library.fill_in(version, {"what": "it {so}"}), Cancel()))
    (conversation,) = world.chat.conversations()
    question, answer = world.chat.messages(conversation.id)
    assert (question.text, question.prompt_used) == ("Say it {so}.", PromptUse(version.id, 1, "confidential"))
    (started,) = [json.loads(one.facts) for one in world.ledger.entries() if one.kind == "generation.started"]
    assert (started["prompt"], started["data_class"]) == (version.reference, "confidential")
    list(world.chat.regenerate(conversation.id, answer.id, cancel=Cancel()))
    again = [json.loads(one.facts) for one in world.ledger.entries() if one.kind == "generation.started"][-1]
    assert (again["prompt"], again["data_class"]) == (version.reference, "confidential")


def test_nothing_stays_of_what_is_only_tried(library: PromptLibrary, world: World) -> None:
    filled = library.fill_in(library.save(NEW), {"what": "it"})
    events = list(library.run(filled, Cancel(), temporary=True))
    assert isinstance(events[-1], Finished)
    assert world.chat.conversations() == []


def test_a_document_is_searched_alone_and_a_library_whole(library: PromptLibrary, world: World) -> None:
    add_document(world.passages)
    (document,) = world.passages.documents()
    briefing = library.version("document-briefing")
    filled = library.fill_in(briefing, {"document": "Travel.pdf", "role": "a manager"})
    assert filled.search == Search(documents=(document.id,))
    assert "a manager" in filled.text
    with pytest.raises(AppError) as refused:
        library.fill_in(briefing, {"document": "other.pdf", "role": "a manager"})
    assert refused.value.code is ErrorCode.UNKNOWN_DOCUMENT
    whole = library.save(replace(NEW, library=True))
    assert library.fill_in(whole, {"what": "it"}).search == EVERYWHERE
    assert library.fill_in(library.save(NEW), {"what": "it"}).search is None
