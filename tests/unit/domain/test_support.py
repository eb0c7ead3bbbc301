"""The support check: what a sentence's passages say to it, and why."""

from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.domain.library import Passage
from app.domain.support import check, check_support

AIR = "Flights over six hours may be booked in premium economy with approval of the line manager."
FEES = "The cancellation fee is 45 euros. Fees are not refunded. Prices rose by 4 percent in 2024."


def passage(text: str, start: int = 0) -> Passage:
    return Passage(1, "Policy.pdf", "/p.pdf", "h", 1, start, start + len(text), "", text, 1.0, {})


PASSAGES = [passage(AIR, 100), passage(FEES, 500)]


@pytest.mark.parametrize(
    ("sentence", "verdict", "because"),
    [
        ("Flights over six hours may be premium economy with the line manager's approval.", "supported", ""),
        ("The cancellation fee is 45 euros.", "supported", ""),
        ("The cancellation fee is 60 euros.", "contradicted", "number"),
        ("Fees are refunded.", "contradicted", "negation"),
        ("Prices fell by 4 percent in 2024.", "contradicted", "opposite"),
        ("Lounge access is usually included with a business ticket.", "unsupported", ""),
    ],
)
def test_a_sentence_is_held_against_its_passages(sentence: str, verdict: str, because: str) -> None:
    (said,) = check_support(sentence, PASSAGES)
    assert (said.verdict, said.because) == (verdict, because)
    assert (said.start, said.end) == (0, len(sentence))


def test_what_the_passage_says_is_pointed_to() -> None:
    (said,) = check_support("The cancellation fee is 60 euros.", PASSAGES)
    assert said.passage == 2
    assert FEES[said.said_from - 500 : said.said_to - 500].startswith("The cancellation fee is 45 euros.")


@pytest.mark.parametrize(
    "text",
    [
        "Yes.",
        "What does the lounge cost?",
        "These are the rules:",
        "# Rules of lounge access",
        "The documents do not mention lounge access.",
        "```\nlounge access included = business ticket\n```",
    ],
)
def test_what_claims_nothing_is_not_marked(text: str) -> None:
    assert check_support(text, PASSAGES) == ()


def test_words_of_the_question_claim_nothing() -> None:
    question = "What is the cancellation fee for a group booking of a conference?"
    answer = "The cancellation fee for a group booking of a conference is 45 euros."
    assert check_support(answer, PASSAGES, question)[0].verdict == "supported"


def test_an_answer_in_another_language_is_not_checked_by_its_words() -> None:
    german = "Die Gebühr für eine Stornierung beträgt 45 Euro und wird nicht erstattet."
    assert check_support(german, PASSAGES) == ()


def test_without_passages_nothing_is_supported() -> None:
    assert [said.verdict for said in check_support("The fee is 45 euros per booking.", [])] == ["unsupported"]


def test_what_is_not_said_can_be_left_out() -> None:
    answer = "The cancellation fee is 45 euros. [2] Lounge access is included with a ticket. Fees are refunded."
    checked = check(answer, PASSAGES, withhold=True)
    assert checked.text == "The cancellation fee is 45 euros. [2]"
    assert checked.withheld == 2
    assert [said.verdict for said in checked.support] == ["supported"]
    assert checked.grounded
    assert check(answer, PASSAGES).withheld == 0


@given(st.text(max_size=300), st.text(max_size=300))
def test_spans_are_those_of_the_text(answer: str, source: str) -> None:
    marks = check_support(answer, [passage(source)])
    assert all(0 <= mark.start < mark.end <= len(answer) for mark in marks)
    assert all(one.end <= other.start for one, other in pairwise(marks))
    withheld = check(answer, [passage(source)], withhold=True)
    assert all(mark.verdict == "supported" for mark in withheld.support)
