"""What was said in any chat, as a source of the search for everything."""

from collections.abc import Callable, Sequence

from app.domain.chat_search import ChatHit
from app.services.conversations import Conversations
from app.ui.palette import MOST, Entry
from app.ui.translate import tr


class SaidInChats:
    """Finds messages by their words; asked in the background."""

    slow = True

    def __init__(self, conversations: Conversations, show: Callable[[str, str], None]) -> None:
        """`show` opens a conversation at a message, both by id."""
        self._conversations = conversations
        self._show = show
        self.title = tr("Said in chats")

    def find(self, typed: str) -> Sequence[Entry]:
        """The messages that hold it, the best first."""
        said = [hit for hit in self._conversations.find(typed) if hit.message_id]
        return [self._entry(hit) for hit in said[:MOST]]

    def _entry(self, hit: ChatHit) -> Entry:
        return Entry(hit.snippet, hit.title, lambda: self._show(hit.conversation_id, hit.message_id))
