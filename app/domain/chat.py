"""Conversations as trees of messages, and what an answer carries."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from typing import Final, Literal

from app.domain.library import Passage, Unit
from app.domain.prompt_library import PromptUse
from app.domain.query import Search
from app.domain.routing import Place
from app.domain.team import is_teams_document
from app.domain.trace import Trace

TEMPORARY: Final = "temporary-"  # what the ids of conversations begin with that are in memory only

Role = Literal["system", "user", "assistant"]
Status = Literal["streaming", "complete", "stopped", "failed"]
Verdict = Literal["supported", "unsupported", "contradicted"]
Reason = Literal["", "number", "negation", "opposite"]
Style = Literal["", "shorter", "longer"]
Complaint = Literal["wrong", "not_in_documents", "incomplete", "too_long", "unsafe", "other"]


@dataclass(frozen=True, slots=True)
class PromptMessage:
    """One message as the model sees it."""

    role: Role
    content: str


@dataclass(frozen=True, slots=True)
class Citation:
    """A numbered pointer from an answer to the place in a document that it rests on."""

    n: int
    document_id: int
    document: str
    path: str
    content_hash: str
    page: int
    start: int
    end: int
    quote: str
    heading: str = ""
    scores: dict[str, float] | None = None
    unit: Unit = "page"
    label: str = ""  # the name of the page, if it has one


@dataclass(frozen=True, slots=True)
class SentenceSupport:
    """A sentence of an answer, as a span of its text, and what the passages say to it."""

    start: int
    end: int
    verdict: Verdict
    passage: int = 0  # the number of the passage that says so, or otherwise; 0 for none
    because: Reason = ""  # in what the passage says otherwise
    said_from: int = 0  # where the passage says so: a span of the document's text
    said_to: int = 0


@dataclass(frozen=True, slots=True)
class Timing:
    """How long an answer took; seconds and tokens."""

    first_token_s: float
    tokens_per_s: float
    prompt_tokens: int
    cached_tokens: int
    answer_tokens: int = 0


@dataclass(frozen=True, slots=True)
class Feedback:
    """What the person thinks of an answer."""

    good: bool
    complaints: tuple[Complaint, ...] = ()
    note: str = ""
    correction: str = ""  # what it should have said
    given_at: str = ""  # ISO 8601, UTC


@dataclass(frozen=True, slots=True)
class Message:
    """A message as it is kept: one node of a conversation's tree."""

    id: str
    conversation_id: str
    parent_id: str | None
    role: Role
    text: str
    created_at: str  # ISO 8601, UTC
    status: Status = "complete"
    model: str = ""
    ran: Place = "device"
    prompt: str = ""  # what the model saw (a question with its passages) or wrote (an answer before its citations)
    passages: tuple[Passage, ...] = ()  # of a question: those in its prompt, numbered from 1
    citations: tuple[Citation, ...] = ()
    support: tuple[SentenceSupport, ...] = ()  # of an answer: its sentences, checked
    grounded: bool | None = None  # None: asked without the library
    timing: Timing | None = None
    passages_found: int = 0
    documents_searched: int = 0
    read_whole: bool = False  # of a question: its passages are whole documents
    surveyed: int = 0  # passages that were gone through one by one, of those found
    asks_for_all: bool = False  # it is answered rightly only by what has seen all, and only the best passages were read
    prompt_used: PromptUse | None = None  # of a question: the prompt of the library that it was asked with
    instructions: str = ""  # of a question: what its project told the model to mind
    search: Search | None = None  # of a question: where its passages were looked for
    withheld: int = 0  # of an answer: sentences that were taken out, since the passages do not say them
    style: Style = ""  # of an answer: how this version was to differ
    feedback: Feedback | None = None
    trace: Trace | None = None  # of an answer: how it came to be
    thought: str = ""  # of an answer: what a reasoning model wrote for itself before it
    thought_s: float = 0.0  # how long that took


