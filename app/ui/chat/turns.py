"""One message as it is shown, and what becomes of it while it is written. No widgets."""

from dataclasses import dataclass, replace
from datetime import UTC, datetime

from app.domain.chat import Citation, Message, Role, Status
from app.domain.events import (
    AnswerEvent,
    Cited,
    ConversationStarted,
    Finished,
    ModelLoading,
    PassageRead,
    PromptProgress,
    Retrieved,
    Routed,
    Thought,
    Token,
)
from app.domain.library import Passage


@dataclass(frozen=True, slots=True)
class Turn:
    """One message as it is shown."""

    message: Message
    version: int = 1
    of: int = 1
    passages: tuple[Passage, ...] = ()  # of the question that this answers
    loading: bool = False
    read: float | None = None  # share of the prompt that has been read
    going_through: PassageRead | None = None  # how far it is with passages that are read one by one

    @property
    def is_answer(self) -> bool:
        """Whether a model wrote it."""
        return self.message.role == "assistant"

    @property
    def can_go_on(self) -> bool:
        """Whether it ended before its end."""
        return self.is_answer and self.message.status in ("stopped", "failed") and bool(self.message.text)

    @property
    def is_live(self) -> bool:
        """Whether it is being written."""
        return self.message.status == "streaming"

    def citations(self) -> tuple[tuple[Citation, Passage | None], ...]:
        """Its citations, each with the passage it was cut from; while it is written, what it may come to cite."""
        by_number = dict(enumerate(self.passages, 1))
        if self.is_live and not self.message.citations:
            return tuple((_pointer(n, passage), passage) for n, passage in by_number.items())
        return tuple((citation, by_number.get(citation.n)) for citation in self.message.citations)


def draft(role: Role, text: str, status: Status) -> Turn:
    """A message that is not kept yet."""
    return Turn(Message("", "", None, role, text, datetime.now(UTC).isoformat(), status))


def after(turn: Turn, event: AnswerEvent) -> Turn:
    """An answer that is being written, once this has happened to it."""
    message = turn.message
    match event:
        case ConversationStarted(conversation_id=conversation, answer_id=answer):
            return replace(turn, message=replace(message, id=answer, conversation_id=conversation))
        case Retrieved():
            message = replace(
                message,
                passages_found=event.found,
                documents_searched=event.documents,
                read_whole=event.whole,
                surveyed=event.surveyed,
                asks_for_all=event.asks_for_all,
            )
            return replace(turn, passages=event.used, loading=False, message=message)
        case PassageRead():
            return replace(turn, loading=False, going_through=event)
        case Routed(model=model, where=where):
            return replace(turn, message=replace(message, model=model, ran=where))
        case ModelLoading(model=model):
            return replace(turn, loading=True, message=replace(message, model=model))
        case PromptProgress(done=done, total=total):
            return replace(turn, loading=False, read=done / max(1, total))
        case Token(text=text):
            return replace(turn, loading=False, read=None, message=replace(message, text=message.text + text))
        case Thought(text=text):
            return replace(turn, loading=False, read=None, message=replace(message, thought=message.thought + text))
        case Cited(citations=citations, support=support):
            return replace(turn, message=replace(message, citations=citations, support=support))
        case Finished():
            return replace(turn, message=_finished(message, event), loading=False, read=None, going_through=None)
    return turn


def _finished(message: Message, event: Finished) -> Message:
    return replace(
        message,
        text=event.text,
        model=event.model,
        ran=event.ran,
        grounded=event.grounded,
        withheld=event.withheld,
        timing=event.timing,
        status="stopped" if event.stopped else "complete",
    )


def _pointer(number: int, passage: Passage) -> Citation:
    """A passage that an answer may cite, before it does: nothing of it is quoted."""
    return Citation(
        n=number,
        document_id=passage.document_id,
        document=passage.document,
        path=passage.path,
        content_hash=passage.content_hash,
        page=passage.page,
        start=passage.start,
        end=passage.start,
        quote="",
        heading=passage.heading,
        unit=passage.unit,
        label=passage.label,
    )
