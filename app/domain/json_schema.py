"""Reads the subset of JSON Schema that answers can be held to; all else is refused with its reason and place.

    understood   type (also a list), nullable, enum, const, anyOf, oneOf where no answer can fit two, allOf, $ref within
                 the schema (also recursive), $defs, definitions
      objects    properties, required, additionalProperties; minProperties and maxProperties where no names are given
      arrays     items, prefixItems (or a list as items, with additionalItems), minItems, maxItems
      strings    minLength, maxLength, format: date, date-time, time, uuid, email, ipv4, uri
      numbers    minimum, maximum, exclusiveMinimum, exclusiveMaximum; whole bounds, but for integers
    refused      pattern, patternProperties, not, if, dependencies, uniqueItems, multipleOf, contains and kin

Keywords that JSON Schema does not know say nothing about an answer and are passed over. A schema that names keywords of
one type and no type is read as of that type.
"""

import itertools
import json
import math
from collections.abc import Callable
from typing import Final

from app.domain.errors import AppError, ErrorCode
from app.domain.json_check import FORMS, canonical, escape, parse_json, problems
from app.domain.json_overlap import Overlap
from app.domain.json_schema_merge import CONSTRAINTS, Conflict, merge
from app.domain.json_shapes import (
    Anything,
    Array,
    Json,
    Literal,
    Number,
    Property,
    Record,
    Ref,
    Schema,
    Shape,
    Text,
    Union,
    circles,
    endless,
    too_ambiguous,
)

MAX_CHARACTERS: Final = 128 * 1024
MAX_NODES: Final = 2000
MAX_DEPTH: Final = 40
MAX_LENGTH: Final = 2000  # that a minLength or minItems may demand
MAX_BOUND: Final = 10**15 - 1
_NO_TYPE: Final = "it allows nothing"

_REFUSED: Final = frozenset(
    "pattern patternProperties not if then else contains minContains maxContains propertyNames dependencies "
    "dependentRequired dependentSchemas unevaluatedItems unevaluatedProperties contentSchema $dynamicRef $recursiveRef "
    "extends disallow divisibleBy".split()
)
_TYPE_OF: Final = {
    "properties": "object", "required": "object", "additionalProperties": "object", "minProperties": "object",
    "maxProperties": "object", "items": "array", "prefixItems": "array", "additionalItems": "array",
    "minItems": "array", "maxItems": "array", "minLength": "string", "maxLength": "string", "format": "string",
    "minimum": "number", "maximum": "number", "exclusiveMinimum": "number", "exclusiveMaximum": "number",
}  # fmt: skip
_TYPES: Final = frozenset("object array string number integer boolean null".split())

Object = dict[str, Json]


def read_schema(text: str) -> Schema:
    """The schema, ready for `json_grammar` and `json_check`. Raises AppError SCHEMA_UNSUPPORTED."""
    if len(text) > MAX_CHARACTERS:
        raise unsupported("#", f"it is longer than {MAX_CHARACTERS // 1024} KiB")
    try:
        document = parse_json(text)
        json.dumps(document, ensure_ascii=False).encode()
    except (ValueError, RecursionError) as error:
        raise unsupported("#", f"it is not JSON: {error}"[:200]) from error
    return _Reader(document).read()


def unsupported(at: str, reason: str) -> AppError:
    """The refusal of a schema, with the place in it."""
    return AppError(ErrorCode.SCHEMA_UNSUPPORTED, pointer=at, reason=reason)


