"""Continuous batching: all requests that are being answered share each step's batch, one sequence each.

A request is a `Task`: tokens that the memory must hold, and what to do with the logits at their end. To add a kind of
request, write a `Task` (see `answer.py`) and hand it to `Batching.add` from `GenerateWorker.handle`.

Numbers may differ in their last digits with what else is in the batch and with how much of a prompt was known already,
as they are then added in another order. So the same seed says the same for a request that is alone and meets the
same memory; beside others, or after a shared prefix, a close call between two tokens can fall the other way.
"""

from abc import ABC, abstractmethod
from collections.abc import Callable, Sequence
from typing import Protocol

from app.domain.errors import Cancelled
from app.worker.kv_slots import KvSlots, Slot, common
from app.worker.llama_engine import BATCH, DecodeFailed, Part
from app.worker.serve import Job

ANSWERS = 4  # requests answered at once; more wait
PREFILL_BESIDE = 32  # prompt tokens in a step that others wait for to get their next token


class Evaluator(Protocol):
    """The part of the engine that evaluates batches."""

    def decode(self, parts: Sequence[Part]) -> None:
        """Evaluate. Raises Cancelled or DecodeFailed; then the memory may hold some of the tokens."""
        ...

    def watch(self, is_cancelled: Callable[[], bool]) -> None:
        """From here on, `is_cancelled` tells whether native work that begins, or was interrupted, is given up."""
        ...


class Task(ABC):
    """A request on its way, as long as somebody waits for it."""

    background = False  # gives way to every request that is not
    keep = False  # the conversation may be kept on disk

    def __init__(self, job: Job, conversation: str, tokens: list[int]) -> None:
        self.job = job
        self.conversation = conversation
        self.tokens = tokens  # all that the memory must hold; `advance` may append to them

    @property
    def rows_from(self) -> int:
        """The first of its tokens whose logits are wanted."""
        return len(self.tokens) - 1

    @abstractmethod
    def advance(self, held: int, rows: range) -> bool:
        """The memory holds the first `held` tokens, and `rows` of the batch have the logits of the last of them.

        Called at the start with what was known already, then after every step. True when the request is answered.
        """

    def guess(self) -> list[int]:
        """Tokens that may come next, to be evaluated along; `advance` then finds rows for them, too.

        The memory keeps those that `advance` appends.
        """
        return []

    def stop(self) -> None:
        """Answer a request that was cancelled."""
        self.job.fail(Cancelled())

    def close(self) -> None:  # noqa: B027  most have nothing to give back
        """Give back what is native. Called once, however it ended."""


class _Run:
    """A task and the slot that it has while it runs."""

    def __init__(self, task: Task, slot: Slot) -> None:
        self.task = task
        self.slot = slot

    @property
    def missing(self) -> int:
        """Tokens still to be evaluated."""
        return len(self.task.tokens) - len(self.slot.tokens)

    def part(self, count: int, guess: Sequence[int] = ()) -> Part:
        """Its share of a batch: the next `count` tokens, and what may follow them."""
        held = len(self.slot.tokens)
        tokens = [*self.task.tokens[held : held + count], *guess]
        rows = held + len(tokens) - max(held, self.task.rows_from)
        return Part(self.slot.sequence, held, tokens, max(rows, 0))


