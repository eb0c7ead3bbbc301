"""Judgements of documents: made, made again, compared, reviewed, kept."""

import hashlib
import json
from collections.abc import Iterator
from dataclasses import dataclass, replace
from pathlib import Path

from app.domain.cancel import Cancel
from app.domain.data_class import DEFAULT_CLASS, DataClass, class_of
from app.domain.errors import AppError, ErrorCode
from app.domain.events import RailVerdict, Recorded
from app.domain.json_check import problems
from app.domain.json_schema import read_schema
from app.domain.json_shapes import Json
from app.domain.judge import (
    Case,
    Change,
    Judged,
    Review,
    Template,
    Value,
    Version,
    as_json,
    as_value,
    compare,
    value_schema,
)
from app.domain.judge_words import as_read, name_as_read
from app.domain.library import ParsedDocument
from app.ports.data_classes import DataClasses
from app.ports.judgements import JudgementStore, TemplateStore
from app.ports.parser import Parser
from app.ports.passages import DevicePassages
from app.services.judging import JudgeTask, Judging, PartJudged, Settled
from app.services.models import Models

MOST_RUNS = 9


@dataclass(frozen=True, slots=True)
class JudgeOptions:
    """How a document is judged."""

    runs: int = 1
    instruction: str = ""
    model: str | None = None  # None for the one that judges as things are set


@dataclass(frozen=True, slots=True)
class CaseJudged:
    """A judgement is made and kept."""

    case: Case
    version: Version


JudgeEvent = PartJudged | RailVerdict | Recorded | CaseJudged


