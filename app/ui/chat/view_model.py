"""The state of the chat page: conversations, the branch that is shown, the answer that is being written. No widgets."""

from collections.abc import Callable, Iterator
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
    PassageRead,
    PromptProgress,
    RailVerdict,
    Retrieved,
    Routed,
    Token,
)
from app.domain.library import Passage
from app.domain.query import EVERYWHERE, Search
from app.services.chat import Chat
from app.ui.background import Background, Job, Task

KEY = "answer"
AHEAD = "read ahead"


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


class ChatViewModel(QObject):
    """Runs answers in the background and keeps what the page shows."""

    conversations_changed = Signal()
    turns_reset = Signal()
    turn_changed = Signal(int)
    sources_changed = Signal()
    busy_changed = Signal(bool)
    flagged = Signal(str)
    left_out = Signal(object)  # the AppError that kept the team's library from being searched
    question_returned = Signal(str)
    failed = Signal(object)

    def __init__(self, chat: Chat, background: Background, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._chat = chat
        self._background = background
        self._task: Task | None = None
        self._tree: list[Message] = []
        self._live: Turn | None = None  # the answer that is being written
        self._asked: Turn | None = None  # the question it answers, if that is new
        self._live_in: str | None = None  # their conversation
        self._to_delete: str | None = None  # once that answer has stopped
        self._ahead: Task | None = None  # the model reads what will be asked
        self._typed: tuple[str, bool] | None = None  # what it is to read next
        self.conversations: list[Conversation] = []
        self.current: str | None = None
        self.turns: list[Turn] = []
        self.sources_of: str | None = None  # the answer whose sources are shown
        self.model_name = ""
        self.picked: str | None = None  # the model that the person picked for this window

    @property
    def busy(self) -> bool:
        """Whether an answer is being written."""
        return self._background.is_busy(KEY)

    def refresh(self) -> None:
        """Read the list of conversations again."""
        self._call(self._chat.conversations, self._list)

    def title(self) -> str:
        """The title of the conversation that is shown, "" for a new one."""
        return next((c.title for c in self.conversations if c.id == self.current), "")

    def open(self, conversation_id: str | None) -> None:
        """Show a conversation, or a new one; an answer that is being written in another goes on."""
        self.current = conversation_id
        self._read()

    def rename(self, conversation_id: str, title: str) -> None:
        """Give a conversation another title."""
        self._call(lambda: self._chat.rename(conversation_id, title), lambda _: self.refresh())

    def delete(self, conversation_id: str) -> None:
        """Delete a conversation; an answer that is being written in it is stopped first."""
        if conversation_id == self.current:
            self.open(None)
        if self.busy and conversation_id == self._live_in:
            self._to_delete = conversation_id
            self.stop()
        else:
            self._call(lambda: self._chat.delete(conversation_id), lambda _: self.refresh())

    def ask(self, question: str, search: Search | None = EVERYWHERE) -> bool:
        """Ask; false if an answer is still being written."""
        conversation = self.current
        leaf = self.turns[-1].message.id if self.turns else None
        model = self.picked

        def job(cancel: Cancel) -> Iterator[AnswerEvent]:
            return self._chat.answer(
                question,
                conversation_id=conversation,
                parent_id=leaf,
                search=search,
                model=model,
                cancel=cancel,
            )

        asked = _draft("user", question, "complete")
        return self._start(job, [*self.turns, Turn(asked), Turn(_draft("assistant", "", "streaming"))])

    def read_ahead(self, typed: str, use_library: bool = True) -> None:
        """Let the model read what is typed so far, so that it answers sooner; what is typed next takes its place."""
        self._typed = (typed, use_library)
        if self._ahead is not None:
            self._ahead.cancel()
        else:
            self._read_next()

    def _read_next(self) -> None:
        self._ahead = None
        wanted, self._typed = self._typed, None
        if wanted is None or not wanted[0] or self.busy:
            return
        typed, use_library = wanted
        conversation = self.current
        leaf = self.turns[-1].message.id if self.turns else None
        model = self.picked

        def job(cancel: Cancel) -> Iterator[None]:
            self._chat.prefill(
                typed, conversation_id=conversation, parent_id=leaf, use_library=use_library, model=model, cancel=cancel
            )
            return iter(())

        # What goes wrong here goes wrong again, and is told, when it is asked.
        self._ahead = self._background.run(
            AHEAD,
            job,
            on_events=lambda _: None,
            on_done=self._read_next,
            on_failed=lambda _: self._read_next(),
        )

    def regenerate(self, row: int, *, exhaustive: bool = False) -> bool:
        """Ask for another version of an answer; an exhaustive one reads every passage that may hold a part of it."""
        turn = self.turns[row]
        conversation, model = turn.message.conversation_id, self.picked

        def job(cancel: Cancel) -> Iterator[AnswerEvent]:
            return self._chat.regenerate(
                conversation, turn.message.id, model=model, exhaustive=exhaustive, cancel=cancel
            )

        live = Turn(_draft("assistant", "", "streaming"), turn.of + 1, turn.of + 1, turn.passages)
        return self._start(job, [*self.turns[:row], live])

    def resume(self, row: int) -> bool:
        """Let an answer that broke off, or was stopped, go on where it ends."""
        turn = self.turns[row]
        conversation, model = turn.message.conversation_id, self.picked

        def job(cancel: Cancel) -> Iterator[AnswerEvent]:
            return self._chat.resume(conversation, turn.message.id, model=model, cancel=cancel)

        return self._start(job, [*self.turns[:row], replace(turn, message=replace(turn.message, status="streaming"))])

    def resume_last(self) -> None:
        """Let the last answer go on, if it ended before its end."""
        if self.turns and self.turns[-1].can_go_on:
            self.resume(len(self.turns) - 1)

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
        if answer_id != self.sources_of:
            self.sources_of = answer_id
            self.sources_changed.emit()

    def sources(self) -> tuple[tuple[Citation, Passage | None], ...]:
        """The citations that are shown, each with the passage it was cut from."""
        turn = next((t for t in self.turns if t.message.id == self.sources_of), None)
        if turn is None:
            return ()
        by_number = dict(enumerate(turn.passages, 1))
        if turn.is_live and not turn.message.citations:
            return tuple((_pointer(n, passage), passage) for n, passage in by_number.items())
        return tuple((citation, by_number.get(citation.n)) for citation in turn.message.citations)

    def found(self) -> int:
        """How many passages the search found for the answer whose sources are shown."""
        return next((t.message.passages_found for t in self.turns if t.message.id == self.sources_of), 0)

    # --- the answer that is being written ------------------------------------------------------------------------

    def _start(self, job: Job, turns: list[Turn]) -> bool:
        if self.busy:
            return False
        self._task = self._background.run(KEY, job, on_events=self._take, on_done=self._end, on_failed=self._fail)
        live = replace(turns[-1], message=replace(turns[-1].message, model=self.model_name))
        self._live, self._live_in = live, self.current
        self._asked = turns[-2] if not turns[-2].message.id else None
        self.turns = [*turns[:-1], live]
        self.sources_of = live.message.id
        self.turns_reset.emit()
        self.sources_changed.emit()
        self.busy_changed.emit(True)
        return True

    def _take(self, events: list[AnswerEvent]) -> None:
        assert self._live is not None
        turn = before = self._live
        shown = self._shows(turn)
        for event in events:
            if isinstance(event, ConversationStarted):
                self._place(event, shown)
            turn = self._after(turn, event)
        self._live = turn
        if shown:
            self.turns[-1] = turn
            self.turn_changed.emit(len(self.turns) - 1)
        if shown and (turn.passages, turn.message.citations) != (before.passages, before.message.citations):
            self.sources_changed.emit()

    def _shows(self, turn: Turn) -> bool:
        return self._live_in == self.current and bool(self.turns) and self.turns[-1] is turn

    def _place(self, started: ConversationStarted, shown: bool) -> None:
        """The answer has its conversation, which may be new."""
        self._live_in = started.conversation_id
        if self._asked is not None:
            self._asked = replace(self._asked, message=replace(self._asked.message, id=started.question_id))
        if shown:
            self.current, self.sources_of = started.conversation_id, started.answer_id
            if self._asked is not None:
                self.turns[-2] = self._asked
        self.refresh()

    def _after(self, turn: Turn, event: AnswerEvent) -> Turn:
        message = turn.message
        match event:
            case ConversationStarted(conversation_id=conversation, answer_id=answer):
                return replace(turn, message=replace(message, id=answer, conversation_id=conversation))
            case RailVerdict(where=where, findings=findings):
                kinds = ", ".join(sorted({finding.kind for finding in findings}))
                self.flagged.emit(f"{where}: {kinds}")
            case Retrieved():
                if event.left_out is not None:
                    self.left_out.emit(event.left_out)
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
            case Cited(citations=citations, support=support):
                return replace(turn, message=replace(message, citations=citations, support=support))
            case Finished():
                return replace(turn, message=_finished(message, event), loading=False, read=None, going_through=None)
        return turn

    def _end(self) -> None:
        live, self._task, self._live, self._asked = self._live, None, None, None
        if self._to_delete is not None:
            doomed, self._to_delete = self._to_delete, None
            self.delete(doomed)
        elif live is not None and self._shows(live):
            self._read()
        self.busy_changed.emit(False)
        self.refresh()

    def _fail(self, error: Exception) -> None:
        if self._asked is not None and not self._asked.message.id:  # nothing was kept of it
            self.question_returned.emit(self._asked.message.text)
        self._end()
        self.failed.emit(error)

    # --- what is kept --------------------------------------------------------------------------------------------

    def _call(self, function: Callable[[], Any], on_result: Callable[[Any], None]) -> None:
        self._background.call(function, on_result, self.failed.emit)

    def _list(self, conversations: list[Conversation]) -> None:
        self.conversations = conversations
        self.conversations_changed.emit()

    def _read(self) -> None:
        conversation = self.current
        if conversation is None:
            self._opened(None, [])
        else:
            self._call(lambda: self._chat.messages(conversation), lambda tree: self._opened(conversation, tree))

    def _opened(self, conversation: str | None, tree: list[Message]) -> None:
        if conversation == self.current:  # else the person has gone on to another meanwhile
            self._tree = tree
            self._show(latest_leaf(tree))

    def _show(self, leaf: str | None) -> None:
        path = branch(self._tree, leaf) if leaf else []
        before = [turn.message.id for turn in self.turns]
        self.turns = []
        for message in path:
            siblings = versions(self._tree, message)
            passages = self.turns[-1].message.passages if self.turns else ()
            self.turns.append(Turn(message, siblings.index(message) + 1, len(siblings), passages))
        if self._live is not None and self._live_in == self.current is not None:
            growing = [turn for turn in (self._asked, self._live) if turn is not None]
            ids = {turn.message.id for turn in growing}
            self.turns = [turn for turn in self.turns if turn.message.id not in ids] + growing
        answers = [turn.message.id for turn in self.turns if turn.is_answer]
        self.sources_of = answers[-1] if answers else None
        if before and before == [turn.message.id for turn in self.turns]:
            for row in range(len(self.turns)):
                self.turn_changed.emit(row)  # the same messages: the reader keeps their place
        else:
            self.turns_reset.emit()
        self.sources_changed.emit()


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


def _draft(role: Any, text: str, status: Any) -> Message:
    return Message("", "", None, role, text, datetime.now(UTC).isoformat(), status)


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
