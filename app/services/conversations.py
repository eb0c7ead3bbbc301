"""What a person does with conversations beside asking: pin them, branch off, rate an answer, look into it."""

import uuid
from collections.abc import Sequence
from dataclasses import dataclass, replace

from app.domain.chat import Conversation, Feedback, Message, PromptMessage, branch, fork, pruned
from app.domain.chat_search import ChatHit, parse_chat_query
from app.domain.errors import AppError, ErrorCode
from app.domain.prompting import Prompts, history, title
from app.ports.chats import Chats
from app.ports.clock import Clock
from app.services.forgetting import Memories
from app.services.grounding import Grounding

FOUND = 50  # hits at most


@dataclass(frozen=True, slots=True)
class Explanation:
    """All that is known of how an answer came to be."""

    question: Message
    answer: Message
    prompt: tuple[PromptMessage, ...]  # as the model saw it


@dataclass(frozen=True, slots=True)
class RemovedMessages:
    """What is needed to take a removal back: the conversation as it was."""

    conversation_id: str
    before: tuple[Message, ...]
    gone: tuple[Message, ...]


class Conversations:
    """Arranges what is kept, and tells how it came to be."""

    def __init__(self, chats: Chats, memories: Memories, grounding: Grounding, prompts: Prompts, clock: Clock) -> None:
        self._chats = chats
        self._memories = memories
        self._grounding = grounding
        self._prompts = prompts
        self._clock = clock

    def find(self, typed: str, limit: int = FOUND) -> list[ChatHit]:
        """Conversations by their titles, and then messages by what was said. Raises AppError QUERY_INVALID."""
        query = parse_chat_query(typed)
        wanted = [word.casefold() for word in (*query.words, *query.phrases)]
        titles = [
            ChatHit(one.id, one.title, "", None, one.updated_at, "")
            for one in self._chats.conversations()
            if wanted and query.role is None and all(word in one.title.casefold() for word in wanted)
        ]
        return [*titles, *self._chats.find(query, limit)][:limit]

    def pin(self, conversation_id: str, *, pinned: bool) -> None:
        """List a conversation before the others, or no longer."""
        self._chats.pin(conversation_id, pinned=pinned)

    def fork(self, conversation_id: str, message_id: str, title: str) -> Conversation:
        """Another conversation that begins with all up to a message. Raises AppError UNKNOWN_CONVERSATION.

        What branches off a temporary conversation is temporary, too.
        """
        path = self._path(conversation_id, message_id)
        (source,) = (one for one in self._chats.conversations() if one.id == conversation_id)
        forked = self._chats.create(title, temporary=source.temporary, project=source.project)
        for message in fork(path, forked.id, lambda: str(uuid.uuid4())):
            self._chats.save(message)
        return forked

    def remove(self, conversation_id: str, message_id: str) -> RemovedMessages:
        """Delete a message as `domain.chat.pruned` says, a title of it, and what models remember of the conversation.

        Raises AppError UNKNOWN_CONVERSATION.
        """
        self._path(conversation_id, message_id)
        before = self._chats.messages(conversation_id)
        kept = pruned(before, message_id)
        self._chats.rewrite(conversation_id, kept)
        self._memories.forget(conversation_id)
        self._retitle(conversation_id, before, kept)
        left = {message.id for message in kept}
        return RemovedMessages(conversation_id, tuple(before), tuple(one for one in before if one.id not in left))

    def bring_back(self, removed: RemovedMessages) -> None:
        """Take a removal back; what was said since stays where it was said.

        Raises AppError UNKNOWN_CONVERSATION.
        """
        left = self._chats.messages(removed.conversation_id)
        now = {message.id: message for message in left}
        held = [
            replace(now.pop(one.id), parent_id=one.parent_id, trace=one.trace) if one.id in now else one
            for one in removed.before
        ]
        self._chats.rewrite(removed.conversation_id, [*held, *now.values()])
        self._retitle(removed.conversation_id, left, held)

    def rate(self, conversation_id: str, answer_id: str, feedback: Feedback | None) -> Message:
        """Keep what the person thinks of an answer, or that they think nothing of it any more."""
        answer = self._path(conversation_id, answer_id)[-1]
        given = replace(feedback, given_at=self._clock.now()) if feedback else None
        rated = replace(answer, feedback=given)
        self._chats.save(rated, touch=False)
        return rated

    def explain(self, conversation_id: str, answer_id: str) -> Explanation:
        """How an answer came to be. Raises AppError UNKNOWN_CONVERSATION."""
        *before, question, answer = self._grounding.refilled(self._path(conversation_id, answer_id))
        asked = self._prompts.styled(question.prompt or question.text, answer.style)
        system = self._prompts.system_with(question.instructions)
        prompt = (*history(system, before), PromptMessage("user", asked))
        return Explanation(question, answer, prompt)

    def _retitle(self, conversation_id: str, before: Sequence[Message], after: Sequence[Message]) -> None:
        """Let a conversation that is called after the first of its messages be called after another first one."""
        called = next((one.title for one in self._chats.conversations() if one.id == conversation_id), "")
        was, becomes = (title(messages[0].text) if messages else "" for messages in (before, after))
        if called == was != becomes:
            self._chats.rename(conversation_id, becomes)

    def _path(self, conversation_id: str, message_id: str) -> list[Message]:
        path = branch(self._chats.messages(conversation_id), message_id)
        if not path:
            raise AppError(ErrorCode.UNKNOWN_CONVERSATION, conversation=conversation_id)
        return path
