"""One judgement of one document: its parts are read one after the other, and what is found in them put together."""

import json
import time
from collections.abc import Generator as Steps
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from typing import Any, Final

from app.domain.audit import JsonValue
from app.domain.cancel import Cancel
from app.domain.chat import PromptMessage
from app.domain.data_class import DataClass
from app.domain.events import RailVerdict, Recorded, Token
from app.domain.json_check import problems_of_text
from app.domain.json_schema import read_schema
from app.domain.judge import (
    Evidence,
    Field,
    Judged,
    Note,
    Template,
    Value,
    Verdict,
    as_value,
    ask_schema,
    is_cut,
    is_empty,
    room,
    settle,
)
from app.domain.judge_bearing import bears
from app.domain.judge_lines import Line, evidence_for, lines_of, numbered, parts, stands
from app.domain.judge_texts import ask, say
from app.domain.models import GenerationRequest, InstalledModel, Sampling, conversation_of
from app.domain.wording import content_words
from app.ports.generator import Generator
from app.services.guard import Guard

GROUP: Final = 3  # fields that are asked for at once: a small model loses itself in more
PART: Final = 2500  # tokens of a document that are read at once: in more a small model misses what is there
NUMBERING: Final = 6  # tokens of a line's number, at most
VARIETY: Final = 0.7  # temperature of the runs after the first, which takes the likeliest

Outcome = RailVerdict | Recorded


@dataclass(frozen=True, slots=True)
class JudgePrompts:
    """The texts that a model is asked with; both have the fields lines, about, instruction, fields and first."""

    part: str
    merge: str


@dataclass(frozen=True, slots=True)
class JudgeTask:
    """What is to be judged, and how."""

    judged: Judged
    template: Template
    instruction: str
    runs: int
    data_class: DataClass


@dataclass(frozen=True, slots=True)
class PartJudged:
    """How far a judgement is."""

    part: int
    parts: int
    share: float  # of all work
    left_s: float


@dataclass(frozen=True, slots=True)
class Settled:
    """All verdicts, in the order of the template's fields."""

    verdicts: tuple[Verdict, ...]
    parts: int


class Judging:
    """Asks a model for the fields of a template, a few at a time, part by part."""

    def __init__(self, guard: Guard, prompts: JudgePrompts) -> None:
        self._guard = guard
        self._prompts = prompts

    def run(
        self, task: JudgeTask, generator: Generator, model: InstalledModel, cancel: Cancel
    ) -> Iterator[Outcome | PartJudged | Settled]:
        """Judge; the last item is Settled. Raises Cancelled, and what `Guard.generate` raises."""
        return _Work(task, _Asking(self._guard, generator, model, task, cancel), self._prompts).go()


