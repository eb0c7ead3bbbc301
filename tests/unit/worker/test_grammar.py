"""Whatever the native grammar lets through, the schema allows: an independent validator says so."""

import json
import os
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import jsonschema
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from app.domain.errors import AppError, ErrorCode
from app.domain.json_check import problems_of_text
from app.domain.json_schema import read_schema
from app.domain.json_shapes import Json
from app.worker import grammar as grammar_module
from tests.unit.worker.grammar_walk import Vocabulary, lets_through, write

WALKS = int(os.environ.get("DONJON_GRAMMAR_WALKS", "4"))

SCHEMAS: dict[str, Json] = {
    "anything": {},
    "a person": {
        "type": "object",
        "properties": {"name": {"type": "string"}, "age": {"type": "integer", "minimum": 0, "maximum": 130}},
        "required": ["name"],
    },
    "all optional": {"properties": {name: {"enum": [1, 2]} for name in "abcd"}, "additionalProperties": False},
    "names with quotes": {"properties": {'a"b\\c\n': {"const": 'x"\\\t\u20ac'}}, "required": ['a"b\\c\n']},
    "required but not described": {"properties": {"a": {"type": "null"}}, "required": ["b", "a"]},
    "a map": {"additionalProperties": {"type": "boolean"}, "minProperties": 1, "maxProperties": 3},
    "nothing inside": {"type": "object", "additionalProperties": False},
    "an empty array": {"type": "array", "maxItems": 0},
    "a short text": {"type": "string", "minLength": 3, "maxLength": 7},
    "a bounded array": {"type": "array", "items": {"type": "string", "maxLength": 4}, "minItems": 2, "maxItems": 3},
    "places": {"prefixItems": [{"type": "string"}, {"type": "null"}, {"const": 3}], "minItems": 1, "items": False},
    "places and more": {"items": [{"const": 1}], "additionalItems": {"const": 2}, "minItems": 2, "maxItems": 4},
    "negative": {"type": "integer", "minimum": -105, "maximum": -7},
    "around zero": {"type": "integer", "minimum": -12, "maximum": 31},
    "a year": {"type": "integer", "minimum": 1987, "maximum": 2031},
    "at least": {"type": "integer", "minimum": 4096},
    "a share": {"type": "number", "minimum": 0, "maximum": 1},
    "more than zero": {"type": "number", "exclusiveMinimum": 0},
    "between, open": {"type": "number", "exclusiveMinimum": -3, "exclusiveMaximum": 2},
    "below zero": {"type": "number", "minimum": -20, "exclusiveMaximum": -5},
    "alike beginnings": {"enum": ["in", "inn", "inner", "out", "", 1, 10, 1.5, None, True, {"a": [1]}]},
    "a date or nothing": {"anyOf": [{"type": "string", "format": "date"}, {"type": "null"}]},
    "all forms": {"prefixItems": [{"format": f} for f in ("date", "date-time", "time", "uuid", "email", "ipv4", "uri")],
                  "minItems": 7, "items": False},
    "one of two, by a mark": {
        "oneOf": [
            {"properties": {"kind": {"const": "circle"}, "r": {"type": "number"}}, "required": ["kind", "r"]},
            {"properties": {"kind": {"const": "square"}, "a": {"type": "number"}}, "required": ["kind", "a"]},
        ]
    },
    "a tree": {
        "$ref": "#/$defs/node",
        "$defs": {
            "node": {
                "properties": {
                    "value": {"type": "integer"},
                    "children": {"type": "array", "items": {"$ref": "#/$defs/node"}, "maxItems": 2},
                },
                "required": ["value"],
                "additionalProperties": False,
            }
        },
    },
    "all of": {
        "allOf": [
            {"properties": {"a": {"type": "integer"}}, "required": ["a"]},
            {"properties": {"a": {"minimum": 5, "maximum": 9}, "b": {"type": "boolean"}}, "required": ["b"]},
        ]
    },
}  # fmt: skip


@pytest.fixture(scope="module")
def vocabulary(test_chat_model: Path) -> Iterator[Vocabulary]:
    opened = Vocabulary(test_chat_model)
    yield opened
    opened.close()


def check(vocabulary: Vocabulary, schema: Any, walks: int) -> int:
    """Walk and validate; how many walks came to an end."""
    text = json.dumps(schema)
    validator = jsonschema.Draft7Validator if "additionalItems" in text else jsonschema.Draft202012Validator
    written = [answer for seed in range(walks) if (answer := write(vocabulary, text, seed)) is not None]
    for answer in written:
        validator(schema).validate(json.loads(answer))
        assert problems_of_text(read_schema(text), answer) == (), answer
    return len(written)


@pytest.mark.parametrize("name", SCHEMAS)
def test_what_is_written_is_valid(vocabulary: Vocabulary, name: str) -> None:
    assert check(vocabulary, SCHEMAS[name], WALKS)


