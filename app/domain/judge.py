"""Judgements: what a template asks of a document, what a model answers, and the quotes that it rests on.

A template's fields are typed and become a JSON Schema, so what a model writes always fits. A verdict without a quote
that stands in the document has no evidence, and says so.
"""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Final, Literal, get_args

from app.domain.json_shapes import Json
from app.domain.library import Block, Unit
from app.domain.wording import content_words

FieldKind = Literal["text", "choice", "list", "date", "amount", "yes_no", "score"]
Origin = Literal["shipped", "company", "own"]
# It reached the length that is allowed; the model came to no end; the quotes do not bear the number or the date.
Note = Literal["", "cut", "unfinished", "not_borne"]

KINDS: Final[tuple[FieldKind, ...]] = get_args(FieldKind)
TEXT: Final = 600  # characters of a text
ITEM: Final = 200  # of an item of a list
ITEMS: Final = 8  # of a list that is found in one part
UNIT: Final = 16  # characters of an amount's unit
LINES: Final = 3  # that a model names for a field
ALIKE: Final = 0.5  # share of content words from which two texts say the same


@dataclass(frozen=True, slots=True)
class Field:
    """One thing that a template asks for."""

    key: str
    name: str
    kind: FieldKind
    ask: str
    choices: tuple[str, ...] = ()
    rubric: tuple[str, ...] = ()  # of a score: what its steps mean, 1 the first
    labels: tuple[str, ...] = ()  # of the choices, where people read other words than are stored


@dataclass(frozen=True, slots=True)
class Template:
    """What is asked of one kind of document."""

    id: str
    name: str
    about: str
    fields: tuple[Field, ...]
    version: int = 1
    origin: Origin = "own"
    original: "Template | None" = None  # that it is a translation of

    @property
    def source(self) -> "Template":
        """As its file has it: so models are asked and judgements are kept, whatever language people read."""
        return self.original or self

    def field(self, key: str) -> Field:
        """The field of this key, which there is."""
        return next(field for field in self.fields if field.key == key)


@dataclass(frozen=True, slots=True)
class Amount:
    """A number of something."""

    number: float
    unit: str

    def __str__(self) -> str:
        return f"{self.number:,.15g} {self.unit}".strip()


Value = bool | int | str | tuple[str, ...] | Amount | None  # None: the document does not say


@dataclass(frozen=True, slots=True)
class Evidence:
    """A quote and its place: characters of the document's text, and the page, 0 where there are none."""

    start: int
    end: int
    page: int
    quote: str


@dataclass(frozen=True, slots=True)
class Verdict:
    """What was found for a field."""

    key: str
    value: Value
    evidence: tuple[Evidence, ...] = ()
    agree: int = 1  # of the runs, those that say the same
    note: Note = ""


@dataclass(frozen=True, slots=True)
class Judged:
    """The document that is judged, as it was read: quotes are cut from its text."""

    name: str
    path: str
    content_hash: str
    text: str
    blocks: tuple[Block, ...]
    pages: int = 0
    unit: Unit = "page"
    labels: tuple[str, ...] = ()
    pages_without_text: tuple[int, ...] = ()


@dataclass(frozen=True, slots=True)
class Case:
    """A document under a template, with all versions of its judgement."""

    id: int
    name: str
    path: str
    content_hash: str
    template_id: str
    template: str  # its name
    versions: int
    judged_at: str  # ISO 8601, UTC
    batch_id: int | None = None


@dataclass(frozen=True, slots=True)
class Version:
    """One judgement of a case; `template` is as it was then."""

    number: int  # from 1
    template: Template
    verdicts: tuple[Verdict, ...]
    model: str
    ran: Literal["device", "gateway"]
    instruction: str = ""
    runs: int = 1
    parts: int = 1  # in which the document was read
    made_at: str = ""
    ledger: tuple[int, ...] = ()
    id: int = 0

    def verdict(self, key: str) -> Verdict:
        """What was found for a field, which there is."""
        return next(verdict for verdict in self.verdicts if verdict.key == key)


@dataclass(frozen=True, slots=True)
class Review:
    """What a person says to a verdict: a labelled example. An accepted value is the verdict's own."""

    version_id: int
    key: str
    value: Value
    kind: Literal["accepted", "corrected"]
    made_at: str = ""


@dataclass(frozen=True, slots=True)
class Change:
    """A field in two versions."""

    field: Field
    before: Verdict | None
    after: Verdict | None

    @property
    def differs(self) -> bool:
        """Whether its value is another, word for word."""
        return (self.before.value if self.before else None) != (self.after.value if self.after else None)


RowState = Literal["waiting", "done", "failed"]


@dataclass(frozen=True, slots=True)
class Row:
    """A file of a folder that is judged."""

    path: str
    state: RowState = "waiting"
    case_id: int | None = None
    code: str = ""  # why it failed: an error code, and its facts
    facts: tuple[tuple[str, str | int | float], ...] = ()


@dataclass(frozen=True, slots=True)
class Batch:
    """A folder under a template: a table with a row for each file."""

    id: int
    folder: str
    template_id: str
    template: str
    runs: int
    started_at: str
    instruction: str = ""
    model: str | None = None
    rows: tuple[Row, ...] = ()

    def count(self, state: RowState) -> int:
        """How many of its rows are waiting, done or failed."""
        return sum(row.state == state for row in self.rows)


# --- schemas ---------------------------------------------------------------------------------------------------------


