"""Conversations from other programs: ChatGPT's export, Open WebUI's, Jan's, and our own JSON.

The files are untrusted: bounded, read whole before anything is kept, and refused with the place where they make no
sense. What an export calls a tool or the system is left out; so is what is neither text nor said by anybody.
"""

import json
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from typing import Final

from app.domain.chat import Role
from app.domain.chat_export import FORMAT
from app.domain.errors import AppError, ErrorCode
from app.domain.json_shapes import Json

MOST_BYTES: Final = 256 * 1024 * 1024
MOST_CONVERSATIONS: Final = 50_000
MOST_MESSAGES: Final = 20_000  # of one conversation
LONGEST_TITLE: Final = 200  # characters
_ROLES: Final[Mapping[str, Role]] = {"user": "user", "assistant": "assistant"}


@dataclass(frozen=True, slots=True)
class ImportedMessage:
    """A message as another program kept it."""

    id: str
    parent: str | None  # an id before it in the list
    role: Role
    text: str
    created_at: str  # ISO 8601, UTC; "" if it was not said
    model: str = ""


@dataclass(frozen=True, slots=True)
class ImportedConversation:
    """A conversation as another program kept it; parents stand before their children."""

    origin: str  # program and id there: the same conversation has the same
    title: str
    messages: tuple[ImportedMessage, ...]
    project: str = ""  # the name of the one it was in, in one line

    def titled(self, title: str) -> "ImportedConversation":
        """The same under another title, in one line."""
        return replace(self, title=" ".join(title.split())[:LONGEST_TITLE])


def read_conversations(text: str) -> list[ImportedConversation]:
    """All conversations in an export that hold text. Raises AppError CHATS_UNREADABLE with the place."""
    try:
        untrusted: Json = json.loads(text)
    except (ValueError, RecursionError) as error:
        return _read_lines(text, error)
    if isinstance(untrusted, dict) and untrusted.get("format") == FORMAT:
        return _kept([_ours(untrusted)])
    if isinstance(untrusted, dict) and isinstance(untrusted.get("conversations"), list):
        untrusted = untrusted["conversations"]
    if not isinstance(untrusted, list):
        untrusted = [untrusted]
    if len(untrusted) > MOST_CONVERSATIONS:
        raise _unreadable("", f"it holds {len(untrusted)} conversations, {MOST_CONVERSATIONS} are read at most")
    return _kept(_one(row, f"conversation {number}") for number, row in enumerate(untrusted, 1))


def _kept(conversations: Iterable[ImportedConversation]) -> list[ImportedConversation]:
    found = [conversation for conversation in conversations if conversation.messages]
    if not found:
        raise _unreadable("", "it holds no conversation")
    return found


def _one(untrusted: Json, where: str) -> ImportedConversation:
    """A conversation of ChatGPT, which has a mapping, or of Open WebUI, which has a history."""
    row = _object(untrusted, where)
    if "mapping" in row:
        return _chatgpt(row, where)
    if "chat" in row or "history" in row:
        return _open_webui(row, where)
    if row.get("format") == FORMAT:
        return _ours(row)
    raise _unreadable(where, "it is no export of ChatGPT, Open WebUI, Jan or Donjon")


# --- the programs ------------------------------------------------------------------------------------------------


def _chatgpt(row: Mapping[str, Json], where: str) -> ImportedConversation:
    nodes = _object(row["mapping"], f"{where}, mapping")
    messages: dict[str, ImportedMessage] = {}
    parents: dict[str, str | None] = {}
    for key, untrusted in nodes.items():
        node = _object(untrusted, f"{where}, node {key[:40]}")
        parents[key] = _text(node.get("parent")) or None
        message = node.get("message")
        if isinstance(message, dict):
            role = _ROLES.get(_text(_object(message.get("author") or {}, where).get("role")))
            content = _object(message.get("content") or {}, where)
            parts = content.get("parts")
            said = "\n\n".join(part for part in parts if isinstance(part, str)) if isinstance(parts, list) else ""
            if role and said.strip():
                model = _text(_object(message.get("metadata") or {}, where).get("model_slug"))
                when = _time(message.get("create_time"))
                messages[key] = ImportedMessage(key, None, role, said.strip(), when, model)
    origin = _text(row.get("conversation_id")) or _text(row.get("id"))
    return _conversation("chatgpt", origin, row.get("title"), messages, parents, where)


def _open_webui(row: Mapping[str, Json], where: str) -> ImportedConversation:
    chat = _object(row["chat"], where) if "chat" in row else row
    history = _object(chat.get("history") or {}, f"{where}, history")
    nodes = _object(history.get("messages") or {}, f"{where}, messages")
    messages: dict[str, ImportedMessage] = {}
    parents: dict[str, str | None] = {}
    for key, untrusted in nodes.items():
        node = _object(untrusted, f"{where}, message {key[:40]}")
        parents[key] = _text(node.get("parentId")) or None
        role, said = _ROLES.get(_text(node.get("role"))), _said(node.get("content"))
        if role and said:
            when, model = _time(node.get("timestamp")), _text(node.get("model"))
            messages[key] = ImportedMessage(key, None, role, said, when, model)
    origin = _text(row.get("id")) or _text(chat.get("id"))
    return _conversation("open-webui", origin, chat.get("title") or row.get("title"), messages, parents, where)


