"""How sure a model was of what it wrote."""

import math

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.domain.trace import UNSURE, Confidence


def test_pieces_that_might_have_been_others_are_remembered_by_place() -> None:
    confidence = Confidence()
    for text, probability in (("The ", 0.9), ("fee", 0.3), (" ", 0.1), ("is", 0.8)):
        confidence.take(text, math.log(probability))
    assert [(doubt.start, doubt.end, doubt.probability) for doubt in confidence.doubts] == [(4, 7, 0.3)]
    assert confidence.mean == pytest.approx((0.9 * 0.3 * 0.1 * 0.8) ** 0.25, abs=0.001)


def test_a_model_that_does_not_say_is_not_taken_for_sure() -> None:
    confidence = Confidence()
    confidence.take("Hello", None)
    assert confidence.mean is None
    assert confidence.doubts == ()


@given(st.lists(st.tuples(st.text(max_size=5), st.floats(0.001, 1.0))))
def test_every_doubt_lies_in_the_text_and_is_one(pieces: list[tuple[str, float]]) -> None:
    confidence = Confidence()
    for text, probability in pieces:
        confidence.take(text, math.log(probability))
    whole = "".join(text for text, _ in pieces)
    for doubt in confidence.doubts:
        assert whole[doubt.start : doubt.end].strip()
        assert doubt.probability <= UNSURE
