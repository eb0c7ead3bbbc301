"""Text from a chat model."""

from collections.abc import Iterator
from typing import Protocol

from app.domain.cancel import Cancel
from app.domain.chat import PromptMessage
from app.domain.events import GenerationEvent
from app.domain.models import GenerationRequest, LoadedModel, ScoredContinuation


class Generator(Protocol):
    """One loaded (or loadable) model."""

    @property
    def is_loaded(self) -> bool:
        """Whether its memory is taken."""
        ...

    @property
    def busy(self) -> bool:
        """Whether it is loading or answering now."""
        ...

    def load(self) -> LoadedModel:
        """Make the model ready, if it is not yet.

        Raises AppError: MODEL_NOT_INSTALLED, MODEL_INVALID, MODEL_LOAD_FAILED, MODEL_QUARANTINED, WORKER_*.
        """
        ...

    def count_tokens(self, texts: list[str]) -> list[int]:
        """Tokens of each text by the model's own tokenizer, without special tokens."""
        ...

    def count_prompt(self, messages: tuple[PromptMessage, ...]) -> int:
        """Tokens of the whole prompt as its chat template renders it."""
        ...

    def prefill(self, request: GenerationRequest, cancel: Cancel) -> None:
        """Read a prompt before it is asked, so that its answer begins sooner; its last message may yet grow.

        Loads the model, if it is not yet. Returns when it is read, cancelled, or in the way of a request that somebody
        waits for; a newer call ends it, too. A model that is not on this device is sent nothing. Raises AppError as
        `generate` does.
        """
        ...

    def score(
        self, messages: tuple[PromptMessage, ...], continuations: list[str], cancel: Cancel
    ) -> list[ScoredContinuation]:
        """How likely each continuation is to follow the prompt, in order; nothing is drawn.

        Raises Cancelled, and AppError as `generate` does.
        """
        ...

    def generate(self, request: GenerationRequest, cancel: Cancel) -> Iterator[GenerationEvent]:
        """Yield progress and tokens, and last one GenerationEnded; a cancelled run ends with that reason too.

        Several may run at once, from several threads; none waits for another to end, as far as there is room.

        Raises AppError: CONTEXT_OVERFLOW, MODEL_NO_CHAT_TEMPLATE, MODEL_TEMPLATE_FAILED, WORKER_DIED and load's.
        """
        ...

    def forget(self, conversation: str) -> None:
        """Hold nothing of a conversation in memory any more."""
        ...

    def close(self) -> None:
        """Unload: end the process that holds the model."""
        ...
