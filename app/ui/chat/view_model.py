"""The state of the chat page: conversations, the branch that is shown, the answer that is being written. No widgets."""

from collections.abc import Iterator
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from typing import Any

from PySide6.QtCore import QObject, Signal

from app.domain.cancel import Cancel
from app.domain.chat import Citation, Conversation, Message, branch, latest_leaf, versions
from app.domain.events import (
    AnswerEvent,
    Cited,
    ConversationStarted,
    Finished,
    ModelLoading,
    PromptProgress,
    RailVerdict,
    Retrieved,
    Token,
)
from app.domain.library import Passage
from app.services.chat import Chat
from app.ui.background import Background, Task

KEY = "answer"


@dataclass(frozen=True, slots=True)
class Turn:
    """One message as it is shown."""

    message: Message
    version: int = 1
    of: int = 1
    passages: tuple[Passage, ...] = ()  # of the question that this answers
    loading: bool = False
    read: float | None = None  # share of the prompt that has been read

    @property
    def is_answer(self) -> bool:
        """Whether a model wrote it."""
        return self.message.role == "assistant"

    @property
    def is_live(self) -> bool:
        """Whether it is being written."""
        return self.message.status == "streaming"


class ChatViewModel(QObject):
    """Runs answers in the background and keeps what the page shows."""

    conversations_changed = Signal()
    turns_reset = Signal()
    turn_changed = Signal(int)
    sources_changed = Signal()
    busy_changed = Signal(bool)
    flagged = Signal(str)
    failed = Signal(object)

    def __init__(self, chat: Chat, background: Background, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._chat = chat
        self._background = background
        self._task: Task | None = None
        self._tree: list[Message] = []
        self.conversations: list[Conversation] = []
        self.current: str | None = None
        self.turns: list[Turn] = []
        self.sources_of: str | None = None  # the answer whose sources are shown
        self.model_name = ""

    @property
    def busy(self) -> bool:
        """Whether an answer is being written."""
        return self._background.is_busy(KEY)

    def refresh(self) -> None:
        """Read the list of conversations again."""
        self.conversations = self._chat.conversations()
        self.conversations_changed.emit()

    def title(self) -> str:
        """The title of the conversation that is shown, "" for a new one."""
        return next((c.title for c in self.conversations if c.id == self.current), "")

    def open(self, conversation_id: str | None) -> None:
        """Show a conversation, or a new one; an answer that is being written keeps its place until it is done."""
        if self.busy:
            return
        self.current = conversation_id
        self._tree = self._chat.messages(conversation_id) if conversation_id else []
        self._show(latest_leaf(self._tree))

    def rename(self, conversation_id: str, title: str) -> None:
        """Give a conversation another title."""
        self._chat.rename(conversation_id, title)
        self.refresh()

    def delete(self, conversation_id: str) -> None:
        """Delete a conversation."""
        if self.busy and conversation_id == self.current:
            return
        self._chat.delete(conversation_id)
        if conversation_id == self.current:
            self.open(None)
        self.refresh()

    def ask(self, question: str, collection: str | None = None, use_library: bool = True) -> bool:
        """Ask; false if an answer is still being written."""
        conversation = self.current
        leaf = self.turns[-1].message.id if self.turns else None

        def job(cancel: Cancel) -> Iterator[AnswerEvent]:
            return self._chat.answer(
                question,
                conversation_id=conversation,
                parent_id=leaf,
                collection=collection,
                use_library=use_library,
                cancel=cancel,
            )

        asked = _draft("user", question, "complete")
        return self._start(job, [*self.turns, Turn(asked), Turn(_draft("assistant", "", "streaming"))])

    def regenerate(self, row: int) -> bool:
        """Ask for another version of an answer."""
        turn = self.turns[row]
        conversation = turn.message.conversation_id

        def job(cancel: Cancel) -> Iterator[AnswerEvent]:
            return self._chat.regenerate(conversation, turn.message.id, cancel=cancel)

        live = Turn(_draft("assistant", "", "streaming"), turn.of + 1, turn.of + 1, turn.passages)
        return self._start(job, [*self.turns[:row], live])

    def show_version(self, row: int, step: int) -> None:
        """Show the version before (-1) or after (1) of an answer."""
        if self.busy:
            return
        siblings = versions(self._tree, self.turns[row].message)
        at = siblings.index(self.turns[row].message) + step
        if 0 <= at < len(siblings):
            self._show(latest_leaf(self._tree, siblings[at].id))

    def stop(self) -> None:
        """Stop the answer that is being written; what is there stays."""
        if self._task is not None:
            self._task.cancel()

    def show_sources(self, answer_id: str) -> None:
        """Show the sources of this answer."""
        self.sources_of = answer_id
        self.sources_changed.emit()

    def sources(self) -> tuple[tuple[Citation, Passage | None], ...]:
        """The citations that are shown, each with the passage it was cut from."""
        turn = next((t for t in self.turns if t.message.id == self.sources_of), None)
        if turn is None:
            return ()
        by_number = dict(enumerate(turn.passages, 1))
        return tuple((citation, by_number.get(citation.n)) for citation in turn.message.citations)

    def found(self) -> int:
        """How many passages the search found for the answer whose sources are shown."""
        return next((t.message.passages_found for t in self.turns if t.message.id == self.sources_of), 0)

    # --- the answer that is being written ------------------------------------------------------------------------

    def _start(self, job: Any, turns: list[Turn]) -> bool:
        if self.busy:
            return False
        self._task = self._background.run(KEY, job, on_events=self._take, on_done=self._end, on_failed=self._fail)
        live = turns[-1]
        self.turns = [*turns[:-1], replace(live, message=replace(live.message, model=self.model_name))]
        self.sources_of = live.message.id
        self.turns_reset.emit()
        self.sources_changed.emit()
        self.busy_changed.emit(True)
        return True

    def _take(self, events: list[AnswerEvent]) -> None:
        turn = self.turns[-1]
        for event in events:
            turn = self._after(turn, event)
        self.turns[-1] = turn
        self.turn_changed.emit(len(self.turns) - 1)

    def _after(self, turn: Turn, event: AnswerEvent) -> Turn:
        message = turn.message
        match event:
            case ConversationStarted(conversation_id=conversation, answer_id=answer):
                self.current = conversation
                self.sources_of = answer
                self.refresh()
                return replace(turn, message=replace(message, id=answer, conversation_id=conversation))
            case RailVerdict(where=where, findings=findings):
                kinds = ", ".join(sorted({finding.kind for finding in findings}))
                self.flagged.emit(f"{where}: {kinds}")
            case Retrieved(found=found, used=used):
                return replace(turn, passages=used, loading=False, message=replace(message, passages_found=found))
            case ModelLoading(model=model):
                return replace(turn, loading=True, message=replace(message, model=model))
            case PromptProgress(done=done, total=total):
                return replace(turn, loading=False, read=done / max(1, total))
            case Token(text=text):
                return replace(turn, loading=False, read=None, message=replace(message, text=message.text + text))
            case Cited(citations=citations):
                return replace(turn, message=replace(message, citations=citations))
            case Finished():
                return replace(turn, message=_finished(message, event), loading=False, read=None)
        return turn

    def _end(self) -> None:
        self._task = None
        if self.current:
            self._tree = self._chat.messages(self.current)
            self._show(self.sources_of or latest_leaf(self._tree))
        self.busy_changed.emit(False)
        self.refresh()

    def _fail(self, error: Exception) -> None:
        self._end()
        self.failed.emit(error)

    def _show(self, leaf: str | None) -> None:
        path = branch(self._tree, leaf) if leaf else []
        self.turns = []
        for message in path:
            siblings = versions(self._tree, message)
            passages = self.turns[-1].message.passages if self.turns else ()
            self.turns.append(Turn(message, siblings.index(message) + 1, len(siblings), passages))
        answers = [turn.message.id for turn in self.turns if turn.is_answer]
        self.sources_of = answers[-1] if answers else None
        self.turns_reset.emit()
        self.sources_changed.emit()


def _draft(role: Any, text: str, status: Any) -> Message:
    return Message("", "", None, role, text, datetime.now(UTC).isoformat(), status)


def _finished(message: Message, event: Finished) -> Message:
    return replace(
        message,
        text=event.text,
        model=event.model,
        grounded=event.grounded,
        timing=event.timing,
        status="stopped" if event.stopped else "complete",
    )