def value_schema(field: Field) -> dict[str, Json]:
    """The JSON Schema of a field's value; null where the document does not say."""
    match field.kind:
        case "text":
            return {"type": ["string", "null"], "minLength": 1, "maxLength": TEXT}
        case "choice":
            return {"enum": [*field.choices, None]}
        case "list":
            item: dict[str, Json] = {"type": "string", "minLength": 1, "maxLength": ITEM}
            return {"type": "array", "items": item, "maxItems": ITEMS}
        case "date":
            return {"anyOf": [{"type": "string", "format": "date"}, {"type": "null"}]}
        case "amount":
            members: dict[str, Json] = {"number": {"type": "number"}, "unit": {"type": "string", "maxLength": UNIT}}
            return {"anyOf": [_object(members), {"type": "null"}]}
        case "yes_no":
            return {"type": ["boolean", "null"]}
    return {"anyOf": [{"type": "integer", "minimum": 1, "maximum": len(field.rubric)}, {"type": "null"}]}


def ask_schema(fields: Sequence[Field], lines: int) -> dict[str, Json]:
    """The JSON Schema of what a model writes: for each field the lines that say it, and its value.

    A fact is looked up first and stated then. A text comes first: lines named before it would narrow it to themselves.
    """
    members: dict[str, Json] = {}
    for field in fields:
        line: dict[str, Json] = {"type": "integer", "minimum": 1, "maximum": lines}
        places: dict[str, Json] = {"type": "array", "items": line, "maxItems": min(lines, LINES)}
        said = {"lines": places, "value": value_schema(field)}
        in_words = field.kind in ("text", "list")
        members[field.key] = _object(dict(sorted(said.items(), reverse=in_words)))
    return _object(members)


def answer_schema(template: Template) -> dict[str, Json]:
    """The JSON Schema of a whole judgement as it is exported."""
    number: dict[str, Json] = {"type": "integer", "minimum": 0}
    place: dict[str, Json] = {"quote": {"type": "string"}, "page": number, "start": number, "end": number}
    quotes: dict[str, Json] = {"type": "array", "items": _object(place)}
    members: dict[str, Json] = {}
    for field in template.fields:
        value = value_schema(field)
        if field.kind == "list":
            value = {name: said for name, said in value.items() if name != "maxItems"}  # a long document has more
        members[field.key] = _object({"value": value, "evidence": quotes})
    return _object(members)


def _object(members: dict[str, Json]) -> dict[str, Json]:
    required: list[Json] = list(members)
    return {"type": "object", "properties": members, "required": required, "additionalProperties": False}


def room(fields: Sequence[Field]) -> int:
    """Characters that an answer of these fields takes at most, so tokens, too."""
    sizes = {"text": TEXT, "list": ITEM * ITEMS, "amount": 64}
    return sum(80 + len(field.key) + sizes.get(field.kind, 60) for field in fields)


# --- values ----------------------------------------------------------------------------------------------------------


def as_value(field: Field, said: Json) -> Value:
    """The value of JSON that fits the field's schema."""
    match said:
        case list():
            return tuple(dict.fromkeys(text for text in (" ".join(str(item).split()) for item in said) if text))
        case {"number": int() | float() as number, "unit": str() as unit}:
            return Amount(float(number), unit.strip())
        case str():
            return " ".join(said.split()) or None if field.kind == "text" else said
        case float():
            return int(said)
        case bool() | int():
            return said
    return None


def as_json(value: Value) -> Json:
    """A value as JSON that fits its field's schema."""
    match value:
        case tuple():
            return list(value)
        case Amount(number=number, unit=unit):
            return {"number": int(number) if number == int(number) else number, "unit": unit}
    return value


def is_cut(value: Value) -> bool:
    """Whether a value is as long as is allowed, so that it may lack its end."""
    if isinstance(value, tuple):
        return len(value) >= ITEMS or any(len(item) >= ITEM for item in value)
    return isinstance(value, str) and len(value) >= TEXT


def is_empty(value: Value) -> bool:
    """Whether the document was found to say nothing."""
    return value is None or value == ()


def agree(field: Field, one: Value, other: Value) -> bool:
    """Whether two runs say the same of a field: texts and lists by their content words, all else exactly."""
    if field.kind == "list" and isinstance(one, tuple) and isinstance(other, tuple):
        return _alike(content_words(" ".join(one)), content_words(" ".join(other)))
    if field.kind == "text" and isinstance(one, str) and isinstance(other, str):
        return _alike(content_words(one), content_words(other))
    return one == other


def _alike(one: frozenset[str], other: frozenset[str]) -> bool:
    return one == other or 2 * len(one & other) >= ALIKE * (len(one) + len(other))


def settle(fields: Sequence[Field], runs: Sequence[Sequence[Verdict]]) -> tuple[Verdict, ...]:
    """Of several runs, field by field, the verdict that most agree with; the earlier of two."""
    settled: list[Verdict] = []
    for field, *said in zip(fields, *runs, strict=True):
        counts = [sum(agree(field, one.value, other.value) for other in said) for one in said]
        best = max(range(len(said)), key=lambda place: (counts[place], -place))
        settled.append(replace(said[best], agree=counts[best]))
    return tuple(settled)


def compare(before: Version, after: Version) -> tuple[Change, ...]:
    """Two versions field by field; a field that only one of them has is there, too."""
    fields = {field.key: field for version in (before, after) for field in version.template.fields}
    had, has = ({one.key: one for one in version.verdicts} for version in (before, after))
    return tuple(Change(field, had.get(key), has.get(key)) for key, field in fields.items())