class _Reader:
    """One reading of one document."""

    def __init__(self, document: Json) -> None:
        self._document = document
        self._definitions: dict[str, Shape] = {}
        self._open: set[str] = set()
        self._exclusive: list[tuple[str, tuple[Shape, ...]]] = []  # oneOf: looked at once all is read
        self._nodes = 0

    def read(self) -> Schema:
        schema = Schema(self._shape(self._document, "#", 0), self._definitions)
        if (place := circles(schema)) is not None:
            raise unsupported(place, "it refers to itself and nothing else")
        if (place := endless(schema)) is not None:
            raise unsupported(place, "nothing of finite length fits it: it always needs another of itself")
        overlap = Overlap(schema)
        for at, options in self._exclusive:
            if not all(overlap.apart(a, b) for a, b in itertools.permutations(options, 2)):
                raise unsupported(at, "an answer could fit two of the alternatives; say anyOf if that may be")
        if too_ambiguous(schema):
            raise unsupported("#", "too many alternatives that begin alike are nested in each other")
        return schema

    def _shape(self, node: Json, at: str, depth: int) -> Shape:
        self._nodes += 1
        if self._nodes > MAX_NODES or depth > MAX_DEPTH:
            raise unsupported(at, f"the schema is too large: {MAX_NODES} parts and {MAX_DEPTH} levels are read")
        if node is True:
            return Anything()
        if not isinstance(node, dict):
            raise unsupported(at, _NO_TYPE if node is False else "a schema must be an object, true or false")
        self._check_keywords(node, at)
        said = {name: value for name, value in node.items() if name in CONSTRAINTS}
        for name in ("$ref", "allOf", "anyOf", "oneOf"):
            if name in said:
                return self._combined(name, said.pop(name), said, at, depth)
        if said.pop("nullable", False) is True:
            return self._joined([self._shape(said, at, depth + 1), Literal(("null",))])
        if "enum" in said or "const" in said:
            return self._literal(said, at, depth)
        types = self._types(said, at)
        return self._joined([self._typed(each, said, at, depth) for each in types]) if types else Anything()

    def _check_keywords(self, node: Object, at: str) -> None:
        for name in node:
            if name in _REFUSED:
                raise unsupported(f"{at}/{escape(name)}", f"“{name}” is not supported")
        if node.get("uniqueItems", False) is not False:
            raise unsupported(f"{at}/uniqueItems", "“uniqueItems” is not supported")
        if node.get("multipleOf", 1) != 1 or ("multipleOf" in node and node.get("type") != "integer"):
            raise unsupported(f"{at}/multipleOf", "“multipleOf” is not supported")

    # --- combinations --------------------------------------------------------------------------------------------

    def _combined(self, keyword: str, value: Json, rest: Object, at: str, depth: int) -> Shape:
        """The shape of a $ref, allOf, anyOf or oneOf together with what stands beside it."""
        place = f"{at}/{keyword}"
        if keyword == "$ref":
            if not isinstance(value, str):
                raise unsupported(place, "a reference must be a string")
            if not rest:
                return self._reference(value, place, depth)
            return self._shape(self._merged([rest, self._resolve(value, place)], place), at, depth + 1)
        if not isinstance(value, list) or not value or len(value) > MAX_NODES:
            raise unsupported(place, "it must be a list of schemas")
        if keyword == "allOf":
            return self._shape(self._merged([rest, *value], place), at, depth + 1)
        options = [
            self._shape(self._merged([rest, option], f"{place}/{n}") if rest else option, f"{place}/{n}", depth + 1)
            for n, option in enumerate(value)
        ]
        if keyword == "oneOf":
            self._exclusive.append((place, tuple(options)))
        return self._joined(options)

    def _merged(self, parts: list[Json], at: str) -> Object:
        whole: Object = {}
        for part in parts:
            if part is True:
                continue
            if not isinstance(part, dict):
                raise unsupported(at, _NO_TYPE)
            self._check_keywords(part, at)
            try:
                whole = merge(whole, part)
            except Conflict as conflict:
                raise unsupported(at, str(conflict)) from conflict
        self._nodes += len(whole)
        return whole

    @staticmethod
    def _joined(options: list[Shape]) -> Shape:
        flat = [each for option in options for each in (option.options if isinstance(option, Union) else (option,))]
        alike = list(dict.fromkeys(flat))
        return alike[0] if len(alike) == 1 else Union(tuple(alike))

    def _reference(self, reference: str, at: str, depth: int) -> Shape:
        if reference not in self._definitions and reference not in self._open:
            self._open.add(reference)
            self._definitions[reference] = self._shape(self._resolve(reference, at), reference, depth + 1)
        return Ref(reference)

    def _resolve(self, reference: str, at: str) -> Json:
        if reference != "#" and not reference.startswith("#/"):
            raise unsupported(at, "only references within the schema (#/…) are followed")
        node = self._document
        for part in reference.split("/")[1:]:
            name = part.replace("%25", "%").replace("~1", "/").replace("~0", "~")
            if isinstance(node, dict) and name in node:
                node = node[name]
            elif isinstance(node, list) and name.isdecimal() and int(name) < len(node):
                node = node[int(name)]
            else:
                raise unsupported(at, f"{reference} is not in the schema")
        return node

    # --- one type ------------------------------------------------------------------------------------------------

    def _literal(self, said: Object, at: str, depth: int) -> Shape:
        """The values of enum or const that what stands beside them allows."""
        values = said.pop("enum", None)
        if "const" in said:
            constant = said.pop("const")
            values = (
                [constant]
                if values is None
                else [v for v in _list(values, f"{at}/enum") if canonical(v) == canonical(constant)]
            )
        values = _list(values, f"{at}/enum")
        self._nodes += len(values)
        shape = self._shape(said, at, depth + 1)
        schema = Schema(shape, dict.fromkeys(self._open, Anything()) | self._definitions)
        texts = [json.dumps(value, ensure_ascii=False) for value in values if not problems(schema, value)]
        if not texts:
            raise unsupported(at, _NO_TYPE)
        return Literal(tuple(dict.fromkeys(texts)))

    def _types(self, said: Object, at: str) -> list[str]:
        named = said.get("type")
        if named is None:
            return sorted({_TYPE_OF[name] for name in said if name in _TYPE_OF})
        types = named if isinstance(named, list) else [named]
        if not types or any(not isinstance(each, str) or each not in _TYPES for each in types):
            raise unsupported(f"{at}/type", f"it must be one of {', '.join(sorted(_TYPES))}")
        return [str(each) for each in types if not (each == "integer" and "number" in types)]

    def _typed(self, kind: str, said: Object, at: str, depth: int) -> Shape:
        match kind:
            case "object":
                return self._record(said, at, depth)
            case "array":
                return self._array(said, at, depth)
            case "string":
                return _text(said, at)
            case "boolean":
                return Literal(("true", "false"))
            case "null":
                return Literal(("null",))
        return _number(kind == "integer", said, at)

    def _record(self, said: Object, at: str, depth: int) -> Record:
        named = said.get("properties", {})
        required = _list(said.get("required", []), f"{at}/required")
        if not isinstance(named, dict) or not all(isinstance(name, str) for name in required):
            raise unsupported(at, "properties must be an object and required a list of names")
        others = said.get("additionalProperties", True)
        shape = None if others is False else self._shape(others, f"{at}/additionalProperties", depth + 1)
        properties = [
            Property(name, self._shape(node, f"{at}/properties/{escape(name)}", depth + 1), name in required)
            for name, node in named.items()
        ]
        for name in dict.fromkeys(str(each) for each in required):
            if name not in named:
                if shape is None:
                    raise unsupported(f"{at}/required", f"“{name}” is required and not allowed")
                properties.append(Property(name, shape, required=True))
        low, high = _bounds(said, "minProperties", "maxProperties", at)
        if properties:
            if low > sum(member.required for member in properties):
                raise unsupported(f"{at}/minProperties", "it must be met by the required properties")
            if high is not None and high < len(properties):
                raise unsupported(f"{at}/maxProperties", "it must leave room for all properties")
        elif low and shape is None:
            raise unsupported(f"{at}/minProperties", _NO_TYPE)
        return Record(tuple(properties), shape, low, high)

    def _array(self, said: Object, at: str, depth: int) -> Array:
        key = "prefixItems" if "prefixItems" in said else "items"
        prefix = said.get(key, [])
        rest_key = "items" if key == "prefixItems" else "additionalItems"
        if not isinstance(prefix, list):
            prefix, rest_key = [], "items"
        first = tuple(self._shape(node, f"{at}/{key}/{n}", depth + 1) for n, node in enumerate(prefix))
        others = said.get(rest_key, True)
        rest = None if others is False else self._shape(others, f"{at}/{rest_key}", depth + 1)
        low, high = _bounds(said, "minItems", "maxItems", at)
        if rest is None and low > len(first):
            raise unsupported(f"{at}/minItems", _NO_TYPE)
        return Array(first, rest, low, high)


