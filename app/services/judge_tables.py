"""A folder as a table: every file judged by one template, one bad file never in the way of the others."""

from collections.abc import Iterator
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Final

from app.domain.cancel import Cancel
from app.domain.errors import AppError, ErrorCode
from app.domain.judge import Batch, Row, Template
from app.domain.judge_words import name_as_read
from app.ports.judgements import JudgementStore
from app.ports.parser import Parser
from app.services.judge import CaseJudged, Judge, JudgeEvent, JudgeOptions

_OF_ONE_FILE: Final = frozenset(
    {
        ErrorCode.FILE_NOT_FOUND,
        ErrorCode.CONTEXT_OVERFLOW,
        ErrorCode.EGRESS_BLOCKED,
        ErrorCode.WORKER_DIED,
        ErrorCode.WORKER_SILENT,
    }
)


@dataclass(frozen=True, slots=True)
class RowJudged:
    """A file is done, or failed; so many of all have had their turn."""

    row: Row
    done: int
    total: int


class JudgeTables:
    """Judges folders. What is done is kept at once, so a table goes on where it was stopped."""

    def __init__(self, store: JudgementStore, judge: Judge, parser: Parser) -> None:
        self._store = store
        self._judge = judge
        self._parser = parser

    def all(self) -> list[Batch]:
        """All tables, the latest first."""
        templates = {one.id: one for one in self._judge.templates()}
        return [
            replace(batch, template=name_as_read(batch.template, templates.get(batch.template_id)))
            for batch in self._store.batches()
        ]

    def get(self, batch_id: int) -> Batch:
        """One table. Raises AppError UNKNOWN_BATCH."""
        batch = self._store.batch(batch_id)
        template = next((one for one in self._judge.templates() if one.id == batch.template_id), None)
        return replace(batch, template=name_as_read(batch.template, template))

    def remove(self, batch_id: int) -> None:
        """Forget a table with its judgements. Raises AppError UNKNOWN_BATCH."""
        self._store.remove_batch(batch_id)

    def start(self, template: Template, folder: Path, options: JudgeOptions) -> Batch:
        """Write down which files are to be judged; the table that is there if it is the same and not done.

        Hidden files, and formats that cannot be read, are left out. Raises AppError FILE_NOT_FOUND.
        """
        folder = folder.expanduser().resolve()
        files = sorted(path for path in folder.rglob("*") if self._is_wanted(path, folder))
        if not files:
            raise AppError(ErrorCode.FILE_NOT_FOUND, path=str(folder))
        wanted = (str(folder), template.id, options)
        for batch in self._store.batches():
            if (batch.folder, batch.template_id, _options(batch)) == wanted and batch.count("waiting"):
                return batch
        rows = tuple(Row(str(path)) for path in files)
        return self._store.add_batch(
            Batch(
                0,
                str(folder),
                template.id,
                template.source.name,
                options.runs,
                "",
                options.instruction,
                options.model,
                rows,
            )
        )

    def work(self, batch_id: int, cancel: Cancel, *, retry: bool = False) -> Iterator[JudgeEvent | RowJudged]:
        """Judge the files that wait, with `retry` those that failed, too. A cancel ends it for now.

        Raises Cancelled, AppError UNKNOWN_BATCH, UNKNOWN_TEMPLATE, and what would befall every file.
        """
        batch = self._store.batch(batch_id)
        template = self._judge.template(batch.template_id)
        states = ("waiting", "failed") if retry else ("waiting",)
        pending = [row for row in batch.rows if row.state in states]
        total = len(batch.rows)
        for done, row in enumerate(pending, total - len(pending) + 1):
            cancel.check()
            judged = row
            try:
                for event in self._judge.judge(template, Path(row.path), _options(batch), cancel, batch_id):
                    yield event
                    if isinstance(event, CaseJudged):
                        judged = Row(row.path, "done", event.case.id)
            except AppError as error:
                if not is_of_one_file(error):
                    raise
                judged = replace(row, state="failed", code=error.code.value, facts=tuple(error.facts.items()))
            self._store.set_row(batch_id, judged)
            yield RowJudged(judged, done, total)

    def _is_wanted(self, path: Path, folder: Path) -> bool:
        hidden = any(part.startswith((".", "~$")) for part in path.relative_to(folder).parts)
        return path.suffix.lower() in self._parser.suffixes and not hidden and path.is_file()


def is_of_one_file(error: AppError) -> bool:
    """Whether a file can be the reason of an error, so that the next one may do well."""
    return error.code in _OF_ONE_FILE or error.code.value.startswith("parse_")


def _options(batch: Batch) -> JudgeOptions:
    return JudgeOptions(batch.runs, batch.instruction, batch.model)
