"""What is searched for, when a question leans on the one before it."""

import pytest

from app.domain.prompting import search_query

BEFORE = ["How long is the parental leave in Norway?"]


@pytest.mark.parametrize(
    "question",
    [
        "And in Sweden?",
        "Can both parents take it at the same time in the first year?",
        "Wer muss dafür alles einen Antrag stellen?",
    ],
)
def test_a_question_that_leans_on_another_takes_it_along(question: str) -> None:
    assert search_query(question, BEFORE) == f"{BEFORE[0]} {question}"


@pytest.mark.parametrize(
    "question", ["How many euros may a hotel night in Oslo cost?", "Wie viele Euro darf eine Nacht im Hotel kosten?"]
)
def test_a_question_that_stands_alone_does(question: str) -> None:
    assert search_query(question, BEFORE) == question
    assert search_query("And in Sweden?", []) == "And in Sweden?"
