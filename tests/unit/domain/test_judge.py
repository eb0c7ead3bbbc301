"""Fields as schemas, values that fit them, and what several runs and versions have in common."""

import json
from dataclasses import replace

import jsonschema
import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.domain.json_check import problems
from app.domain.json_schema import read_schema
from app.domain.judge import (
    ITEMS,
    TEXT,
    Amount,
    Field,
    Template,
    Value,
    Verdict,
    Version,
    agree,
    answer_schema,
    as_json,
    as_value,
    ask_schema,
    compare,
    is_cut,
    settle,
    value_schema,
)

FIELDS = (
    Field("what", "What", "text", "What happened."),
    Field("how_bad", "How bad", "choice", "How bad.", ("bad", "worse")),
    Field("steps", "Steps", "list", "What is done."),
    Field("day", "Day", "date", "When."),
    Field("cost", "Cost", "amount", "How much."),
    Field("lost", "Lost", "yes_no", "Whether."),
    Field("tone", "Tone", "score", "How polite.", rubric=("rude", "polite")),
)
TEMPLATE = Template("all", "All", "anything", FIELDS)
VALUES: dict[str, st.SearchStrategy[Value]] = {
    "text": st.none() | st.from_regex(r"[a-z]{1,9}( [a-z]{1,9}){0,5}", fullmatch=True),
    "choice": st.sampled_from([None, "bad", "worse"]),
    "list": st.lists(st.from_regex(r"[a-z]{1,20}", fullmatch=True), max_size=4, unique=True).map(tuple),
    "date": st.none() | st.dates().filter(lambda day: day.year > 1000).map(lambda day: day.isoformat()),
    "amount": st.none() | st.builds(Amount, st.floats(-1e9, 1e9), st.from_regex(r"[A-Z]{0,4}", fullmatch=True)),
    "yes_no": st.sampled_from([None, True, False]),
    "score": st.sampled_from([None, 1, 2]),
}


def version(*verdicts: Verdict, number: int = 1) -> Version:
    return Version(number, TEMPLATE, verdicts, "Qwen", "device")


@pytest.mark.parametrize("field", FIELDS, ids=lambda field: field.kind)
@given(data=st.data())
def test_a_value_fits_its_schema_and_comes_back(field: Field, data: st.DataObject) -> None:
    value = data.draw(VALUES[field.kind])
    said = json.loads(json.dumps(as_json(value)))
    assert not problems(read_schema(json.dumps(value_schema(field))), said)
    jsonschema.validate(said, value_schema(field))
    assert as_value(field, said) == value


def test_a_model_is_held_to_lines_that_there_are() -> None:
    schema = read_schema(json.dumps(ask_schema(FIELDS[:1], 4)))
    assert not problems(schema, {"what": {"lines": [1, 4], "value": "It broke."}})
    assert problems(schema, {"what": {"lines": [5], "value": "It broke."}})
    assert problems(schema, {"what": {"lines": [1, 2, 3, 4], "value": "It broke."}})
    assert problems(schema, {"what": {"lines": [], "value": 7}})


def test_the_whole_is_a_schema_of_its_own() -> None:
    jsonschema.Draft202012Validator.check_schema(answer_schema(TEMPLATE))
    read_schema(json.dumps(answer_schema(TEMPLATE)))


def test_what_may_lack_its_end_is_told_from_what_is_whole() -> None:
    assert is_cut("x" * TEXT)
    assert not is_cut("x" * (TEXT - 1))
    assert is_cut(tuple("abcdefgh"[:ITEMS]))
    assert not is_cut(("one",))


def test_texts_agree_by_what_they_say_all_else_exactly() -> None:
    text, choice, several, day, _, lost, _ = FIELDS
    assert agree(text, "The pool limit was lowered.", "A pool limit was lowered")
    assert not agree(text, "The pool limit was lowered.", "Nobody knows the reason.")
    assert not agree(text, None, "Somebody")
    assert agree(several, ("Add a test", "Add an alert"), ("add an alert", "add a test"))
    assert not agree(choice, "bad", "worse")
    assert not agree(lost, True, False)
    assert not agree(day, "2026-11-04", "2026-11-05")


def test_the_verdict_that_most_runs_give_is_taken_and_the_earlier_of_two() -> None:
    runs = [[Verdict("lost", value)] for value in (True, False, False)]
    assert settle(FIELDS[5:6], runs) == (Verdict("lost", False, agree=2),)
    assert settle(FIELDS[5:6], runs[:2])[0] == Verdict("lost", True, agree=1)


def test_versions_are_compared_field_by_field() -> None:
    before = version(Verdict("what", "It broke."), Verdict("lost", True))
    after = version(Verdict("what", "It broke."), Verdict("lost", False), number=2)
    assert {change.field.key for change in compare(before, after) if change.differs} == {"lost"}
    shorter = replace(after, template=replace(TEMPLATE, fields=FIELDS[:1]), verdicts=after.verdicts[:1])
    gone = next(change for change in compare(before, shorter) if change.field.key == "lost")
    assert gone.after is None
    assert gone.differs
