"""What clients send: sizes, depths, types, and parameters that cannot be honoured."""

import contextlib
import json
from typing import Any

import httpx2
import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.api.bodies import MAX_BYTES, ChatBody
from app.domain.models import Sampling
from tests.unit.api.test_gate import CHAT, error

USUAL = Sampling(temperature=0.3, top_p=0.9, max_tokens=50)
JSON = {"Content-Type": "application/json"}


def body(**more: Any) -> ChatBody:
    return msgspec.convert({**CHAT, **more}, ChatBody)


def test_what_is_left_open_is_as_the_person_has_set_it() -> None:
    chosen = body(seed=7).sampling(USUAL)
    assert (chosen.temperature, chosen.top_p, chosen.max_tokens, chosen.seed) == (0.3, 0.9, 50, 7)


def test_zero_is_a_value() -> None:
    assert body(temperature=0, top_p=0).sampling(USUAL).temperature == 0
    assert body(temperature=0, top_p=0).sampling(USUAL).top_p == 0


def test_the_newer_limit_counts() -> None:
    assert body(max_tokens=5).sampling(USUAL).max_tokens == 5
    assert body(max_tokens=5, max_completion_tokens=6).sampling(USUAL).max_tokens == 6


@given(st.integers(-(2**63), 2**63 - 1))
def test_every_seed_is_one(seed: int) -> None:
    assert 0 <= body(seed=seed).sampling(USUAL).seed < 2**31


def test_without_a_seed_each_answer_is_another() -> None:
    assert len({body().sampling(USUAL).seed for _ in range(8)}) > 1


def test_messages_become_a_prompt() -> None:
    parts = [{"type": "text", "text": "one"}, {"type": "text", "text": "two"}]
    messages = [
        {"role": "developer", "content": "Be brief.", "name": "x"},
        {"role": "user", "content": parts},
        {"role": "assistant", "content": None, "refusal": None},
    ]
    prompt = body(messages=messages).prompt()
    assert [(m.role, m.content) for m in prompt] == [("system", "Be brief."), ("user", "one\ntwo"), ("assistant", "")]


@pytest.mark.parametrize(
    ("more", "param"),
    [
        ({"temperature": 2.1}, "temperature"),
        ({"temperature": "hot"}, "temperature"),
        ({"max_tokens": 0}, "max_tokens"),
        ({"stop": ["a", "b", "c", "d", "e"]}, "stop"),
        ({"stop": ""}, "stop"),
        ({"messages": []}, "messages"),
        ({"messages": [{"role": "user", "content": [{"type": "image_url", "image_url": {}}]}]}, "messages[0]"),
        ({"messages": [{"role": "tool", "content": "x"}]}, "messages[0]"),
        ({"messages": [{"content": "x"}]}, "messages[0]"),
        ({"n": 2}, "n"),
        ({"tools": [{"type": "function"}]}, "tools"),
        ({"tool_choice": "required"}, "tool_choice"),
        ({"logit_bias": {"5": 100}}, "logit_bias"),
        ({"presence_penalty": 1}, "presence_penalty"),
        ({"top_logprobs": 3, "logprobs": True}, "top_logprobs"),
        ({"modalities": ["text", "audio"]}, "modalities"),
        ({"donjon": {"colection": "x"}}, "donjon"),
        ({"model": None}, "model"),
    ],
)
def test_what_does_not_fit_is_named(client: httpx2.Client, more: dict[str, object], param: str) -> None:
    response = client.post("chat/completions", json={**CHAT, **more})
    assert response.status_code == 400
    assert str(error(response)["param"]).startswith(param)


def test_what_changes_nothing_is_taken(client: httpx2.Client) -> None:
    harmless = {
        "n": 1,
        "tools": [],
        "tool_choice": "auto",
        "logit_bias": None,
        "presence_penalty": 0,
        "frequency_penalty": 0.0,
        "user": "anna",
        "store": False,
        "metadata": {"a": "b"},
        "parallel_tool_calls": True,
        "response_format": {"type": "text"},
        "something_new": [1],
    }
    assert client.post("chat/completions", json={**CHAT, **harmless}).status_code == 200


@pytest.mark.parametrize(
    "content",
    [b"", b"{", b"[]", b"null", b'"x"', b"\xff\xfe", b'{"a":' * 100_000, b"[" * 3_000_000, b'{"model":"\\ud800"}'],
)
def test_what_is_no_json_object_is_refused(client: httpx2.Client, content: bytes) -> None:
    response = client.post("chat/completions", content=content, headers=JSON)
    assert response.status_code == 400
    assert error(response)["code"] in ("invalid_json", "invalid_value")


def test_depth_is_capped(client: httpx2.Client) -> None:
    deep: object = "x"
    for _ in range(70):
        deep = [deep]
    assert error(client.post("chat/completions", json={**CHAT, "metadata": deep}))["code"] == "invalid_json"


@pytest.mark.parametrize("content_type", ["text/plain", "application/x-www-form-urlencoded", "multipart/form-data", ""])
def test_only_json_is_taken(client: httpx2.Client, content_type: str) -> None:
    sent = client.post("chat/completions", content=json.dumps(CHAT), headers={"Content-Type": content_type})
    assert sent.status_code == 415


def test_a_body_is_capped_whether_its_length_is_said_or_not(client: httpx2.Client) -> None:
    large = b" " * (MAX_BYTES + 1)
    for content in (large, iter([large[:100_000]] * (len(large) // 100_000 + 1))):
        with contextlib.suppress(httpx2.TransportError):  # the server may close before it was sent all
            assert client.post("chat/completions", content=content, headers=JSON).status_code == 413
    assert client.get("models").status_code == 200
