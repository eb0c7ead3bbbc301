"""What a search in conversations asks for."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.domain.chat import Message
from app.domain.chat_search import ChatQuery, parse_chat_query
from app.domain.errors import AppError, ErrorCode


def test_words_phrases_and_filters_are_told_apart() -> None:
    query = parse_chat_query('flight "premium economy" -train from:AI after:2026-01 before:2027')
    assert query == ChatQuery(("flight",), ("premium economy",), ("train",), "assistant", "2026-01", "2027")


@pytest.mark.parametrize("typed", ["", "   ", "-word", "from:me", '""', "???"])
def test_what_asks_for_nothing_is_empty(typed: str) -> None:
    assert parse_chat_query(typed).is_empty


def test_a_date_that_is_none_is_named() -> None:
    with pytest.raises(AppError) as error:
        parse_chat_query("flight after:yesterday")
    assert error.value.code is ErrorCode.QUERY_INVALID


def test_a_message_that_no_index_holds_is_matched_the_same_way() -> None:
    message = Message("m", "c", None, "user", "May I fly, premium economy?", "2026-03-01T10:00:00+00:00")
    assert parse_chat_query('fly "premium economy" from:me after:2026 before:2026-04').matches(message)
    for other in ("train", "fly -economy", "fly from:ai", "fly after:2026-04", '"economy premium"'):
        assert not parse_chat_query(other).matches(message)


@given(st.text(max_size=60))
def test_whatever_is_typed_is_read_or_refused(typed: str) -> None:
    try:
        query = parse_chat_query(typed)
    except AppError as error:
        assert error.code is ErrorCode.QUERY_INVALID
    else:
        assert all(part.strip() for part in (*query.words, *query.phrases, *query.without))
