"""The state of a look through the documents: how far it is, what was found. No widgets."""

from collections.abc import Iterator
from typing import Any

from PySide6.QtCore import QObject, Signal

from app.domain.cancel import Cancel
from app.domain.events import FileProgress
from app.domain.hygiene import HygieneFinding, HygieneReport
from app.services.hygiene import Hygiene
from app.ui.background import Background, Task

KEY = "hygiene"


class HygieneViewModel(QObject):
    """Looks through the documents in the background."""

    changed = Signal()
    documents_changed = Signal()
    failed = Signal(object)

    def __init__(self, hygiene: Hygiene, background: Background, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._hygiene = hygiene
        self._background = background
        self._task: Task | None = None
        self.progress: FileProgress | None = None
        self.report: HygieneReport | None = None

    @property
    def is_looking(self) -> bool:
        """Whether a look is under way."""
        return self._background.is_busy(KEY)

    def look(self) -> None:
        """Look through all documents, from the start."""

        def job(cancel: Cancel) -> Iterator[FileProgress | HygieneReport]:
            return self._hygiene.report(None, cancel)

        task = self._background.run(KEY, job, on_events=self._take, on_done=self._end, on_failed=self._fail)
        if task is not None:
            self._task, self.report, self.progress = task, None, None
            self.changed.emit()

    def stop(self) -> None:
        """Look no further."""
        if self._task is not None:
            self._task.cancel()

    def copies(self) -> list[HygieneFinding]:
        """What is there twice and can go."""
        found = self.report.findings if self.report else ()
        return [finding for finding in found if finding.kind in ("exact_copy", "near_copy")]

    def remove_copies(self) -> None:
        """Forget what is there twice, and look again."""
        report = self.report
        if report is not None:
            self._background.call(lambda: self._hygiene.remove_copies(report), self._removed, self.failed.emit)

    def _removed(self, _documents: object) -> None:
        self.documents_changed.emit()
        self.look()

    def _take(self, events: list[Any]) -> None:
        for event in events:
            match event:
                case FileProgress():
                    self.progress = event
                case HygieneReport():
                    self.report = event
        self.changed.emit()

    def _end(self) -> None:
        self._task = self.progress = None
        self.changed.emit()

    def _fail(self, error: Exception) -> None:
        self._end()
        self.failed.emit(error)
