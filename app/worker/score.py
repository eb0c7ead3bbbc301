"""How likely the model finds given continuations of a prompt: for multiple choice and for classification."""

from collections.abc import Callable, Sequence

from app.domain.errors import AppError, ErrorCode
from app.domain.models import ScoredContinuation
from app.wire.messages import Scored
from app.worker.batching import Task
from app.worker.llama_engine import LlamaEngine
from app.worker.serve import Job


class Scoring:
    """One request. The prompt is evaluated once; continuations that differ in their last token only share the rest."""

    def __init__(
        self,
        engine: LlamaEngine,
        job: Job,
        prompt: list[int],
        continuations: Sequence[list[int]],
        add: Callable[[Task], None],
    ) -> None:
        """`add` takes a task on. Raises AppError CONTEXT_OVERFLOW."""
        needed = len(prompt) + max(map(len, continuations), default=0)
        if needed > engine.context:
            raise AppError(ErrorCode.CONTEXT_OVERFLOW, needed=needed, available=engine.context)
        self.engine = engine
        self.job = job
        self.prompt = prompt
        self.continuations = continuations
        self.logprobs = [[0.0] * len(tokens) for tokens in continuations]
        stems: dict[tuple[int, ...], list[int]] = {}
        for number, tokens in enumerate(continuations):
            if tokens:
                stems.setdefault(tuple(tokens[:-1]), []).append(number)
        self._stems = sorted(stems.items())  # those that begin alike follow each other: their beginning is kept
        self._add = add

    def go_on(self) -> None:
        """Evaluate the next stem; the answer, once there is none."""
        if self._stems:
            stem, members = self._stems.pop(0)
            self._add(Stem(self, list(stem), members))
            return
        scores = [ScoredContinuation(sum(each), tuple(each)) for each in self.logprobs]
        self.job.send(Scored(request=self.job.request, scores=scores))


class Stem(Task):
    """The prompt with what some continuations have in common."""

    def __init__(self, scoring: Scoring, stem: list[int], members: list[int]) -> None:
        super().__init__(scoring.job, f"score {scoring.job.request}", scoring.prompt + stem)
        self._scoring = scoring
        self._members = members

    @property
    def rows_from(self) -> int:
        """From the prompt's last token on, each says what comes next."""
        return len(self._scoring.prompt) - 1

    def advance(self, held: int, rows: range) -> bool:
        """See `Task.advance`."""
        for place, row in enumerate(rows, held - len(rows) - self.rows_from):
            for member in self._members:
                token = self._scoring.continuations[member][place]
                self._scoring.logprobs[member][place] = self._scoring.engine.logprob(row, token)
        done = held == len(self.tokens) and bool(rows)
        if done:
            self._scoring.go_on()
        return done
