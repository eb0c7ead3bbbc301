"""What a rail did, in words that fit what it found and where."""

import pytest

from app.domain.appeals import notice_of, notice_of_refusal
from app.domain.errors import AppError, ErrorCode
from app.domain.events import RailVerdict
from app.domain.guard import find_sensitive, strip_invisible

CARD = find_sensitive("Card 4111 1111 1111 1111")
TOKEN = find_sensitive("glpat-abcdefghijklmnopqrst")
UNSEEN = strip_invisible("a\u202eb")[1]


def test_the_gravest_rail_is_told() -> None:
    notice = notice_of(RailVerdict("question", UNSEEN + CARD + TOKEN))
    assert (notice.rail, notice.kinds) == ("secret", ("GitLab token",))
    assert "your question" in notice.what
    assert not notice.blocked


@pytest.mark.parametrize("where", ["question", "passage", "answer"])
def test_every_verdict_has_words(where: str) -> None:
    for findings in (UNSEEN, CARD, TOKEN):
        notice = notice_of(RailVerdict(where, findings))  # type: ignore[arg-type]
        assert where in notice.what
        assert notice.why


def test_what_stays_on_the_device_is_a_verdict_and_other_errors_are_not() -> None:
    notice = notice_of_refusal(AppError(ErrorCode.EGRESS_BLOCKED, kinds="card number, IBAN", model="large"))
    assert notice is not None
    assert (notice.rail, notice.kinds, notice.blocked) == ("egress", ("card number", "IBAN"), True)
    assert "card number" in notice.what
    assert notice_of_refusal(AppError(ErrorCode.WORKER_DIED, worker="x", reason="y")) is None
    assert notice_of_refusal(ValueError()) is None
