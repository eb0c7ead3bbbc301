"""The list of conversations: pinned, renamed, deleted and brought back. No widgets."""

from collections.abc import Callable
from typing import Any, Final

from PySide6.QtCore import QObject, QTimer, Signal

from app.domain.chat import Conversation
from app.domain.chat_search import ChatHit
from app.services.chat import Chat
from app.services.conversations import Conversations
from app.ui.background import Background

UNDO_MS: Final = 8000  # for so long what was deleted can be brought back


class Listing(QObject):
    """Keeps the list that is shown, and changes it."""

    changed = Signal()
    found = Signal()
    deleted = Signal(str, str)  # the id and the title of a conversation that can still be brought back
    failed = Signal(object)

    def __init__(
        self,
        chat: Chat,
        arranging: Conversations,
        background: Background,
        parent: QObject | None = None,
        undo_ms: int = UNDO_MS,
    ) -> None:
        super().__init__(parent)
        self._undo_ms = undo_ms
        self._chat = chat
        self._arranging = arranging
        self._background = background
        self._all: list[Conversation] = []
        self._doomed: dict[str, QTimer] = {}
        self._sought = ""
        self.hits: list[ChatHit] = []  # messages in which what is searched was said
        self.unread: set[str] = set()  # conversations with an answer that nobody has looked at
        self.busy_in: str | None = None  # the conversation in which an answer is being written

    @property
    def conversations(self) -> list[Conversation]:
        """Those that are not deleted: pinned ones, and then the last touched first."""
        return [conversation for conversation in self._all if conversation.id not in self._doomed]

    def refresh(self) -> None:
        """Read the list again."""
        self._call(self._chat.conversations, self._take)

    def find(self, typed: str) -> None:
        """Look for what is typed in all conversations; what was typed before is looked for in vain."""
        self._sought = typed

        def take(hits: list[ChatHit]) -> None:
            if typed == self._sought:
                self.hits = [hit for hit in hits if hit.conversation_id not in self._doomed]
                self.found.emit()

        if typed.strip():
            self._call(lambda: self._arranging.find(typed), take)
        else:
            take([])

    def title(self, conversation_id: str | None) -> str:
        """The title of a conversation, "" for a new one."""
        return next((c.title for c in self._all if c.id == conversation_id), "")

    def project(self, conversation_id: str | None) -> str | None:
        """The project of a conversation, "" for none; None if it is not listed, or not yet."""
        return next((c.project for c in self._all if c.id == conversation_id), None)

    def rename(self, conversation_id: str, title: str) -> None:
        """Give a conversation another title."""
        self._call(lambda: self._chat.rename(conversation_id, title), lambda _: self.refresh())

    def pin(self, conversation_id: str, *, pinned: bool) -> None:
        """List a conversation before the others, or no longer."""
        self._call(lambda: self._arranging.pin(conversation_id, pinned=pinned), lambda _: self.refresh())

    def mark(self, conversation_id: str, *, unread: bool) -> None:
        """Remember that there is something new in a conversation, or that it was looked at."""
        before = set(self.unread)
        if unread:
            self.unread.add(conversation_id)
        else:
            self.unread.discard(conversation_id)
        if self.unread != before:
            self.changed.emit()

    def set_busy(self, conversation_id: str | None) -> None:
        """Show where an answer is being written."""
        if conversation_id != self.busy_in:
            self.busy_in = conversation_id
            self.changed.emit()

    def delete(self, conversation_id: str) -> None:
        """Delete a conversation, unless it is brought back soon."""
        timer = QTimer(self, singleShot=True, interval=self._undo_ms)
        timer.timeout.connect(lambda: self._delete(conversation_id))
        self._doomed[conversation_id] = timer
        timer.start()
        self.changed.emit()
        self.deleted.emit(conversation_id, self.title(conversation_id))

    def bring_back(self, conversation_id: str) -> None:
        """Do not delete a conversation after all."""
        timer = self._doomed.pop(conversation_id, None)
        if timer is not None:
            timer.stop()
            self.changed.emit()

    def delete_now(self) -> None:
        """Delete what nobody can bring back any more: the window closes."""
        for conversation_id in list(self._doomed):
            self._doomed.pop(conversation_id).stop()
            self._chat.delete(conversation_id)

    def _delete(self, conversation_id: str) -> None:
        def gone(_: None) -> None:
            self._doomed.pop(conversation_id, None)
            self.refresh()

        self._call(lambda: self._chat.delete(conversation_id), gone)

    def _call(self, function: Callable[[], Any], on_result: Callable[[Any], None]) -> None:
        self._background.call(function, on_result, self.failed.emit)

    def _take(self, conversations: list[Conversation]) -> None:
        self._all = conversations
        self.changed.emit()
