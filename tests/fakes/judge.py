"""Judgements that a test can foresee: the real services and stores, and a model that finds what is written here."""

import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from tempfile import mkdtemp
from typing import Any, cast

from app.adapters.docx_writer import DocxWriter
from app.adapters.sqlite_judgements import SqliteJudgements
from app.adapters.template_files import TemplateFiles
from app.domain.cancel import Cancel
from app.domain.errors import AppError, ErrorCode
from app.domain.judge import Amount, Judged, Value, Verdict
from app.domain.judge_lines import find
from app.domain.library import Block, Document, ParsedDocument, Source
from app.domain.models import InstalledModel
from app.domain.routing import Route
from app.services.judge import Judge, JudgeOptions
from app.services.judge_exports import JudgeExports
from app.services.judge_tables import JudgeTables
from app.services.judging import JudgeTask, Judging, PartJudged, Settled
from app.services.models import Models, Routing

TEMPLATES = Path(__file__).parents[2] / "resources" / "judge"
MODEL = InstalledModel("qwen", "Qwen2.5 Coder 1.5B", "chat", "", 1_117_320_768, "", "Apache-2.0")
REPORT = """Checkout outage

On 4 November 2026 a connection pool limit was lowered in release 4.18. The change passed review.

Between 09:12 and 09:59 the checkout service returned errors. Roughly one in nine checkout attempts (11 %) failed; \
the remaining ones were slow. Support saw the first customer reports at 09:20, before any alert fired. The pool was \
restored by the engineer on call at 09:59, after 47 minutes of impact.

We will add a test for the limit. We will alert on pool saturation. The release gate gets a load test.
"""
FOUND: Mapping[str, tuple[Value, tuple[str, ...]]] = {
    "summary": (
        "Checkout failed for one in nine attempts after a pool limit was lowered.",
        ("Roughly one in nine checkout attempts (11 %) failed",),
    ),
    "severity": ("major", ("the checkout service returned errors",)),
    "started": ("2026-11-04", ("On 4 November 2026",)),
    "duration": (Amount(47, "minutes"), ("after 47 minutes of impact",)),
    "root_cause": (
        "A connection pool limit was lowered in release 4.18 and was used up under the morning load.",
        ("a connection pool limit was lowered in release 4.18",),
    ),
    "impact": (
        "About 11 % of checkouts failed for 47 minutes.",
        ("Roughly one in nine checkout attempts (11 %) failed", "after 47 minutes of impact"),
    ),
    "detected_by": ("Customers, before an alert", ("Support saw the first customer reports at 09:20",)),
    "follow_ups": (
        ("Test for the limit", "Alert on pool saturation", "Load test in the release gate"),
        ("We will add a test for the limit.", "We will alert on pool saturation."),
    ),
    "data_lost": (False, ()),
}


@dataclass
class ScriptedJudging:
    """Stands in for `services.judging.Judging`: says what is written in `found`, the severity by the instruction."""

    found: Mapping[str, tuple[Value, tuple[str, ...]]] = field(default_factory=lambda: dict(FOUND))
    hold: bool = False
    asked: list[JudgeTask] = field(default_factory=list)

    def run(self, task: JudgeTask, _generator: object, _model: object, cancel: Cancel) -> Iterator[Any]:
        """One part, then all verdicts."""
        self.asked.append(task)
        yield PartJudged(1, 2, 0.4, 21.0)
        while self.hold:
            cancel.check()
            time.sleep(0.005)
        verdicts = tuple(self._verdict(one.key, task) for one in task.template.fields)
        yield Settled(verdicts, 2)

    def _verdict(self, key: str, task: JudgeTask) -> Verdict:
        value, quotes = self.found.get(key, (None, ()))
        if key == "severity" and "minor" in task.instruction:
            value = "minor"
        places = tuple(place for quote in quotes if (place := find(task.judged, quote)) is not None)
        return Verdict(key, value, places, agree=task.runs if places else max(1, task.runs - 2))


