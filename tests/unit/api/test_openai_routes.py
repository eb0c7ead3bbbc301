"""The routes that OpenAI's clients know, over a model that says what it is told."""

import base64
import json
import struct
from collections.abc import Iterator

import httpx2
import pytest

from tests.unit.api.conftest import LISTED, World
from tests.unit.api.test_gate import CHAT, error


def chunks(client: httpx2.Client, **more: object) -> Iterator[dict[str, object] | str]:
    with client.stream("POST", "chat/completions", json={**CHAT, "stream": True, **more}) as response:
        assert response.headers["content-type"].startswith("text/event-stream")
        for line in response.iter_lines():
            if line.startswith("data: "):
                content = line.removeprefix("data: ")
                yield content if content == "[DONE]" else json.loads(content)


def test_models_are_listed_and_named(client: httpx2.Client) -> None:
    listed = client.get("models").json()["data"]
    assert {"fake", "fake-embed"} <= {model["id"] for model in listed}
    assert client.get("models/fake").json() in listed
    response = client.get("models/no/body")
    assert response.status_code == 404
    assert error(response)["code"] == "model_not_found"
    assert "“no/body”" in str(error(response)["message"])


def test_an_answer_comes_whole(client: httpx2.Client) -> None:
    answer = client.post("chat/completions", json=CHAT).json()
    (choice,) = answer["choices"]
    assert choice["message"]["content"] == "All is well."
    assert choice["finish_reason"] == "stop"
    assert answer["usage"]["completion_tokens"] == 3
    assert answer["donjon"]["ran"] == "device"
    assert len(answer["donjon"]["ledger"]) == 2


def test_an_answer_comes_in_pieces(client: httpx2.Client) -> None:
    *pieces, done = chunks(client, stream_options={"include_usage": True})
    assert done == "[DONE]"
    first, *texts, end, cost = [piece for piece in pieces if isinstance(piece, dict)]
    deltas = [piece["choices"][0]["delta"] for piece in (first, *texts)]  # type: ignore[index]
    assert deltas[0] == {"role": "assistant", "content": ""}
    assert [delta["content"] for delta in deltas[1:]] == ["All ", "is ", "well."]
    assert end["choices"][0]["finish_reason"] == "stop"  # type: ignore[index]
    assert cost["choices"] == []
    assert cost["usage"]["completion_tokens"] == 3  # type: ignore[index]
    assert len({piece["id"] for piece in (first, *texts, end, cost)}) == 1


def test_the_cost_is_only_told_to_who_asks(client: httpx2.Client) -> None:
    assert not any("usage" in piece for piece in chunks(client) if isinstance(piece, dict))


def test_a_limit_ends_with_length(client: httpx2.Client) -> None:
    answer = client.post("chat/completions", json={**CHAT, "max_completion_tokens": 2}).json()
    assert answer["choices"][0]["finish_reason"] == "length"
    assert answer["choices"][0]["message"]["content"] == "All is "


def test_logprobs_of_each_token(client: httpx2.Client) -> None:
    answer = client.post("chat/completions", json={**CHAT, "logprobs": True}).json()
    content = answer["choices"][0]["logprobs"]["content"]
    assert [token["token"] for token in content] == ["All ", "is ", "well."]
    assert bytes(content[0]["bytes"]) == b"All "
    streamed = [c["choices"][0]["logprobs"] for c in chunks(client, logprobs=True) if isinstance(c, dict)]  # type: ignore[index]
    assert [one["content"][0]["token"] for one in streamed if one] == ["All ", "is ", "well."]


def test_a_collection_grounds_the_answer_and_names_no_path(client: httpx2.Client) -> None:
    asked = {
        "model": "fake",
        "messages": [{"role": "user", "content": "Which flights may be premium economy?"}],
        "donjon": {"collection": "Documents"},
    }
    response = client.post("chat/completions", json=asked)
    said = response.json()["donjon"]
    assert said["passages_used"] == 1
    assert said["grounded"] is False  # “All is well” rests on nothing
    assert "/travel.pdf" not in response.text
    end = [c for c in chunks(client, **asked) if isinstance(c, dict)][-1]
    assert end["donjon"]["answer"] == "All is well."  # type: ignore[index]


FLIGHTS = [{"role": "user", "content": "Which flights may be premium economy?"}]


def test_a_document_is_read_whole(client: httpx2.Client) -> None:
    asked = {"model": "fake", "messages": FLIGHTS, "donjon": {"whole": [1]}}
    said = client.post("chat/completions", json=asked).json()["donjon"]
    assert (said["read_whole"], said["surveyed"], said["passages_used"]) == (True, 0, 1)
    refused = client.post("chat/completions", json={**asked, "donjon": {"whole": [99]}})
    assert error(refused)["code"] == "unknown_document"


