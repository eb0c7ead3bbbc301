"""Which schemas are understood, which are refused and why, and what an answer is told."""

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.domain.errors import AppError, ErrorCode
from app.domain.json_check import canonical, has_form, problems_of_text
from app.domain.json_grammar import grammar
from app.domain.json_schema import MAX_CHARACTERS, MAX_DEPTH, MAX_NODES, read_schema
from app.domain.json_shapes import Array, Json, Literal, Number, Record, Text, Union

REFUSED: list[tuple[Json, str, str]] = [
    ({"type": "string", "pattern": "^a$"}, "#/pattern", "not supported"),
    (
        {"type": "object", "properties": {"a/b": {"type": "string", "not": {}}}},
        "#/properties/a~1b/not",
        "not supported",
    ),
    ({"type": "array", "uniqueItems": True}, "#/uniqueItems", "not supported"),
    ({"type": "number", "multipleOf": 0.1}, "#/multipleOf", "not supported"),
    ({"type": "number", "minimum": 0.5}, "#", "whole number"),
    ({"type": "integer", "minimum": 5, "maximum": 4}, "#", "allows nothing"),
    ({"type": "integer", "minimum": 10**20}, "#", "beyond"),
    ({"type": "string", "minLength": 9, "maxLength": 8}, "#", "allows nothing"),
    ({"type": "string", "minLength": 10**9}, "#/minLength", "at most"),
    ({"type": "string", "minLength": -1}, "#/minLength", "not negative"),
    ({"type": "string", "format": "semver"}, "#/format", "semver"),
    ({"type": "colour"}, "#/type", "must be one of"),
    ({"type": "string", "enum": [1, 2]}, "#", "allows nothing"),
    ({"enum": "a"}, "#/enum", "must be a list"),
    ({"type": "array", "items": False, "minItems": 1}, "#/minItems", "allows nothing"),
    ({"type": "object", "required": ["a"], "additionalProperties": False}, "#/required", "not allowed"),
    ({"type": "object", "properties": {"a": {}}, "minProperties": 1}, "#/minProperties", "required"),
    (False, "#", "allows nothing"),
    (7, "#", "must be an object"),
    ({"$ref": "https://example.org/schema"}, "#/$ref", "within the schema"),
    ({"$ref": "#/$defs/missing"}, "#/$ref", "is not in the schema"),
    ({"$ref": "#"}, "#", "refers to itself"),
    ({"anyOf": [{"$ref": "#"}, {"type": "null"}]}, "#", "refers to itself"),
    ({"type": "object", "properties": {"a": {"$ref": "#"}}, "required": ["a"]}, "#", "finite"),
    ({"oneOf": [{"type": "integer"}, {"type": "number"}]}, "#/oneOf", "two of the alternatives"),
    ({"oneOf": [{"enum": ["a", "b"]}, {"enum": ["b", "c"]}]}, "#/oneOf", "two of the alternatives"),
    ({"allOf": [{"type": "string"}, {"type": "integer"}]}, "#/allOf", "no type"),
    ({"allOf": [{"additionalProperties": False}, {"properties": {"a": {}}}]}, "#/allOf", "additionalProperties"),
]

KEYWORDS = (
    "type enum const properties required items anyOf oneOf allOf $ref $defs a minItems maxItems minimum maximum "
    "minLength format prefixItems additionalProperties"
).split()
NONSENSE: st.SearchStrategy[Json] = st.recursive(
    st.sampled_from([True, False, None, 0, 1.5, "#", "string", "array", "#/$defs/a"]),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.sampled_from(KEYWORDS), inner),
)


def refusal(text: str) -> AppError:
    with pytest.raises(AppError) as caught:
        read_schema(text)
    assert caught.value.code is ErrorCode.SCHEMA_UNSUPPORTED
    return caught.value


@pytest.mark.parametrize(("schema", "pointer", "reason"), REFUSED, ids=[json.dumps(row[0])[:60] for row in REFUSED])
def test_what_is_not_understood_is_refused_with_its_place_and_reason(schema: Json, pointer: str, reason: str) -> None:
    facts = refusal(json.dumps(schema)).facts
    assert facts["pointer"] == pointer
    assert reason in str(facts["reason"])


@pytest.mark.parametrize("text", ["", "{", "[" * 100_000, '{"const": NaN}', '{"const": "\\ud800"}', "1" * 5000])
def test_what_is_not_json_is_refused(text: str) -> None:
    assert refusal(text).facts["pointer"] == "#"


class TestLimits:
    """No schema, however made, costs much."""

    def test_a_long_schema(self) -> None:
        refusal(json.dumps({"description": "x" * MAX_CHARACTERS}))

    def test_a_deep_schema(self) -> None:
        schema: Json = {"type": "string"}
        for _ in range(MAX_DEPTH + 1):
            schema = {"type": "array", "items": schema}
        assert "too large" in str(refusal(json.dumps(schema)).facts["reason"])

    def test_a_wide_schema(self) -> None:
        schema = {"type": "object", "properties": {f"p{n}": {"type": "null"} for n in range(MAX_NODES)}}
        assert "too large" in str(refusal(json.dumps(schema)).facts["reason"])

    def test_alternatives_that_double_at_each_level(self) -> None:
        definitions = {f"d{n}": {"anyOf": [{"items": {"$ref": f"#/$defs/d{n + 1}"}, "maxItems": m} for m in (5, 6)]}
                       for n in range(10)}  # fmt: skip
        schema = {"$ref": "#/$defs/d0", "$defs": {**definitions, "d10": {"type": "null"}}}
        assert "alternatives" in str(refusal(json.dumps(schema)).facts["reason"])

    def test_alternatives_that_double_by_recursion(self) -> None:
        schema = {"anyOf": [{"type": "array", "items": {"$ref": "#"}, "maxItems": m} for m in (5, 6)]}
        assert "alternatives" in str(refusal(json.dumps(schema)).facts["reason"])

    def test_schemas_merged_over_and_over(self) -> None:
        definitions = {f"d{n}": {"allOf": [{"$ref": f"#/$defs/d{n + 1}"}] * 2, "title": "x"} for n in range(30)}
        refusal(json.dumps({"$ref": "#/$defs/d0", "$defs": {**definitions, "d30": {"type": "null"}}}))

    @given(NONSENSE)
    def test_nonsense_is_read_or_refused(self, schema: Json) -> None:
        try:
            assert grammar(read_schema(json.dumps(schema))).startswith("root ::= ")
        except AppError as error:
            assert error.code is ErrorCode.SCHEMA_UNSUPPORTED


