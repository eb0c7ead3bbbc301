"""Experiments: the same questions asked of many ways of searching, and the settings of the best taken over."""

import time
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from itertools import groupby
from typing import Final, Literal

from app.domain.cancel import Cancel
from app.domain.errors import AppError, ErrorCode
from app.domain.experiments import (
    DEPTH,
    Axes,
    Question,
    Result,
    Run,
    RunState,
    Score,
    Variant,
    score,
    summarise,
    variants,
)
from app.domain.query import Query
from app.domain.ranking import FUSION_METHODS, Fusion, FusionMethod
from app.ports.experiments import ExperimentStore, SideIndex, SideIndexes
from app.ports.passages import DevicePassages
from app.settings.file import Settings
from app.settings.table import LIBRARY_CHUNK_WORDS, LIBRARY_EMBEDDER, LIBRARY_FUSION, LIBRARY_PASSAGES

CHUNK_WORDS: Final = (100, 160, 240)  # tried unless others are named
PASSAGES: Final = (4, 8)
MOST: Final = 200  # variants of one run
SEARCHES: Final = 0.5  # of the work on one index, the rest is building it

Stage = Literal["reading", "preparing", "embedding", "searching"]


@dataclass(frozen=True, slots=True)
class RunProgress:
    """How far a run is: what it does now, and the share of all its work that is done."""

    stage: Stage
    done: int
    total: int
    share: float
    left_s: float | None  # None before anything can be said


class Experiments:
    """Runs variants on indexes beside the library; the library itself is only read."""

    def __init__(
        self,
        store: ExperimentStore,
        passages: DevicePassages,
        indexes: SideIndexes,
        settings: Settings,
        clock: Callable[[], float] = time.perf_counter,
    ) -> None:
        self._store = store
        self._passages = passages
        self._indexes = indexes
        self._settings = settings
        self._clock = clock

    def present(self) -> Variant:
        """How search works now."""
        fusion: FusionMethod = next(one for one in FUSION_METHODS if one == self._settings.get(LIBRARY_FUSION))
        embedder = next(iter(self._indexes.embedders()), "")
        get = self._settings.get
        return Variant(get(LIBRARY_CHUNK_WORDS), embedder, fusion if embedder else "words", get(LIBRARY_PASSAGES))

    def axes(self) -> Axes:
        """What can be tried here, where nothing else is chosen."""
        return Axes(CHUNK_WORDS, tuple(self._indexes.embedders()) or ("",), FUSION_METHODS, PASSAGES)

    def runs(self) -> list[Run]:
        """All runs, the latest first."""
        return self._store.runs()

    def get(self, run_id: int) -> Run:
        """One run. Raises AppError UNKNOWN_EXPERIMENT."""
        return self._store.run(run_id)

    def results(self, run_id: int) -> list[Result]:
        """The results so far, in the order of the run's variants. Raises AppError UNKNOWN_EXPERIMENT."""
        order = {variant: place for place, variant in enumerate(variants(self._store.run(run_id)))}
        return sorted(self._store.results(run_id), key=lambda result: order[result.variant])

    def remove(self, run_id: int) -> None:
        """Forget a run and its results. Raises AppError UNKNOWN_EXPERIMENT."""
        self._store.remove_run(run_id)

    def start(self, axes: Axes, collection: str | None = None) -> Run:
        """Write down a run on the approved questions whose documents are here; `work` does it.

        Raises AppError NO_QUESTIONS, EXPERIMENT_INVALID, MODEL_NOT_INSTALLED.
        """
        names = {document.name for document in self._passages.documents(collection)}
        asked = [one.id for one in self._store.questions() if one.approved and names.issuperset(one.documents)]
        if not asked:
            raise AppError(ErrorCode.NO_QUESTIONS)
        run = Run(self.present(), axes, tuple(asked), collection, state="stopped")
        self._check(run)
        return self._store.add_run(run)

    def work(self, run_id: int, cancel: Cancel) -> Iterator[RunProgress | Result]:
        """Measure what is not measured yet. A cancel ends it for now: it goes on from there when called again.

        Raises Cancelled, AppError UNKNOWN_EXPERIMENT, EXPERIMENT_CHANGED, EMBEDDER_MISSING.
        """
        run = self._store.run(run_id)
        questions = self._questions(run)
        state: RunState = "stopped"
        self._store.set_state(run_id, "running")
        try:
            yield from _Work(run, questions, self._store, self._passages, self._indexes, self._clock).go(cancel)
            state = "complete"
        finally:
            self._store.set_state(run_id, state)

    def use(self, run_id: int, number: int) -> tuple[Variant, bool]:
        """Set what a variant of a run (from 1) was, and whether documents are embedded anew, which has begun then.

        Raises AppError UNKNOWN_EXPERIMENT, UNKNOWN_VARIANT, MODEL_NOT_INSTALLED, HOME_NOT_WRITABLE.
        """
        known = variants(self._store.run(run_id))
        if not 1 <= number <= len(known):
            raise AppError(ErrorCode.UNKNOWN_VARIANT, variant=number, experiment=run_id)
        variant, before = known[number - 1], self.present()
        if variant.embedder and variant.embedder not in self._indexes.embedders():
            raise AppError(ErrorCode.MODEL_NOT_INSTALLED, model=variant.embedder)
        self._settings.set(LIBRARY_PASSAGES, variant.passages)
        self._settings.set(LIBRARY_FUSION, variant.fusion)
        self._settings.set(LIBRARY_CHUNK_WORDS, variant.chunk_words)
        if variant.embedder != before.embedder:
            self._settings.set(LIBRARY_EMBEDDER, variant.embedder)
        anew = (variant.chunk_words, variant.embedder) != (before.chunk_words, before.embedder)
        if anew:
            self._passages.check()  # opens the library as it is set now; its worker does the rest in the background
        return variant, anew

    def _questions(self, run: Run) -> list[Question]:
        known = {question.id: question for question in self._store.questions() if question.approved}
        if not known.keys() >= set(run.questions):
            raise AppError(ErrorCode.EXPERIMENT_CHANGED, experiment=run.id)
        return [known[question_id] for question_id in run.questions]

    def _check(self, run: Run) -> None:
        installed = self._indexes.embedders()
        for embedder in filter(None, run.axes.embedders):
            if embedder not in installed:
                raise AppError(ErrorCode.MODEL_NOT_INSTALLED, model=embedder)
        rows = (LIBRARY_CHUNK_WORDS, run.axes.chunk_words), (LIBRARY_PASSAGES, run.axes.passages)
        for setting, values in rows:
            for value in values:
                misfit = setting.misfit(value)
                if misfit:
                    raise AppError(ErrorCode.EXPERIMENT_INVALID, reason=f"{value} {misfit} ({setting.key})")
        count = len(variants(run))
        if not 2 <= count <= MOST:
            raise AppError(ErrorCode.EXPERIMENT_INVALID, reason=f"it has {count} variants, and 2 to {MOST} can be run")


