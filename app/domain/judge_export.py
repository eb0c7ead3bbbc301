"""Judgements as files: JSON, CSV, Markdown, and the parts that other formats are made of. All say that an AI wrote."""

import csv
import io
import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Final

from app.domain.json_shapes import Json
from app.domain.judge import Case, Review, Verdict, Version, as_json
from app.domain.judge_texts import say
from app.domain.library import Unit, place_name
from app.domain.paragraphs import Paragraph
from app.domain.texts import Say, Text

NO_EVIDENCE: Final = Text("no evidence")
_FORMULA: Final = ("=", "+", "-", "@", "\t", "\r")


@dataclass(frozen=True, slots=True)
class Judgement:
    """A version of a case with what a person said to it."""

    case: Case
    version: Version
    reviews: Mapping[str, Review]  # by field
    unit: Unit = "page"
    labels: tuple[str, ...] = ()
    say: Say = str  # puts a text in the language that people read

    def value_of(self, verdict: Verdict) -> str:
        """A verdict in words, as corrected where it was."""
        review = self.reviews.get(verdict.key)
        return say(self.version.template.field(verdict.key), review.value if review else verdict.value)

    def marks(self, verdict: Verdict) -> tuple[str, ...]:
        """What is to be said beside a value."""
        review = self.reviews.get(verdict.key)
        marks: list[Text] = []
        if review:
            marks.append(Text("accepted by a person") if review.kind == "accepted" else Text("corrected by a person"))
        if self.version.runs > 1:
            marks.append(Text("{n} of {runs} runs agree", n=verdict.agree, runs=self.version.runs))
        if verdict.note == "cut":
            marks.append(Text("at its longest, may lack its end"))
        if verdict.note == "unfinished":
            marks.append(Text("the model came to no end"))
        if verdict.note == "not_borne":
            marks.append(Text("the quote does not say just this"))
        if not verdict.evidence and self.value_of(verdict):
            marks.append(NO_EVIDENCE)
        return tuple(map(self.say, marks))

    def quotes(self, verdict: Verdict) -> tuple[tuple[str, str], ...]:
        """The quotes of a verdict, each in one line, and their places."""
        quotes: list[tuple[str, str]] = []
        for one in verdict.evidence:
            label = self.labels[one.page - 1] if 0 < one.page <= len(self.labels) else ""
            quotes.append((" ".join(one.quote.split()), place_name(self.unit, one.page, label)))
        return tuple(quotes)

    def origin(self) -> tuple[str, ...]:
        """Who wrote it, of what, how: the first line is the disclosure."""
        version = self.version
        where = self.say(Text("on this device") if version.ran == "device" else Text("at the gateway"))
        facts = {"number": version.number, "at": version.made_at, "parts": version.parts, "runs": version.runs}
        lines = [
            Text(
                "Written by an AI, {model}; quotes were checked to stand in the document, conclusions were not.",
                model=f"{version.model} ({where})",
            ),
            Text("Template: {name}, version {number}", name=version.template.name, number=version.template.version),
            Text("Judgement: version {number} of {at}, read in {parts} parts, {runs} runs", **facts)
            if version.runs > 1
            else Text("Judgement: version {number} of {at}, read in {parts} parts", **facts),
        ]
        if version.instruction:
            lines.append(Text("Instruction: {text}", text=version.instruction))
        return tuple(map(self.say, lines))

    def as_kept(self) -> "Judgement":
        """In the words that are stored: what other programs read is the same in every language."""
        return replace(self, version=replace(self.version, template=self.version.template.source), say=str)


