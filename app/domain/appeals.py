"""What a rail did, in a person's words, and what they say against it."""

from dataclasses import dataclass
from typing import Final, Literal

from app.domain.error_texts import explain
from app.domain.errors import AppError, ErrorCode
from app.domain.events import RailVerdict
from app.domain.texts import Text

LONGEST: Final = 2000  # characters of an objection that are kept
Rail = Literal["invisible", "secret", "personal", "egress", "data_class"]


@dataclass(frozen=True, slots=True)
class RailNotice:
    """A verdict that can be objected to."""

    rail: Rail
    where: str  # question, passage, answer or gateway
    kinds: tuple[str, ...]
    what: Text
    why: Text
    blocked: bool = False


@dataclass(frozen=True, slots=True)
class Appeal:
    """An objection that is kept: which verdict, and what is said against it."""

    id: int
    at: str
    rail: str
    where: str
    kinds: tuple[str, ...]
    text: str


def notice_of(verdict: RailVerdict) -> RailNotice:
    """What was found, the gravest rail first; what is only flagged still goes its way."""
    rails: tuple[Literal["secret", "personal", "invisible"], ...] = ("secret", "personal", "invisible")
    rail = next(rail for rail in rails if any(finding.rail == rail for finding in verdict.findings))
    kinds = tuple(dict.fromkeys(finding.kind for finding in verdict.findings if finding.rail == rail))
    return RailNotice(rail, verdict.where, kinds, _WHAT[verdict.where, rail == "invisible"], _WHY[rail])


def notice_of_refusal(error: Exception) -> RailNotice | None:
    """What a rail kept on this device; None for any other error."""
    if not isinstance(error, AppError) or error.code not in _REFUSALS:
        return None
    explanation = explain(error)
    kinds = tuple(filter(None, str(error.facts.get("kinds", "")).split(", ")))
    return RailNotice(_REFUSALS[error.code], "gateway", kinds, explanation.what, explanation.advice, blocked=True)


_REFUSALS: Final[dict[ErrorCode, Rail]] = {
    ErrorCode.EGRESS_BLOCKED: "egress",
    ErrorCode.GATEWAY_NOT_ALLOWED: "data_class",
}
_WHAT: Final = {
    ("question", False): Text("Look twice: your question holds something that should stay with you."),
    ("passage", False): Text("Look twice: a passage holds something that should stay with you."),
    ("answer", False): Text("Look twice: the answer holds something that should stay with you."),
    ("question", True): Text("Characters that nobody can see were taken out of your question."),
    ("passage", True): Text("Characters that nobody can see were taken out of a passage."),
    ("answer", True): Text("Characters that nobody can see were taken out of the answer."),
}
_WHY: Final = {
    "secret": Text("It is written as a key or a token is. Nothing was held back."),
    "personal": Text(
        "It is written as a number of a card or an account is, and its checksum holds. Nothing was held back."
    ),
    "invisible": Text("They can hide orders to a model."),
}
