"""Where conversations are kept."""

from collections.abc import Sequence
from typing import Protocol

from app.domain.chat import Conversation, Message
from app.domain.chat_search import ChatHit, ChatQuery


class Chats(Protocol):
    """Conversations and their message trees."""

    def conversations(self) -> list[Conversation]:
        """All conversations: those that are pinned, and then the last touched first."""
        ...

    def messages(self, conversation_id: str) -> list[Message]:
        """All messages of a conversation's tree, oldest first. Raises AppError UNKNOWN_CONVERSATION."""
        ...

    def create(self, title: str, *, temporary: bool = False, origin: str = "", project: str = "") -> Conversation:
        """A new, empty conversation; nothing of a temporary one is ever written to disk.

        `origin` is what it was called where it was imported from. A temporary one is in no `project`.
        """
        ...

    def pin(self, conversation_id: str, *, pinned: bool) -> None:
        """List a conversation before the others, or no longer."""
        ...

    def assign(self, conversation_id: str, project: str) -> None:
        """Put a conversation into a project, by its id, or, by "", into none."""
        ...

    def origins(self) -> set[str]:
        """What the conversations that were imported were called there."""
        ...

    def rename(self, conversation_id: str, title: str) -> None:
        """Give a conversation another title."""
        ...

    def delete(self, conversation_id: str) -> None:
        """Delete a conversation and its messages."""
        ...

    def find(self, query: ChatQuery, limit: int) -> list[ChatHit]:
        """Messages in which something was said, the best first."""
        ...

    def forget_document(self, content_hash: str) -> list[str]:
        """Take the passages and quotations of a document out of all messages; the ids of their conversations."""
        ...

    def save(self, message: Message, *, touch: bool = True) -> None:
        """Insert a message, or replace the one with its id; without `touch` its conversation keeps its place."""
        ...

    def rewrite(self, conversation_id: str, messages: Sequence[Message]) -> None:
        """Keep these messages of a conversation, in this order, and leave nothing of any other."""
        ...