class Batching:
    """Runs tasks to their end, several at once; only the thread that owns the native context may call it."""

    def __init__(self, engine: Evaluator, slots: KvSlots) -> None:
        self._engine = engine
        self._slots = slots
        self._waiting: list[Task] = []
        self._running: list[_Run] = []  # the longest running first

    def add(self, task: Task) -> None:
        """Take a task on; it begins as soon as there is room."""
        self._waiting.append(task)

    def step(self) -> bool:
        """Evaluate one batch; False if there is nothing to do."""
        self._end_cancelled()
        self._admit()
        shares = self._share_out()
        if shares:
            self._evaluate(shares)
        return bool(self._running or self._waiting)

    # --- who runs ------------------------------------------------------------------------------------------------

    def _end_cancelled(self) -> None:
        """Let go of what nobody waits for, and of background work that is in the way."""
        tasks = [*self._waiting, *(run.task for run in self._running)]
        urgent = not all(task.background for task in tasks)
        over = [task for task in tasks if task.job.is_cancelled() or (task.background and urgent)]
        for task in over:
            self._end(task, Cancelled())

    def _admit(self) -> None:
        """Start those that wait, in turn, as long as there is room beside those that run."""
        while self._waiting and len(self._running) < ANSWERS:
            task = self._waiting[0]
            slot = self._slots.open(task.conversation, task.tokens, task.rows_from, task.keep)
            if slot is None:
                return
            self._running.append(_Run(task, slot))
            del self._waiting[0]
            self._advance(self._running[-1], range(0))

    def _share_out(self) -> list[tuple[_Run, Part]]:
        """A token for everyone who is answered; what else fits, in equal parts for the prompts that are being read."""
        reading = sum(run.missing > 1 for run in self._running)
        writing = len(self._running) - reading
        budget = min(BATCH - writing, PREFILL_BESIDE) if writing else BATCH
        shares: list[tuple[_Run, Part]] = []
        size = 0
        for run in list(self._running):
            if run not in self._running:  # it has given way to one before it
                continue
            if run.missing > 1:
                part = run.part(min(run.missing, budget // reading))
            else:
                part = run.part(1, run.task.guess() if len(self._running) == 1 else ())
            if self._make_room(run, size + len(part.tokens)):
                shares.append((run, part))
                size += len(part.tokens)
        return shares

    def _make_room(self, run: _Run, tokens: int) -> bool:
        """Room for the batch so far; if need be those who came last give way, and begin anew later."""
        while run in self._running and not self._slots.make_room(tokens):
            last = self._running.pop()
            self._slots.release(last.slot)
            self._waiting.insert(0, last.task)
        return run in self._running

    # --- the work ------------------------------------------------------------------------------------------------

    def _evaluate(self, shares: list[tuple[_Run, Part]]) -> None:
        """One batch. Where it fails, each part is tried alone, so that only the one to blame is lost."""
        cancelled = [run.task.job.is_cancelled for run, _ in shares]
        self._engine.watch(cancelled[0] if len(cancelled) == 1 else lambda: any(asked() for asked in cancelled))
        try:
            self._engine.decode([part for _, part in shares])
        except Cancelled:
            self._undo(shares)  # whoever cancelled ends with the next step; for the others it is done again
            return
        except DecodeFailed as error:
            self._undo(shares)
            if len(shares) == 1:
                self._end(shares[0][0].task, error)
                return
            for run, part in shares:
                if len(run.slot.tokens) == part.position:
                    self._evaluate([(run, part)])
            return
        for run, part in shares:
            self._slots.extend(run.slot, part.tokens)
        end = 0
        for run, part in shares:
            end += len(part.tokens)
            self._advance(run, range(end - part.rows, end))

    def _undo(self, shares: list[tuple[_Run, Part]]) -> None:
        for run, part in shares:
            self._slots.cut(run.slot, part.position)

    def _advance(self, run: _Run, rows: range) -> None:
        known = len(run.task.tokens)
        try:
            done = run.task.advance(min(len(run.slot.tokens), known), rows)
        except Exception as error:  # whatever it is, it is this request's alone
            self._slots.cut(run.slot, min(len(run.slot.tokens), known))
            self._end(run.task, error)
            return
        if len(run.slot.tokens) > known:
            self._slots.cut(run.slot, known + common(run.slot.tokens[known:], run.task.tokens[known:]))
        if done:
            self._forget(run.task)

    def _end(self, task: Task, error: Exception) -> None:
        """End a task that did not come to its own end."""
        self._forget(task)
        if isinstance(error, Cancelled):
            task.stop()
        else:
            task.job.fail(error)

    def _forget(self, task: Task) -> None:
        if task in self._waiting:
            self._waiting.remove(task)
        for run in self._running:
            if run.task is task:
                self._running.remove(run)
                self._slots.release(run.slot)
                break
        task.close()
