"""The only bridge between blocking work and the window.

Jobs run in threads of their own and never touch Qt: what they yield waits in a queue that the UI thread empties 30
times a second, so a fast job cannot flood it.
"""

import logging
import threading
import time
from collections import deque
from collections.abc import Callable, Iterator
from typing import Any

from PySide6.QtCore import QObject, QTimer, Signal

from app.domain.cancel import Cancel
from app.domain.errors import AppError, Cancelled

DELIVER_EVERY_MS = 33

Job = Callable[[Cancel], Iterator[Any]]
_log = logging.getLogger(__name__)


class Task:
    """One running job."""

    def __init__(
        self,
        job: Job,
        on_events: Callable[[list[Any]], None],
        on_done: Callable[[], None],
        on_failed: Callable[[Exception], None],
    ) -> None:
        self._job = job
        self._on_events = on_events
        self._on_done = on_done
        self._on_failed = on_failed
        self._cancel = Cancel()
        self.began = time.monotonic()
        self._cancelled = False
        self._events: deque[Any] = deque()
        self._error: Exception | None = None
        self._thread = threading.Thread(target=self._work, daemon=True)
        self._thread.start()

    def cancel(self) -> None:
        """Ask the job to stop. What a cancel callback does may take a moment, so it does not happen here."""
        self._cancelled = True
        threading.Thread(target=self._cancel.set, daemon=True).start()

    def deliver(self) -> bool:
        """Hand over what has arrived, in the UI thread; true once the job has ended and its events are told."""
        ended = not self._thread.is_alive()  # asked first: what came before the end is in the queue by then
        events = [self._events.popleft() for _ in range(len(self._events))]
        if events:
            self._on_events(events)
        return ended

    @property
    def completed(self) -> bool:
        """Whether it has done what it was to do."""
        return not self._cancelled and self._error is None

    def conclude(self) -> None:
        """Tell how the job ended."""
        if self._error is not None:
            self._on_failed(self._error)
        else:
            self._on_done()

    def join(self, seconds: float) -> None:
        """Stop the job and wait for its end."""
        self._cancel.set()
        self._thread.join(seconds)

    def _work(self) -> None:
        try:
            for event in self._job(self._cancel):
                self._events.append(event)
        except Cancelled:
            return
        except AppError as error:
            self._error = error
        except Exception as error:  # noqa: BLE001 - a thread's last frame: logged here, and told to the person
            _log.exception("a job of the window failed")
            self._error = error


class Background(QObject):
    """Runs jobs, one per key at a time."""

    concluded = Signal(str, float)  # the key of a job that did what it was to do, and the seconds it took

    def __init__(self, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._tasks: dict[str, Task] = {}
        self._calls = 0
        self._timer = QTimer(self)
        self._timer.setInterval(DELIVER_EVERY_MS)
        self._timer.timeout.connect(self._deliver)

    def run(
        self,
        key: str,
        job: Job,
        *,
        on_events: Callable[[list[Any]], None],
        on_done: Callable[[], None],
        on_failed: Callable[[Exception], None],
    ) -> Task | None:
        """Start `job`; None if one of the same key still runs."""
        if key in self._tasks:
            return None
        task = self._tasks[key] = Task(job, on_events, on_done, on_failed)
        self._timer.start()
        return task

    def call(
        self, function: Callable[[], Any], on_result: Callable[[Any], None], on_failed: Callable[[Exception], None]
    ) -> None:
        """Start a function that gives one result; any number of them may run."""

        def job(_: Cancel) -> Iterator[Any]:
            yield function()

        self._calls += 1
        self.run(
            f"call {self._calls}",
            job,
            on_events=lambda results: on_result(results[-1]),
            on_done=lambda: None,
            on_failed=on_failed,
        )

    def is_busy(self, key: str) -> bool:
        """Whether a job of this key runs."""
        return key in self._tasks

    def running(self) -> list[str]:
        """The keys of the jobs that run."""
        return list(self._tasks)

    def close(self, seconds: float = 5.0) -> None:
        """Stop everything and wait for it."""
        self._timer.stop()
        for task in self._tasks.values():
            task.join(seconds)
        self._tasks.clear()

    def _deliver(self) -> None:
        for key, task in list(self._tasks.items()):
            if task.deliver():
                del self._tasks[key]  # before its end is told: whoever hears of it may start the next
                task.conclude()
                if task.completed:
                    self.concluded.emit(key, time.monotonic() - task.began)
        if not self._tasks:
            self._timer.stop()
