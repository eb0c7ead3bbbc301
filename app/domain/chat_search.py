"""What is searched for in conversations: words, exact phrases, words to leave out, who said it, and when.

`"exact words"`, `-word`, `from:me` or `from:ai`, `after:2026-01-31` and `before:2026` stand anywhere in a search.
"""

import re
from dataclasses import dataclass
from typing import Final

from app.domain.chat import Message, Role
from app.domain.errors import AppError, ErrorCode

_PART: Final = re.compile(r'(?P<sign>-?)(?:(?P<key>from|after|before):)?(?:"(?P<quoted>[^"]*)"|(?P<bare>[^\s"]+))')
_DATE: Final = re.compile(r"\d{4}(?:-\d{2}(?:-\d{2})?)?")
_WHO: Final[dict[str, Role]] = {"me": "user", "you": "user", "ai": "assistant", "model": "assistant"}
_WORD: Final = re.compile(r"\w+")


@dataclass(frozen=True, slots=True)
class ChatQuery:
    """A search in conversations, read."""

    words: tuple[str, ...] = ()  # all of them; the last may be the beginning of a word
    phrases: tuple[str, ...] = ()  # must be said word for word
    without: tuple[str, ...] = ()  # must not be said
    role: Role | None = None
    after: str = ""  # the first day (or month, or year) on which it may have been said, ISO 8601
    before: str = ""  # the first day on which it may no longer

    @property
    def is_empty(self) -> bool:
        """Whether it asks for nothing."""
        return not (self.words or self.phrases)

    def allows(self, created_at: str) -> bool:
        """Whether what was said at this time is looked at; times are ISO 8601."""
        return (not self.after or created_at >= self.after) and (not self.before or created_at < self.before)

    def matches(self, message: Message) -> bool:
        """Whether a message that no index holds is found."""
        said = " ".join(_WORD.findall(message.text.casefold()))
        wanted = [word.casefold() for word in (*self.words, *self.phrases)]
        return (
            all(word in said for word in wanted)
            and not any(word.casefold() in said.split() for word in self.without)
            and message.role == (self.role or message.role)
            and self.allows(message.created_at)
        )


@dataclass(frozen=True, slots=True)
class ChatHit:
    """A message in which something was found, or a conversation by its title."""

    conversation_id: str
    title: str
    message_id: str  # "" for a title
    role: Role | None
    created_at: str
    snippet: str  # the words round what was found
    spans: tuple[tuple[int, int], ...] = ()  # of the snippet: what was found

    @classmethod
    def of(cls, message: Message, title: str, snippet: str, spans: tuple[tuple[int, int], ...] = ()) -> "ChatHit":
        """A message that was found."""
        return cls(message.conversation_id, title, message.id, message.role, message.created_at, snippet, spans)


def parse_chat_query(text: str) -> ChatQuery:
    """Read what was typed into a search box. Raises AppError QUERY_INVALID for a date that is none."""
    words: list[str] = []
    phrases: list[str] = []
    without: list[str] = []
    given: dict[str, str] = {}
    for part in _PART.finditer(text):
        value = part["quoted"] if part["quoted"] is not None else part["bare"]
        if part["key"]:
            given[part["key"]] = value
        elif part["sign"]:
            without += _WORD.findall(value)
        elif part["quoted"] is not None:
            phrases += [" ".join(_WORD.findall(value))] if _WORD.search(value) else []
        else:
            words += _WORD.findall(value)
    for key in ("after", "before"):
        if given.get(key) and not _DATE.fullmatch(given[key]):
            raise AppError(ErrorCode.QUERY_INVALID, part=f"{key}:{given[key]}")
    role = _WHO.get(given.get("from", "").casefold())
    return ChatQuery(
        tuple(words), tuple(phrases), tuple(without), role, given.get("after", ""), given.get("before", "")
    )
