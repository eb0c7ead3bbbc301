"""The state of the copilot page: the playbooks, the runs, and the one that is gone through. No widgets."""

from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

from PySide6.QtCore import QObject, Signal

from app.domain.cancel import Cancel
from app.domain.errors import AppError, ErrorCode
from app.domain.events import Token
from app.domain.playbook import Playbook
from app.domain.playbook_run import Run
from app.services.playbooks import Playbooks, Standing
from app.ui.background import Background, Task


class CopilotViewModel(QObject):
    """Goes through playbooks; what a model has to do begins by itself, in the background."""

    changed = Signal()  # where the run stands
    listed = Signal()  # which playbooks and runs there are
    streamed = Signal(str)  # the draft as far as it is written
    exported = Signal(str)
    failed = Signal(object)

    def __init__(self, playbooks: Playbooks, background: Background, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._service = playbooks
        self._background = background
        self._task: Task | None = None
        self._works = 0
        self._written = ""
        self.playbooks: tuple[Playbook, ...] = ()
        self.problems: tuple[AppError, ...] = ()
        self.runs: tuple[Run, ...] = ()
        self.at: Standing | None = None
        self.failure: Exception | None = None  # why the step at hand was not done for the person

    @property
    def is_working(self) -> bool:
        """Whether a model or a search does the step at hand."""
        return self._task is not None

    def refresh(self) -> None:
        """Read again what there is."""
        self._background.call(self._read, self._show, self.failed.emit)

    def start(self, playbook_id: str) -> None:
        """Begin a playbook."""
        self._do(lambda: self._service.start(playbook_id))

    def resume(self, run_id: int) -> None:
        """Go on with a run."""
        self._do(lambda: self._service.resume(run_id))

    def answer(self, answer: str) -> None:
        """Answer the step at hand."""
        if self.at is not None:
            run_id = self.at.run.id
            self._do(lambda: self._service.answer(run_id, answer))

    def back(self) -> None:
        """Stand before the last answer again."""
        if self.at is not None:
            run_id = self.at.run.id
            self._do(lambda: self._service.back(run_id))

    def change(self, place: int) -> None:
        """Stand before the answer at `place` again."""
        if self.at is not None:
            run_id = self.at.run.id
            self._do(lambda: self._service.change(run_id, place))

    def leave(self) -> None:
        """Show the list again; the run is kept."""
        self._stop()
        self.at, self.failure = None, None
        self.changed.emit()
        self.refresh()

    def remove(self, run_id: int) -> None:
        """Forget a run."""
        if self.at is not None and self.at.run.id == run_id:
            self.leave()
        self._background.call(lambda: self._service.remove(run_id), lambda _: self.refresh(), self.failed.emit)

    def work(self) -> None:
        """Have the step at hand done, again too."""
        if self.at is None or self._task is not None:
            return
        run_id, self.failure, self._written = self.at.run.id, None, ""
        self._works += 1
        number = self._works

        def job(cancel: Cancel) -> Iterator[Any]:
            yield from self._service.work(run_id, cancel)

        def of_this(then: Callable[..., None]) -> Callable[..., None]:
            """What a work tells that was given up in the meantime is not listened to."""
            return lambda *told: then(*told) if self._task is not None and number == self._works else None

        self._task = self._background.run(
            f"playbook work {number}",
            job,
            on_events=of_this(self._take),
            on_done=of_this(self._end),
            on_failed=of_this(self._fail),
        )
        self.changed.emit()

    def stop(self) -> None:
        """Stop the model; the person answers the step."""
        self._stop()
        self.changed.emit()

    def export(self, path: Path) -> None:
        """Write the record of the run."""
        if self.at is None:
            return
        run_id = self.at.run.id

        def write() -> str:
            try:
                path.write_text(self._service.record(run_id), encoding="utf-8")
            except OSError as error:
                reason = error.strerror or str(error)
                raise AppError(ErrorCode.HOME_NOT_WRITABLE, path=str(path), reason=reason) from error
            return str(path)

        self._background.call(write, self.exported.emit, self.failed.emit)

    def copy_record(self, put: Callable[[str], None]) -> None:
        """Give the record of the run to `put`."""
        if self.at is not None:
            run_id = self.at.run.id
            self._background.call(lambda: self._service.record(run_id), put, self.failed.emit)

    # --- in the background ---------------------------------------------------------------------------------------

    def _do(self, act: Callable[[], Standing]) -> None:
        self._stop()
        self._background.call(act, self._stand, self.failed.emit)

    def _stop(self) -> None:
        if self._task is not None:
            self._task.cancel()
            self._task = None

    def _stand(self, at: Standing) -> None:
        self.at, self.failure = at, None
        self.changed.emit()
        self.refresh()
        if at.waits_for_model:
            self.work()

    def _take(self, events: list[Any]) -> None:
        written = "".join(event.text for event in events if isinstance(event, Token))
        if written:
            self._written += written
            self.streamed.emit(self._written)
        for event in events:
            if isinstance(event, Standing):
                self.at = event

    def _end(self) -> None:
        self._task = None
        if self.at is not None:
            self._stand(self.at)

    def _fail(self, error: Exception) -> None:
        self._task, self.failure = None, error
        self.changed.emit()

    def _read(self) -> tuple[tuple[Playbook, ...], tuple[AppError, ...], tuple[Run, ...]]:
        return tuple(self._service.all()), tuple(self._service.problems()), tuple(self._service.runs())

    def _show(self, read: tuple[tuple[Playbook, ...], tuple[AppError, ...], tuple[Run, ...]]) -> None:
        if read != (self.playbooks, self.problems, self.runs):
            self.playbooks, self.problems, self.runs = read
            self.listed.emit()
