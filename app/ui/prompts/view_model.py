"""The state of the prompts page: what was found, what is looked at, what is being tried. No widgets."""

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, replace
from typing import Any

from PySide6.QtCore import QObject, Signal

from app.domain.cancel import Cancel
from app.domain.chat import Timing
from app.domain.errors import AppError
from app.domain.events import AnswerEvent, Finished, Token
from app.domain.models import InstalledModel
from app.domain.prompt_library import Prompt, PromptVersion
from app.services.models import Models
from app.services.prompt_library import PromptLibrary
from app.ui.background import Background, Task

KEY = "prompts tried"


@dataclass(frozen=True, slots=True)
class Shelf:
    """What the page shows, read at once."""

    found: tuple[Prompt, ...] = ()
    problems: tuple[AppError, ...] = ()
    models: tuple[InstalledModel, ...] = ()


@dataclass(frozen=True, slots=True)
class Side:
    """One of two ways to ask the same thing, and what came of it."""

    version: PromptVersion
    model: str | None = None  # None: whichever answers
    text: str = ""
    state: str = "waiting"  # waiting, writing, done
    by: str = ""
    timing: Timing | None = None


class PromptsViewModel(QObject):
    """Finds, keeps and tries prompts in the background."""

    changed = Signal()
    chosen_changed = Signal()
    tried = Signal(int)  # which side has changed
    busy_changed = Signal(bool)
    saved = Signal(object)  # the PromptVersion that is kept now
    used = Signal(object)  # a Filled
    failed = Signal(object)

    def __init__(
        self, library: PromptLibrary, models: Models, background: Background, parent: QObject | None = None
    ) -> None:
        super().__init__(parent)
        self._library = library
        self._models = models
        self._background = background
        self._typed = ""
        self._wanted = ""  # the id of the prompt to look at once it has been read
        self._task: Task | None = None
        self.shelf = Shelf()
        self.chosen: Prompt | None = None
        self.version: PromptVersion | None = None  # the one that is looked at
        self.sides: list[Side] = []

    @property
    def is_busy(self) -> bool:
        """Whether something is being tried."""
        return self._background.is_busy(KEY)

    def refresh(self) -> None:
        """Read everything again."""
        typed = self._typed
        self._background.call(lambda: (typed, self._read(typed)), self._show, self.failed.emit)

    def search(self, typed: str) -> None:
        """Show the prompts that hold these words."""
        self._typed = typed
        self.refresh()

    def choose(self, prompt_id: str, version: int | None = None) -> None:
        """Look at a prompt, in its newest version or another."""
        found = next((one for one in self.shelf.found if one.current.id == prompt_id), None)
        if found is not None:
            self.chosen = found
            self.version = (found.at(version) if version else None) or found.current
            self.chosen_changed.emit()

    def begin(self) -> None:
        """Begin a prompt of the person's own."""
        self.chosen, self.version = None, PromptVersion("", "", "")
        self.chosen_changed.emit()

    def save(self, changed: PromptVersion) -> None:
        """Keep a changed prompt as a new version."""
        self._keep(lambda: self._library.save(changed))

    def restore(self, reference: str) -> None:
        """Make an old version the newest again."""
        self._keep(lambda: self._library.restore(reference))

    def remove(self) -> None:
        """Forget the prompt that is looked at."""
        if self.chosen is None:
            return
        prompt_id = self.chosen.current.id
        self.chosen = self.version = None
        self._background.call(lambda: self._library.remove(prompt_id), lambda _: self.refresh(), self.failed.emit)

    def use(self, values: Mapping[str, str], version: PromptVersion | None = None) -> None:
        """Fill a version in, the one that is looked at if none is named, to ask it in the chat."""
        version = version or self.version
        if version is not None:
            self._background.call(lambda: self._library.fill_in(version, values), self.used.emit, self.failed.emit)

    def try_out(self, left: Side, right: Side, values: Mapping[str, str]) -> None:
        """Ask both, one after the other, what was filled in."""
        if self.is_busy:
            return
        self.sides = [left, right]

        def job(cancel: Cancel) -> Iterator[tuple[int, AnswerEvent]]:
            for place, side in enumerate((left, right)):
                taken = {one.name for one in side.version.variables}
                filled = self._library.fill_in(side.version, {n: v for n, v in values.items() if n in taken})
                for event in self._library.run(filled, cancel, model=side.model, temporary=True):
                    yield place, event
                cancel.check()

        self._task = self._background.run(KEY, job, on_events=self._take, on_done=self._end, on_failed=self._fail)
        for place in (0, 1):
            self.tried.emit(place)
        self.busy_changed.emit(True)

    def stop(self) -> None:
        """Stop what is being tried; what was written stays."""
        if self._task is not None:
            self._task.cancel()

    def _read(self, typed: str) -> Shelf:
        return Shelf(tuple(self._library.find(typed)), tuple(self._library.problems()), tuple(self._models.answering()))

    def _show(self, read: tuple[str, Shelf]) -> None:
        typed, shelf = read
        if typed != self._typed:
            return  # something else has been typed since
        self.shelf = shelf
        self.changed.emit()
        wanted, self._wanted = self._wanted, ""
        if wanted:
            self.choose(wanted)
        elif self.version is None and shelf.found:
            self.choose(shelf.found[0].current.id)

    def _keep(self, keep: Callable[[], PromptVersion]) -> None:
        def kept(version: PromptVersion) -> None:
            self._wanted = version.id
            self.saved.emit(version)
            self.search("")

        self._background.call(keep, kept, self.failed.emit)

    def _take(self, events: list[tuple[int, Any]]) -> None:
        for place, event in events:
            side = self.sides[place]
            match event:
                case Token(text=text):
                    side = replace(side, text=side.text + text, state="writing")
                case Finished():
                    side = replace(side, text=event.text, state="done", by=event.model, timing=event.timing)
                case _:
                    side = replace(side, state="writing")
            self.sides[place] = side
        for place in sorted({place for place, _ in events}):
            self.tried.emit(place)

    def _end(self) -> None:
        self._task = None
        self.busy_changed.emit(False)

    def _fail(self, error: Exception) -> None:
        self._end()
        self.failed.emit(error)