def test_all_passages_are_gone_through_and_told_while_streaming(client: httpx2.Client) -> None:
    asked = {"model": "lister", "messages": FLIGHTS, "donjon": {"all": True, "collection": "Documents"}}
    answer = client.post("chat/completions", json=asked).json()
    said = answer["donjon"]
    assert said["surveyed"] == said["passages_used"] == 1
    assert answer["choices"][0]["message"]["content"] == said["answer"] == f"- {LISTED} [1]"
    assert [one["n"] for one in said["citations"]] == [1]
    streamed = client.post("chat/completions", json={**asked, "stream": True})
    assert ": 1 of 1 passages read" in streamed.text
    assert streamed.text.rstrip().endswith("data: [DONE]")
    nothing = client.post("chat/completions", json={**asked, "model": "fake"}).json()
    assert nothing["donjon"]["surveyed"] == 0 and nothing["choices"][0]["message"]["content"] == "All is well."


def test_an_error_before_the_first_token_has_its_status_while_streaming_too(client: httpx2.Client) -> None:
    for stream in (False, True):
        response = client.post("chat/completions", json={**CHAT, "model": "nobody", "stream": stream})
        assert response.status_code == 404
        assert error(response)["code"] == "model_not_found"
        long = {**CHAT, "messages": [{"role": "user", "content": "x " * 9000}], "stream": stream}
        response = client.post("chat/completions", json=long)
        assert response.status_code == 400
        assert error(response)["code"] == "context_length_exceeded"


def test_an_error_in_the_middle_is_an_event(client: httpx2.Client) -> None:
    *_, last = chunks(client, model="dying")
    assert isinstance(last, dict)
    assert last["error"]["code"] == "worker_died"  # type: ignore[index]


@pytest.mark.parametrize(("model", "status"), [("unreadable", 503), ("faulty", 500)])
def test_errors_name_no_places_of_this_machine(client: httpx2.Client, model: str, status: int) -> None:
    response = client.post("chat/completions", json={**CHAT, "model": model})
    assert response.status_code == status
    assert "anna" not in response.text
    assert "oops" not in response.text


def test_a_text_is_gone_on_with(world: World, client: httpx2.Client) -> None:
    for prompt in ("Once upon", ["Once upon"]):
        answer = client.post("completions", json={"model": "fake", "prompt": prompt, "logprobs": 0}).json()
        (choice,) = answer["choices"]
        assert (choice["text"], choice["finish_reason"]) == ("All is well.", "stop")
        assert choice["logprobs"]["text_offset"] == [0, 4, 7]
    sent = world.generators["fake"].requests[-1]
    assert (sent.text, sent.messages) == ("Once upon", ())
    with client.stream("POST", "completions", json={"model": "fake", "prompt": "x", "stream": True}) as response:
        lines = [line.removeprefix("data: ") for line in response.iter_lines() if line.startswith("data: {")]
    assert "".join(json.loads(line)["choices"][0]["text"] for line in lines) == "All is well."


@pytest.mark.parametrize(
    "more",
    [{"prompt": [1, 2]}, {"prompt": ["a", "b"]}, {"echo": True}, {"logprobs": 5}, {"suffix": "x"}, {"best_of": 2}],
)
def test_what_plain_completion_cannot_do_is_refused(client: httpx2.Client, more: dict[str, object]) -> None:
    response = client.post("completions", json={"model": "fake", "prompt": "x", **more})
    assert response.status_code == 400
    assert error(response)["param"] == next(iter(more))


def test_embeddings_as_numbers_and_as_bytes(client: httpx2.Client) -> None:
    asked = {"model": "fake-embed", "input": ["two words", "x"]}
    numbers = client.post("embeddings", json=asked).json()
    assert [one["embedding"] for one in numbers["data"]] == [[9.0, 2.0], [1.0, 1.0]]
    assert numbers["usage"] == {"prompt_tokens": 3, "total_tokens": 3}
    coded = client.post("embeddings", json={**asked, "encoding_format": "base64"}).json()
    assert struct.unpack("<2f", base64.b64decode(coded["data"][0]["embedding"])) == (9.0, 2.0)


@pytest.mark.parametrize("given", ["", [], [""], [1, 2], [[1, 2]], None, ["x"] * 2049])
def test_an_input_that_is_no_text_is_refused(client: httpx2.Client, given: object) -> None:
    response = client.post("embeddings", json={"model": "fake-embed", "input": given})
    assert response.status_code == 400
    assert str(error(response)["param"]).startswith("input")


def test_each_request_is_on_the_ledger_under_its_apps_name(world: World) -> None:
    with world.client(name="audited") as client:
        client.post("chat/completions", json=CHAT)
        client.post("embeddings", json={"model": "fake-embed", "input": "x"})
    facts = [entry for entry in world.ledger.entries() if '"app":"audited"' in entry.facts]
    assert [entry.kind for entry in facts] == ["generation.started", "embedding.started"]