def test_shapes_of_each_type() -> None:
    cases: list[tuple[Json, object]] = [
        ({"type": ["string", "null"]}, Union((Text(), Literal(("null",))))),
        ({"type": "string", "nullable": True}, Union((Text(), Literal(("null",))))),
        ({"maxLength": 5}, Text(0, 5)),
        ({"type": "integer", "exclusiveMinimum": 0, "maximum": 9.5}, Number(True, 1, 9)),
        ({"type": "integer", "minimum": 3, "exclusiveMinimum": True}, Number(True, 4, None)),
        ({"type": ["integer", "number"]}, Number()),
        ({"type": "string", "enum": ["a", 1, "b"], "maxLength": 3}, Literal(('"a"', '"b"'))),
        ({"enum": [1, True, "1"], "const": True}, Literal(("true",))),
        ({"allOf": [{"type": "integer", "minimum": 1}, {"minimum": 2, "maximum": 3}]}, Number(True, 2, 3)),
        ({"items": [{"type": "null"}], "additionalItems": False}, Array((Literal(("null",)),), None)),
        ({"prefixItems": [{"type": "null"}], "items": False}, Array((Literal(("null",)),), None)),
        ({"additionalProperties": {"type": "string"}, "maxProperties": 3}, Record((), Text(), 0, 3)),
    ]
    for schema, shape in cases:
        assert read_schema(json.dumps(schema)).root == shape, schema


ADDRESS = {
    "$defs": {"node": {"type": "object", "properties": {"next": {"$ref": "#/$defs/node"}, "v": {"type": "integer"}}}},
    "type": "object",
    "properties": {
        "name": {"type": "string", "minLength": 2, "maxLength": 5},
        "born": {"type": "string", "format": "date"},
        "share": {"type": "number", "minimum": 0, "exclusiveMaximum": 1},
        "pets": {"type": "array", "items": {"enum": ["cat", "dog"]}, "minItems": 1, "maxItems": 2},
        "list": {"$ref": "#/$defs/node"},
    },
    "required": ["name"],
    "additionalProperties": False,
}


@pytest.mark.parametrize(
    ("answer", "pointer", "reason"),
    [
        ('{"name": "Ann"', "", "not JSON"),
        ('{"name": NaN}', "", "not JSON"),
        ("[" * 10_000, "", "not JSON"),
        ("[]", "", "must be an object"),
        ("{}", "", "lacks “name”"),
        ('{"name": "A"}', "/name", "at least 2"),
        ('{"name": "Annabel"}', "/name", "at most 5"),
        ('{"name": "Ann", "a/b": 1}', "/a~1b", "not allowed"),
        ('{"name": "Ann", "born": "2023-02-29"}', "/born", "valid date"),
        ('{"name": "Ann", "share": 1}', "/share", "less than 1"),
        ('{"name": "Ann", "share": true}', "/share", "must be a number"),
        ('{"name": "Ann", "pets": []}', "/pets", "at least 1"),
        ('{"name": "Ann", "pets": ["cat", "cow"]}', "/pets/1", '"cat" or "dog"'),
        ('{"name": "Ann", "list": {"next": {"next": {"v": 1.5}}}}', "/list/next/next/v", "whole"),
    ],
)
def test_an_answer_is_told_what_is_wrong_and_where(answer: str, pointer: str, reason: str) -> None:
    found = problems_of_text(read_schema(json.dumps(ADDRESS)), answer)
    assert [found[0].pointer, reason in found[0].reason] == [pointer, True], found


def test_an_answer_that_fits_has_no_problems() -> None:
    answer = '{"name": "Ann", "born": "2024-02-29", "share": 0.99, "pets": ["cat"], "list": {"next": {"v": 2.0}}}'
    assert problems_of_text(read_schema(json.dumps(ADDRESS)), answer) == ()


def test_forms() -> None:
    fits = {"date": "2000-02-29", "date-time": "2024-01-02T03:04:05.6Z", "time": "23:59:59+01:00",
            "uuid": "6ba7b810-9dad-11d1-80b4-00c04fd430c8", "email": "a.b@c.example", "ipv4": "10.0.255.1",
            "uri": "https://c.example/x?y#z"}  # fmt: skip
    for form, text in fits.items():
        assert has_form(form, text), form
        assert not has_form(form, text[:-1] + " "), form
        assert not has_form(form, ""), form


def test_the_canonical_text_joins_what_json_schema_calls_equal() -> None:
    assert canonical({"b": 1.0, "a": [True]}) == canonical({"a": [True], "b": 1}) == '{"a":[true],"b":1}'
    assert canonical(True) != canonical(1)
