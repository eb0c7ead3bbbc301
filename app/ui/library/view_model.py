"""The state of the library page: documents, problems, what is being added. No widgets."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from PySide6.QtCore import QObject, Signal

from app.domain.cancel import Cancel
from app.domain.events import (
    AddEvent,
    AddStarted,
    EmbeddingProgress,
    FileAdded,
    FileFailed,
    FileProgress,
    FileUnchanged,
)
from app.domain.library import Document, Problem
from app.services.library import Library
from app.services.retention import Retention
from app.ui.background import Background, Task


@dataclass(frozen=True, slots=True)
class Adding:
    """How far adding has come."""

    done: int = 0
    total: int = 0
    name: str = ""
    added: int = 0
    unchanged: int = 0
    failed: int = 0
    embedding: EmbeddingProgress | None = None  # once all files are found by their words


class LibraryViewModel(QObject):
    """Adds and removes in the background; keeps what the page shows."""

    documents_changed = Signal()
    adding_changed = Signal()
    added = Signal(object)  # the last Adding
    removed = Signal()
    failed = Signal(object)

    def __init__(
        self, library: Library, retention: Retention, background: Background, parent: QObject | None = None
    ) -> None:
        super().__init__(parent)
        self._library = library
        self._retention = retention
        self._background = background
        self._task: Task | None = None
        self.documents: list[Document] = []
        self.due: dict[int, str] = {}  # the day on which a document will be forgotten, ISO 8601, by its id
        self.problems: list[Problem] = []
        self.adding: Adding | None = None

    def refresh(self) -> None:
        """Read the documents again."""

        def job(_: Cancel) -> Iterator[tuple[list[Document], dict[int, str]]]:
            due = {int(one.id): one.on for one in self._retention.outlook() if one.kind == "document"}
            yield self._library.documents(), due

        self._run("documents", job, self._show)

    def collections(self) -> list[str]:
        """The names of the collections that hold documents."""
        return sorted({document.collection for document in self.documents})

    def add(self, paths: list[Path]) -> bool:
        """Add files and folders; false if others are still being added."""

        def job(cancel: Cancel) -> Iterator[AddEvent]:
            return self._library.add(paths, cancel=cancel)

        task = self._background.run("add", job, on_events=self._take, on_done=self._end, on_failed=self._fail)
        if task is None:
            return False
        self._task, self.adding = task, Adding()
        self.adding_changed.emit()
        return True

    def stop(self) -> None:
        """Stop adding; what is in stays in."""
        if self._task is not None:
            self._task.cancel()

    def remove(self, document_id: int) -> None:
        """Forget a document."""

        def job(_: Cancel) -> Iterator[Document]:
            yield self._library.remove(document_id)

        def end() -> None:
            self.removed.emit()
            self.refresh()

        self._run("remove", job, lambda _: None, end)

    def _run(
        self,
        key: str,
        job: Callable[[Cancel], Iterator[Any]],
        on_events: Callable[[list[Any]], None],
        on_done: Callable[[], None] = lambda: None,
    ) -> None:
        self._background.run(key, job, on_events=on_events, on_done=on_done, on_failed=self.failed.emit)

    def _show(self, events: list[tuple[list[Document], dict[int, str]]]) -> None:
        self.documents, self.due = events[-1]
        self.problems = self._library.problems()
        self.documents_changed.emit()

    def _take(self, events: list[AddEvent]) -> None:
        adding = self.adding or Adding()
        for event in events:
            adding = _after(adding, event)
        self.adding = adding
        self.adding_changed.emit()

    def _end(self) -> None:
        adding, self.adding, self._task = self.adding, None, None
        self.adding_changed.emit()
        self.added.emit(adding)
        self.refresh()

    def _fail(self, error: Exception) -> None:
        self.adding, self._task = None, None
        self.adding_changed.emit()
        self.failed.emit(error)
        self.refresh()


def _after(a: Adding, event: AddEvent) -> Adding:
    match event:
        case AddStarted(files=files):
            return Adding(0, files)
        case FileProgress(path=path):
            return Adding(a.done, a.total, Path(path).name, a.added, a.unchanged, a.failed)
        case FileAdded(document=document, done=done, total=total):
            return Adding(done, total, document.name, a.added + 1, a.unchanged, a.failed)
        case FileUnchanged(path=path, done=done, total=total):
            return Adding(done, total, Path(path).name, a.added, a.unchanged + 1, a.failed)
        case FileFailed(problem=problem, done=done, total=total):
            return Adding(done, total, Path(problem.path).name, a.added, a.unchanged, a.failed + 1)
        case EmbeddingProgress():
            return replace(a, embedding=event)
