"""A chat model in a process of its own, started anew down a ladder when it dies."""

import threading
from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path
from typing import Final, TypeVar

import msgspec

from app.adapters.quarantine import Quarantine
from app.adapters.worker_process import WorkerProcess
from app.domain.cancel import Cancel
from app.domain.chat import PromptMessage, Timing
from app.domain.errors import AppError, Cancelled, ErrorCode
from app.domain.events import GenerationEnded, GenerationEvent, ModelLoading, PromptProgress, Token
from app.domain.models import GenerationRequest, InstalledModel, KvStore, LoadedModel, LoadSettings, ScoredContinuation
from app.wire.messages import (
    Counted,
    CountPrompt,
    CountTokens,
    Embed,
    Ended,
    Forget,
    Forgotten,
    FromGenerate,
    Generate,
    Generated,
    Load,
    Loaded,
    ModelVectors,
    Prefill,
    Prefilled,
    Ranked,
    RankPassages,
    Score,
    Scored,
)

SMALLEST_CONTEXT = 2048
SOME_GPU_LAYERS = 12  # tried where "all that fit" was too many

# Weights that llama.cpp lays out anew for the processor are read from end to end for every token: with huge pages,
# which Linux gives those who ask, the processor looks up fewer addresses. Measured with the plain loop on the 1.5B
# starter model, 30 pairs in 3 launches: 1.06, 1.01 and 1.03 times as fast. Of glibc 2.35 and later; others do not
# read it.
_PAGES: Final = {"GLIBC_TUNABLES": "glibc.malloc.hugetlb=1"}
# Without the processor's newer instructions, see `worker.processor`: from the second death on, as not every machine has
# all that its processor claims.
_PLAIN: Final = {"DONJON_PLAIN_PROCESSOR": "1"}
_DEATHS: Final = frozenset({ErrorCode.WORKER_DIED, ErrorCode.WORKER_SILENT})

T = TypeVar("T")
R = TypeVar("R", bound=msgspec.Struct)


def ladder(settings: LoadSettings) -> tuple[LoadSettings, ...]:
    """What to try, each after a death of the one before; every rung after the second changes something."""
    rungs = [settings, settings]
    for change in (_without_extra_buffers, _with_fewer_gpu_layers, _with_smaller_context, _on_cpu):
        changed = change(rungs[-1])
        if changed != rungs[-1]:
            rungs.append(changed)
    return tuple(rungs)


def _without_extra_buffers(settings: LoadSettings) -> LoadSettings:
    return replace(settings, extra_buffers=False)


