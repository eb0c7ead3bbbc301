"""The state of the chat page: conversations, the branch that is shown, the answer that is being written. No widgets."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from itertools import count
from typing import Any

from PySide6.QtCore import QObject, Signal

from app.domain.cancel import Cancel
from app.domain.chat import Citation, Conversation, Feedback, Message, Style, branch, latest_leaf, siblings
from app.domain.events import AnswerEvent, ConversationStarted, RailVerdict, Retrieved
from app.domain.library import Passage
from app.domain.prompt_library import PromptUse
from app.domain.query import EVERYWHERE, Search
from app.services.chat import Chat
from app.services.conversations import Conversations, RemovedMessages
from app.ui.background import Background, Job, Task
from app.ui.chat.listing import Listing
from app.ui.chat.reading_ahead import Place, ReadingAhead
from app.ui.chat.shown_turns import ShownTurns
from app.ui.chat.turns import Turn, after, draft

KEY = "answer"


@dataclass(frozen=True, slots=True)
class Pending:
    """A question that is to be asked, and where."""

    question: str
    search: Search | None
    model: str | None
    conversation: str | None  # None: a new one
    beginning: int  # which of the new ones
    parent: str | None
    instead_of: str | None = None
    temporary: bool = False
    project: str = ""
    prompt: PromptUse | None = None  # the one of the library that it was filled into


class ChatViewModel(ShownTurns):
    """Runs answers in the background and keeps what the page shows."""

    sources_changed = Signal()
    busy_changed = Signal(bool)
    queue_changed = Signal()
    removed = Signal(object)  # RemovedMessages
    explained = Signal(object)  # an Explanation
    flagged = Signal(object)  # a RailVerdict
    left_out = Signal(object)  # the AppError that kept the team's library from being searched
    question_returned = Signal(str)
    failed = Signal(object)

    def __init__(
        self,
        chat: Chat,
        arranging: Conversations,
        listing: Listing,
        background: Background,
        parent: QObject | None = None,
    ) -> None:
        super().__init__(parent=parent)
        self._chat = chat
        self._arranging = arranging
        self.listing = listing
        self._background = background
        self._task: Task | None = None
        self._tree: list[Message] = []
        self._live: Turn | None = None  # the answer that is being written
        self._asked: Turn | None = None  # the question it answers, if that is new
        self._live_in: str | None = None  # their conversation
        self._live_beginning = 0  # which of the new ones that is, if it is one
        self._wanted = ""  # the message at which the conversation is to be opened
        self._reading = 0  # how often the conversation that is shown was read
        self._beginnings = count(1)
        self._beginning = 0  # of the new conversation that is shown
        self._begun: dict[int, str] = {}  # what new conversations have become
        self._ahead = ReadingAhead(chat, background, self._next_place)
        self.queue: list[Pending] = []
        self.current: str | None = None
        self.temporary = False  # whether a new conversation leaves no trace
        self._project = ""  # of the new conversation that is shown, by its id
        self.sources_of: str | None = None  # the answer whose sources are shown
        self.model_name = ""
        self.picked: str | None = None  # the model that the person picked for this window
        listing.deleted.connect(self._leave)

    @property
    def busy(self) -> bool:
        """Whether an answer is being written."""
        return self._background.is_busy(KEY)

    @property
    def writes_here(self) -> bool:
        """Whether an answer is being written in the conversation that is shown."""
        return self.busy and self._live_in == self.current

    @property
    def project(self) -> str:
        """The project of the conversation that is shown, by its id; "" for none."""
        listed = self.listing.project(self.current)
        return self._project if listed is None else listed

    @property
    def filled(self) -> tuple[int, int] | None:
        """Tokens of the branch that is shown, and how many the model can read; None if that is not known."""
        for turn in reversed(self.turns):
            timing, trace = turn.message.timing, turn.message.trace
            if timing is not None and trace is not None and trace.context:
                return timing.prompt_tokens + timing.answer_tokens, trace.context
        return None

    def open(
        self, conversation_id: str | None, message_id: str = "", *, temporary: bool = False, project: str = ""
    ) -> None:
        """Show a conversation, at a message, or a new one; an answer that is being written in another goes on."""
        self.current = conversation_id
        self._wanted = message_id
        self.temporary = temporary
        self._project = "" if temporary else project
        self._beginning = next(self._beginnings)
        if conversation_id is not None:
            self.listing.mark(conversation_id, unread=False)
        self._read()
        self.queue_changed.emit()

    def ask(
        self,
        question: str,
        search: Search | None = EVERYWHERE,
        *,
        instead_of: str | None = None,
        prompt: PromptUse | None = None,
        model: str | None = None,
    ) -> None:
        """Ask; while an answer is being written, the question waits for its turn."""
        waits_here = self.busy and (
            self._live_in == self.current if self.current else self._live_beginning == self._beginning
        )
        parent = None if waits_here or not self.turns else self.turns[-1].message.id
        pending = Pending(
            question,
            search,
            model or self.picked,
            self.current,
            self._beginning,
            parent,
            instead_of,
            self.temporary,
            self.project,
            prompt,
        )
        if self.busy:
            self.queue.append(pending)
            self.queue_changed.emit()
        else:
            self._ask(pending)

    def waiting(self) -> list[Pending]:
        """The questions that wait in the conversation that is shown."""
        return [one for one in self.queue if self._is_shown(one)]

    def withdraw(self, pending: Pending) -> None:
        """Do not ask a question that waits."""
        self.queue.remove(pending)
        self.queue_changed.emit()

    def read_ahead(self, typed: str, use_library: bool = True) -> None:
        """Let the model read what is typed so far, so that it answers sooner."""
        self._ahead.read(typed, use_library)

    def _next_place(self) -> Place | None:
        leaf = self.turns[-1].message.id if self.turns else None
        return None if self.busy else Place(self.current, leaf, self.picked, self.project)

    def regenerate(self, row: int, *, style: Style = "", model: str | None = None, exhaustive: bool = False) -> bool:
        """Ask for another version of an answer; an exhaustive one reads every passage that may hold a part of it."""
        turn = self.turns[row]
        conversation, model = turn.message.conversation_id, model or self.picked

        def job(cancel: Cancel) -> Iterator[AnswerEvent]:
            return self._chat.regenerate(
                conversation, turn.message.id, model=model, style=style, exhaustive=exhaustive, cancel=cancel
            )

        fresh = replace(draft("assistant", "", "streaming"), version=turn.of + 1, of=turn.of + 1)
        return self._start(job, conversation, self.turns[:row], None, replace(fresh, passages=turn.passages))

    def resume(self, row: int) -> bool:
        """Let an answer that broke off, or was stopped, go on where it ends."""
        turn = self.turns[row]
        conversation, model = turn.message.conversation_id, self.picked

        def job(cancel: Cancel) -> Iterator[AnswerEvent]:
            return self._chat.resume(conversation, turn.message.id, model=model, cancel=cancel)

        going_on = replace(turn, message=replace(turn.message, status="streaming"))
        return self._start(job, conversation, self.turns[:row], None, going_on)

    def resume_last(self) -> None:
        """Let the last answer go on, if it ended before its end."""
        if self.turns and self.turns[-1].can_go_on:
            self.resume(len(self.turns) - 1)

    def ask_elsewhere(self, row: int, search: Search | None) -> None:
        """Ask an answer's question of other sources: another version of it."""
        if row:
            question = self.turns[row - 1].message
            self.ask(question.text, search, instead_of=question.id)

    def fork(self, row: int) -> None:
        """Begin another conversation with all up to a message, and show it."""
        message = self.turns[row].message
        title = self.listing.title(message.conversation_id)

        def forked(conversation: Conversation) -> None:
            self.listing.refresh()
            self.open(conversation.id)

        self._call(lambda: self._arranging.fork(message.conversation_id, message.id, title), forked)

    def remove(self, row: int) -> None:
        """Delete a message, unless an answer is being written in its conversation."""
        message = self.turns[row].message

        def removed(what: RemovedMessages) -> None:
            gone = {one.id for one in what.gone}
            self.queue = [
                replace(
                    one,
                    parent=None if one.parent in gone else one.parent,
                    instead_of=None if one.instead_of in gone else one.instead_of,
                )
                for one in self.queue
            ]
            above = [turn.message.id for turn in self.turns[:row] if turn.message.id not in gone]
            self._wanted = above[-1] if above else ""  # the reader keeps their place
            self._read()
            self.listing.refresh()
            self.removed.emit(what)

        if not self.writes_here:
            self._call(lambda: self._arranging.remove(message.conversation_id, message.id), removed)

    def bring_back(self, removed: RemovedMessages) -> None:
        """Take a removal back."""

        def back(_: None) -> None:
            self._read()
            self.listing.refresh()

        self._call(lambda: self._arranging.bring_back(removed), back)

    def rate(self, row: int, feedback: Feedback | None) -> None:
        """Keep what the person thinks of an answer."""
        message = self.turns[row].message

        def rated(after: Message) -> None:
            self._tree = [after if one.id == after.id else one for one in self._tree]
            for at, turn in enumerate(self.turns):
                if turn.message.id == after.id:
                    self.turns[at] = replace(turn, message=after)
                    self.turn_changed.emit(at)

        self._call(lambda: self._arranging.rate(message.conversation_id, message.id, feedback), rated)

    def explain(self, row: int) -> None:
        """Find out how an answer came to be."""
        message = self.turns[row].message
        self._call(lambda: self._arranging.explain(message.conversation_id, message.id), self.explained.emit)

    def show_version(self, row: int, step: int) -> None:
        """Show the version before (-1) or after (1) of a message."""
        if self.writes_here:
            return
        message = self.turns[row].message
        versions = siblings(self._tree)[message.parent_id, message.role]
        at = versions.index(message) + step
        if 0 <= at < len(versions):
            self._show(latest_leaf(self._tree, versions[at].id))

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
        return turn.citations() if turn is not None else ()

    def found(self) -> int:
        """How many passages the search found for the answer whose sources are shown."""
        return next((t.message.passages_found for t in self.turns if t.message.id == self.sources_of), 0)

    # --- the answer that is being written ------------------------------------------------------------------------

    def _is_shown(self, pending: Pending) -> bool:
        conversation = pending.conversation or self._begun.get(pending.beginning)
        return conversation == self.current if conversation else pending.beginning == self._beginning

    def _ask(self, pending: Pending) -> bool:
        conversation = pending.conversation or self._begun.get(pending.beginning)

        def job(cancel: Cancel) -> Iterator[AnswerEvent]:
            return self._chat.answer(
                pending.question,
                conversation_id=conversation,
                parent_id=pending.parent,
                instead_of=pending.instead_of,
                search=pending.search,
                model=pending.model,
                temporary=pending.temporary,
                project=pending.project,
                prompt=pending.prompt,
                cancel=cancel,
            )

        shown: list[Turn] | None = None
        if self._is_shown(pending):
            rows = [turn.message.id for turn in self.turns]
            shown = self.turns[: rows.index(pending.instead_of)] if pending.instead_of in rows else self.turns
        self._live_beginning = pending.beginning
        asked = draft("user", pending.question, "complete")
        return self._start(job, conversation, shown, asked, draft("assistant", "", "streaming"))

    def _start(
        self, job: Job, conversation: str | None, above: list[Turn] | None, asked: Turn | None, live: Turn
    ) -> bool:
        """Have an answer written below what is shown `above` it; None: another conversation is shown."""
        if self.busy:
            return False
        self._task = self._background.run(KEY, job, on_events=self._take, on_done=self._end, on_failed=self._fail)
        live = replace(live, message=replace(live.message, model=self.model_name))
        self._live, self._live_in, self._asked = live, conversation, asked
        if above is not None:
            self.turns = [*above, *([asked] if asked else []), live]
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
            self._tell(event)
            turn = after(turn, event)
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
        if self._live_in is None:
            self._begun[self._live_beginning] = started.conversation_id
        self._live_in = started.conversation_id
        if self._asked is not None:
            self._asked = replace(self._asked, message=replace(self._asked.message, id=started.question_id))
        if shown:
            self.current, self.sources_of = started.conversation_id, started.answer_id
            if self._asked is not None:
                self.turns[-2] = self._asked
        self.listing.set_busy(self._live_in)
        self.listing.refresh()

    def _tell(self, event: AnswerEvent) -> None:
        if isinstance(event, RailVerdict):
            self.flagged.emit(event)
        elif isinstance(event, Retrieved) and event.left_out is not None:
            self.left_out.emit(event.left_out)

    def _end(self) -> None:
        self._conclude()
        self._ask_next()

    def _conclude(self) -> None:
        live, self._task, self._live, self._asked = self._live, None, None, None
        self.listing.set_busy(None)
        begun = self._live_in is not None
        if (begun and self._live_in == self.current) or (live is not None and self._shows(live)):
            self._read()
        elif self._live_in is not None:
            self.listing.mark(self._live_in, unread=True)
        self.busy_changed.emit(False)
        self.listing.refresh()

    def _ask_next(self) -> None:
        if self.queue:
            pending = self.queue.pop(0)
            self.queue_changed.emit()
            self._ask(pending)

    def _fail(self, error: Exception) -> None:
        """What waits stays: it would only fail, too."""
        if self._asked is not None and not self._asked.message.id:  # nothing was kept of it
            self.question_returned.emit(self._asked.message.text)
        self._conclude()
        self.failed.emit(error)

    def _leave(self, conversation_id: str, _: str) -> None:
        """A conversation is being deleted."""
        if conversation_id == self.current:
            self.open(None)
        if self.busy and conversation_id == self._live_in:
            self.stop()
        self.queue = [pending for pending in self.queue if pending.conversation != conversation_id]

    # --- what is kept --------------------------------------------------------------------------------------------

    def _call(self, function: Callable[[], Any], on_result: Callable[[Any], None]) -> None:
        self._background.call(function, on_result, self.failed.emit)

    def _read(self) -> None:
        conversation = self.current
        self._reading += 1
        reading = self._reading
        if conversation is None:
            self._opened(reading, [])
        else:
            self._call(lambda: self._chat.messages(conversation), lambda tree: self._opened(reading, tree))

    def _opened(self, reading: int, tree: list[Message]) -> None:
        if reading == self._reading:  # else the person has gone on to another meanwhile, or there is more to read
            self._tree = tree
            wanted, self._wanted = self._wanted, ""
            known = any(message.id == wanted for message in tree)
            self._show(latest_leaf(tree, wanted if known else None))
            if known:
                self.pointed_at.emit([turn.message.id for turn in self.turns].index(wanted))

    def _show(self, leaf: str | None) -> None:
        path = branch(self._tree, leaf) if leaf else []
        before = [turn.message.id for turn in self.turns]
        self.turns = []
        all_versions = siblings(self._tree)
        for message in path:
            versions = all_versions[message.parent_id, message.role]
            passages = self.turns[-1].message.passages if self.turns else ()
            self.turns.append(Turn(message, versions.index(message) + 1, len(versions), passages))
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