class OneModel:
    """Stands in for `services.models.Models` where one model does all."""

    def route(self, _task: str, _data_class: str, _picked: str | None = None) -> Routing:
        """The model of this device."""
        return Routing(Route(MODEL.id, "device", "it is the only one"), MODEL, picked=False)

    def generator(self, _model: InstalledModel) -> object:
        """Never asked."""
        return object()


class TextParser:
    """Implements `ports.parser.Parser` for plain text: a paragraph is a block, a page ends at a form feed."""

    suffixes = frozenset({".txt"})

    def parse(self, path: Path, cancel: Cancel, on_page: Callable[[int, int], None] | None = None) -> ParsedDocument:
        """A file whose name begins with "bad" cannot be read."""
        cancel.check()
        if path.name.startswith("bad"):
            raise AppError(ErrorCode.PARSE_BROKEN, path=str(path), reason="it is no text")
        return parsed(path.read_text(encoding="utf-8"), path.stem)


class NoLibrary:
    """Stands in for `ports.passages.DevicePassages` with one document."""

    def documents(self, collection: str | None = None) -> list[Document]:
        """None that was judged."""
        return []

    def parsed(self, document_id: int) -> tuple[Source, ParsedDocument]:
        """The report."""
        if document_id != 1:
            raise AppError(ErrorCode.UNKNOWN_DOCUMENT, document=document_id)
        return Source("/library/report.txt", "report.txt", "Documents", "1" * 64, len(REPORT)), parsed(REPORT, "report")


class NoClasses:
    """Implements `ports.data_classes.DataClasses`: nothing is classed."""

    def all(self) -> dict[str, Any]:
        """None."""
        return {}

    def put(self, collection: str, data_class: str) -> None:
        """Never asked."""


def parsed(text: str, title: str = "") -> ParsedDocument:
    """A text as a parser gives it."""
    blocks: list[Block] = []
    start, page = 0, 1
    for paragraph in text.split("\n\n"):
        page += paragraph.count("\f")
        kind: Any = "heading" if not blocks else "paragraph"
        blocks.append(Block(kind, start, start + len(paragraph), page if "\f" in text else 0, 1 if not blocks else 0))
        start += len(paragraph) + 2
    return ParsedDocument(title, text, tuple(blocks), page if "\f" in text else 0)


def judged(text: str = REPORT) -> Judged:
    """A text to be judged."""
    read = parsed(text)
    return Judged("report.txt", "/documents/report.txt", "0" * 64, text, read.blocks, read.pages)


class JudgeFakes:
    """The judge's services over a folder of their own."""

    def __init__(self, judging: object | None = None, models: object | None = None, language: str = "en") -> None:
        self.folder = Path(mkdtemp())
        self.store = SqliteJudgements(self.folder / "judgements.db")
        self.judging = judging or ScriptedJudging()
        templates = TemplateFiles(TEMPLATES, lambda: self.folder / "company", self.folder / "own", lambda: language)
        parser = TextParser()
        self.judge = Judge(
            self.store,
            templates,
            cast(Judging, self.judging),
            cast(Models, models or OneModel()),
            parser,
            cast(Any, NoLibrary()),
            NoClasses(),
        )
        self.tables = JudgeTables(self.store, self.judge, parser)
        self.exports = JudgeExports(self.store, templates, DocxWriter())

    def file(self, name: str = "post-mortem.txt", text: str = REPORT) -> Path:
        """A file to be judged."""
        path = self.folder / "documents" / name
        path.parent.mkdir(exist_ok=True)
        path.write_text(text, encoding="utf-8")
        return path

    def judge_now(
        self, path: Path, template: str = "incident", options: JudgeOptions | None = None
    ) -> Sequence[object]:
        """Judge a file; all that is told of it."""
        wanted = options or JudgeOptions()
        return list(self.judge.judge(self.judge.template(template), path, wanted, Cancel()))
