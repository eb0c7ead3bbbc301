"""Guesses from what stands in the prompt."""

from hypothesis import given
from hypothesis import strategies as st

from app.worker.prompt_lookup import GUESS, SPAN, PromptLookup


def never(_token: int) -> bool:
    return False


def test_nothing_is_guessed_beyond_the_end_of_a_message() -> None:
    span, end = [*range(SPAN)], 50
    prompt = [*span, 7, 7, end, 8, 8, 8]
    assert PromptLookup(prompt, lambda token: token == end).guess(span) == []
    assert PromptLookup(prompt, never).guess(span) == [7, 7, end]


def test_what_follows_in_the_prompt_is_guessed() -> None:
    passage = [*range(1, SPAN + 5)]
    lookup = PromptLookup(passage, never)
    said = [*passage, 99, *passage[:SPAN]]
    assert lookup.guess(said) == passage[SPAN : SPAN + GUESS]
    assert lookup.guess([*said, passage[SPAN]]) == passage[SPAN + 1 : SPAN + 1 + GUESS]
    assert lookup.guess([*said, passage[SPAN], 98]) == []


def test_the_later_place_counts() -> None:
    span = [*range(SPAN)]
    prompt = [*span, 7, 7, 7, *span, 8, 8, 8]
    assert PromptLookup(prompt, never).guess([*prompt, *span]) == [8, 8, 8]


def test_what_the_answer_said_itself_is_not_guessed_from() -> None:
    said = [*range(SPAN), 7, 7, 7]
    assert PromptLookup([90, 91], never).guess([90, 91, *said, *range(SPAN)]) == []


@given(st.lists(st.integers(0, 1), max_size=60), st.lists(st.integers(0, 1), max_size=60))
def test_a_guess_followed_the_same_tokens_in_the_prompt(prompt: list[int], answer: list[int]) -> None:
    guess = PromptLookup(prompt, never).guess(prompt + answer)
    if guess:
        wanted = (prompt + answer)[-SPAN:] + guess
        assert any(prompt[place : place + SPAN + GUESS] == wanted for place in range(len(prompt) - SPAN))
