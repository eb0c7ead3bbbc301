"""Guesses from what was said before."""

from hypothesis import given
from hypothesis import strategies as st

from app.worker.prompt_lookup import GUESS, SPAN, PromptLookup


def test_what_followed_last_time_is_guessed() -> None:
    lookup = PromptLookup()
    passage = [*range(1, SPAN + 5)]
    said = [*passage, 99, *passage[:SPAN]]
    assert lookup.guess(said) == passage[SPAN : SPAN + GUESS]
    assert lookup.guess([*said, passage[SPAN]]) == passage[SPAN + 1 : SPAN + 1 + GUESS]
    assert lookup.guess([*said, passage[SPAN], 98]) == []


def test_the_later_place_counts() -> None:
    span = [*range(SPAN)]
    assert PromptLookup().guess([*span, 7, 7, 7, *span, 8, 8, 8, *span]) == [8, 8, 8]


@given(st.lists(st.integers(0, 1), max_size=60), st.lists(st.integers(0, 1), max_size=60))
def test_a_guess_followed_the_same_tokens_once_however_the_sequence_came(first: list[int], then: list[int]) -> None:
    lookup = PromptLookup()
    lookup.guess(first)
    tokens = first + then
    guess = lookup.guess(tokens)
    assert guess == PromptLookup().guess(tokens)
    if guess:
        wanted = tokens[-SPAN:] + guess
        assert any(tokens[place : place + SPAN + GUESS] == wanted for place in range(len(tokens) - SPAN))
