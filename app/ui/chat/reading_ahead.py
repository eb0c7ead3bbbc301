"""The model reads what will be asked while it is still being typed."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass

from app.domain.cancel import Cancel
from app.services.chat import Chat
from app.ui.background import Background, Task

AHEAD = "read ahead"


@dataclass(frozen=True, slots=True)
class Place:
    """Where the next question would be asked."""

    conversation: str | None
    parent: str | None
    model: str | None
    project: str


class ReadingAhead:
    """Has one thing read at a time; what is typed next takes the place of what was typed before."""

    def __init__(self, chat: Chat, background: Background, place: Callable[[], Place | None]) -> None:
        """`place` is None while an answer is being written: then nothing is read."""
        self._chat = chat
        self._background = background
        self._place = place
        self._task: Task | None = None
        self._typed: tuple[str, bool] | None = None  # what is to be read next

    def read(self, typed: str, use_library: bool) -> None:
        """Let the model read this, now or once it has let go of what it reads."""
        self._typed = (typed, use_library)
        if self._task is not None:
            self._task.cancel()
        else:
            self._read_next()

    def _read_next(self) -> None:
        self._task = None
        wanted, self._typed = self._typed, None
        place = self._place()
        if wanted is None or not wanted[0] or place is None:
            return
        typed, use_library = wanted

        def job(cancel: Cancel) -> Iterator[None]:
            self._chat.prefill(
                typed,
                conversation_id=place.conversation,
                parent_id=place.parent,
                use_library=use_library,
                model=place.model,
                project=place.project,
                cancel=cancel,
            )
            return iter(())

        # What goes wrong here goes wrong again, and is told, when it is asked.
        self._task = self._background.run(
            AHEAD,
            job,
            on_events=lambda _: None,
            on_done=self._read_next,
            on_failed=lambda _: self._read_next(),
        )