def _text(said: Object, at: str) -> Text:
    low, high = _bounds(said, "minLength", "maxLength", at)
    form = said.get("format")
    if form is None:
        return Text(low, high)
    if not isinstance(form, str) or form not in FORMS:
        raise unsupported(f"{at}/format", f"the format “{form}” is not supported")
    if low > 1 or high is not None:
        raise unsupported(f"{at}/format", "a format and a length together are not supported")
    return Text(form=form)


def _number(whole: bool, said: Object, at: str) -> Number:
    low, low_open = _bound(said, "minimum", "exclusiveMinimum", max, at)
    high, high_open = _bound(said, "maximum", "exclusiveMaximum", min, at)
    if whole:
        lowest = None if low is None else math.floor(low) + 1 if low_open else math.ceil(low)
        highest = None if high is None else math.ceil(high) - 1 if high_open else math.floor(high)
        number = Number(True, lowest, highest)
    else:
        for bound in (low, high):
            if bound is not None and bound != math.floor(bound):
                raise unsupported(at, f"the bound {bound} is not a whole number")
        number = Number(
            False, None if low is None else int(low), None if high is None else int(high), low_open, high_open
        )
    if number.low is not None and number.high is not None:
        empty = number.low == number.high and (number.low_open or number.high_open)
        if number.low > number.high or empty:
            raise unsupported(at, _NO_TYPE)
    if max(number.low or 0, -(number.high or 0)) > MAX_BOUND:
        raise unsupported(at, f"bounds beyond {MAX_BOUND} are not supported")
    return number