@pytest.mark.parametrize(
    ("name", "passing", "stopped"),
    [
        (
            "a person",
            ['{"name": "Ann"}', '{"name":"Ann", "age": 0}'],
            ['{"age": 1}', '{"name": "Ann", "age": 131}', "{"],
        ),
        ("all optional", ["{}", '{"a": 1}', '{"b": 2, "d": 1}'], ['{"b": 2, "a": 1}', '{"a": 1,}', '{"e": 1}']),
        ("a short text", ['"abc"', '"\\n\\"\\\\"', '"abcdefg"'], ['"ab"', '"abcdefgh"', "abc"]),
        ("places", ['["a"]', '["a", null, 3]'], ["[]", "[null]", '["a", 3]', '["a", null, 3, 4]']),
        ("places and more", ["[1, 2]", "[1,2,2,2]"], ["[1]", "[2, 2]", "[1, 2, 2, 2, 2]"]),
        ("negative", ["-7", "-10", "-99", "-105"], ["-6", "-106", "7", "-07"]),
        ("around zero", ["-12", "-1", "0", "9", "31"], ["-13", "-0", "32", "00"]),
        ("a year", ["1987", "1999", "2031"], ["1986", "2032", "987"]),
        ("a share", ["0", "0.5", "1", "1.0"], ["1.5", "-0.5", "2"]),
        ("more than zero", ["0.001", "1", "17.25"], ["0", "0.0", "-1"]),
        ("between, open", ["-2.999", "-0.5", "0", "1.9"], ["-3", "2", "2.0", "-3.1"]),
        ("below zero", ["-5.1", "-20", "-20.0"], ["-5", "-5.0", "-20.1"]),
        ("alike beginnings", ['"inn"', '""', "10", '{"a": [1]}'], ['"inne"', "100", "false"]),
    ],
)
def test_what_is_let_through(vocabulary: Vocabulary, name: str, passing: list[str], stopped: list[str]) -> None:
    schema = json.dumps(SCHEMAS[name])
    assert [text for text in passing if not lets_through(vocabulary, schema, text)] == []
    assert [text for text in stopped if lets_through(vocabulary, schema, text)] == []


WHOLE = st.integers(-2000, 2000)
LETTERS = st.characters(max_codepoint=0x2FFF, exclude_categories=["Cs"])  # bytes that this vocabulary can write
SCALARS = st.one_of(
    st.builds(lambda a, b: {"type": "integer", "minimum": min(a, b), "maximum": max(a, b)}, WHOLE, WHOLE),
    st.builds(lambda a, b: {"type": "number", "minimum": min(a, b), "maximum": max(a, b)}, WHOLE, WHOLE),
    st.builds(lambda a, b: {"type": "number", "exclusiveMinimum": min(a, b) - 1, "maximum": max(a, b)}, WHOLE, WHOLE),
    st.builds(
        lambda a, b: {"type": "string", "minLength": a, "maxLength": a + b}, st.integers(0, 9), st.integers(0, 9)
    ),
    st.builds(
        lambda values: {"enum": values},
        st.lists(st.text(LETTERS, max_size=4) | WHOLE | st.none(), min_size=1, max_size=9),
    ),
)
NAMES = st.text(LETTERS, min_size=1, max_size=5)


def deeper(inner: st.SearchStrategy[Json]) -> st.SearchStrategy[Json]:
    """Objects, arrays and alternatives of what there is."""
    return st.one_of(
        st.builds(
            lambda named, drop: {"properties": named, "required": list(named)[drop:], "additionalProperties": False},
            st.dictionaries(NAMES, inner, min_size=1, max_size=4),
            st.integers(0, 4),
        ),
        st.builds(
            lambda items, low, more: {"type": "array", "items": items, "minItems": low, "maxItems": low + more},
            inner,
            st.integers(0, 2),
            st.integers(0, 2),
        ),
        st.builds(lambda options: {"anyOf": options}, st.lists(inner, min_size=1, max_size=3)),
    )


@settings(max_examples=25, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(schema=st.recursive(SCALARS, deeper, max_leaves=8), seed=st.integers(0, 1000))
def test_any_schema_of_the_subset(vocabulary: Vocabulary, schema: Any, seed: int) -> None:
    text = json.dumps(schema)
    answer = write(vocabulary, text, seed)
    if answer is not None:
        jsonschema.Draft202012Validator(schema).validate(json.loads(answer))
        assert problems_of_text(read_schema(text), answer) == ()


def test_a_grammar_that_is_not_accepted_is_refused(vocabulary: Vocabulary, monkeypatch: pytest.MonkeyPatch) -> None:
    for bad in ("root ::= missing", 'root ::= "a', 'root ::= root "a" | "b"', "other ::= [a-z]"):
        monkeypatch.setattr(grammar_module, "grammar", lambda _schema, bad=bad: bad)
        with pytest.raises(AppError) as caught:
            grammar_module.native_grammar(vocabulary.native, "{}")
        assert caught.value.code is ErrorCode.SCHEMA_UNSUPPORTED, bad


@pytest.mark.skipif("DONJON_DATA" not in os.environ, reason="DONJON_DATA names no folder of unpacked data")
def test_the_schemas_of_the_wild(vocabulary: Vocabulary) -> None:
    lines = (Path(os.environ["DONJON_DATA"]) / "jsonschema" / "jsonschemabench_sample.jsonl").read_text().splitlines()
    refused: dict[str, str] = {}
    supported = valid = 0
    for row in map(json.loads, lines):
        try:
            read_schema(json.dumps(row["schema"]))
        except AppError as error:
            refused[row["id"]] = f"{error.facts['pointer']}: {error.facts['reason']}"
            continue
        supported += 1
        valid += check(vocabulary, row["schema"], 3)
    print(
        f"{supported} supported, {valid} of {supported * 3} walks ended, all valid; {len(refused)} refused",
        *refused.items(),
        sep="\n",
    )
    assert supported >= 130
    assert valid >= supported * 2.5