def as_object(judgement: Judgement) -> dict[str, Json]:
    """A judgement as JSON; `fields` fits `judge.answer_schema` but for what stands beside value and evidence."""
    judgement = judgement.as_kept()
    case, version = judgement.case, judgement.version
    fields: dict[str, Json] = {}
    for verdict in version.verdicts:
        review = judgement.reviews.get(verdict.key)
        fields[verdict.key] = {
            "value": as_json(review.value if review else verdict.value),
            "evidence": [
                {"quote": one.quote, "page": one.page, "start": one.start, "end": one.end} for one in verdict.evidence
            ],
            "agree": verdict.agree,
            "note": verdict.note,
            "review": review.kind if review else "",
        }
    return {
        "case": case.id,
        "document": case.name,
        "path": case.path,
        "sha256": case.content_hash,
        "template": version.template.id,
        "template_version": version.template.version,
        "version": version.number,
        "made_at": version.made_at,
        "model": version.model,
        "ran": version.ran,
        "instruction": version.instruction,
        "runs": version.runs,
        "parts": version.parts,
        "ledger": list(version.ledger),
        "disclosure": judgement.origin()[0],
        "fields": fields,
    }


def as_markdown(judgement: Judgement) -> str:
    """A judgement as a Markdown page, all text of others in it escaped."""
    lines = [f"# {_escaped(judgement.case.name)}", ""]
    lines += [f"> {_escaped(line)}  " for line in judgement.origin()]
    for verdict in judgement.version.verdicts:
        marks = judgement.marks(verdict)
        name = judgement.version.template.field(verdict.key).name
        lines += ["", f"## {_escaped(name)}", "", _escaped(judgement.value_of(verdict)) or "–"]
        lines += ["", f"*{_escaped('; '.join(marks))}*"] if marks else []
        for quote, place in judgement.quotes(verdict):
            lines += ["", f"> {_escaped(quote)}" + (f" ({_escaped(place)})" if place else "")]
    return "\n".join(lines) + "\n"


def as_paragraphs(judgement: Judgement) -> list[Paragraph]:
    """A judgement as the paragraphs of a document, each with its style."""
    paragraphs: list[Paragraph] = [("title", judgement.case.name), *(("note", line) for line in judgement.origin())]
    for verdict in judgement.version.verdicts:
        paragraphs.append(("heading", judgement.version.template.field(verdict.key).name))
        paragraphs.append(("body", judgement.value_of(verdict) or "–"))
        marks = judgement.marks(verdict)
        paragraphs += [("note", "; ".join(marks))] if marks else []
        paragraphs += [
            ("quote", f"{quote} ({place})" if place else quote) for quote, place in judgement.quotes(verdict)
        ]
    return paragraphs


def as_csv(judgements: Sequence[Judgement]) -> str:
    """A row for each judgement: its fields, and beside each its first quote. Nothing in it is a formula."""
    written = io.StringIO()
    table = csv.writer(written)
    judgements = [one.as_kept() for one in judgements]
    names = {field.key: field.name for one in judgements for field in one.version.template.fields}
    head = [column for name in names.values() for column in (name, f"{name}: evidence")]
    table.writerow(["Document", *head, "Version", "Written by"])
    for one in judgements:
        found = {verdict.key: verdict for verdict in one.version.verdicts}
        cells = [cell for key in names for cell in (_cells(one, found[key]) if key in found else ("", ""))]
        table.writerow(map(_plain, (one.case.name, *cells, str(one.version.number), one.origin()[0])))
    return written.getvalue()


def as_json_text(judgements: Sequence[Judgement]) -> str:
    """One judgement as an object, several as a list."""
    objects = [as_object(one) for one in judgements]
    return json.dumps(objects[0] if len(objects) == 1 else objects, ensure_ascii=False, indent=2) + "\n"


def _cells(judgement: Judgement, verdict: Verdict) -> tuple[str, str]:
    quotes = judgement.quotes(verdict)
    value = judgement.value_of(verdict)
    return value, quotes[0][0] if quotes else NO_EVIDENCE if value else ""


def _plain(cell: str) -> str:
    """A cell that no spreadsheet takes for a formula."""
    return f"'{cell}" if cell.startswith(_FORMULA) else cell


def _escaped(text: str) -> str:
    """Text in which nothing is Markdown or HTML."""
    text = " ".join(text.split()).replace("&", "&amp;").replace("<", "&lt;")
    escaped = "".join(f"\\{character}" if character in "\\`*_[]{}|#!>~" else character for character in text)
    return f"\\{escaped}" if escaped.startswith(("- ", "+ ", "=")) else escaped
