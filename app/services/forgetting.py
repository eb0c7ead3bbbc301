"""What is to be forgotten beside a document itself: what conversations, models, tests and judgements hold of it."""

from typing import Protocol

from app.ports.chats import Chats
from app.ports.experiments import ExperimentStore
from app.ports.judgements import JudgementStore


class Memories(Protocol):
    """What models remember of conversations; `services.models.Models` is one."""

    def forget(self, conversation: str) -> None:
        """Forget a conversation, in memory and on disk."""
        ...


class Forgetting:
    """Takes a document's words out of conversations, what models remember of those, test questions and judgements."""

    def __init__(
        self, chats: Chats, memories: Memories, experiments: ExperimentStore, judgements: JudgementStore
    ) -> None:
        self._chats = chats
        self._experiments = experiments
        self._judgements = judgements
        self._memories = memories

    def document(self, content_hash: str) -> list[str]:
        """Forget passages and quotations of a document; the ids of the conversations that held some.

        Answers stay as they are: they are the model's words. Their numbers still say which document it was.
        """
        self._experiments.forget_document(content_hash)
        self._judgements.forget_document(content_hash)
        touched = self._chats.forget_document(content_hash)
        for conversation in touched:
            self._memories.forget(conversation)
        return touched
