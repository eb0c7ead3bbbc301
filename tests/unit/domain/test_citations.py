"""Citations: markers are kept where the passage bears them out, added where it plainly does, and dropped elsewhere."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.domain.citations import is_refusal, resolve
from app.domain.library import Passage

AIR = (
    "Employees fly economy. Flights over six hours may be booked in premium economy with approval of the line manager."
)
HOTEL = "Hotel rooms cost at most 180 euros per night. Breakfast may be claimed up to 22 euros."


def passage(number: int, text: str, start: int = 0) -> Passage:
    return Passage(
        number, f"Policy {number}.pdf", f"/p/{number}.pdf", "h", number, start, start + len(text), "", text, 1.0, {}
    )


AIR_PASSAGE, HOTEL_PASSAGE = passage(1, AIR, 100), passage(2, HOTEL, 500)
BOTH = [AIR_PASSAGE, HOTEL_PASSAGE]


def test_a_right_marker_stays_and_points_to_the_sentence() -> None:
    answer = "Yes, flights over six hours may be premium economy with the line manager's approval. [1]"
    resolved = resolve(answer, BOTH)
    assert resolved.text == answer
    assert resolved.grounded
    (citation,) = resolved.citations
    assert citation.n == 1
    assert citation.quote.startswith("Flights over six hours")
    assert AIR[citation.start - 100 : citation.end - 100] == citation.quote
    assert citation.page == 1


def test_a_missing_marker_is_added() -> None:
    resolved = resolve("Hotel rooms may cost at most 180 euros per night.", BOTH)
    assert resolved.text.endswith("[2]")
    assert resolved.citations[0].quote == "Hotel rooms cost at most 180 euros per night."


def test_a_marker_on_the_wrong_passage_is_moved() -> None:
    resolved = resolve("A hotel room may cost at most 180 euros per night [1].", BOTH)
    assert [c.n for c in resolved.citations] == [2]


def test_a_number_that_no_passage_has_is_never_cited() -> None:
    resolved = resolve("Hotel rooms cost at most 250 euros per night [2].", BOTH)
    assert resolved.citations == ()
    assert not resolved.grounded


def test_an_invented_marker_is_dropped() -> None:
    resolved = resolve("Bananas are yellow [7].", BOTH)
    assert "[7]" not in resolved.text
    assert not resolved.grounded


@pytest.mark.parametrize(
    "answer",
    [
        "This is not in your documents.",
        "The dress code is not specified in the given passages.",
        "The CEO of the company is not mentioned in the provided documents.",
        "The passages do not mention the lunch menu.",
        "There is no information about lunch in the documents.",
    ],
)
def test_a_refusal_is_not_grounded(answer: str) -> None:
    assert is_refusal(answer)
    resolved = resolve(answer + " [1]", BOTH)
    assert resolved.text == answer
    assert not resolved.grounded


def test_an_answer_is_no_refusal() -> None:
    assert not is_refusal("Rooms cost at most 180 euros and may not be shared.")


def test_a_detail_that_is_missing_does_not_take_the_rest_away() -> None:
    resolved = resolve("Hotel rooms cost at most 180 euros. The passages do not say anything about taxis. [1]", BOTH)
    assert resolved.text == "Hotel rooms cost at most 180 euros. [2] The passages do not say anything about taxis."
    assert [c.n for c in resolved.citations] == [2]


def test_an_abbreviation_is_no_end_of_a_sentence() -> None:
    owned = passage(1, "The works are owned by Bramble Pvt. Ltd. since 1990.")
    resolved = resolve("The works are owned by Bramble Pvt. Ltd. since 1990.", [owned])
    assert resolved.text == "The works are owned by Bramble Pvt. Ltd. since 1990. [1]"
    assert resolved.citations[0].quote == owned.text


def test_a_quote_goes_on_over_the_end_of_a_line() -> None:
    wrapped = passage(1, "• Stop as soon\nas possible and ask your dealer.\n• Do not drive on.")
    resolved = resolve("Stop as soon as possible and ask your dealer.", [wrapped])
    assert resolved.citations[0].quote == "• Stop as soon\nas possible and ask your dealer."


def test_words_of_the_question_need_no_support() -> None:
    question = "I have a nine-hour flight to Tokyo. May I book premium economy, and who signs it off?"
    resolved = resolve("Yes, you may book premium economy. The line manager signs it off.", BOTH, question)
    assert resolved.text == "Yes, you may book premium economy. [1] The line manager signs it off. [1]"


def test_a_passage_on_something_else_supports_nothing_said_of_the_subject() -> None:
    keys = passage(1, "Confidential: customer drawings. Restricted: calibration keys, in the vault, never on a laptop.")
    question = "What is the dress code for customer visits?"
    answer = "The dress code for customer visits is restricted, and it is never on a laptop. [1]"
    assert not resolve(answer, [keys], question).grounded
    dress = passage(1, "Dress code: a jacket, when customers visit. Never a company badge.")
    assert resolve("The dress code for customer visits is a jacket.", [dress], question).grounded


def test_every_sentence_gets_its_own() -> None:
    answer = "Hotel rooms cost at most 180 euros. Flights over six hours may be in premium economy.\n\nEnjoy!"
    resolved = resolve(answer, BOTH)
    assert [c.n for c in resolved.citations] == [1, 2]
    assert resolved.text.endswith("Enjoy!")


def test_figures_from_a_passage_on_another_subject_do_not_count() -> None:
    resolved = resolve(
        "The per-diem for meals in Germany is 22 euros. [2]", [AIR_PASSAGE, passage(2, "Rooms: 22 euros.")]
    )
    assert not resolved.grounded


@given(st.text(max_size=300), st.lists(st.text(min_size=1, max_size=80), max_size=4))
def test_any_answer_resolves_to_spans_inside_its_passages(answer: str, texts: list[str]) -> None:
    passages = [passage(n, text) for n, text in enumerate(texts, 1)]
    for citation in resolve(answer, passages).citations:
        source = passages[citation.n - 1]
        assert source.start <= citation.start <= citation.end <= source.end
        assert citation.quote == source.text[citation.start : citation.end]