def _read_lines(text: str, error: Exception) -> list[ImportedConversation]:
    """Jan keeps a thread as lines, each a message."""
    messages: dict[str, ImportedMessage] = {}
    parents: dict[str, str | None] = {}
    before: str | None = None
    thread = ""
    for number, line in enumerate(text.splitlines(), 1):
        if not line.strip():
            continue
        try:
            row = _object(json.loads(line), f"line {number}")
        except (ValueError, RecursionError):
            raise _unreadable("" if number == 1 else f"line {number}", f"it is no JSON: {error}"[:200]) from error
        thread = thread or _text(row.get("thread_id"))
        role, said = _ROLES.get(_text(row.get("role"))), _said(row.get("content"))
        if role and said:
            key = _text(row.get("id")) or str(number)
            messages[key] = ImportedMessage(key, None, role, said, _time(row.get("created_at")), "")
            parents[key], before = before, key
    return _kept([_conversation("jan", thread, "", messages, parents, "the file")])


def _ours(row: Mapping[str, Json]) -> ImportedConversation:
    where = "the conversation"
    messages: dict[str, ImportedMessage] = {}
    parents: dict[str, str | None] = {}
    rows = row.get("messages")
    for number, untrusted in enumerate(rows if isinstance(rows, list) else (), 1):
        one = _object(untrusted, f"message {number}")
        key, role, said = _text(one.get("id")), _ROLES.get(_text(one.get("role"))), _text(one.get("text"))
        if key and role and said.strip():
            parents[key] = _text(one.get("parent")) or None
            when = _text(one.get("created_at"))
            messages[key] = ImportedMessage(key, None, role, said, _iso(when), _text(one.get("model")))
    first = next(iter(messages), "")
    project = " ".join(_text(row.get("project")).split())[:LONGEST_TITLE]
    return replace(_conversation("donjon", first, row.get("title"), messages, parents, where), project=project)


# --- trees -------------------------------------------------------------------------------------------------------


def _conversation(
    program: str,
    origin: str,
    title: Json,
    messages: Mapping[str, ImportedMessage],
    parents: Mapping[str, str | None],
    where: str,
) -> ImportedConversation:
    """Put messages under the nearest message above them: what lies between was left out."""
    if len(parents) > MOST_MESSAGES:
        raise _unreadable(where, f"it has {len(parents)} messages, {MOST_MESSAGES} are read at most")
    above = {key: _above(key, messages, parents, where) for key in messages}
    placed: dict[str, ImportedMessage] = {}
    waiting = list(messages)
    while waiting:
        rest = [key for key in waiting if above[key] is not None and above[key] not in placed]
        for key in waiting:
            if key not in rest:
                placed[key] = replace(messages[key], parent=above[key])
        waiting = rest if len(rest) < len(waiting) else _raise_circle(where)
    first = next(iter(placed.values()), None)
    named = _text(title).strip() or (first.text if first else "")
    known = origin or (first.id if first else "")
    return ImportedConversation(f"{program}:{known[:100]}", "", tuple(placed.values())).titled(named)


def _above(
    key: str, messages: Mapping[str, ImportedMessage], parents: Mapping[str, str | None], where: str
) -> str | None:
    seen = {key}
    parent = parents.get(key)
    while parent is not None and parent not in messages:
        if parent in seen:
            _raise_circle(where)
        seen.add(parent)
        parent = parents.get(parent)
    return parent


def _raise_circle(where: str) -> list[str]:
    raise _unreadable(where, "its messages stand in a circle")


# --- values ------------------------------------------------------------------------------------------------------


def _unreadable(where: str, reason: str) -> AppError:
    return AppError(ErrorCode.CHATS_UNREADABLE, where=where or "the file", reason=reason)


def _object(untrusted: Json, where: str) -> Mapping[str, Json]:
    if not isinstance(untrusted, dict):
        raise _unreadable(where, "an object belongs there")
    return untrusted


def _text(untrusted: Json) -> str:
    return untrusted if isinstance(untrusted, str) else ""


def _said(untrusted: Json) -> str:
    """Text, or the texts of a list of parts."""
    if isinstance(untrusted, str):
        return untrusted.strip()
    texts: list[str] = []
    for part in untrusted if isinstance(untrusted, Sequence) else ():
        text = part.get("text") if isinstance(part, dict) else None
        value = text.get("value") if isinstance(text, dict) else text
        texts += [value] if isinstance(value, str) else []
    return "\n\n".join(texts).strip()


def _time(untrusted: Json) -> str:
    """A time in seconds, or milliseconds, since 1970."""
    if isinstance(untrusted, bool) or not isinstance(untrusted, int | float):
        return ""
    seconds = untrusted / 1000 if untrusted > 1e11 else untrusted
    try:
        return datetime.fromtimestamp(seconds, UTC).isoformat()
    except (ValueError, OverflowError, OSError):
        return ""


def _iso(text: str) -> str:
    try:
        return datetime.fromisoformat(text).astimezone(UTC).isoformat()
    except (ValueError, OverflowError):
        return ""
