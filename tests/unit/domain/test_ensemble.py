"""Choosing one of several answers."""

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.domain.ensemble import likeliest, preference, rank_pairs, vote

VALUES = st.recursive(
    st.none() | st.booleans() | st.integers(-5, 5) | st.text(max_size=3),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=2), inner, max_size=3),
    max_leaves=6,
)


def test_the_majority_wins_whatever_the_order_of_its_keys() -> None:
    answers = ['{"a": 1, "b": 2}', '{"a": 9, "b": 9}', '{"b":2,"a":1}']
    choice = vote(answers, [-0.5, -0.1, -0.4])
    assert choice.index == 2  # the likelier of the two that agree
    assert choice.share == pytest.approx(2 / 3)


def test_without_a_majority_the_answer_nearest_to_all_wins() -> None:
    answers = ['{"a": 1, "b": 1, "c": 9}', '{"a": 1, "b": 1, "c": 1}', '{"a": 7, "b": 1, "c": 1}']
    assert vote(answers, [-0.1, -0.9, -0.1]).index == 1


@given(VALUES, VALUES, st.lists(st.floats(-3, 0), min_size=5, max_size=5))
def test_three_of_five_always_win(common: object, other: object, likelihoods: list[float]) -> None:
    answers = [json.dumps(value) for value in (common, other, common, common, [other, 1])]
    chosen = json.loads(answers[vote(answers, likelihoods).index])
    assert json.dumps(chosen, sort_keys=True) == json.dumps(common, sort_keys=True)


@given(st.lists(VALUES, min_size=1, max_size=5))
def test_scores_are_shares(values: list[object]) -> None:
    choice = vote([json.dumps(value) for value in values], [0.0] * len(values))
    assert all(0 <= score <= 1 for score in choice.scores)
    assert 0 < choice.share <= 1


def test_what_is_no_json_cannot_be_counted() -> None:
    with pytest.raises(ValueError, match="Expecting value"):
        vote(["yes"], [0.0])


def test_the_likeliest_is_taken_and_of_equals_the_first() -> None:
    assert likeliest(["a", "b", "b"], [-2.0, -0.5, -0.5]).index == 1


def test_a_judge_that_always_takes_the_first_decides_nothing() -> None:
    always_first = dict.fromkeys([(0, 1), (1, 0), (0, 2), (2, 0), (1, 2), (2, 1)], 1.0)
    choice = rank_pairs(["a", "b", "c"], always_first)
    assert choice.scores == (0.5, 0.5, 0.5)
    sure = always_first | {(2, 0): 1.0, (0, 2): 0.0, (1, 2): 0.0}
    assert rank_pairs(["a", "b", "c"], sure).index == 2


def test_preference_is_a_probability() -> None:
    assert preference(-1.0, -1.0) == 0.5
    assert preference(-1.0, -5.0) > 0.95
    assert 0 <= preference(-1e9, 0.0) < 0.01
