"""What a quote says, and what a model made of it."""

from datetime import date

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.domain.judge import Amount, Field
from app.domain.judge_bearing import bears

COST = Field("cost", "Cost", "amount", "How much.")
DUE = Field("due", "Due", "date", "When.")
NOTE = Field("note", "Note", "text", "What.")


@pytest.mark.parametrize(
    ("quote", "number"),
    [
        ("The repair cost 1,250.50 EUR.", 1250.5),
        ("Die Reparatur kostete 1.250,50 EUR.", 1250.5),
        ("It is 12 500 kr in all.", 12500),
        ("about 4.5 million users", 4_500_000),
        ("ein Schaden von 2,3 Mio. Euro", 2_300_000),
        ("Two cars stayed out.", 2),
        ("a share of 5 %", 0.05),
        ("a share of 5 %", 5),
        ("CHF 3'000 a month", 3000),
    ],
)
def test_an_amount_is_borne_however_it_is_written(quote: str, number: float) -> None:
    assert bears(COST, Amount(number, "EUR"), [quote])


@pytest.mark.parametrize(("quote", "number"), [("It cost 1,250 EUR.", 1520), ("It was dear.", 100), ("", 1)])
def test_a_number_that_is_not_there_is_not_borne(quote: str, number: float) -> None:
    assert not bears(COST, Amount(number, "EUR"), [quote])


@pytest.mark.parametrize(
    "quote",
    ["on 3 March 2026", "March 3rd, 2026", "am 03.03.2026", "am 3. März 2026", "2026-03-03T10:00", "3/3/26"],
)
def test_a_date_is_borne_however_it_is_written(quote: str) -> None:
    assert bears(DUE, "2026-03-03", [quote])


@pytest.mark.parametrize("quote", ["on 3 March", "in March 2026", "3 May 2026", "next Friday", ""])
def test_a_date_that_was_made_up_in_part_is_not_borne(quote: str) -> None:
    assert not bears(DUE, "2026-03-04", [quote])
    assert not bears(DUE, "2023-03-03", [quote])


def test_quotes_bear_a_date_together() -> None:
    assert bears(DUE, "2026-03-03", ["Minutes of the desk, 2026", "Prices go out on 3 March"])


def test_other_values_are_not_looked_at() -> None:
    assert bears(NOTE, "All is well", [])
    assert bears(DUE, None, [])


@given(st.integers(0, 10**9), st.integers(0, 99))
def test_whatever_is_written_in_digits_is_found(whole: int, cents: int) -> None:
    number = float(f"{whole}.{cents:02}")
    english = f"{whole:,}.{cents:02}"
    german = english.translate(str.maketrans(",.", ".,"))
    for quote in (f"It cost {english} EUR.", f"Es kostete {german} EUR."):
        assert bears(COST, Amount(number, "EUR"), [quote])


@given(st.dates(date(1990, 1, 1), date(2060, 12, 31)))
def test_whatever_date_is_written_out_is_found(day: date) -> None:
    for quote in (f"{day.day} {day:%B} {day.year}", f"{day:%d.%m.%Y}", day.isoformat()):
        assert bears(DUE, day.isoformat(), [quote])
        assert not bears(DUE, day.replace(year=day.year + 101, day=1).isoformat(), [quote])


@given(st.text(max_size=80))
def test_whatever_stands_there_is_read(quote: str) -> None:
    bears(COST, Amount(7.0, ""), [quote])
    bears(DUE, "2026-03-03", [quote])