class Judge:
    """Judges files and documents of the library by templates. Every version is kept until its case is removed."""

    def __init__(
        self,
        store: JudgementStore,
        templates: TemplateStore,
        judging: Judging,
        models: Models,
        parser: Parser,
        passages: DevicePassages,
        data_classes: DataClasses,
    ) -> None:
        self._store = store
        self._templates = templates
        self._judging = judging
        self._models = models
        self._parser = parser
        self._passages = passages
        self._data_classes = data_classes

    # --- templates -----------------------------------------------------------------------------------------------

    def templates(self) -> list[Template]:
        """All templates, by name."""
        return self._templates.all()

    def template_problems(self) -> list[AppError]:
        """What is wrong with templates that are left out."""
        return self._templates.problems()

    def template(self, named: str) -> Template:
        """The template of this id or name. Raises AppError UNKNOWN_TEMPLATE, or what is wrong with it."""
        for template in self.templates():
            if named in (template.id, template.name, template.source.name):
                return template
        for problem in self.template_problems():
            if problem.facts.get("template") == named:
                raise problem
        raise AppError(ErrorCode.UNKNOWN_TEMPLATE, template=named)

    def keep_template(self, template: Template) -> None:
        """Keep an own template. Raises AppError TEMPLATE_INVALID, HOME_NOT_WRITABLE."""
        self._templates.put(template)

    def remove_template(self, template_id: str) -> None:
        """Delete an own template; judgements by it stay. Raises AppError UNKNOWN_TEMPLATE, HOME_NOT_WRITABLE."""
        self._templates.remove(template_id)

    # --- judging -------------------------------------------------------------------------------------------------

    def judge(
        self,
        template: Template,
        path: Path,
        options: JudgeOptions,
        cancel: Cancel,
        batch_id: int | None = None,
    ) -> Iterator[JudgeEvent]:
        """Judge a file; the last item is CaseJudged.

        A file that was judged by the template before gets another version. Raises Cancelled, AppError FILE_NOT_FOUND,
        with a PARSE_* code, and what `Models.route` and `Guard.generate` raise.
        """
        judged = self._read(path, cancel)
        yield from self._judge(judged, template, options, DEFAULT_CLASS, cancel, batch_id)

    def judge_document(
        self, template: Template, document_id: int, options: JudgeOptions, cancel: Cancel
    ) -> Iterator[JudgeEvent]:
        """Judge a document of this device's library; raises as `judge` does, and UNKNOWN_DOCUMENT."""
        source, parsed = self._passages.parsed(document_id)
        data_class = class_of(source.collection, self._data_classes.all())
        judged = _judged(source.name, source.path, source.content_hash, parsed)
        yield from self._judge(judged, template, options, data_class, cancel)

    def judge_again(self, case_id: int, options: JudgeOptions, cancel: Cancel) -> Iterator[JudgeEvent]:
        """Another version of a case, of the text as it was read and by the template as it is now.

        Raises as `judge` does, and UNKNOWN_CASE.
        """
        case, judged = self._store.case(case_id), self._store.judged(case_id)
        template = next((one for one in self.templates() if one.id == case.template_id), None)
        template = template or self._store.versions(case_id)[-1].template
        yield from self._judge(judged, template, options, self._class_of(judged), cancel, case.batch_id)

    # --- what was judged -----------------------------------------------------------------------------------------

    def cases(self) -> list[Case]:
        """All cases, the latest judged first."""
        templates = {one.id: one for one in self.templates()}
        return [
            replace(case, template=name_as_read(case.template, templates.get(case.template_id)))
            for case in self._store.cases()
        ]

    def case(self, case_id: int) -> Case:
        """One case. Raises AppError UNKNOWN_CASE."""
        case = self._store.case(case_id)
        template = next((one for one in self.templates() if one.id == case.template_id), None)
        return replace(case, template=name_as_read(case.template, template))

    def judged(self, case_id: int) -> Judged:
        """The document of a case as it was read. Raises AppError UNKNOWN_CASE."""
        return self._store.judged(case_id)

    def versions(self, case_id: int) -> list[Version]:
        """All versions of a case, in order."""
        return as_read(self._store.versions(case_id), self.templates())

    def remove(self, case_id: int) -> None:
        """Forget a case with all of its versions. Raises AppError UNKNOWN_CASE."""
        self._store.remove(case_id)

    def compare(self, case_id: int, before: int, after: int) -> tuple[Change, ...]:
        """Two versions of a case by their numbers, field by field. Raises AppError UNKNOWN_CASE."""
        by_number = {version.number: version for version in self.versions(case_id)}
        if before not in by_number or after not in by_number:
            raise AppError(ErrorCode.UNKNOWN_CASE, case=case_id)
        return compare(by_number[before], by_number[after])

    # --- reviews -------------------------------------------------------------------------------------------------

    def accept(self, version: Version, key: str) -> None:
        """Note that a verdict is right: a labelled example."""
        self._store.review(Review(version.id, key, version.verdict(key).value, "accepted"))

    def correct(self, version: Version, key: str, value: Value) -> None:
        """Note what a verdict should have been: a labelled example. Raises AppError VALUE_UNFIT."""
        field = version.template.field(key)
        said = as_json(value)
        wrong = problems(read_schema(json.dumps(value_schema(field))), said)
        if wrong:
            raise AppError(ErrorCode.VALUE_UNFIT, value=str(said)[:80], field=field.name, reason=wrong[0].reason)
        self._store.review(Review(version.id, key, as_value(field, said), "corrected"))

    def reviews(self, case_id: int | None = None) -> list[Review]:
        """What was accepted and corrected, of one case or of all."""
        return self._store.reviews(case_id)

    def examples(self) -> Iterator[Json]:
        """All labelled examples, as evaluation reads them: the text, the field, the right value and the model's."""
        for case in self.cases():
            reviews = {(one.version_id, one.key): one for one in self.reviews(case.id)}
            text = self.judged(case.id).text if reviews else ""
            for version in self._store.versions(case.id):
                for verdict in version.verdicts:
                    review = reviews.get((version.id, verdict.key))
                    if review is not None:
                        yield {
                            "document": case.name,
                            "sha256": case.content_hash,
                            "template": case.template_id,
                            "field": verdict.key,
                            "kind": review.kind,
                            "expected": as_json(review.value),
                            "said": as_json(verdict.value),
                            "model": version.model,
                            "text": text,
                        }

    # --- inside --------------------------------------------------------------------------------------------------

    def _read(self, path: Path, cancel: Cancel) -> Judged:
        path = path.expanduser().resolve()
        if not path.is_file():
            raise AppError(ErrorCode.FILE_NOT_FOUND, path=str(path))
        parsed = self._parser.parse(path, cancel)
        try:
            with path.open("rb") as file:
                content_hash = hashlib.file_digest(file, "sha256").hexdigest()
        except OSError as error:
            raise AppError(ErrorCode.PARSE_UNREADABLE, path=str(path), reason=error.strerror or str(error)) from error
        return _judged(path.name, str(path), content_hash, parsed)

    def _class_of(self, judged: Judged) -> DataClass:
        """The class of a document that may lie in the library, too."""
        documents = self._passages.documents()
        collection = next((one.collection for one in documents if one.content_hash == judged.content_hash), None)
        return DEFAULT_CLASS if collection is None else class_of(collection, self._data_classes.all())

    def _judge(
        self,
        judged: Judged,
        template: Template,
        options: JudgeOptions,
        data_class: DataClass,
        cancel: Cancel,
        batch_id: int | None = None,
    ) -> Iterator[JudgeEvent]:
        routing = self._models.route("judge", data_class, options.model)
        model = routing.model
        template = template.source
        task = JudgeTask(judged, template, options.instruction.strip(), options.runs, data_class)
        ledger: list[int] = []
        for event in self._judging.run(task, self._models.generator(model), model, cancel):
            if isinstance(event, Settled):
                version = Version(
                    0,
                    template,
                    event.verdicts,
                    model.name,
                    model.where,
                    task.instruction,
                    task.runs,
                    event.parts,
                    ledger=tuple(ledger),
                )
                case = self._store.add(judged, version, batch_id)
                yield CaseJudged(case, self.versions(case.id)[-1])
                return
            if isinstance(event, Recorded):
                ledger.append(event.seq)
            yield event


def _judged(name: str, path: str, content_hash: str, parsed: ParsedDocument) -> Judged:
    return Judged(
        name,
        path,
        content_hash,
        parsed.text,
        parsed.blocks,
        parsed.pages,
        parsed.unit,
        parsed.labels,
        parsed.pages_without_text,
    )
