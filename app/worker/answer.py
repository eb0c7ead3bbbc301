"""One generation as a task: from prompt to last token."""

import time
from itertools import zip_longest
from typing import Literal

from app.domain.chat import Timing
from app.domain.errors import AppError, ErrorCode
from app.domain.models import GenerationRequest
from app.wire.messages import Ended, Generated, Prefilled
from app.worker.batching import Task
from app.worker.detokenise import Detokeniser, StopStrings
from app.worker.llama_engine import LlamaEngine
from app.worker.prompt_lookup import PromptLookup
from app.worker.serve import Job

Reason = Literal["stop", "length", "cancelled"]


class Answer(Task):
    """Sends progress, pieces of text and one end."""

    def __init__(self, engine: LlamaEngine, prompt: list[int], request: GenerationRequest, job: Job) -> None:
        """Raises AppError CONTEXT_OVERFLOW."""
        room = engine.context - len(prompt)
        if room < 1:
            raise AppError(ErrorCode.CONTEXT_OVERFLOW, needed=len(prompt) + 1, available=engine.context)
        super().__init__(job, request.conversation, list(prompt))
        self.keep = request.keep
        self._engine = engine
        self._wants_logprobs = request.logprobs
        self._limit = min(request.sampling.max_tokens, room)
        self._sampler = engine.sampler(request.sampling, prompt, request.schema)
        self._detokeniser = Detokeniser(engine.piece)
        self._stops = StopStrings(request.stop)
        self._lookup = PromptLookup(prompt, engine.ends_answer) if engine.forgets_parts else None
        self._guessed: list[int] = []
        self._prompt = len(prompt)
        self._cached: int | None = None
        self._answered = 0
        self._started = time.monotonic()
        self._first = self._last = 0.0

    def advance(self, held: int, rows: range) -> bool:
        """See `Task.advance`."""
        if self._cached is None:
            self._cached = held
        if not self._answered:
            self.job.send(Prefilled(self.job.request, min(held, self._prompt), self._prompt, self._cached))
        for row, guessed in zip_longest(rows, self._guessed[: len(rows) - 1] if rows else ()):
            reason = self._draw(row)
            if reason is not None:
                self._end(reason)
                return True
            if self.tokens[-1] != guessed:
                break
        return False

    def guess(self) -> list[int]:
        """See `Task.guess`."""
        room = self._limit - self._answered - 1
        self._guessed = self._lookup.guess(self.tokens)[:room] if self._lookup is not None else []
        return self._guessed

    def stop(self) -> None:
        """See `Task.stop`."""
        self._end("cancelled")

    def close(self) -> None:
        """See `Task.close`."""
        self._sampler.close()

    def _draw(self, row: int) -> Reason | None:
        """The next token; why the answer is over with it, if it is."""
        token = self._sampler.draw(row)
        self._last = time.monotonic()
        self._first = self._first or self._last
        if self._engine.ends_answer(token):
            return "stop"
        self._answered += 1
        self.tokens.append(token)
        text = self._stops.push(self._detokeniser.push(token))
        if text or self._wants_logprobs:
            logprob = self._engine.logprob(row, token) if self._wants_logprobs else None
            self.job.send(Generated(self.job.request, text, logprob))
        if self._stops.found:
            return "stop"
        return "length" if self._answered == self._limit else None

    def _end(self, reason: Reason) -> None:
        rest = self._stops.push(self._detokeniser.flush()) + self._stops.flush()
        if rest:
            self.job.send(Generated(self.job.request, rest))
        spent = self._last - self._first
        timing = Timing(
            first_token_s=round(self._first - self._started, 4) if self._first else 0.0,
            tokens_per_s=round((self._answered - 1) / spent, 2) if self._answered > 1 and spent > 0 else 0.0,
            prompt_tokens=self._prompt,
            cached_tokens=self._cached or 0,
            answer_tokens=self._answered,
        )
        self.job.send(Ended(self.job.request, reason, timing))


class ReadAhead(Task):
    """A prompt that is read before it is asked, so that the answer begins sooner."""

    background = True

    def __init__(self, job: Job, conversation: str, tokens: list[int]) -> None:
        super().__init__(job, conversation, tokens)
        self._cached: int | None = None

    @property
    def rows_from(self) -> int:
        """Nothing is drawn from it."""
        return len(self.tokens)

    def advance(self, held: int, _rows: range) -> bool:
        """See `Task.advance`."""
        if self._cached is None:
            self._cached = held
        total = len(self.tokens)
        if held == total:
            self.job.send(Prefilled(self.job.request, held, total, self._cached))
        return held == total
