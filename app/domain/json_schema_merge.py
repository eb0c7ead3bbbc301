"""Two JSON Schemas that must both hold, as one: what allOf and keywords beside anyOf, oneOf or $ref mean."""

import json
from typing import Final

from app.domain.json_shapes import Json

CONSTRAINTS: Final = frozenset(
    "type nullable enum const anyOf oneOf allOf $ref properties required additionalProperties minProperties "
    "maxProperties items prefixItems additionalItems minItems maxItems minLength maxLength format minimum maximum "
    "exclusiveMinimum exclusiveMaximum".split()
)
_GREATER: Final = frozenset({"minProperties", "minItems", "minLength", "minimum"})
_LESSER: Final = frozenset({"maxProperties", "maxItems", "maxLength", "maximum"})

Object = dict[str, Json]


class Conflict(Exception):
    """The two cannot be written as one schema of our subset."""


def merge(first: Object, second: Object) -> Object:
    """One schema that allows what both allow. Raises Conflict."""
    _check_closed(first, second)
    _check_closed(second, first)
    merged = {name: value for name, value in first.items() if name in CONSTRAINTS}
    for name, value in second.items():
        if name in CONSTRAINTS:
            merged[name] = _both(name, merged[name], value) if name in merged else value
    return merged


def _both(name: str, first: Json, second: Json) -> Json:
    match name, first, second:
        case "type", _, _:
            return _types(first, second)
        case "required", list(), list():
            return first + [each for each in second if each not in first]
        case "enum", list(), list():
            allowed = {json.dumps(value, sort_keys=True) for value in second}
            return [value for value in first if json.dumps(value, sort_keys=True) in allowed]
        case "properties", dict(), dict():
            return first | {
                key: {"allOf": [first[key], value]} if key in first and first[key] != value else value
                for key, value in second.items()
            }
        case ("allOf", list(), list()):
            return first + second
        case _, int() | float(), int() | float() if name in _GREATER | _LESSER:
            return max(first, second) if name in _GREATER else min(first, second)
    if json.dumps(first, sort_keys=True) != json.dumps(second, sort_keys=True):
        raise Conflict(f"two different “{name}” that must both hold are not supported")
    return first


def _types(first: Json, second: Json) -> Json:
    a, b = ([each] if isinstance(each, str) else each for each in (first, second))
    if not isinstance(a, list) or not isinstance(b, list):
        raise Conflict("a type must be a name or a list of names")
    common = [each for each in a if each in b or (each == "integer" and "number" in b)]
    common += [each for each in b if each == "integer" and "number" in a and each not in common]
    if not common:
        raise Conflict("it allows nothing: no type is in both")
    return common


def _check_closed(closed: Object, other: Object) -> None:
    """What one says of members without a name there must not reach members that the other names."""
    if closed.get("additionalProperties", True) is True:
        return
    mine, theirs = closed.get("properties", {}), other.get("properties", {})
    if not isinstance(mine, dict) or not isinstance(theirs, dict) or set(theirs) - set(mine):
        raise Conflict("“additionalProperties” beside properties that are named elsewhere is not supported")
