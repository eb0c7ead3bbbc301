"""Rank fusion: agreement wins, order of arguments does not matter to the scores."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.domain.ranking import fuse

rankings = st.lists(st.lists(st.integers(0, 20), unique=True, max_size=10), max_size=4)


def test_what_both_found_comes_before_what_one_found_first() -> None:
    assert fuse([[1, 2, 3], [9, 2, 8]])[0][0] == 2


def test_the_score_is_the_papers() -> None:
    assert dict(fuse([[5], [7, 5]]))[5] == pytest.approx(1 / 61 + 1 / 62)


@given(rankings)
def test_everything_found_is_ranked_once_best_first(lists: list[list[int]]) -> None:
    fused = fuse(lists)
    assert sorted(item for item, _ in fused) == sorted({item for ranking in lists for item in ranking})
    assert [score for _, score in fused] == sorted((score for _, score in fused), reverse=True)
    assert dict(fuse(lists[::-1])) == pytest.approx(dict(fused))
