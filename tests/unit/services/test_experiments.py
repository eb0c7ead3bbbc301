"""Experiments on fakes: what is measured, stopped, resumed and taken over."""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path

import pytest

from app.adapters.sqlite_experiments import SqliteExperiments
from app.domain.cancel import Cancel
from app.domain.errors import AppError, Cancelled, ErrorCode
from app.domain.experiments import Axes, Question, Result, Variant
from app.domain.library import Block, ParsedDocument, Passage, Source
from app.domain.query import Query
from app.domain.ranking import Fusion
from app.services.experiments import Experiments, RunProgress
from app.settings.file import read_settings
from app.settings.table import LIBRARY_CHUNK_WORDS, LIBRARY_EMBEDDER, LIBRARY_FUSION, LIBRARY_PASSAGES
from tests.fakes.passages import FakePassages

AXES = Axes((100, 160), ("mini", "large"), ("blend", "meaning"), (1, 4))


class FakeSideIndex(FakePassages):
    """Finds by words; with "meaning" the wrong way round."""

    def add(self, source: Source, parsed: ParsedDocument, cancel: Cancel) -> int:  # type: ignore[override]
        return super().add(source, parsed, cancel).chunks

    def search(self, query: Query, limit: int, fusion: Fusion) -> list[Passage]:  # type: ignore[override]
        found = super().search(query, limit)
        return found[::-1] if fusion.method == "meaning" else found

    def size(self) -> int:
        return 1000


@dataclass
class FakeSideIndexes:
    """Counts the indexes that were made, and those that are still there."""

    made: list[tuple[int, str]] = field(default_factory=list)
    left: int = 0

    def embedders(self) -> list[str]:
        return ["mini", "large"]

    @contextmanager
    def open(self, chunk_words: int, embedder: str) -> Iterator[FakeSideIndex]:
        self.made.append((chunk_words, embedder))
        self.left += 1
        try:
            yield FakeSideIndex()
        finally:
            self.left -= 1


@dataclass
class Bench:
    """Experiments over two documents and two questions, one of them not approved."""

    folder: Path

    def __post_init__(self) -> None:
        self.store = SqliteExperiments(self.folder / "experiments.db")
        self.passages = FakePassages()
        for name, text in (("air.md", "Flights may be booked."), ("rail.md", "Trains may be booked late.")):
            parsed = ParsedDocument(name, text, (Block("paragraph", 0, len(text)),))
            self.passages.add(Source(f"/{name}", name, "Documents", name, 1), parsed, Cancel())
        self.asked = self.store.add_question(Question("which flights may be booked?", ("air.md",)))
        self.store.add_question(Question("trains?", ("rail.md",), origin="generated", approved=False))
        self.indexes = FakeSideIndexes()
        self.settings = read_settings(self.folder / "settings.toml")
        self.experiments = Experiments(self.store, self.passages, self.indexes, self.settings)

    def results(self, run_id: int, cancel: Cancel) -> list[Result]:
        return [event for event in self.experiments.work(run_id, cancel) if isinstance(event, Result)]


@pytest.fixture
def bench(tmp_path: Path) -> Iterator[Bench]:
    made = Bench(tmp_path)
    yield made
    made.store.close()


def test_every_variant_is_measured_on_what_is_approved(bench: Bench) -> None:
    run = bench.experiments.start(AXES)
    assert run.questions == (bench.asked.id,)
    events = list(bench.experiments.work(run.id, Cancel()))
    shares = [event.share for event in events if isinstance(event, RunProgress)]
    assert shares == sorted(shares)
    assert shares[-1] < 1
    results = bench.experiments.results(run.id)
    assert len(results) == 16
    assert results[0].variant == bench.experiments.present()
    recall = {(one.variant.fusion, one.variant.passages): one.figures.recall.mean for one in results}
    assert recall == {("blend", 1): 1.0, ("blend", 4): 1.0, ("meaning", 1): 0.0, ("meaning", 4): 1.0}
    assert len(bench.indexes.made) == len(set(bench.indexes.made)) == 4
    assert bench.indexes.left == 0
    assert bench.experiments.get(run.id).state == "complete"
    assert [document.name for document in bench.passages.documents()] == ["air.md", "rail.md"]


def test_a_stopped_run_goes_on_where_it_was(bench: Bench) -> None:
    run = bench.experiments.start(AXES)
    cancel = Cancel()
    with pytest.raises(Cancelled):
        for event in bench.experiments.work(run.id, cancel):
            if isinstance(event, Result) and len(bench.store.results(run.id)) == 5:
                cancel.set()
    assert bench.indexes.left == 0
    assert bench.experiments.get(run.id).state == "stopped"
    before = bench.experiments.results(run.id)
    assert 5 <= len(before) < 16
    assert len(bench.results(run.id, Cancel())) == 16 - len(before)
    assert [one for one in bench.experiments.results(run.id) if one in before] == before


def test_a_run_whose_questions_went_does_not_go_on(bench: Bench) -> None:
    run = bench.experiments.start(AXES)
    bench.store.remove_question(bench.asked.id)
    with pytest.raises(AppError) as changed:
        bench.results(run.id, Cancel())
    assert changed.value.code is ErrorCode.EXPERIMENT_CHANGED
    with pytest.raises(AppError) as none:
        bench.experiments.start(AXES)
    assert none.value.code is ErrorCode.NO_QUESTIONS


@pytest.mark.parametrize(
    ("axes", "code"),
    [
        (Axes((5,), ("mini",), ("blend",), (4,)), ErrorCode.EXPERIMENT_INVALID),
        (Axes((160,), ("mini",), ("blend",), (4,)), ErrorCode.EXPERIMENT_INVALID),
        (Axes((160,), ("gone",), ("blend",), (4,)), ErrorCode.MODEL_NOT_INSTALLED),
    ],
)
def test_what_cannot_be_tried_is_refused(bench: Bench, axes: Axes, code: ErrorCode) -> None:
    with pytest.raises(AppError) as refused:
        bench.experiments.start(axes)
    assert refused.value.code is code
    assert bench.experiments.runs() == []


def test_a_variant_is_taken_over_into_the_settings(bench: Bench) -> None:
    run = bench.experiments.start(AXES)
    everything = list(bench.experiments.work(run.id, Cancel()))
    assert everything
    wanted = Variant(100, "large", "meaning", 1)
    number = [one.variant for one in bench.experiments.results(run.id)].index(wanted) + 1
    assert bench.experiments.use(run.id, number) == (wanted, True)
    kept = read_settings(bench.folder / "settings.toml")
    assert (kept.get(LIBRARY_CHUNK_WORDS), kept.get(LIBRARY_PASSAGES)) == (100, 1)
    assert (kept.get(LIBRARY_EMBEDDER), kept.get(LIBRARY_FUSION)) == ("large", "meaning")
    with pytest.raises(AppError) as unknown:
        bench.experiments.use(run.id, 17)
    assert unknown.value.code is ErrorCode.UNKNOWN_VARIANT
