"""Names a conversation once its first answer is there."""

import logging
from collections.abc import Iterator

from PySide6.QtCore import QObject

from app.domain.cancel import Cancel
from app.services.titles import Titles
from app.ui.background import Background, Task
from app.ui.chat.view_model import ChatViewModel

_log = logging.getLogger(__name__)


class Naming(QObject):
    """Has the model give a title, if there is need of one; the next question comes first."""

    def __init__(self, titles: Titles, chat: ChatViewModel, background: Background, parent: QObject) -> None:
        super().__init__(parent)
        self._titles = titles
        self._chat = chat
        self._background = background
        self._task: Task | None = None
        chat.busy_changed.connect(self._name)

    def _name(self, busy: bool) -> None:
        if self._task is not None:
            self._task.cancel()
        conversation = self._chat.current
        if busy or conversation is None:
            return

        def job(cancel: Cancel) -> Iterator[str]:
            yield self._titles.give(conversation, cancel)

        self._task = self._background.run(
            f"title {conversation}",
            job,
            on_events=lambda given: self._chat.listing.refresh() if given[-1] else None,
            on_done=lambda: None,
            on_failed=lambda error: _log.info("no title: %s", error),  # its question stays its title
        )
