"""Server-sent events: however they are cut, the same data comes out, and nothing grows without bound."""

import itertools

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.adapters.server_sent_events import EventParser, EventTooLarge

LINE_ENDS = st.sampled_from([b"\n", b"\r\n", b"\r"])
TEXTS = st.text(st.characters(exclude_characters="\r\n", exclude_categories=["Cs"]), max_size=20)


@given(st.lists(st.lists(TEXTS, min_size=1, max_size=3), max_size=4), LINE_ENDS, st.lists(st.integers(0, 400)))
def test_the_data_survives_any_cut(events: list[list[str]], end: bytes, cuts: list[int]) -> None:
    stream = b"\xef\xbb\xbf: a comment" + end
    for lines in events:
        stream += b"event: x" + end + b"".join(b"data: " + line.encode() + end for line in lines) + end
    places = sorted({min(cut, len(stream)) for cut in cuts} | {0, len(stream)})
    parser = EventParser()
    found = [data for a, b in itertools.pairwise(places) for data in parser.feed(stream[a:b])]
    assert found == ["\n".join(lines) for lines in events]


@given(st.lists(st.binary(max_size=60), max_size=20))
def test_noise_neither_breaks_it_nor_grows(pieces: list[bytes]) -> None:
    parser = EventParser(max_event=100)
    try:
        for piece in pieces:
            assert all(len(data) <= 100 for data in parser.feed(piece))
    except EventTooLarge:
        assert sum(map(len, pieces)) > 100


@pytest.mark.parametrize("piece", [b"x" * 64, b"data: " + b"x" * 20 + b"\n"])
def test_an_event_without_end_is_given_up(piece: bytes) -> None:
    parser = EventParser(max_event=1000)
    with pytest.raises(EventTooLarge):
        for _ in range(100):
            parser.feed(piece)
