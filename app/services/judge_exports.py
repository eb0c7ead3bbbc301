"""Judgements as files."""

from collections.abc import Sequence
from typing import Final, Literal, get_args

from app.domain.judge import Template
from app.domain.judge_export import Judgement, as_csv, as_json_text, as_markdown, as_paragraphs
from app.domain.judge_words import as_read
from app.domain.texts import Say
from app.ports.document_writer import DocumentWriter
from app.ports.judgements import JudgementStore, TemplateStore

ExportFormat = Literal["md", "docx", "json", "csv"]
FORMATS: Final[tuple[ExportFormat, ...]] = get_args(ExportFormat)


class JudgeExports:
    """Writes judgements; every file says that an AI wrote it, and which."""

    def __init__(self, store: JudgementStore, templates: TemplateStore, writer: DocumentWriter, say: Say = str) -> None:
        """`say` puts texts in the language that people read."""
        self._store = store
        self._templates = templates
        self._writer = writer
        self._say = say

    def judgement(self, case_id: int, number: int | None = None) -> Judgement:
        """A version of a case, the latest if none is named. Raises AppError UNKNOWN_CASE."""
        return self._judgement(case_id, number, self._templates.all())

    def of_batch(self, batch_id: int) -> list[Judgement]:
        """The latest versions of what was judged in a folder. Raises AppError UNKNOWN_BATCH."""
        rows = self._store.batch(batch_id).rows
        templates = self._templates.all()
        return [self._judgement(row.case_id, None, templates) for row in rows if row.case_id is not None]

    def _judgement(self, case_id: int, number: int | None, templates: Sequence[Template]) -> Judgement:
        case, judged = self._store.case(case_id), self._store.judged(case_id)
        version = as_read(self._store.versions(case_id), templates)[-1 if number is None else number - 1]
        reviews = {one.key: one for one in self._store.reviews(case_id) if one.version_id == version.id}
        return Judgement(case, version, reviews, judged.unit, judged.labels, self._say)

    def write(self, judgements: list[Judgement], form: ExportFormat) -> bytes:
        """The bytes of a file."""
        match form:
            case "json":
                return as_json_text(judgements).encode()
            case "csv":
                return as_csv(judgements).encode("utf-8-sig")  # spreadsheets take it for Latin-1 without the mark
            case "md":
                return "\n".join(map(as_markdown, judgements)).encode()
        paragraphs = [paragraph for one in judgements for paragraph in as_paragraphs(one)]
        return self._writer.write(judgements[0].case.name if judgements else "", paragraphs)
