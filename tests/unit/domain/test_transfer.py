"""How fast a transfer is said to be."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.domain.transfer import WINDOW_S, TransferRate


def test_nothing_is_said_before_anything_was_seen() -> None:
    assert TransferRate().measure(0.0, 500, 1000) == (0.0, None)


def test_what_was_here_at_the_start_does_not_count_as_fast() -> None:
    rate = TransferRate()
    rate.measure(0.0, 900, 1000)
    assert rate.measure(1.0, 910, 1000) == (10.0, 9.0)


def test_the_end_is_the_end_however_short() -> None:
    assert TransferRate().measure(0.0, 1000, 1000) == (0.0, 0.0)


def test_a_change_of_speed_shows_within_the_window() -> None:
    rate = TransferRate()
    for second in range(60):
        rate.measure(second, second * 100, 1_000_000)
    for second in range(60, 60 + int(WINDOW_S) + 2):
        speed, _ = rate.measure(second, 6000 + (second - 60) * 10, 1_000_000)
    assert speed == pytest.approx(10, rel=0.2)


def test_a_stall_is_not_extrapolated() -> None:
    rate = TransferRate()
    for second in range(30):
        speed, left_s = rate.measure(second, 100, 1000)
    assert (speed, left_s) == (0.0, None)


@given(steps=st.lists(st.tuples(st.floats(0.0, 30.0), st.integers(0, 10_000_000)), min_size=1, max_size=200))
def test_no_course_of_events_gives_a_speed_it_never_had(steps: list[tuple[float, int]]) -> None:
    rate, at_s, done, total = TransferRate(), 0.0, 0, sum(size for _, size in steps) + 1
    for pause_s, size in steps:
        at_s, done = at_s + pause_s, done + size
        speed, left_s = rate.measure(at_s, done, total)
        assert 0 <= speed <= total / 0.19
        assert left_s is None or left_s >= 0