def _with_fewer_gpu_layers(settings: LoadSettings) -> LoadSettings:
    layers = settings.gpu_layers
    return replace(settings, gpu_layers=SOME_GPU_LAYERS if layers < 0 else layers // 2)


def _with_smaller_context(settings: LoadSettings) -> LoadSettings:
    if 0 < settings.context <= SMALLEST_CONTEXT:
        return settings
    return replace(settings, context=max(settings.context // 2, SMALLEST_CONTEXT))


def _on_cpu(settings: LoadSettings) -> LoadSettings:
    return replace(settings, gpu_layers=0)


class LlamaProcess:
    """Implements `ports.generator.Generator` over a generate worker; opened for it, it embeds or ranks instead.

    A death before the first token is retried down the ladder; one in the middle of an answer is raised, and the next
    request starts the process anew. The rung that works is kept as long as this object lives.
    """

    def __init__(
        self,
        model: InstalledModel,
        settings: LoadSettings,
        quarantine: Path,
        store: KvStore | None = None,
        threads: Callable[[], int] = lambda: 0,
    ) -> None:
        """With `store`, KV states of conversations that may be kept go to disk.

        `threads` says before each answer how many to compute with; 0 for as many as before.
        """
        self._model = model
        self._store = store
        self._threads = threads
        self._quarantine = Quarantine(quarantine)
        self._worker: WorkerProcess[FromGenerate] = WorkerProcess("generate", FromGenerate, self._environment)
        self._ladder = ladder(settings)
        self._rung = 0
        self._lock = threading.Lock()
        self._death: AppError | None = None  # the last one
        self._loaded: tuple[int, LoadedModel] | None = None  # in the process with this id
        self._reading = Cancel()  # what is read ahead at the moment

    @property
    def pid(self) -> int | None:
        """The worker's process id while it runs."""
        return self._worker.pid

    @property
    def is_loaded(self) -> bool:
        """See `Generator.is_loaded`."""
        loaded, pid = self._loaded, self._worker.pid
        return loaded is not None and pid is not None and loaded[0] == pid

    @property
    def busy(self) -> bool:
        """See `Generator.busy`."""
        return self._worker.busy

    def load(self) -> LoadedModel:
        """See `Generator.load`."""
        return self._on_ladder(lambda: self._ready(Cancel()))

    def count_tokens(self, texts: list[str]) -> list[int]:
        """See `Generator.count_tokens`."""
        return self._ask(lambda number: CountTokens(request=number, texts=texts), Counted).counts

    def count_prompt(self, messages: tuple[PromptMessage, ...]) -> int:
        """See `Generator.count_prompt`."""
        return self._ask(lambda number: CountPrompt(request=number, messages=messages), Counted).counts[0]

    def score(
        self, messages: tuple[PromptMessage, ...], continuations: list[str], cancel: Cancel
    ) -> list[ScoredContinuation]:
        """See `Generator.score`."""
        return self._ask(lambda number: Score(number, messages, continuations), Scored, cancel).scores

    def embed(self, texts: list[str], cancel: Cancel) -> list[list[float]]:
        """A vector of length 1 for each text; the model must be opened for it. Raises AppError TEXT_TOO_LONG."""
        return self._ask(lambda number: Embed(number, texts), ModelVectors, cancel).vectors

    def rank(self, query: str, passages: list[str], cancel: Cancel) -> list[float]:
        """How well each passage answers the query, higher is better; the model must be opened for it."""
        return self._ask(lambda number: RankPassages(number, query, passages), Ranked, cancel).scores

    def generate(self, request: GenerationRequest, cancel: Cancel) -> Iterator[GenerationEvent]:
        """See `Generator.generate`."""
        self._quarantine.check(self._model)
        self._reading.set()
        while True:
            answering = False
            try:
                for event in self._generate_once(request, cancel):
                    answering = answering or isinstance(event, Token)
                    yield event
                return
            except Cancelled:
                yield GenerationEnded("cancelled", Timing(0.0, 0.0, 0, 0))
                return
            except AppError as error:
                if not self._step_down(error) or answering:
                    raise

    def prefill(self, request: GenerationRequest, cancel: Cancel) -> None:
        """See `Generator.prefill`."""
        reading = Cancel()
        self._reading.set()
        self._reading = reading
        cancel.subscribe(reading.set)
        try:
            self._on_ladder(lambda: self._prefill_once(request, reading))
        except Cancelled:
            return
        finally:
            cancel.unsubscribe(reading.set)

    def forget(self, conversation: str) -> None:
        """See `Generator.forget`."""
        with self._lock:
            if not self.is_loaded:
                return
            try:
                self._worker.ask(Forget(self._worker.next_request(), conversation), Forgotten)
            except AppError as error:
                if error.code not in _DEATHS:  # the dead remember nothing
                    raise

    def close(self) -> None:
        """See `Generator.close`."""
        self._worker.stop()

    def _generate_once(self, request: GenerationRequest, cancel: Cancel) -> Iterator[GenerationEvent]:
        cancel.check()
        if not self.is_loaded:
            yield ModelLoading(self._model.name)
        self._ready(cancel)
        message = Generate(request=self._worker.next_request(), generation=request, threads=self._threads())
        for reply in self._worker.request(message, Ended, cancel):
            match reply:
                case Prefilled(done=done, total=total, cached=cached):
                    yield PromptProgress(done, total, cached)
                case Generated(text=text, logprob=logprob):
                    yield Token(text, logprob)
                case Ended(reason=reason, timing=timing):
                    if reason != "cancelled":
                        self._quarantine.clear(self._model)
                    yield GenerationEnded(reason, timing)

    def _prefill_once(self, request: GenerationRequest, cancel: Cancel) -> None:
        cancel.check()
        self._ready(Cancel())  # whatever is asked next needs the model, too
        message = Prefill(self._worker.next_request(), request.conversation, request.messages, self._threads())
        self._worker.ask(message, Prefilled, cancel)

    def _ask(self, message: Callable[[int], msgspec.Struct], answer: type[R], cancel: Cancel | None = None) -> R:
        """One answer to the message that is made with a request number."""
        asked = cancel or Cancel()

        def ask() -> R:
            asked.check()
            self._ready(asked)
            return self._worker.ask(message(self._worker.next_request()), answer, asked)

        return self._on_ladder(ask)

    def _environment(self) -> dict[str, str]:
        return _PAGES | (_PLAIN if self._rung > 1 else {})

    # --- loading and dying ---------------------------------------------------------------------------------------

    def _on_ladder(self, work: Callable[[], T]) -> T:
        self._quarantine.check(self._model)  # once: on the way down, the ladder's own end is the limit
        while True:
            try:
                return work()
            except AppError as error:
                if not self._step_down(error):
                    raise

    def _step_down(self, error: AppError) -> bool:
        """After a death: note it and take the next rung; False if there is none, or it was no death.

        All requests that a process takes along have the very same error: one of them notes it.
        """
        if error.code not in _DEATHS:
            return False
        with self._lock:
            if error is self._death:
                return True
            self._death = error
            self._quarantine.add_fault(self._model)
            if self._rung + 1 == len(self._ladder):
                return False
            self._rung += 1
            return True

    def _ready(self, cancel: Cancel) -> LoadedModel:
        """Load the model unless the process that runs has it."""
        with self._lock:
            if self._loaded is not None and self._loaded[0] == self._worker.pid:
                return self._loaded[1]
            path = Path(self._model.path).absolute()
            if not path.is_file():
                raise AppError(ErrorCode.MODEL_NOT_INSTALLED, model=self._model.id)
            settings = self._ladder[self._rung]
            message = Load(self._worker.next_request(), str(path), settings, self._model.sha256, self._store)
            loaded = self._worker.ask(message, Loaded, cancel).model
            pid = self._worker.pid
            if pid is not None:
                self._loaded = (pid, loaded)
            return loaded
