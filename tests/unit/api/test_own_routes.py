"""The command line's way in, from its own client to the services of the process that holds the home."""

import json

import httpx2
import pytest

from app.adapters.access_files import AddressFile
from app.adapters.local_api_client import LocalApiClient
from app.domain.access import Address
from app.domain.cancel import Cancel
from app.domain.errors import AppError, ErrorCode
from app.domain.events import Cited, ConversationStarted, Finished, Retrieved, Token
from tests.unit.api.conftest import World
from tests.unit.api.test_server import PATIENCE_S, endless


@pytest.fixture
def remote(world: World) -> LocalApiClient:
    address = AddressFile(world.home / "api" / "address.json").read()
    assert address is not None
    return LocalApiClient(address)


def test_an_answer_is_the_one_that_the_service_gives(world: World, remote: LocalApiClient) -> None:
    question = "Which flights may be premium economy?"
    there = list(remote.chat.answer(question, model="fake", cancel=Cancel()))
    here = list(world.chat.answer(question, model="fake", cancel=Cancel()))
    assert [type(event) for event in there] == [type(event) for event in here]
    for kind in (Retrieved, Token, Cited):
        assert [e for e in there if isinstance(e, kind)] == [e for e in here if isinstance(e, kind)]
    assert isinstance(there[0], ConversationStarted)
    assert world.chat.messages(there[0].conversation_id)[-1].text == "All is well."


def test_line_separators_of_unicode_are_text(world: World, remote: LocalApiClient) -> None:
    world.generators["fake"] = type(world.generators["fake"])(("one\u2028", "two\x85", "three\r\n"))
    world.models.close()
    events = list(remote.chat.answer("Hi", model="fake", search=None, cancel=Cancel()))
    assert "".join(e.text for e in events if isinstance(e, Token)) == "one\u2028two\x85three\r\n"
    del world.generators["fake"]
    world.models.close()


def test_an_expected_failure_arrives_as_itself(remote: LocalApiClient) -> None:
    for question, model, code in (("", "fake", ErrorCode.EMPTY_QUESTION), ("Hi", "nobody", ErrorCode.UNKNOWN_MODEL)):
        with pytest.raises(AppError) as caught:
            list(remote.chat.answer(question, model=model, cancel=Cancel()))
        assert caught.value.code is code


def test_stopping_keeps_what_was_written(world: World, remote: LocalApiClient) -> None:
    endless(world, "endless")
    cancel = Cancel()
    finished = None
    for event in remote.chat.answer("Go on", model="endless", search=None, cancel=cancel):
        if isinstance(event, Token):
            cancel.set()
        if isinstance(event, Finished):
            finished = event
    assert finished is not None
    assert finished.stopped
    assert finished.text.startswith("on and")


def test_walking_away_stops_it(world: World, remote: LocalApiClient) -> None:
    generator = endless(world, "endless")
    events = remote.chat.answer("Go on", model="endless", search=None, cancel=Cancel())
    while not isinstance(next(events), Token):
        pass
    events.close()  # type: ignore[attr-defined]
    assert generator.cancelled.wait(PATIENCE_S)


def test_an_id_belongs_to_one_question_at_a_time(world: World) -> None:
    generator = endless(world, "endless")
    address = AddressFile(world.home / "api" / "address.json").read()
    assert address is not None
    base, headers = f"http://127.0.0.1:{world.port}/donjon/v1/ask", {"Authorization": f"Bearer {address.secret}"}
    body = {"id": "one", "question": "Go on", "search": None, "send_anyway": False}
    asked = body | {"model": "endless", "schema": ""}
    with httpx2.Client(headers=headers, timeout=PATIENCE_S, trust_env=False) as client:
        with client.stream("POST", base, json=asked) as first:
            assert generator.started.wait(PATIENCE_S)
            second = client.post(base, json=asked)
            assert second.status_code == 409
            assert second.json()["error"]["code"] == "id_taken"
            assert not generator.cancelled.is_set()
            assert client.delete(f"{base}/one").json() == {"stopped": True}, "it still stops the first"
            assert json.loads(first.read().splitlines()[-1])[0] == "Finished"
        again = client.post(base, json=asked | {"model": "fake"})
        assert again.status_code == 200
        assert client.delete(f"{base}/one").json() == {"stopped": False}


def test_models_are_listed(world: World, remote: LocalApiClient) -> None:
    assert remote.models.installed() == world.models.installed()
    assert remote.models.catalogue() == world.models.catalogue()
    assert remote.models.current() == world.models.current()


def test_a_server_that_is_gone_is_said(world: World) -> None:
    for address in (Address(1, 1, "x"), Address(world.port, 1, "wrong")):
        with pytest.raises(AppError) as caught:
            LocalApiClient(address).models.installed()
        assert caught.value.code is ErrorCode.API_UNREACHABLE
