"""What is said of a question before it is sent."""

from app.domain.errors import AppError, ErrorCode
from app.domain.route_texts import headline, reason
from app.domain.routing import Destination, Route

HERE = Destination("internal", "internal", Route("q", "device", "the model on the device comes first"), "Qwen")
THERE = Destination(
    "internal",
    "restricted",
    Route("gateway:large", "gateway", "no model is installed on this device"),
    "large",
    "llm.example",
)
HELD = AppError(ErrorCode.GATEWAY_NOT_ALLOWED, because="it holds restricted data")


def test_a_question_that_stays_says_so() -> None:
    assert headline(HERE) == "Would go to: Qwen on this device"
    assert reason(HERE) == "Because the model on the device comes first. What is in this turn is internal."


def test_a_question_that_leaves_says_where_to_and_why() -> None:
    assert (
        headline(THERE) == "Would go to: the gateway llm.example (large), because no model is installed on this device."
    )


def test_what_may_yet_hold_it_back_is_said() -> None:
    there = Destination(THERE.data_class, THERE.reach, THERE.route, THERE.model, THERE.host, beyond=HELD)
    assert headline(there).endswith("With restricted passages it would not be sent.")


def test_a_refusal_says_what_to_do() -> None:
    refused = Destination("restricted", "restricted", THERE.route, "large", "llm.example", HELD, HELD)
    assert headline(refused).startswith("Would not be sent. This does not go to the gateway, because it holds")
    assert "Use a model on this device" in headline(refused)
    assert reason(refused) == ""
