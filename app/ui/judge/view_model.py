"""The state of the judge page: templates, what was judged, the version that is shown, how far one is. No widgets."""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from PySide6.QtCore import QObject, Signal

from app.domain.cancel import Cancel
from app.domain.errors import AppError, ErrorCode
from app.domain.judge import Batch, Case, Change, Judged, Review, Template, Value, Version, compare
from app.domain.judge_export import Judgement
from app.services.judge import CaseJudged, Judge, JudgeOptions
from app.services.judge_exports import ExportFormat, JudgeExports
from app.services.judge_tables import JudgeTables, RowJudged, is_of_one_file
from app.services.judging import PartJudged
from app.ui.background import Background, Task


@dataclass(frozen=True, slots=True)
class Shelf:
    """What the left list shows."""

    templates: tuple[Template, ...] = ()
    problems: tuple[AppError, ...] = ()
    cases: tuple[Case, ...] = ()
    batches: tuple[Batch, ...] = ()


@dataclass(frozen=True, slots=True)
class Opened:
    """The case that is looked at."""

    case: Case
    judged: Judged
    versions: tuple[Version, ...]
    version: Version
    reviews: dict[str, Review] = field(default_factory=dict)

    def judgement(self) -> Judgement:
        """The version with what was said to it."""
        return Judgement(self.case, self.version, self.reviews, self.judged.unit, self.judged.labels)


@dataclass(frozen=True, slots=True)
class Table:
    """The folder that is looked at, with what is judged of it."""

    batch: Batch
    judgements: tuple[Judgement, ...]


@dataclass(frozen=True, slots=True)
class Progress:
    """How far the work is: of a folder so many files, of a document so many parts."""

    name: str
    part: int = 0
    parts: int = 0
    share: float = 0.0
    left_s: float = 0.0
    done: int = 0
    total: int = 0


