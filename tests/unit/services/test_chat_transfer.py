"""Conversations go out as files and come in from them."""

import json
import zipfile
from io import BytesIO
from pathlib import Path

import pytest

from app.domain.errors import AppError, ErrorCode
from tests.fakes.generator import FakeGenerator
from tests.unit.domain.test_chat_import import CHATGPT, JAN
from tests.unit.services.conftest import RULE, MakeWorld, World, add_document


@pytest.fixture
def world(make_world: MakeWorld) -> World:
    world = make_world(FakeGenerator(["Flights over six hours may be premium economy. [1]"]))
    add_document(world.passages)
    world.ask("Which flights?")
    return world


def test_a_conversation_is_written_in_every_format(world: World) -> None:
    (conversation,) = world.chat.conversations()
    assert RULE in world.transfer.export(conversation.id, "md").decode()
    assert RULE in world.transfer.export(conversation.id, "html").decode()
    assert len(json.loads(world.transfer.export(conversation.id, "json"))["messages"]) == 2
    with zipfile.ZipFile(BytesIO(world.transfer.export(conversation.id, "docx"))) as package:
        assert RULE in package.read("word/document.xml").decode()


def test_only_the_branch_that_is_shown_is_written_but_json_has_all(world: World) -> None:
    (conversation,) = world.chat.conversations()
    question, answer = world.chat.messages(conversation.id)
    world.ask("Which trains?", conversation_id=conversation.id, instead_of=question.id)
    shown = world.transfer.export(conversation.id, "md", answer.id).decode()
    assert "Which flights" in shown
    assert "Which trains" not in shown
    assert len(json.loads(world.transfer.export(conversation.id, "json", answer.id))["messages"]) == 4


def test_an_export_is_imported_once_and_can_be_asked_on(world: World, tmp_path: Path) -> None:
    file = tmp_path / "conversations.json"
    file.write_text(json.dumps([CHATGPT, {**CHATGPT, "conversation_id": "other", "title": "Other"}]))
    report = world.transfer.keep(world.transfer.read(file))
    assert (report.conversations, report.messages, report.known) == (2, 6, 0)
    again = world.transfer.keep(world.transfer.read(file))
    assert (again.conversations, again.known) == (0, 2)
    newest = world.chat.conversations()[0]
    assert newest.title == "Trip to Oslo"
    assert [m.text for m in world.chat.messages(newest.id)] == ["Where to?", "Oslo.", "Bergen."]
    world.ask("And then?", conversation_id=newest.id, search=None)
    assert [m.content for m in world.generator.requests[-1].messages[1:]] == ["Where to?", "Bergen.", "And then?"]


def test_a_chat_comes_back_into_the_project_of_its_name(world: World, tmp_path: Path) -> None:
    (conversation,) = world.chat.conversations()
    bid = world.projects.make("Harbour bid", "Be brief.")
    world.projects.move(conversation.id, bid.id)
    file = tmp_path / "chat.json"
    file.write_bytes(world.transfer.export(conversation.id, "json"))
    assert json.loads(file.read_text())["project"] == "Harbour bid"
    assert "Be brief." not in file.read_text(), "instructions stay here"
    world.transfer.keep(world.transfer.read(file))
    assert [one.project for one in world.chat.conversations()] == [bid.id, bid.id]


@pytest.mark.parametrize(("untrusted", "name"), [(" a \n b ", "a b"), ("x" * 999, "x" * 200), (3, ""), (" ", "")])
def test_the_name_of_a_project_in_a_file_is_one_short_line(
    world: World, tmp_path: Path, untrusted: object, name: str
) -> None:
    file = tmp_path / "chat.json"
    said = {"id": "1", "role": "user", "text": "Hello?"}
    file.write_text(json.dumps({"format": "donjon-conversation", "messages": [said], "project": untrusted}))
    world.transfer.keep(world.transfer.read(file))
    assert [one.name for one in world.projects.all()] == ([name] if name else [])


def test_a_thread_of_jan_has_the_title_beside_it(world: World, tmp_path: Path) -> None:
    (tmp_path / "messages.jsonl").write_text(JAN)
    (tmp_path / "thread.json").write_text(json.dumps({"title": "Greetings"}))
    (chat,) = world.transfer.read(tmp_path)
    assert chat.title == "Greetings"
    (tmp_path / "thread.json").write_text("[")
    assert world.transfer.read(tmp_path)[0].title == "Hello?"


def test_what_cannot_be_read_keeps_nothing(world: World, tmp_path: Path) -> None:
    file = tmp_path / "bad.json"
    file.write_text(json.dumps([CHATGPT, {"mapping": 3}]))
    with pytest.raises(AppError) as error:
        world.transfer.read(file)
    assert "conversation 2" in str(error.value.facts["where"])
    file.write_bytes(b"\xff\xfe\x00")
    with pytest.raises(AppError) as error:
        world.transfer.read(file)
    assert error.value.code is ErrorCode.CHATS_UNREADABLE
    with pytest.raises(AppError) as error:
        world.transfer.read(tmp_path / "none.json")
    assert error.value.code is ErrorCode.FILE_NOT_FOUND
    assert len(world.chat.conversations()) == 1