class _Asking:
    """Asks the model, and has no more of its answer than fits the schema."""

    def __init__(
        self, guard: Guard, generator: Generator, model: InstalledModel, task: JudgeTask, cancel: Cancel
    ) -> None:
        self._guard = guard
        self._generator = generator
        self._model = model
        self._task = task
        self._cancel = cancel
        self._context = generator.load().context

    def parts(self, lines: Sequence[Line]) -> list[list[Line]]:
        """The lines in parts that fit into the model's context with room for an answer."""
        sizes = self._generator.count_tokens([line.text for line in lines])
        return parts(lines, [size + NUMBERING for size in sizes], min(PART, self._context // 3))

    def fields(
        self, lines: Sequence[Line], fields: Sequence[Field], run: int, prompt: str
    ) -> Steps[Outcome, None, list[Verdict]]:
        """What the lines say to each field; one by one if the answer to all came to no end."""
        schema = json.dumps(ask_schema(fields, len(lines)), ensure_ascii=False)
        request = self._request(lines, fields, run, prompt, schema)
        context: dict[str, JsonValue] = {
            "purpose": "judge",
            "template": self._task.template.id,
            "documents": [self._task.judged.content_hash],
        }
        pieces: list[str] = []
        for event in self._guard.generate(self._generator, self._model, request, context, self._cancel):
            match event:
                case Token(text=text):
                    pieces.append(text)
                case RailVerdict() | Recorded():
                    yield event
                case _:
                    pass
        self._cancel.check()
        answer = "".join(pieces)
        if not problems_of_text(read_schema(schema), answer):
            found = json.loads(answer)
            return [_verdict(field, found[field.key], lines) for field in fields]
        if len(fields) == 1:
            return [Verdict(fields[0].key, None, note="unfinished")]
        verdicts: list[Verdict] = []
        for field in fields:
            verdicts += yield from self.fields(lines, [field], run, prompt)
        return verdicts

    def _request(
        self, lines: Sequence[Line], fields: Sequence[Field], run: int, prompt: str, schema: str
    ) -> GenerationRequest:
        instruction = f"Mind this: {self._task.instruction}\n" if self._task.instruction else ""
        text = prompt.format(
            lines=numbered(lines),
            about=self._task.template.about,
            instruction=instruction,
            fields="\n".join(map(ask, fields)),
            first=fields[0].key,
        )
        messages = (PromptMessage("user", text),)
        left = self._context - self._generator.count_prompt(messages) - 1
        return GenerationRequest(
            conversation_of("judge", self._task.judged.content_hash[:16]),
            messages,
            Sampling(temperature=VARIETY if run else 0.0, seed=run, max_tokens=max(1, min(room(fields), left))),
            data_class=self._task.data_class,
            schema=schema,
        )

    def close(self) -> None:
        """Hold nothing of the document in the model's memory any more."""
        self._generator.forget(conversation_of("judge", self._task.judged.content_hash[:16]))


class _Work:
    """One judgement on its way."""

    def __init__(self, task: JudgeTask, asking: _Asking, prompts: JudgePrompts) -> None:
        self._task = task
        self._asking = asking
        self._prompts = prompts

    def go(self) -> Iterator[Outcome | PartJudged | Settled]:
        """Part by part; all runs of a part at once, since the model still holds what it has read of it."""
        fields = self._task.template.fields
        groups = [fields[place : place + GROUP] for place in range(0, len(fields), GROUP)]
        cut = self._asking.parts(lines_of(self._task.judged))
        found: list[dict[str, list[Verdict]]] = [{field.key: [] for field in fields} for _ in range(self._task.runs)]
        started = time.monotonic()
        done, total = 0, len(cut) * len(groups) * self._task.runs
        yield PartJudged(1, len(cut), 0.0, 0.0)
        try:
            for number, lines in enumerate(cut, 1):
                for group in groups:
                    for run, kept in enumerate(found):
                        for verdict in (yield from self._asking.fields(lines, group, run, self._prompts.part)):
                            kept[verdict.key].append(verdict)
                        done += 1
                        left_s = (time.monotonic() - started) / done * (total - done)
                        yield PartJudged(number, len(cut), done / total, left_s)
            runs: list[list[Verdict]] = []
            for run, kept in enumerate(found):
                merged: list[Verdict] = []
                for field in fields:
                    merged.append((yield from self._merge(field, kept[field.key], run)))
                runs.append([self._checked(*pair) for pair in zip(fields, merged, strict=True)])
        finally:
            self._asking.close()
        yield Settled(settle(fields, runs), len(cut))

    def _merge(self, field: Field, found: Sequence[Verdict], run: int) -> Steps[Outcome, None, Verdict]:
        """One verdict of those of all parts. A model is asked only where they differ; lists are joined."""
        telling = [verdict for verdict in found if not is_empty(verdict.value)]
        telling = [verdict for verdict in telling if verdict.evidence] or telling
        note: Note = next((verdict.note for verdict in found if verdict.note), "")
        if field.kind == "list":
            return Verdict(field.key, _joined(telling), _quotes(telling), note=note)
        if len({verdict.value for verdict in telling}) <= 1:
            return Verdict(field.key, telling[0].value if telling else None, _quotes(telling), note=note)
        merged: list[Verdict] = []
        for lines in self._asking.parts([_as_line(field, verdict) for verdict in telling]):
            merged += yield from self._asking.fields(lines, [field], run, self._prompts.merge)
        if 1 < len(merged) < len(telling):
            return (yield from self._merge(field, merged, run))
        if len(merged) > 1 or is_empty(merged[0].value):
            return replace(telling[0], note="unfinished")
        return merged[0]

    def _checked(self, field: Field, verdict: Verdict) -> Verdict:
        """With those of its quotes alone that stand in the document, and whether they bear its value."""
        quotes = tuple(one for one in verdict.evidence if stands(self._task.judged, one))
        borne = not quotes or bears(field, verdict.value, [one.quote for one in quotes])
        return replace(verdict, evidence=quotes, note=verdict.note if borne else "not_borne")


def _verdict(field: Field, answered: dict[str, Any], lines: Sequence[Line]) -> Verdict:
    """What a model answered to a field, which fits its schema."""
    value, named = as_value(field, answered["value"]), answered["lines"]
    return Verdict(field.key, value, evidence_for(field, value, named, lines), note="cut" if is_cut(value) else "")


def _as_line(field: Field, verdict: Verdict) -> Line:
    """A finding as a line that a model may name: its value, and for a short one what it rests on."""
    text = say(field, verdict.value)
    if field.kind != "text" and verdict.evidence:
        text = f"{text} (“{' '.join(verdict.evidence[0].quote.split())}”)"
    return Line(text, verdict.evidence)


def _joined(found: Sequence[Verdict]) -> Value:
    """The items of all lists, each once, in their order."""
    items: dict[frozenset[str], str] = {}
    for verdict in found:
        for item in verdict.value if isinstance(verdict.value, tuple) else ():
            items.setdefault(content_words(item), item)
    return tuple(items.values())


def _quotes(found: Sequence[Verdict]) -> tuple[Evidence, ...]:
    return tuple(dict.fromkeys(quote for verdict in found for quote in verdict.evidence))
