"""Exports of other programs, which are untrusted."""

import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.domain.chat_import import MOST_MESSAGES, read_conversations
from app.domain.errors import AppError, ErrorCode


def node(key: str, parent: str | None, role: str, *parts: object, **more: Any) -> dict[str, Any]:
    message = {"author": {"role": role}, "content": {"content_type": "text", "parts": list(parts)}, **more}
    return {"id": key, "parent": parent, "message": message}


CHATGPT: dict[str, Any] = {
    "title": "Trip\nto Oslo",
    "conversation_id": "abc",
    "mapping": {
        "root": {"id": "root", "parent": None, "message": None},
        "sys": node("sys", "root", "system", "You are helpful"),
        "q": node("q", "sys", "user", "Where to?", create_time=1763888400.5),
        "tool": node("tool", "q", "tool", "a search"),
        "a": node("a", "tool", "assistant", "Oslo.", metadata={"model_slug": "gpt-x"}),
        "a2": node("a2", "q", "assistant", "Bergen.", {"asset": "picture"}),
        "empty": node("empty", "a", "assistant", "  "),
    },
}
OPEN_WEBUI = {
    "id": "w1",
    "title": "Recipes",
    "chat": {
        "history": {
            "messages": {
                "1": {"parentId": None, "role": "user", "content": "Soup?", "timestamp": 1763888400},
                "2": {"parentId": "1", "role": "assistant", "content": "Tomato.", "model": "qwen"},
                "3": {"parentId": "1", "role": "assistant", "content": "Onion.", "model": "qwen"},
            }
        }
    },
}
SAID = (("user", "Hello?"), ("assistant", "Hi."))
JAN = "\n".join(
    json.dumps(
        {
            "id": f"m{n}",
            "thread_id": "t1",
            "role": role,
            "created_at": 1763888400000,
            "content": [{"type": "text", "text": {"value": text}}],
        }
    )
    for n, (role, text) in enumerate(SAID)
)
KEYS = "mapping chat history messages message author role content parts parent id format title".split()
KEY = st.sampled_from(KEYS) | st.text(max_size=4)
PLAIN = st.none() | st.booleans() | st.floats() | st.text(max_size=8)
ANYTHING = st.recursive(
    PLAIN, lambda inner: st.lists(inner, max_size=4) | st.dictionaries(KEY, inner, max_size=5), max_leaves=20
)


def test_chatgpt_keeps_its_tree_without_what_nobody_said() -> None:
    (chat,) = read_conversations(json.dumps([CHATGPT]))
    assert (chat.origin, chat.title) == ("chatgpt:abc", "Trip to Oslo")
    assert [(m.id, m.parent, m.text, m.model) for m in chat.messages] == [
        ("q", None, "Where to?", ""),
        ("a", "q", "Oslo.", "gpt-x"),
        ("a2", "q", "Bergen.", ""),
    ]
    assert chat.messages[0].created_at.startswith("2025-11-23T")


def test_open_webui_keeps_its_versions() -> None:
    (chat,) = read_conversations(json.dumps([OPEN_WEBUI]))
    assert (chat.origin, chat.title) == ("open-webui:w1", "Recipes")
    assert [(m.text, m.parent) for m in chat.messages] == [("Soup?", None), ("Tomato.", "1"), ("Onion.", "1")]


def test_a_thread_of_jan_is_a_line_of_messages() -> None:
    (chat,) = read_conversations(JAN)
    assert (chat.origin, chat.title) == ("jan:t1", "Hello?")
    assert [(m.text, m.parent) for m in chat.messages] == [("Hello?", None), ("Hi.", "m0")]


@pytest.mark.parametrize(
    ("text", "reason"),
    [
        ("", "no conversation"),
        ("[]", "no conversation"),
        ("{}", "no export of"),
        ("[1]", "an object belongs there"),
        ("<html>", "no JSON"),
        ('[{"mapping": []}]', "an object belongs there"),
        ('[{"mapping": {"a": {"parent": "b"}, "b": {"parent": "a"}}}]', "no conversation"),
        ("[" * 5000, "no JSON"),
    ],
)
def test_what_makes_no_sense_is_refused_with_the_reason(text: str, reason: str) -> None:
    with pytest.raises(AppError) as error:
        read_conversations(text)
    assert error.value.code is ErrorCode.CHATS_UNREADABLE
    assert reason in str(error.value.facts["reason"])


def test_messages_in_a_circle_are_refused() -> None:
    circle = {"mapping": {"a": node("a", "b", "user", "One"), "b": node("b", "a", "user", "Two")}}
    with pytest.raises(AppError) as error:
        read_conversations(json.dumps([circle]))
    assert "circle" in str(error.value.facts["reason"])


def test_a_conversation_without_end_is_refused() -> None:
    endless = {"mapping": {str(n): {"parent": None} for n in range(MOST_MESSAGES + 1)}}
    with pytest.raises(AppError):
        read_conversations(json.dumps([endless]))


@given(ANYTHING)
def test_whatever_a_file_holds_it_is_read_or_refused(untrusted: object) -> None:
    try:
        chats = read_conversations(json.dumps(untrusted))
    except AppError as error:
        assert error.code is ErrorCode.CHATS_UNREADABLE
    else:
        for chat in chats:
            seen: set[str] = set()
            for message in chat.messages:
                assert message.parent is None or message.parent in seen
                seen.add(message.id)


@given(st.lists(st.tuples(st.integers(0, 20), st.sampled_from(["user", "assistant", "tool"])), max_size=12))
def test_trees_survive_with_parents_before_children(rows: list[tuple[int, str]]) -> None:
    nodes = {str(n): node(str(n), str(at % n) if n else None, role, "text") for n, (at, role) in enumerate(rows)}
    shuffled = dict(reversed(nodes.items()))
    said = [key for key, one in nodes.items() if one["message"]["author"]["role"] != "tool"]
    if not said:
        return
    (chat,) = read_conversations(json.dumps([{"mapping": shuffled}]))
    assert {message.id for message in chat.messages} == set(said)
