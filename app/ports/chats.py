"""Where conversations are kept."""

from typing import Protocol

from app.domain.chat import Conversation, Message


class Chats(Protocol):
    """Conversations and their message trees."""

    def conversations(self) -> list[Conversation]:
        """All conversations, the last touched first."""
        ...

    def messages(self, conversation_id: str) -> list[Message]:
        """All messages of a conversation's tree, oldest first. Raises AppError UNKNOWN_CONVERSATION."""
        ...

    def create(self, title: str) -> Conversation:
        """A new, empty conversation."""
        ...

    def rename(self, conversation_id: str, title: str) -> None:
        """Give a conversation another title."""
        ...

    def delete(self, conversation_id: str) -> None:
        """Delete a conversation and its messages."""
        ...

    def forget_document(self, content_hash: str) -> list[str]:
        """Take the passages and quotations of a document out of all messages; the ids of their conversations."""
        ...

    def save(self, message: Message) -> None:
        """Insert a message, or replace the one with its id."""
        ...
