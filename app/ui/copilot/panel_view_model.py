"""The state of the quick panel: what is shown to it, what it makes of that, and what comes of a step. No widgets."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from PySide6.QtCore import QObject, Signal
from PySide6.QtGui import QImage

from app.domain.cancel import Cancel
from app.domain.errors import AppError, ErrorCode
from app.domain.events import Token
from app.domain.next_steps import NextStep
from app.services.copilot import Copilot, Suggestion, Written
from app.services.showing import LARGEST, Showing, Shown
from app.ui.background import Background, Task
from app.ui.pictures import as_png


@dataclass(frozen=True, slots=True)
class Result:
    """What came of a step, as far as it is there."""

    title: str
    text: str
    written: Written | None = None  # None while it is being written, and of what no model wrote
    is_done: bool = False


class PanelViewModel(QObject):
    """Holds what is shown, until the panel closes; nothing of it is kept anywhere."""

    changed = Signal()
    streamed = Signal(str)
    playbook_wanted = Signal(str)
    chat_wanted = Signal(str)
    failed = Signal(object)

    def __init__(
        self, copilot: Copilot, showing: Showing, background: Background, parent: QObject | None = None
    ) -> None:
        super().__init__(parent)
        self._copilot = copilot
        self._showing = showing
        self._background = background
        self._task: Task | None = None
        self._works = 0
        self.shown: Shown | None = None
        self.seen: Suggestion | None = None
        self.result: Result | None = None

    @property
    def is_working(self) -> bool:
        """Whether a model looks or writes."""
        return self._task is not None

    def prepare(self) -> None:
        """Let the model read what it will be asked; what goes wrong here goes wrong again where it matters."""

        def job(cancel: Cancel) -> Iterator[None]:
            self._copilot.warm(cancel)
            return iter(())

        def nothing(*_: object) -> None:
            pass

        self._background.run("panel warms", job, on_events=nothing, on_done=nothing, on_failed=nothing)

    def show(self, shown: Shown) -> None:
        """Look at something: what patterns say at once, what the model says later, if it is asked at all."""
        self._stop()
        self.shown, self.seen, self.result = shown, self._copilot.see(shown), None
        self.changed.emit()
        if self.seen.kind is None and shown.text.strip():
            self._work(lambda cancel: iter([self._copilot.think(shown, cancel)]), self._take_thought, quiet=True)

    def show_file(self, path: Path) -> None:
        """Look at a file."""
        self._read(lambda cancel: self._showing.open_file(path, cancel))

    def show_later(self, source: str, read: Callable[[], str | QImage]) -> None:
        """Look at something that takes a moment to be read, as the text in a picture does."""

        def job(cancel: Cancel) -> Shown:
            found = read()
            if isinstance(found, QImage):
                return self._showing.open_picture(source, as_png(found), cancel)
            return Shown(source, found[:LARGEST])

        self._read(job)

    def _read(self, read: Callable[[Cancel], Shown]) -> None:
        self._stop()
        self._work(lambda cancel: iter([read(cancel)]), self._take_shown)
        self.changed.emit()

    def choose(self, number: int) -> None:
        """Carry out one of the steps, counted from 0."""
        if self.seen is None or self.result is not None or number >= len(self.seen.steps):
            return
        self._carry_out(self.seen.steps[number])

    def ask(self, wish: str) -> None:
        """Have written what the person asks for in their own words."""
        if self.shown is not None and wish.strip():
            self._write(wish.strip(), wish.strip())

    def to_chat(self) -> None:
        """Go on in a chat, with what was written, or with what was shown."""
        text = self.result.text if self.result is not None else self.shown.text if self.shown is not None else ""
        self.chat_wanted.emit(text)

    def save(self, path: Path) -> None:
        """Write the result into a file."""
        if self.result is None:
            return
        try:
            path.write_text(self.result.text, encoding="utf-8")
        except OSError as error:
            reason = error.strerror or str(error)
            self.failed.emit(AppError(ErrorCode.HOME_NOT_WRITABLE, path=str(path), reason=reason))

    def stop(self) -> None:
        """Stop writing; what is written stays."""
        self._stop()
        if self.result is not None:
            self.result = Result(self.result.title, self.result.text, self.result.written, is_done=True)
        self.changed.emit()

    def forget(self) -> None:
        """Let go of all that was shown and written, models too."""
        self._stop()
        self.shown, self.seen, self.result = None, None, None
        self._background.call(self._copilot.forget, lambda _: None, self.failed.emit)
        self.changed.emit()

    # --- in the background ---------------------------------------------------------------------------------------

    def _carry_out(self, step: NextStep) -> None:
        assert self.shown is not None
        match step.act:
            case "playbook":
                self.playbook_wanted.emit(step.playbook)
            case "chat":
                self.to_chat()
            case "redact":
                self.result = Result(step.title, self._copilot.without_secrets(self.shown), is_done=True)
                self._stop()
                self.changed.emit()
            case "write":
                self._write(step.title, step.instruction)

    def _write(self, title: str, instruction: str) -> None:
        shown = self.shown
        assert shown is not None
        self._stop()
        self.result = Result(title, "")
        self._work(lambda cancel: self._copilot.write(instruction, shown, cancel), self._take_writing)
        self.changed.emit()

    def _work(
        self, job: Callable[[Cancel], Iterator[Any]], take: Callable[[list[Any]], None], *, quiet: bool = False
    ) -> None:
        self._works += 1
        number = self._works

        def of_this(then: Callable[..., None]) -> Callable[..., None]:
            """What a work tells that was given up in the meantime is not listened to."""
            return lambda *told: then(*told) if self._task is not None and number == self._works else None

        self._task = self._background.run(
            f"panel {number}",
            job,
            on_events=of_this(take),
            on_done=of_this(self._end),
            on_failed=of_this(self._end if quiet else self._fail),
        )

    def _take_thought(self, events: list[Any]) -> None:
        self.seen = events[-1]

    def _take_shown(self, events: list[Any]) -> None:
        self._task = None
        self.show(events[-1])

    def _take_writing(self, events: list[Any]) -> None:
        if self.result is None:
            return
        text = self.result.text + "".join(event.text for event in events if isinstance(event, Token))
        written = next((event for event in events if isinstance(event, Written)), None)
        self.result = Result(self.result.title, written.text if written else text, written, is_done=written is not None)
        self.streamed.emit(self.result.text)

    def _end(self, _error: Exception | None = None) -> None:
        """What the model thinks is a help only: where it cannot be had, the steps that are there stay."""
        self._task = None
        self.changed.emit()

    def _fail(self, error: Exception) -> None:
        self._task, self.result = None, None
        self.failed.emit(error)
        self.changed.emit()

    def _stop(self) -> None:
        if self._task is not None:
            self._task.cancel()
            self._task = None
