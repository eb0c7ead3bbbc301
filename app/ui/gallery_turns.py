"""Messages of a chat in every state, as the gallery shows them."""

from dataclasses import replace

from app.domain.chat import Citation, Feedback, Message, SentenceSupport, Status, Timing, Verdict
from app.ui.chat.turns import Turn

_SAID = "Flights over six hours may be booked in premium economy. [1]"
_ELSE = "Trips are filed within 14 days. [2]"
_MORE = "Lounges are usually included."
_ANSWER = f"{_SAID} {_ELSE} {_MORE}\n\n- Ask your **line manager** first.\n- Then book `economy_plus`."
_SOURCES = tuple(
    Citation(n, n, name, name, "", 3, 0, 0, "") for n, name in enumerate(("Travel policy.pdf", "Handbook.docx"), 1)
)
_SUPPORT: tuple[tuple[str, Verdict], ...] = (
    (_SAID, "supported"),
    (_ELSE, "contradicted"),
    (_MORE, "unsupported"),
)


def sample_turns() -> list[Turn]:
    """A question; an answer that is checked, one that was stopped, one without documents, one that is on its way."""
    support = tuple(
        SentenceSupport(_ANSWER.index(said), _ANSWER.index(said) + len(said), verdict, passage=n)
        for n, (said, verdict) in enumerate(_SUPPORT, 1)
    )
    checked = replace(_answer(_ANSWER), citations=_SOURCES, support=support, grounded=True)
    stopped = replace(_answer("Lounge access is", "stopped"), feedback=Feedback(good=False), grounded=True)
    alone = replace(_answer("Good morning to you, too."), ran="gateway", model="large", grounded=False)
    thought = replace(alone, thought="They greet me.", thought_s=4.0, grounded=None, feedback=Feedback(good=True))
    question = Message("", "", None, "user", "May I book premium economy, and when do I file the trip?", "")
    return [
        Turn(question, version=2, of=2),
        Turn(checked, version=2, of=3),
        Turn(stopped),
        Turn(alone),
        Turn(thought),
        Turn(replace(_answer("", "streaming"), timing=None), read=0.62),
    ]


def _answer(text: str, status: Status = "complete") -> Message:
    timing = Timing(first_token_s=0.8, tokens_per_s=21.4, prompt_tokens=1480, cached_tokens=1200, answer_tokens=60)
    return Message("", "", None, "assistant", text, "", status, model="Qwen2.5 Coder 1.5B", timing=timing)
