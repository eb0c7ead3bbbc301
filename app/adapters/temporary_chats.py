"""Conversations that are in memory only, beside those that are kept."""

import threading
import uuid
from collections.abc import Sequence
from dataclasses import replace

from app.domain.chat import TEMPORARY, Conversation, Message, is_temporary, without_document
from app.domain.chat_search import ChatHit, ChatQuery
from app.domain.errors import AppError, ErrorCode
from app.domain.prompting import title
from app.ports.chats import Chats
from app.ports.clock import Clock

SNIPPET = 120  # characters of a message that is found


class TemporaryChats:
    """Serves the `Chats` port; what is not temporary goes to `kept`. Safe to call from several threads."""

    def __init__(self, kept: Chats, clock: Clock) -> None:
        self._kept = kept
        self._clock = clock
        self._lock = threading.Lock()
        self._conversations: dict[str, Conversation] = {}  # the last touched last
        self._messages: dict[str, dict[str, Message]] = {}

    def conversations(self) -> list[Conversation]:
        """See the port."""
        with self._lock:
            here = list(self._conversations.values())[::-1]
        both = [*here, *self._kept.conversations()]
        return sorted(both, key=lambda conversation: not conversation.pinned)

    def messages(self, conversation_id: str) -> list[Message]:
        """See the port."""
        if not is_temporary(conversation_id):
            return self._kept.messages(conversation_id)
        with self._lock:
            if conversation_id not in self._messages:
                raise AppError(ErrorCode.UNKNOWN_CONVERSATION, conversation=conversation_id)
            return list(self._messages[conversation_id].values())

    def create(self, title: str, *, temporary: bool = False, origin: str = "", project: str = "") -> Conversation:
        """See the port."""
        if not temporary:
            return self._kept.create(title, origin=origin, project=project)
        now = self._clock.now()
        conversation = Conversation(f"{TEMPORARY}{uuid.uuid4()}", title, now, now)
        with self._lock:
            self._conversations[conversation.id] = conversation
            self._messages[conversation.id] = {}
        return conversation

    def assign(self, conversation_id: str, project: str) -> None:
        """See the port; a temporary conversation stays in none."""
        if not is_temporary(conversation_id):
            self._kept.assign(conversation_id, project)

    def origins(self) -> set[str]:
        """See the port."""
        return self._kept.origins()

    def pin(self, conversation_id: str, *, pinned: bool) -> None:
        """See the port."""
        if is_temporary(conversation_id):
            self._change(conversation_id, pinned=pinned)
        else:
            self._kept.pin(conversation_id, pinned=pinned)

    def rename(self, conversation_id: str, title: str) -> None:
        """See the port."""
        if is_temporary(conversation_id):
            self._change(conversation_id, title=title)
        else:
            self._kept.rename(conversation_id, title)

    def delete(self, conversation_id: str) -> None:
        """See the port."""
        if not is_temporary(conversation_id):
            self._kept.delete(conversation_id)
            return
        with self._lock:
            self._conversations.pop(conversation_id, None)
            self._messages.pop(conversation_id, None)

    def find(self, query: ChatQuery, limit: int) -> list[ChatHit]:
        """See the port."""
        if query.is_empty:
            return []
        with self._lock:
            here = [
                ChatHit.of(message, self._conversations[conversation].title, title(message.text, SNIPPET))
                for conversation, messages in self._messages.items()
                for message in messages.values()
                if query.matches(message)
            ]
        return [*here, *self._kept.find(query, limit)][:limit]

    def forget_document(self, content_hash: str) -> list[str]:
        """See the port."""
        touched = []
        with self._lock:
            for conversation, messages in self._messages.items():
                forgotten = {key: without_document(message, content_hash) for key, message in messages.items()}
                if forgotten != messages:
                    messages.update(forgotten)
                    touched.append(conversation)
        return [*touched, *self._kept.forget_document(content_hash)]

    def save(self, message: Message, *, touch: bool = True) -> None:
        """See the port. A message of a conversation that is gone is gone with it."""
        if not is_temporary(message.conversation_id):
            self._kept.save(message, touch=touch)
            return
        with self._lock:
            messages = self._messages.get(message.conversation_id)
            if messages is None:
                return
            messages[message.id] = message
            if touch:
                conversation = self._conversations.pop(message.conversation_id)
                self._conversations[conversation.id] = replace(conversation, updated_at=self._clock.now())

    def rewrite(self, conversation_id: str, messages: Sequence[Message]) -> None:
        """See the port."""
        if not is_temporary(conversation_id):
            self._kept.rewrite(conversation_id, messages)
            return
        with self._lock:
            if conversation_id in self._messages:
                self._messages[conversation_id] = {message.id: message for message in messages}

    def _change(self, conversation_id: str, *, title: str | None = None, pinned: bool | None = None) -> None:
        with self._lock:
            before = self._conversations.get(conversation_id)
            if before is not None:
                self._conversations[conversation_id] = replace(
                    before,
                    title=before.title if title is None else title,
                    pinned=before.pinned if pinned is None else pinned,
                )