@dataclass(frozen=True, slots=True)
class Conversation:
    """A conversation in the list."""

    id: str
    title: str
    created_at: str
    updated_at: str
    pinned: bool = False
    project: str = ""  # its id; "" for none

    @property
    def temporary(self) -> bool:
        """Whether nothing of it is written to disk."""
        return is_temporary(self.id)


def is_temporary(conversation_id: str) -> bool:
    """Whether nothing of a conversation is written to disk."""
    return conversation_id.startswith(TEMPORARY)


def without_document(message: Message, content_hash: str) -> Message:
    """A message without the words of a document: its passages, the prompt they stood in, what was quoted."""
    return _without(message, lambda place: place.content_hash == content_hash)


def without_team(message: Message) -> Message:
    """A message as this device keeps it: what stands in the team's library is there alone, for who may read it."""
    return _without(message, lambda place: is_teams_document(place.document_id))


def _without(message: Message, goes: Callable[[Passage | Citation], bool]) -> Message:
    passages = tuple(replace(passage, text="") if goes(passage) else passage for passage in message.passages)
    return replace(
        message,
        prompt="" if passages != message.passages else message.prompt,
        passages=passages,
        citations=tuple(replace(citation, quote="") if goes(citation) else citation for citation in message.citations),
    )


def branch(messages: list[Message], leaf_id: str) -> list[Message]:
    """The messages from the root down to `leaf_id`."""
    by_id = {message.id: message for message in messages}
    path: list[Message] = []
    node = by_id.get(leaf_id)
    while node is not None:
        path.append(node)
        node = by_id.get(node.parent_id) if node.parent_id else None
    return path[::-1]


def fork(path: Sequence[Message], conversation_id: str, new_id: Callable[[], str]) -> list[Message]:
    """A branch as the beginning of another conversation."""
    copies: list[Message] = []
    for message in path:
        parent = copies[-1].id if copies else None
        copies.append(replace(message, id=new_id(), conversation_id=conversation_id, parent_id=parent))
    return copies


def latest_leaf(messages: list[Message], below: str | None = None) -> str | None:
    """The newest message under `below` (or of the whole tree) that has no answer yet."""
    newest = {message.parent_id: message.id for message in messages}  # the last child of each
    leaf = below
    while leaf in newest:
        leaf = newest[leaf]
    return leaf


def pruned(messages: Sequence[Message], message_id: str) -> list[Message]:
    """The messages without one of them.

    One of several versions goes with all that follows it. Else a question goes with its answers, and an answer with its
    question; what followed them follows what was before, less what was searched for it: that may repeat what is gone.
    """
    by_id = {message.id: message for message in messages}
    gone = by_id[message_id]
    if gone.role == "assistant" and gone.parent_id in by_id and _is_only_version(messages, gone):
        gone = by_id[gone.parent_id]
    removed, closes_up = {gone.id}, _is_only_version(messages, gone)
    left: list[Message] = []
    followers: set[str] = set()
    for message in messages:  # what follows comes after what it follows
        if message.id == gone.id or (message.parent_id in removed and (message.role == "assistant" or not closes_up)):
            removed.add(message.id)
        elif message.parent_id in removed:
            followers.add(message.id)
            left.append(replace(message, parent_id=gone.parent_id))
        elif message.parent_id in followers:
            followers.add(message.id)
            left.append(replace(message, trace=replace(message.trace, query="")) if message.trace else message)
        else:
            left.append(message)
    return left


def _is_only_version(messages: Sequence[Message], message: Message) -> bool:
    return not any(
        one.id != message.id and (one.parent_id, one.role) == (message.parent_id, message.role) for one in messages
    )


def siblings(messages: list[Message]) -> dict[tuple[str | None, Role], list[Message]]:
    """The versions of every message of a tree, by parent and role, oldest first."""
    groups: dict[tuple[str | None, Role], list[Message]] = {}
    for message in messages:
        groups.setdefault((message.parent_id, message.role), []).append(message)
    return groups
