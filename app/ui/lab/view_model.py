"""The state of the lab's retrieval tab: questions, experiments, how far one is. No widgets."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from PySide6.QtCore import QObject, Signal

from app.domain.cancel import Cancel
from app.domain.experiments import Axes, Question, Result, Run, Variant, variants
from app.services.experiments import Experiments, RunProgress
from app.services.library import Library
from app.services.questions import Proposed, Questions
from app.ui.background import Background, Task


@dataclass(frozen=True, slots=True)
class Bench:
    """What the tab shows, read at once."""

    questions: tuple[Question, ...] = ()
    documents: tuple[str, ...] = ()
    runs: tuple[Run, ...] = ()
    run: Run | None = None  # the one that is looked at
    results: tuple[Result, ...] = ()
    present: Variant | None = None
    axes: Axes | None = None  # what can be tried


class LabViewModel(QObject):
    """Keeps questions, and runs experiments in the background."""

    changed = Signal()
    progressed = Signal()
    used = Signal(object, bool)  # a Variant; whether documents are embedded anew
    failed = Signal(object)

    def __init__(
        self,
        questions: Questions,
        experiments: Experiments,
        library: Library,
        background: Background,
        parent: QObject | None = None,
    ) -> None:
        super().__init__(parent)
        self._questions = questions
        self._experiments = experiments
        self._library = library
        self._background = background
        self._task: Task | None = None
        self._looked_at: int | None = None  # the run's number; None for the latest
        self.bench = Bench()
        self.progress: RunProgress | Proposed | None = None

    @property
    def is_busy(self) -> bool:
        """Whether an experiment runs, or questions are being written."""
        return self._task is not None

    def refresh(self) -> None:
        """Read everything again."""
        self._background.call(self._read, self._show, self.failed.emit)

    def look_at(self, run_id: int | None) -> None:
        """Show another experiment; None for the latest."""
        self._looked_at = run_id
        self.refresh()

    # --- questions -----------------------------------------------------------------------------------------------

    def add_question(self, text: str, document: str, page: int) -> None:
        """Keep a question."""
        self._change(lambda: self._questions.add(text, [document] if document.strip() else [], page))

    def import_file(self, path: Path) -> None:
        """Keep the questions of a file."""
        self._change(lambda: self._questions.import_file(path))

    def approve(self, question_ids: list[int]) -> None:
        """Let questions count."""
        self._change(lambda: self._each(self._questions.approve, question_ids))

    def remove_questions(self, question_ids: list[int]) -> None:
        """Forget questions."""
        self._change(lambda: self._each(self._questions.remove, question_ids))

    def generate(self, count: int) -> None:
        """Have questions written."""
        self._work(lambda cancel: self._questions.generate(count, None, cancel))

    # --- experiments ---------------------------------------------------------------------------------------------

    def start(self, axes: Axes) -> None:
        """Start an experiment."""

        def job(cancel: Cancel) -> Iterator[Any]:
            run = self._experiments.start(axes)
            yield run
            yield from self._experiments.work(run.id, cancel)

        self._work(job)

    def resume(self) -> None:
        """Go on with the experiment that is looked at."""
        run = self.bench.run
        if run is not None:
            self._work(lambda cancel: self._experiments.work(run.id, cancel))

    def stop(self) -> None:
        """Stop; what was measured is kept."""
        if self._task is not None:
            self._task.cancel()

    def remove_run(self) -> None:
        """Forget the experiment that is looked at."""
        run = self.bench.run
        if run is not None:
            self._looked_at = None
            self._change(lambda: self._experiments.remove(run.id))

    def use(self, variant: Variant) -> None:
        """Search as a variant of the experiment that is looked at did, from now on."""
        run = self.bench.run
        if run is None:
            return
        number = variants(run).index(variant) + 1

        def tell(outcome: tuple[Variant, bool]) -> None:
            self.used.emit(*outcome)
            self.refresh()

        self._background.call(lambda: self._experiments.use(run.id, number), tell, self.failed.emit)

    # --- in the background ---------------------------------------------------------------------------------------

    def _each(self, change: Callable[[int], None], question_ids: list[int]) -> None:
        for question_id in question_ids:
            change(question_id)

    def _change(self, change: Callable[[], object]) -> None:
        self._background.call(change, lambda _: self.refresh(), self.failed.emit)

    def _work(self, job: Callable[[Cancel], Iterator[Any]]) -> None:
        self._task = (
            self._background.run("lab", job, on_events=self._take, on_done=self._end, on_failed=self._fail)
            or self._task
        )
        self.changed.emit()

    def _take(self, events: list[Any]) -> None:
        for event in events:
            if isinstance(event, Run):
                self._looked_at = event.id
            elif isinstance(event, RunProgress | Proposed):
                self.progress = event
        if any(not isinstance(event, RunProgress) for event in events):
            self.refresh()
        self.progressed.emit()

    def _end(self) -> None:
        self._task, self.progress = None, None
        self.changed.emit()
        self.refresh()

    def _fail(self, error: Exception) -> None:
        self._end()
        self.failed.emit(error)

    def _read(self) -> Bench:
        runs = tuple(self._experiments.runs())
        run = next((one for one in runs if one.id == self._looked_at), runs[0] if runs else None)
        return Bench(
            tuple(self._questions.all()),
            tuple(sorted({document.name for document in self._library.documents()})),
            runs,
            run,
            tuple(self._experiments.results(run.id)) if run else (),
            self._experiments.present(),
            self._experiments.axes(),
        )

    def _show(self, bench: Bench) -> None:
        self.bench = bench
        self.changed.emit()
