"""Holds JSON against a schema that was read: what an answer gets wrong, and where."""

import json
import math
import re
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, datetime
from typing import Final
from uuid import UUID

from app.domain.json_shapes import Anything, Array, Json, Literal, Number, Record, Ref, Schema, Shape, Text, Union

MAX_PROBLEMS: Final = 20
_OTHER_FORMS: Final = {
    "email": re.compile(r"[A-Za-z0-9._%+-]+@[A-Za-z0-9-]+(\.[A-Za-z0-9-]+)+"),
    "ipv4": re.compile(r"((25[0-5]|2[0-4]\d|1\d\d|[1-9]?\d)(\.(?!$)|$)){4}", re.ASCII),
    "uri": re.compile(r"[A-Za-z][A-Za-z0-9+.-]*:[^\s<>\"\\^`{}|]+"),
    "time": re.compile(r"([01]\d|2[0-3]):[0-5]\d:[0-5]\d(\.\d+)?(Z|[+-]([01]\d|2[0-3]):[0-5]\d)", re.ASCII),
}
_DATE: Final = re.compile(r"\d{4}-\d\d-\d\d", re.ASCII)
FORMS: Final = frozenset({"date", "date-time", "uuid", *_OTHER_FORMS})


@dataclass(frozen=True, slots=True)
class Problem:
    """Something in an answer that its schema does not allow."""

    pointer: str  # JSON pointer into the answer, "" for the whole
    reason: str


def problems_of_text(schema: Schema, text: str) -> tuple[Problem, ...]:
    """What is wrong with an answer as it was written."""
    try:
        value = parse_json(text)
    except (ValueError, RecursionError) as error:
        return (Problem("", f"it is not JSON: {error}"),)
    return problems(schema, value)


def problems(schema: Schema, value: Json) -> tuple[Problem, ...]:
    """What is wrong with a JSON value; the first MAX_PROBLEMS."""
    found: list[Problem] = []
    try:
        for problem in _Check(schema).problems(schema.root, value, ""):
            found.append(problem)
            if len(found) == MAX_PROBLEMS:
                break
    except RecursionError:
        found.append(Problem("", "it is nested too deeply"))
    return tuple(found)


def parse_json(text: str) -> Json:
    """The value of a JSON text, strictly: no NaN, no Infinity. Raises ValueError, RecursionError."""
    value: Json = json.loads(text, parse_constant=_refuse_constant)
    return value


def canonical(value: Json) -> str:
    """One text for all ways to write a value: 1 and 1.0 are the same, members have an order."""
    return json.dumps(_plain(value), ensure_ascii=False, sort_keys=True, separators=(",", ":"))


def has_form(form: str, text: str) -> bool:
    """Whether a string is a date, a uuid …"""
    try:
        match form:
            case "date":
                return bool(_DATE.fullmatch(text)) and bool(date.fromisoformat(text))
            case "date-time":
                day, separator, time = text[:10], text[10:11], text[11:]
                known = bool(_DATE.fullmatch(day)) and separator in {"T", "t"} and has_form("time", time.upper())
                return known and bool(datetime.fromisoformat(f"{day}T{time[:8]}"))
            case "uuid":
                return str(UUID(text)) == text.lower()
    except ValueError:
        return False
    return bool(_OTHER_FORMS[form].fullmatch(text))


class _Check:
    """One walk over a value."""

    def __init__(self, schema: Schema) -> None:
        self._schema = schema

    def problems(self, shape: Shape, value: Json, at: str) -> Iterator[Problem]:
        shape = self._schema.follow(shape)
        match shape:
            case Anything() | Ref():
                return
            case Literal(texts=texts):
                if canonical(value) not in (canonical(json.loads(text)) for text in texts):
                    yield Problem(at, f"must be {' or '.join(texts)}"[:200])
            case Union(options=options):
                if all(any(self.problems(option, value, at)) for option in options):
                    yield Problem(at, "fits none of the alternatives")
            case Text():
                yield from _text(shape, value, at)
            case Number():
                yield from _number(shape, value, at)
            case Array():
                yield from self._array(shape, value, at)
            case Record():
                yield from self._record(shape, value, at)

    def _array(self, shape: Array, value: Json, at: str) -> Iterator[Problem]:
        if not isinstance(value, list):
            yield Problem(at, "must be an array")
            return
        yield from _count(shape.low, shape.high, len(value), "items", at)
        for place, item in enumerate(value):
            allowed = shape.prefix[place] if place < len(shape.prefix) else shape.rest
            if allowed is None:
                yield Problem(f"{at}/{place}", "is one item too many")
            else:
                yield from self.problems(allowed, item, f"{at}/{place}")

    def _record(self, shape: Record, value: Json, at: str) -> Iterator[Problem]:
        if not isinstance(value, dict):
            yield Problem(at, "must be an object")
            return
        yield from _count(shape.low, shape.high, len(value), "members", at)
        named = {member.name: member for member in shape.properties}
        for name, member in named.items():
            if member.required and name not in value:
                yield Problem(at, f"lacks “{name}”")
        for name, inner in value.items():
            allowed = named[name].shape if name in named else shape.others
            place = f"{at}/{escape(name)}"
            if allowed is None:
                yield Problem(place, "is not allowed here")
            else:
                yield from self.problems(allowed, inner, place)


def escape(name: str) -> str:
    """A member's name as a part of a JSON pointer."""
    return name.replace("~", "~0").replace("/", "~1")


def _text(shape: Text, value: Json, at: str) -> Iterator[Problem]:
    if not isinstance(value, str):
        yield Problem(at, "must be a string")
        return
    yield from _count(shape.low, shape.high, len(value), "characters", at)
    if shape.form and not has_form(shape.form, value):
        yield Problem(at, f"is not a valid {shape.form}")


def _number(shape: Number, value: Json, at: str) -> Iterator[Problem]:
    if isinstance(value, bool) or not isinstance(value, int | float) or not math.isfinite(value):
        yield Problem(at, "must be a number")
        return
    if shape.whole and value != int(value):
        yield Problem(at, "must be a whole number")
    if shape.low is not None and (value < shape.low or (shape.low_open and value == shape.low)):
        yield Problem(at, f"must be {'more than' if shape.low_open else 'at least'} {shape.low}")
    if shape.high is not None and (value > shape.high or (shape.high_open and value == shape.high)):
        yield Problem(at, f"must be {'less than' if shape.high_open else 'at most'} {shape.high}")


def _count(low: int, high: int | None, count: int, what: str, at: str) -> Iterator[Problem]:
    if count < low:
        yield Problem(at, f"has {count} {what}, must have at least {low}")
    if high is not None and count > high:
        yield Problem(at, f"has {count} {what}, may have at most {high}")


def _plain(value: Json) -> Json:
    match value:
        case bool():
            return value
        case float() if value.is_integer():
            return int(value)
        case list():
            return [_plain(item) for item in value]
        case dict():
            return {name: _plain(item) for name, item in value.items()}
    return value


def _refuse_constant(name: str) -> None:
    raise ValueError(f"{name} is not a JSON number")
