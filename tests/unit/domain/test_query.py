"""Reading what was typed into a search box."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.domain.errors import AppError, ErrorCode
from app.domain.query import Filter, Query, codes, parse_query, terms


def test_filters_stand_anywhere() -> None:
    assert parse_query('type:.PDF travel "premium economy" -train in:"Team handbook" after:2026-01') == Query(
        "travel premium economy",
        ("premium economy",),
        ("train",),
        Filter(("Team handbook",), ("pdf",), (), "2026-01", ""),
    )


def test_classes_of_data_are_named_however_they_are_written() -> None:
    assert parse_query("pay class:Confidential class:restricted") == Query(
        "pay", classes=("confidential", "restricted")
    )


def test_several_dates_narrow() -> None:
    assert parse_query("x after:2024 after:2025-06 before:2027 before:2026").filter == Filter(
        after="2025-06", before="2026"
    )


@pytest.mark.parametrize("typed", ["after:soon", "before:31.1.2026", "after:2026-1-1", "class:secret"])
def test_what_is_no_date_and_no_class_is_named(typed: str) -> None:
    with pytest.raises(AppError) as refused:
        parse_query(typed)
    assert refused.value.code is ErrorCode.QUERY_INVALID
    assert refused.value.facts == {"part": typed}


def test_a_hyphen_in_a_word_leaves_nothing_out() -> None:
    assert parse_query("e-mail well-being") == Query("e-mail well-being")


@given(st.text())
def test_any_text_is_read(text: str) -> None:
    try:
        query = parse_query(text)
    except AppError as refused:
        assert refused.code is ErrorCode.QUERY_INVALID
    else:
        assert all(phrase.strip() for phrase in (*query.phrases, *query.without))


def test_terms_are_words_and_pairs_without_what_says_nothing() -> None:
    assert terms("How do I book a test drive?") == ["book", "test", "drive", "test drive"]
    assert terms("Wie buche ich eine Probefahrt?") == ["buche", "probefahrt"]
    assert terms("What is it?") == ["what", "is", "it"]
    assert terms("?!") == []


def test_codes_are_what_has_digits_or_joins_words() -> None:
    assert codes("Part AX-2041/b of log4j, see app.domain.query and 7") == ["ax-2041/b", "log4j", "app.domain.query"]
