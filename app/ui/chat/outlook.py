"""What is known of the next question before it is asked: where it would go, and on what it would be computed."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from PySide6.QtCore import QObject, Signal

from app.domain.errors import AppError
from app.domain.fit import Verdict
from app.domain.models import InstalledModel
from app.domain.routing import Destination
from app.services.chat import Chat
from app.services.models import Models
from app.ui.background import Background

KEY = "outlook"


@dataclass(frozen=True, slots=True)
class NextQuestion:
    """What is known of the next question."""

    typed: str = ""
    conversation: str | None = None
    after: str | None = None  # the message that it follows
    collections: tuple[str, ...] = ()  # that it may find passages in
    picked: str | None = None  # the model that the person picked
    project: str = ""  # the id of the one that it is asked in


@dataclass(frozen=True, slots=True)
class Seen:
    """What was found out about it."""

    destination: Destination
    verdict: Verdict | None  # of a model on this device
    answering: tuple[InstalledModel, ...]  # the models that could be picked
    in_memory: Mapping[str, int]  # the ids of those that are loaded, and the bytes that each takes
    good_at: Mapping[str, str]  # what the catalogue recommends models for, by their ids


class Outlook(QObject):
    """Looks in the background, at the newest question only."""

    changed = Signal()
    released = Signal(bool)  # whether it is out of memory
    failed = Signal(object)

    def __init__(self, chat: Chat, models: Models, background: Background, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._chat = chat
        self._models = models
        self._background = background
        self._wanted: NextQuestion | None = None
        self.seen: Seen | None = None  # until it has been found out

    def look(self, question: NextQuestion) -> None:
        """Find out anew; a look that is under way is made for nothing."""
        self._wanted = question
        self._next()

    def release(self, model_id: str) -> None:
        """Let a model out of memory."""
        self._background.call(lambda: self._models.release(model_id), self.released.emit, self.failed.emit)

    def _next(self) -> None:
        question = self._wanted
        if question is None or self._background.is_busy(KEY):
            return
        self._wanted = None
        self._background.run(
            KEY,
            lambda _cancel: self._find_out(question),
            on_events=self._take,
            on_done=self._next,
            on_failed=self._fail,
        )

    def _find_out(self, question: NextQuestion) -> Iterator[Seen]:
        destination = self._chat.preview(
            question.typed,
            conversation_id=question.conversation,
            parent_id=question.after,
            collections=question.collections,
            model=question.picked,
            project=question.project,
        )
        answering = tuple(self._models.answering())
        verdict = self._verdict(destination, answering)
        good_at = {entry.id: entry.recommended_for for entry in self._models.catalogue()}
        yield Seen(destination, verdict, answering, self._models.in_memory(), good_at)

    def _verdict(self, destination: Destination, answering: tuple[InstalledModel, ...]) -> Verdict | None:
        route = destination.route
        model = next((one for one in answering if route is not None and one.id == route.model), None)
        if model is None or model.where == "gateway":
            return None
        try:
            return self._models.fit(model)
        except AppError:
            return None  # its file is damaged or gone, which is told when it is used

    def _take(self, found: list[Seen]) -> None:
        if self._wanted is None:
            self.seen = found[-1]
            self.changed.emit()

    def _fail(self, error: Exception) -> None:
        self.failed.emit(error)
        self._next()
