"""The bridge between threads and the window."""

import threading
import time
from collections.abc import Iterator
from typing import Any

import pytest
from pytestqt.qtbot import QtBot

from app.domain.cancel import Cancel
from app.domain.errors import AppError, Cancelled, ErrorCode
from app.ui.background import DELIVER_EVERY_MS, Background, Job


class Listener:
    """Keeps what it is told, and in which thread."""

    def __init__(self) -> None:
        self.deliveries: list[list[Any]] = []
        self.times: list[float] = []
        self.threads: set[int] = set()
        self.done = 0
        self.errors: list[Exception] = []

    @property
    def events(self) -> list[Any]:
        return [event for delivery in self.deliveries for event in delivery]

    @property
    def ended(self) -> bool:
        return bool(self.done or self.errors)

    def start(self, background: Background, job: Job, key: str = "key") -> bool:
        return background.run(key, job, on_events=self.take, on_done=self.end, on_failed=self.errors.append) is not None

    def take(self, events: list[Any]) -> None:
        self.deliveries.append(events)
        self.times.append(time.monotonic())
        self.threads.add(threading.get_ident())

    def end(self) -> None:
        self.done += 1


@pytest.fixture
def background(qtbot: QtBot) -> Iterator[Background]:
    made = Background()
    yield made
    made.close()


def waits(cancel: Cancel) -> Iterator[str]:
    """Yields once, then works until it is cancelled."""
    yield "started"
    while True:
        cancel.check()
        time.sleep(0.001)


def test_events_arrive_in_order_in_the_thread_of_the_window(qtbot: QtBot, background: Background) -> None:
    listener = Listener()
    assert listener.start(background, lambda _: iter(range(1000)))
    qtbot.waitUntil(lambda: listener.ended)
    assert listener.events == list(range(1000))
    assert listener.threads == {threading.get_ident()}
    assert listener.done == 1


def test_a_fast_job_is_told_at_most_thirty_times_a_second(qtbot: QtBot, background: Background) -> None:
    def job(_: Cancel) -> Iterator[int]:
        for number in range(400):
            yield number
            time.sleep(0.001)

    listener = Listener()
    listener.start(background, job)
    qtbot.waitUntil(lambda: listener.ended)
    span = listener.times[-1] - listener.times[0]
    assert len(listener.events) == 400
    assert len(listener.deliveries) <= span * 1000 / (DELIVER_EVERY_MS - 3) + 2


def test_a_second_job_of_the_same_key_is_not_started(qtbot: QtBot, background: Background) -> None:
    first, second = Listener(), Listener()
    assert first.start(background, waits)
    assert not second.start(background, waits)
    assert second.start(background, lambda _: iter([1]), key="other")
    qtbot.waitUntil(lambda: second.ended)
    assert background.is_busy("key")


def test_what_was_cancelled_is_done_and_no_error(qtbot: QtBot, background: Background) -> None:
    listener = Listener()
    task = background.run("key", waits, on_events=listener.take, on_done=listener.end, on_failed=listener.errors.append)
    assert task is not None
    qtbot.waitUntil(lambda: listener.events == ["started"])
    task.cancel()
    qtbot.waitUntil(lambda: listener.ended)
    assert (listener.done, listener.errors) == (1, [])


def test_an_expected_error_is_told_after_what_came_before_it(qtbot: QtBot, background: Background) -> None:
    def job(_: Cancel) -> Iterator[int]:
        yield 1
        raise AppError(ErrorCode.MODEL_NOT_INSTALLED, model="x")

    listener = Listener()
    listener.start(background, job)
    qtbot.waitUntil(lambda: listener.ended)
    assert listener.events == [1]
    assert [error.code for error in listener.errors if isinstance(error, AppError)] == [ErrorCode.MODEL_NOT_INSTALLED]
    assert listener.done == 0


def test_a_bug_is_logged_and_told(qtbot: QtBot, background: Background, caplog: pytest.LogCaptureFixture) -> None:
    def job(_: Cancel) -> Iterator[int]:
        yield 1
        raise ZeroDivisionError

    listener = Listener()
    listener.start(background, job)
    qtbot.waitUntil(lambda: listener.ended)
    assert len(listener.errors) == 1
    assert "ZeroDivisionError" in caplog.text


def test_the_next_job_may_start_where_the_last_has_ended(qtbot: QtBot, background: Background) -> None:
    second = Listener()
    started: list[bool] = []
    background.run(
        "key",
        lambda _: iter([1]),
        on_events=lambda _: None,
        on_done=lambda: started.append(second.start(background, lambda _: iter([2]))),
        on_failed=lambda _: None,
    )
    qtbot.waitUntil(lambda: second.ended)
    assert started == [True]
    assert second.events == [2]


def test_closing_stops_and_waits_and_tells_nothing_more(qtbot: QtBot, background: Background) -> None:
    stopped = threading.Event()

    def job(cancel: Cancel) -> Iterator[int]:
        try:
            yield from waits(cancel)  # type: ignore[misc]
        except Cancelled:
            stopped.set()
            raise

    listener = Listener()
    listener.start(background, job)
    background.close()
    assert stopped.is_set()
    qtbot.wait(3 * DELIVER_EVERY_MS)
    assert listener.done == 0
