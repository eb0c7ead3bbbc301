"""A chat model that says what the test has written for it."""

from collections.abc import Iterator, Sequence
from typing import Literal

from app.domain.cancel import Cancel
from app.domain.chat import PromptMessage, Timing
from app.domain.errors import AppError, ErrorCode
from app.domain.events import GenerationEnded, GenerationEvent, ModelLoading, PromptProgress, Token
from app.domain.models import GenerationRequest, LoadedModel, ScoredContinuation


class FakeGenerator:
    """Implements `ports.generator.Generator`: a word is a token, and each answer is the same pieces.

    With `fails_after` given, the answer breaks off with `failure` after that many pieces.
    """

    def __init__(
        self,
        pieces: Sequence[str] = ("All ", "is ", "well."),
        *,
        context: int = 8192,
        failure: AppError | None = None,
        fails_after: int = 0,
    ) -> None:
        self.pieces = tuple(pieces)
        self.requests: list[GenerationRequest] = []
        self._context = context
        self._failure = failure
        self._fails_after = fails_after
        self.is_loaded = False
        self._seen: dict[str, list[str]] = {}
        self.busy = False
        self.closed = False

    def load(self) -> LoadedModel:
        """See `Generator.load`."""
        self.is_loaded = True
        return LoadedModel("Fake", self._context, "CPU", can_chat=True, load_s=0.0)

    def count_tokens(self, texts: list[str]) -> list[int]:
        """See `Generator.count_tokens`."""
        return [len(text.split()) for text in texts]

    def count_prompt(self, messages: tuple[PromptMessage, ...]) -> int:
        """See `Generator.count_prompt`."""
        return len(_words(messages))

    def prefill(self, request: GenerationRequest, cancel: Cancel) -> None:
        """See `Generator.prefill`."""
        self.load()
        prompt = _words(request.messages)
        if len(prompt) > self._context:
            raise AppError(ErrorCode.CONTEXT_OVERFLOW, needed=len(prompt), available=self._context)
        if not cancel.is_set():
            self._seen[request.conversation] = prompt

    def score(
        self, messages: tuple[PromptMessage, ...], continuations: list[str], cancel: Cancel
    ) -> list[ScoredContinuation]:
        """See `Generator.score`: each word is as likely as the next."""
        cancel.check()
        each = [(-1.0,) * len(text.split()) for text in continuations]
        return [ScoredContinuation(sum(logprobs), logprobs) for logprobs in each]

    def rank(self, query: str, passages: list[str], cancel: Cancel) -> list[float]:
        """See `Reranker.rank`: the longer a passage the better."""
        cancel.check()
        return [float(len(passage)) for passage in passages]

    def generate(self, request: GenerationRequest, cancel: Cancel) -> Iterator[GenerationEvent]:
        """See `Generator.generate`."""
        self.requests.append(request)
        if not self.is_loaded:
            yield ModelLoading("Fake")
            self.load()
        prompt = _words(request.messages) if request.text is None else request.text.split()
        if len(prompt) + 1 > self._context:
            raise AppError(ErrorCode.CONTEXT_OVERFLOW, needed=len(prompt) + 1, available=self._context)
        cached = max((_shared(seen, prompt[:-1]) for seen in self._seen.values()), default=0)
        self._seen[request.conversation] = prompt
        yield PromptProgress(cached, len(prompt), cached)
        yield PromptProgress(len(prompt), len(prompt), cached)
        pieces = self.pieces[: request.sampling.max_tokens]
        said = 0
        for piece in pieces:
            if cancel.is_set():
                break
            if self._failure is not None and said == self._fails_after:
                raise self._failure
            yield Token(piece, -0.1 if request.logprobs else None)
            said += 1
        timing = Timing(0.01, 100.0, len(prompt), cached, said)
        whole: Literal["stop", "length"] = "stop" if len(pieces) == len(self.pieces) else "length"
        yield GenerationEnded("cancelled" if cancel.is_set() else whole, timing)

    def forget(self, conversation: str) -> None:
        """See `Generator.forget`."""
        self._seen.pop(conversation, None)

    def close(self) -> None:
        """See `Generator.close`."""
        self.is_loaded = False
        self.closed = True


def _words(messages: Sequence[PromptMessage]) -> list[str]:
    return [word for message in messages for word in (message.role, *message.content.split())]


def _shared(held: Sequence[str], wanted: Sequence[str]) -> int:
    return next((n for n, (a, b) in enumerate(zip(held, wanted, strict=False)) if a != b), min(len(held), len(wanted)))