class _Work:
    """One run on its way."""

    def __init__(
        self,
        run: Run,
        questions: Sequence[Question],
        store: ExperimentStore,
        passages: DevicePassages,
        indexes: SideIndexes,
        clock: Callable[[], float],
    ) -> None:
        self._run = run
        self._questions = questions
        self._store = store
        self._passages = passages
        self._indexes = indexes
        self._clock = clock
        self._all = variants(run)
        self._measured = {result.variant: result for result in store.results(run.id)}
        self._begun = clock()
        self._share_before = 0.0  # of the work, done before the index at hand
        self._share_of_index = 1.0

    def go(self, cancel: Cancel) -> Iterator[RunProgress | Result]:
        """Index by index, ranking by ranking."""
        pending = [variant for variant in self._all if variant not in self._measured]
        groups = [
            (key, list(group)) for key, group in groupby(pending, key=lambda one: (one.chunk_words, one.embedder))
        ]
        for number, ((chunk_words, embedder), group) in enumerate(groups):
            self._share_before, self._share_of_index = number / len(groups), 1 / len(groups)
            with self._indexes.open(chunk_words, embedder) as index:
                chunks = 0
                for made in self._build(index, embedder, cancel):
                    if isinstance(made, int):
                        chunks = made
                    else:
                        yield made
                yield from self._measure(index, group, chunks, cancel)

    def _build(self, index: SideIndex, embedder: str, cancel: Cancel) -> Iterator[RunProgress | int]:
        """Fill the index with what the library holds; the last item is how many chunks there are."""
        documents = self._passages.documents(self._run.collection)
        chunks = 0
        for done, document in enumerate(documents):
            cancel.check()
            yield self._progress("reading", done, len(documents), 0.1 * done / len(documents))
            chunks += index.add(*self._passages.parsed(document.id), cancel)
        for event in index.await_vectors(cancel) if embedder else ():
            share = 0.1 + (0.4 * event.done / max(1, event.total) if event.stage == "embedding" else 0.0)
            yield self._progress(event.stage, event.done, event.total, share)
        yield chunks

    def _measure(
        self, index: SideIndex, group: Sequence[Variant], chunks: int, cancel: Cancel
    ) -> Iterator[RunProgress | Result]:
        """Ask every question once per fusion; how many passages are shown changes what is counted alone."""
        size = index.size()
        fusions = list(dict.fromkeys(variant.fusion for variant in group))
        for number, fusion in enumerate(fusions):
            same = [variant for variant in group if variant.fusion == fusion]
            scores: dict[Variant, list[Score]] = {variant: [] for variant in same}
            merged = Fusion(fusion)
            index.search(Query(self._questions[0].text), DEPTH, merged)  # the first search opens what the others use
            for done, question in enumerate(self._questions):
                cancel.check()
                share = (number + done / len(self._questions)) / len(fusions)
                yield self._progress("searching", done, len(self._questions), 1 - SEARCHES + SEARCHES * share)
                started = self._clock()
                passages = index.search(Query(question.text), DEPTH, merged)
                milliseconds = (self._clock() - started) * 1000
                for variant in same:
                    scores[variant].append(score(question, passages, variant.passages, milliseconds))
            for variant in same:
                yield self._keep(variant, tuple(scores[variant]), chunks, size)

    def _keep(self, variant: Variant, scores: tuple[Score, ...], chunks: int, size: int) -> Result:
        present = self._measured[self._run.present].scores if self._run.present in self._measured else scores
        figures = summarise(scores, present, len(self._all) - 1)
        result = self._measured[variant] = Result(variant, scores, figures, chunks, size)
        self._store.add_result(self._run.id, result)
        return result

    def _progress(self, stage: Stage, done: int, total: int, share_of_index: float) -> RunProgress:
        share = self._share_before + self._share_of_index * share_of_index
        elapsed = self._clock() - self._begun
        return RunProgress(stage, done, total, share, elapsed * (1 - share) / share if share > 0.02 else None)
