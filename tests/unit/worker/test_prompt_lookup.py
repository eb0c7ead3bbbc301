"""Guesses from what stands in the prompt."""

from hypothesis import given
from hypothesis import strategies as st

from app.worker.prompt_lookup import GUESS, SPAN, WORTH_COPYING, PromptLookup

END = 1000
REST = [99] * WORTH_COPYING  # what else stands in a message


def is_end(token: int) -> bool:
    return token == END


def test_what_follows_in_the_prompt_is_guessed() -> None:
    passage = [*range(1, SPAN + 5)]
    lookup = PromptLookup([*REST, *passage], is_end)
    said = [*passage, 98, *passage[:SPAN]]
    assert lookup.guess(said) == passage[SPAN : SPAN + GUESS]
    assert lookup.guess([*said, passage[SPAN]]) == passage[SPAN + 1 : SPAN + 1 + GUESS]
    assert lookup.guess([*said, passage[SPAN], 98]) == []


def test_the_later_place_counts() -> None:
    span = [*range(SPAN)]
    prompt = [*REST, *span, 7, 7, 7, *span, 8, 8, 8]
    assert PromptLookup(prompt, is_end).guess([*prompt, *span]) == [8, 8, 8]


def test_what_the_answer_said_itself_is_not_guessed_from() -> None:
    said = [*range(SPAN), 7, 7, 7]
    assert PromptLookup(REST, is_end).guess([*REST, *said, *range(SPAN)]) == []


def test_a_short_message_is_not_guessed_from() -> None:
    question = [*range(WORTH_COPYING - 1)]
    assert PromptLookup([*REST, END, *question, END, 8], is_end).guess(question[:SPAN]) == []
    lookup = PromptLookup([*REST, END, *question, 98, END, 8], is_end)
    assert lookup.guess(question[:SPAN]) == question[SPAN : SPAN + GUESS]


def test_nothing_is_guessed_beyond_the_end_of_a_message() -> None:
    span = [*range(SPAN)]
    assert PromptLookup([*REST, *span, 7, 7, END, 8, 8, 8], is_end).guess(span) == []


@given(
    st.lists(st.integers(0, 1) | st.just(END), min_size=WORTH_COPYING, max_size=3 * WORTH_COPYING),
    st.lists(st.integers(0, 1), max_size=60),
)
def test_a_guess_followed_the_same_tokens_in_one_message(prompt: list[int], answer: list[int]) -> None:
    guess = PromptLookup(prompt, is_end).guess(prompt + answer)
    if guess:
        wanted = (prompt + answer)[-SPAN:] + guess
        assert END not in wanted
        assert any(prompt[place : place + SPAN + GUESS] == wanted for place in range(len(prompt) - SPAN))
