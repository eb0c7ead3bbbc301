"""What `donjon judge` does, and how it says it."""

from collections.abc import Sequence
from pathlib import Path

from app.cli.doors import Services
from app.cli.terminal import EXIT_CODES, ProgressLine, note, say, say_json
from app.domain.cancel import Cancel
from app.domain.error_texts import explain
from app.domain.errors import AppError, ErrorCode
from app.domain.judge import Template
from app.domain.judge_export import Judgement, as_object
from app.domain.judge_texts import KIND_NAMES
from app.services.judge import CaseJudged, JudgeEvent, JudgeOptions
from app.services.judge_exports import ExportFormat
from app.services.judge_tables import RowJudged, is_of_one_file
from app.services.judging import PartJudged


def say_templates(services: Services, *, as_json: bool) -> int:
    """List the templates, and what is wrong with those that cannot be used."""
    templates, problems = services.judge.templates(), services.judge.template_problems()
    if as_json:
        wrong = [{"code": one.code.value, "what": explain(one).what} for one in problems]
        say_json({"templates": [_template(one) for one in templates], "problems": wrong})
        return 0
    for template in templates:
        origin = "" if template.origin == "shipped" else f" ({template.origin})"
        say(f"{template.id:<20} {template.name}{origin}: {', '.join(field.name for field in template.fields)}")
    for problem in problems:
        note(explain(problem).what)
    return 0


def say_examples(services: Services) -> int:
    """Print all labelled examples, one a line."""
    for example in services.judge.examples():
        say_json(example, indent=None)
    return 0


class Run:
    """Some documents and folders, judged one after the other; a bad file is said, and the next one judged."""

    def __init__(self, services: Services, template: Template, options: JudgeOptions, *, retry: bool) -> None:
        self._services = services
        self._template = template
        self._options = options
        self._retry = retry
        self._progress = ProgressLine()
        self._judged: list[Judgement] = []
        self._failed: list[tuple[str, AppError]] = []

    def go(self, paths: Sequence[Path], cancel: Cancel, out: tuple[Path, ExportFormat] | None, *, as_json: bool) -> int:
        """Judge, say or write what came of it; the exit code is that of the first file that failed."""
        try:
            for path in paths:
                if path.is_dir():
                    self._folder(path, cancel)
                else:
                    self._file(path, cancel)
        finally:
            self._progress.clear()
        if out is not None and self._judged:
            self._write(*out)
        if as_json:
            failed = [{"path": at, "code": one.code.value, "what": explain(one).what} for at, one in self._failed]
            say_json({"judgements": [as_object(one) for one in self._judged], "failed": failed})
        elif out is None:
            for judgement in self._judged:
                _say(judgement)
        for failed_path, error in self._failed:
            note(f"{failed_path}: {explain(error).what} {explain(error).advice}")
        return EXIT_CODES[self._failed[0][1].kind] if self._failed else 0

    def _file(self, path: Path, cancel: Cancel) -> None:
        try:
            for event in self._services.judge.judge(self._template, path, self._options, cancel):
                self._follow(event, path.name)
                if isinstance(event, CaseJudged):
                    self._judged.append(self._services.judge_exports.judgement(event.case.id))
        except AppError as error:
            if not is_of_one_file(error):
                raise
            self._failed.append((str(path), error))

    def _folder(self, path: Path, cancel: Cancel) -> None:
        tables = self._services.judge_tables
        batch = tables.start(self._template, path, self._options)
        at = f"{batch.count('done')} of {len(batch.rows)}"
        for event in tables.work(batch.id, cancel, retry=self._retry):
            if isinstance(event, RowJudged):
                at = f"{event.done} of {event.total}"
            else:
                self._follow(event, at)
        self._judged += self._services.judge_exports.of_batch(batch.id)
        for row in tables.get(batch.id).rows:
            if row.state == "failed":
                self._failed.append((row.path, AppError(ErrorCode(row.code), **dict(row.facts))))

    def _follow(self, event: JudgeEvent, what: str) -> None:
        if isinstance(event, PartJudged):
            left = f", {event.left_s:.0f} s left" if event.left_s else ""
            self._progress.show(f"{what}: part {event.part} of {event.parts}{left}", event.share, 1)

    def _write(self, path: Path, form: ExportFormat) -> None:
        try:
            path.write_bytes(self._services.judge_exports.write(self._judged, form))
        except OSError as error:
            reason = error.strerror or str(error)
            raise AppError(ErrorCode.FILE_NOT_WRITABLE, path=str(path), reason=reason) from error
        note(f"Written to {path}.")


def _say(judgement: Judgement) -> None:
    say(f"{judgement.case.name}: {judgement.version.template.name}, version {judgement.version.number}")
    for verdict in judgement.version.verdicts:
        marks = judgement.marks(verdict)
        name = judgement.version.template.field(verdict.key).name
        say(f"  {name}: {judgement.value_of(verdict) or '–'}" + (f"  ({'; '.join(marks)})" if marks else ""))
        for quote, place in judgement.quotes(verdict):
            say(f"    “{quote}”" + (f", {place}" if place else ""))
    for line in judgement.origin():
        note(line)


def _template(template: Template) -> dict[str, object]:
    fields = [
        {"key": one.key, "name": one.name, "kind": one.kind, "means": KIND_NAMES[one.kind], "ask": one.ask}
        for one in template.fields
    ]
    return {"id": template.id, "name": template.name, "origin": template.origin, "fields": fields}