def _bound(
    said: Object, closed: str, opened: str, stricter: Callable[..., float], at: str
) -> tuple[float | None, bool]:
    """A number's bound and whether it is itself left out; an older way says that by a flag beside the bound."""
    bounds: list[tuple[float, bool]] = []
    flag = said.get(opened)
    for name, value, is_open in ((closed, said.get(closed), flag is True), (opened, flag, True)):
        if value is None or isinstance(value, bool):
            continue
        if not isinstance(value, int | float):
            raise unsupported(f"{at}/{name}", "it must be a number")
        bounds.append((value, is_open))
    if not bounds:
        return None, False
    tightest = stricter(value for value, _ in bounds)
    return tightest, any(is_open for value, is_open in bounds if value == tightest)


def _bounds(said: Object, low_name: str, high_name: str, at: str) -> tuple[int, int | None]:
    """A least and a greatest count."""
    low, high = _whole(said, low_name, at) or 0, _whole(said, high_name, at)
    if low > MAX_LENGTH:
        raise unsupported(f"{at}/{low_name}", f"at most {MAX_LENGTH} can be demanded")
    if high is not None and low > high:
        raise unsupported(at, _NO_TYPE)
    return low, high


def _whole(said: Object, name: str, at: str) -> int | None:
    value = said.get(name)
    if name in said and (isinstance(value, bool) or not isinstance(value, int) or value < 0):
        raise unsupported(f"{at}/{name}", "it must be a whole number, not negative")
    return value if isinstance(value, int) else None


def _list(value: Json, at: str) -> list[Json]:
    if not isinstance(value, list):
        raise unsupported(at, "it must be a list")
    return value