class JudgeViewModel(QObject):
    """Judges in the background, one document or folder at a time."""

    shelf_changed = Signal()
    opened_changed = Signal()  # a case, a table or nothing is shown
    field_chosen = Signal(str)
    progressed = Signal()
    compared = Signal(object)  # the Changes from the version before
    exported = Signal(str)
    failed = Signal(object)

    def __init__(
        self,
        judge: Judge,
        tables: JudgeTables,
        exports: JudgeExports,
        background: Background,
        parent: QObject | None = None,
    ) -> None:
        super().__init__(parent)
        self._judge = judge
        self._tables = tables
        self._exports = exports
        self._background = background
        self._task: Task | None = None
        self.shelf = Shelf()
        self.template_id = ""
        self.opened: Opened | None = None
        self.table: Table | None = None
        self.progress: Progress | None = None

    @property
    def is_busy(self) -> bool:
        """Whether something is being judged."""
        return self._task is not None

    @property
    def template(self) -> Template | None:
        """The template that is chosen."""
        return next((one for one in self.shelf.templates if one.id == self.template_id), None)

    # --- lists ---------------------------------------------------------------------------------------------------

    def refresh(self) -> None:
        """Read the lists again."""
        self._background.call(self._read_shelf, self._show_shelf, self.failed.emit)

    def choose_template(self, template_id: str) -> None:
        """Judge by this one from now on."""
        self.template_id = template_id
        self.opened, self.table = None, None
        self.shelf_changed.emit()
        self.opened_changed.emit()

    def open(self, case_id: int, number: int | None = None) -> None:
        """Show a case, in its latest version if none is named."""
        self._background.call(lambda: self._read_case(case_id, number), self._show_case, self.failed.emit)

    def open_table(self, batch_id: int) -> None:
        """Show a folder that was judged."""
        self._background.call(lambda: self._read_table(batch_id), self._show_table, self.failed.emit)

    def remove(self) -> None:
        """Forget the case or the folder that is shown."""
        opened, table = self.opened, self.table
        self.opened, self.table = None, None
        self.opened_changed.emit()
        if opened is not None:
            self._change(lambda: self._judge.remove(opened.case.id))
        elif table is not None:
            self._change(lambda: self._tables.remove(table.batch.id))

    # --- templates -----------------------------------------------------------------------------------------------

    def keep_template(self, template: Template) -> None:
        """Keep an own template, and choose it."""
        self.template_id = template.id
        self._change(lambda: self._judge.keep_template(template))

    def remove_template(self, template_id: str) -> None:
        """Delete an own template."""
        self._change(lambda: self._judge.remove_template(template_id))

    # --- judging -------------------------------------------------------------------------------------------------

    def judge(self, paths: Sequence[Path], options: JudgeOptions) -> None:
        """Judge files and folders by the chosen template, one after the other."""
        template = self.template
        if template is not None and paths:
            self._work(lambda cancel: self._judge_all(template, paths, options, cancel))

    def judge_document(self, document_id: int, options: JudgeOptions) -> None:
        """Judge a document of the library by the chosen template."""
        template = self.template
        if template is not None:
            self._work(lambda cancel: self._judge.judge_document(template, document_id, options, cancel))

    def judge_again(self, options: JudgeOptions) -> None:
        """Make another version of the case that is shown."""
        opened = self.opened
        if opened is not None:
            self._work(lambda cancel: self._judge.judge_again(opened.case.id, options, cancel))

    def resume_table(self, *, retry: bool) -> None:
        """Go on with the folder that is shown; with `retry` also with what failed."""
        table = self.table
        if table is not None:
            self._work(lambda cancel: self._tables.work(table.batch.id, cancel, retry=retry))

    def stop(self) -> None:
        """Stop; what is done of a folder is kept."""
        if self._task is not None:
            self._task.cancel()

    # --- one judgement -------------------------------------------------------------------------------------------

    def accept(self, key: str) -> None:
        """Note that a verdict is right."""
        opened = self.opened
        if opened is not None:
            self._review(opened, lambda: self._judge.accept(opened.version, key))

    def correct(self, key: str, value: Value) -> None:
        """Note what a verdict should have been."""
        opened = self.opened
        if opened is not None:
            self._review(opened, lambda: self._judge.correct(opened.version, key, value))

    def compare(self, number: int) -> None:
        """Compare the version that is shown with another."""
        opened = self.opened
        other = next((one for one in opened.versions if one.number == number), None) if opened is not None else None
        if opened is not None and other is not None:
            before, after = sorted((other, opened.version), key=lambda version: version.number)
            self.compared.emit((before, after, compare(before, after)))

    def export(self, path: Path, form: ExportFormat) -> None:
        """Write what is shown to a file."""
        judgements = list(self.table.judgements) if self.table else [self.opened.judgement()] if self.opened else []

        def write() -> str:
            try:
                path.write_bytes(self._exports.write(judgements, form))
            except OSError as error:
                raise AppError(
                    ErrorCode.FILE_NOT_WRITABLE, path=str(path), reason=error.strerror or str(error)
                ) from error
            return str(path)

        self._background.call(write, self.exported.emit, self.failed.emit)

    # --- in the background ---------------------------------------------------------------------------------------

    def _judge_all(
        self, template: Template, paths: Sequence[Path], options: JudgeOptions, cancel: Cancel
    ) -> Iterator[Any]:
        for path in paths:
            try:
                if path.is_dir():
                    batch = self._tables.start(template, path, options)
                    yield batch
                    yield from self._tables.work(batch.id, cancel)
                else:
                    yield Progress(path.name)
                    yield from self._judge.judge(template, path, options, cancel)
            except AppError as error:
                if len(paths) == 1 or not is_of_one_file(error):
                    raise
                yield error

    def _work(self, job: Callable[[Cancel], Iterator[Any]]) -> None:
        task = self._background.run("judgement", job, on_events=self._take, on_done=self._end, on_failed=self._fail)
        if task is not None:
            self._task = task
            self.progress = Progress(self.opened.case.name if self.opened else "")
            self.progressed.emit()

    def _take(self, events: list[Any]) -> None:
        progress = self.progress or Progress("")
        for event in events:
            match event:
                case Progress():
                    progress = event
                case Batch():
                    done = len(event.rows) - event.count("waiting")
                    progress = Progress(Path(event.folder).name, done=done, total=len(event.rows))
                case PartJudged(part=part, parts=parts, share=share, left_s=left_s):
                    progress = Progress(
                        progress.name, part, parts, share, left_s, done=progress.done, total=progress.total
                    )
                case RowJudged(done=done, total=total):
                    progress = Progress(progress.name, done=done, total=total)
                case AppError():
                    self.failed.emit(event)
                case CaseJudged(case=case):
                    if case.batch_id is None:
                        self.open(case.id)
        batch_id = next((event.id for event in events if isinstance(event, Batch)), None)
        if batch_id is None and self.table is not None and any(isinstance(event, RowJudged) for event in events):
            batch_id = self.table.batch.id
        if batch_id is not None:
            self.open_table(batch_id)
        if any(isinstance(event, CaseJudged | Batch) for event in events):
            self.refresh()
        self.progress = progress
        self.progressed.emit()

    def _end(self) -> None:
        self._task, self.progress = None, None
        self.progressed.emit()
        self.refresh()

    def _fail(self, error: Exception) -> None:
        self._end()
        self.failed.emit(error)

    def _change(self, change: Callable[[], object]) -> None:
        self._background.call(change, lambda _: self.refresh(), self.failed.emit)

    def _review(self, opened: Opened, review: Callable[[], None]) -> None:
        def then(_: object) -> None:
            self.open(opened.case.id, opened.version.number)

        self._background.call(review, then, self.failed.emit)

    def _read_shelf(self) -> Shelf:
        return Shelf(
            tuple(self._judge.templates()),
            tuple(self._judge.template_problems()),
            tuple(case for case in self._judge.cases() if case.batch_id is None),
            tuple(self._tables.all()),
        )

    def _show_shelf(self, shelf: Shelf) -> None:
        self.shelf = shelf
        if self.template is None and shelf.templates:
            self.template_id = shelf.templates[0].id
        self.shelf_changed.emit()

    def _read_case(self, case_id: int, number: int | None) -> Opened:
        versions = tuple(self._judge.versions(case_id))
        case = self._judge.case(case_id)
        version = versions[-1 if number is None else number - 1]
        reviews = {one.key: one for one in self._judge.reviews(case_id) if one.version_id == version.id}
        return Opened(case, self._judge.judged(case_id), versions, version, reviews)

    def _show_case(self, opened: Opened) -> None:
        self.opened, self.table = opened, None
        self.template_id = opened.case.template_id
        self.shelf_changed.emit()
        self.opened_changed.emit()

    def _read_table(self, batch_id: int) -> Table:
        return Table(self._tables.get(batch_id), tuple(self._exports.of_batch(batch_id)))

    def _show_table(self, table: Table) -> None:
        self.opened, self.table = None, table
        self.opened_changed.emit()


Compared = tuple[Version, Version, tuple[Change, ...]]
