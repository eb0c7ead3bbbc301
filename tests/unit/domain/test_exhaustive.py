"""Questions about all of something are told from those that one passage answers."""

import pytest

from app.domain.exhaustive import as_list, asks_for_all, asks_for_count, stands_in


@pytest.mark.parametrize(
    "question",
    [
        "How many tickets concern the printer?",
        "What is the number of incidents in March?",
        "List all suppliers in Norway.",
        "Show me every contract that ends this year.",
        "Which risks are named across all documents?",
        "Wie viele Verträge laufen aus?",
        "Nenne mir alle Lieferanten.",
    ],
)
def test_asked_for_all(question: str) -> None:
    assert asks_for_all(question)


@pytest.mark.parametrize(
    "question",
    [
        "How many days of leave do I have?",
        "How many parental weeks are paid?",
        "Wie viele Tage Urlaub habe ich?",
        "What is the hotel limit?",
        "Who approves business class?",
        "Is it all right to book premium economy?",
    ],
)
def test_asked_for_one_fact(question: str) -> None:
    assert not asks_for_all(question)


def test_items_are_counted_where_a_number_is_asked_for() -> None:
    assert asks_for_count("How many tickets are open?")
    assert as_list(["a [1]", "b [2]"], counted=True) == "**2**\n\n- a [1]\n- b [2]"
    assert as_list(["a [1]"], counted=False) == "- a [1]"


def test_an_item_must_stand_in_its_passage() -> None:
    row = "number: INC00155 · short description: Merchant unable to submit agreement"
    assert stands_in("INC00155 Merchant unable to submit the agreement", row)
    assert not stands_in("INC00999 Merchant unable to submit the agreement", row)
    assert not stands_in("number", row), "the name of a column is no item"
