"""Sentences, clauses and words."""

from itertools import pairwise

from hypothesis import given
from hypothesis import strategies as st

from app.domain.wording import clauses, content_words, numbers, same_language, sentences


@given(st.text(max_size=400))
def test_sentences_joined_are_the_text(text: str) -> None:
    assert "".join(sentence + gap for sentence, gap in sentences(text)) == text


@given(st.text(max_size=400))
def test_clauses_are_spans_in_order(text: str) -> None:
    spans = clauses(text)
    assert spans
    assert all(0 <= start <= end <= len(text) for start, end in spans)
    assert all(one[1] <= other[0] for one, other in pairwise(spans))


def test_an_abbreviation_ends_no_sentence() -> None:
    assert [sentence for sentence, _ in sentences("Ask Dr. Who. He knows.")] == ["Ask Dr. Who.", "He knows."]


def test_words_are_cut_to_their_stems_and_numbers_kept_whole() -> None:
    words = content_words("The bookings of 1,200.50 euros were booked")
    assert numbers(words) == {"1,200.50"}
    assert content_words("booking") <= words


def test_languages_are_told_apart_by_their_short_words() -> None:
    english = "The fee for a cancellation is 45 euros and it is not refunded to the guest."
    assert same_language("Is the fee refunded to a guest?", english)
    assert not same_language("Die Gebühr wird dem Gast nicht erstattet, wenn er zu spät absagt.", english)
    assert same_language("Es ist so.", english), "too short to tell"
