"""What goes on beside the served API."""

import threading
from collections.abc import Callable, Iterator

import pytest

from app.cli.upkeep import retaining
from app.domain.cancel import Cancel
from app.domain.errors import AppError, ErrorCode
from app.domain.retention import Due


class Following:
    """Stands in for `Retention`: forgets one thing, then does as the test says until it is cancelled."""

    def __init__(self, then: Callable[[Cancel], None]) -> None:
        self.began, self.ended = threading.Event(), False
        self._then = then

    def follow(self, cancel: Cancel) -> Iterator[Due]:
        """See `Retention.follow`."""
        yield Due("document", "1", "a.txt", "2026-01-01")
        self.began.set()
        self._then(cancel)
        self.ended = True
        cancel.check()


def test_it_forgets_what_is_due_until_the_serving_ends(capsys: pytest.CaptureFixture[str]) -> None:
    retention = Following(lambda cancel: cancel.wait(60))
    with retaining(retention):  # type: ignore[arg-type]
        assert retention.began.wait(10)
        assert not retention.ended
    assert retention.ended
    assert capsys.readouterr().err == ""


def test_why_it_could_not_is_said_and_the_serving_goes_on(capsys: pytest.CaptureFixture[str]) -> None:
    def fail(_: Cancel) -> None:
        raise AppError(ErrorCode.LEDGER_UNWRITABLE, path="ledger.db", reason="full")

    retention = Following(fail)
    with retaining(retention):  # type: ignore[arg-type]
        assert retention.began.wait(10)
    assert "ledger" in capsys.readouterr().err
