"""The state of the models page: what is here, what can be fetched, what is on its way. No widgets."""

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from PySide6.QtCore import QObject, Signal

from app.domain.cancel import Cancel
from app.domain.errors import AppError
from app.domain.events import DownloadProgress
from app.domain.fit import Verdict
from app.domain.models import CatalogueEntry, InstalledModel
from app.services.models import Models
from app.settings.file import Settings
from app.settings.table import MODEL_CHAT
from app.ui.background import Background, Task


@dataclass(frozen=True, slots=True)
class Shelf:
    """The models as they are listed."""

    installed: tuple[InstalledModel, ...] = ()
    available: tuple[CatalogueEntry, ...] = ()
    current: InstalledModel | None = None  # the one that answers


class ModelsViewModel(QObject):
    """Fetches and imports in the background; keeps what the page shows."""

    changed = Signal()
    current_changed = Signal(object)  # InstalledModel or None
    progressed = Signal(str)  # the id of a model on its way
    judged = Signal(str)  # the id of a model of which it is known now whether it fits
    installed = Signal(object)  # an InstalledModel that has just arrived
    failed = Signal(object)

    def __init__(
        self, models: Models, settings: Settings, background: Background, parent: QObject | None = None
    ) -> None:
        super().__init__(parent)
        self._models = models
        self._settings = settings
        self._background = background
        self._tasks: dict[str, Task] = {}
        self.shelf: Shelf | None = None  # until it has been read
        self.verdicts: dict[str, Verdict] = {}  # by id, of the chat models whose file could be judged
        self.progress: dict[str, DownloadProgress] = {}  # by id; stays when a download is paused

    def refresh(self) -> None:
        """Read the lists again."""
        self._background.call(self._read, self._show, self.failed.emit)

    def is_fetching(self, model_id: str) -> bool:
        """Whether a model is on its way."""
        return model_id in self._tasks

    def fetch(self, model_id: str) -> None:
        """Fetch a model, or go on with one that was paused."""

        def job(cancel: Cancel) -> Iterator[DownloadProgress | InstalledModel]:
            return self._models.fetch(model_id, cancel)

        task = self._background.run(
            f"fetch {model_id}",
            job,
            on_events=self._take,
            on_done=lambda: self._end(model_id),
            on_failed=lambda error: self._fail(model_id, error),
        )
        if task is not None:
            self._tasks[model_id] = task
            self.progressed.emit(model_id)

    def pause(self, model_id: str) -> None:
        """Stop a download; what has arrived stays, and the next fetch goes on from there."""
        if model_id in self._tasks:
            self._tasks[model_id].cancel()

    def use(self, model_id: str) -> None:
        """Let this model answer from now on."""

        def choose() -> Shelf:
            self._settings.set(MODEL_CHAT, model_id)
            return self._read()

        self._background.call(choose, self._show, self.failed.emit)

    def remove(self, model_id: str) -> None:
        """Delete a model's files."""

        def delete() -> Shelf:
            self._models.remove(model_id)
            self.progress.pop(model_id, None)
            return self._read()

        self._background.call(delete, self._show, self.failed.emit)

    def import_file(self, path: Path) -> None:
        """Take a model file from anywhere on this machine."""

        def job(_: Cancel) -> Iterator[InstalledModel]:
            yield self._models.import_file(path)

        self._background.run(
            f"import {path}", job, on_events=self._take, on_done=self.refresh, on_failed=self.failed.emit
        )

    def largest_that_fits(self, but: str) -> InstalledModel | None:
        """The largest chat model that is here and has room, None if there is none; not the one named `but`."""
        fitting = [
            model
            for model in (self.shelf.installed if self.shelf is not None else ())
            if model.name != but and model.id in self.verdicts and self.verdicts[model.id].fits != "too_large"
        ]
        return max(fitting, key=lambda model: model.size, default=None)

    def _read(self) -> Shelf:
        installed = tuple(self._models.installed())
        here = {model.id for model in installed}
        available = (entry for entry in self._models.catalogue() if entry.id not in here and not entry.hidden)
        ranked = sorted(available, key=lambda entry: not entry.default)
        return Shelf(installed, tuple(ranked), self._models.current())

    def _judge(self, model: InstalledModel | CatalogueEntry) -> Verdict | None:
        if model.role != "chat":
            return None
        try:
            return self._models.fit(model)
        except AppError:
            return None  # its file is damaged or gone, which is told when it is used

    def _show(self, shelf: Shelf) -> None:
        before, self.shelf = self.shelf, shelf
        self.changed.emit()
        if before is None or before.current != shelf.current:
            self.current_changed.emit(shelf.current)
        models: list[InstalledModel | CatalogueEntry] = [*shelf.installed, *shelf.available]
        self._background.run(
            "judge",
            lambda cancel: self._judge_all(models, cancel),
            on_events=self._take_verdicts,
            on_done=lambda: None,
            on_failed=self.failed.emit,
        )

    def _judge_all(
        self, models: list[InstalledModel | CatalogueEntry], cancel: Cancel
    ) -> Iterator[tuple[str, Verdict]]:
        """Judging reads headers and asks drivers, which may take a while: the lists are shown before."""
        for model in models:
            cancel.check()
            verdict = self._judge(model)
            if verdict is not None:
                yield model.id, verdict

    def _take_verdicts(self, verdicts: list[tuple[str, Verdict]]) -> None:
        self.verdicts.update(verdicts)
        for model_id, _ in verdicts:
            self.judged.emit(model_id)

    def _take(self, events: list[DownloadProgress | InstalledModel]) -> None:
        for event in events:
            if isinstance(event, InstalledModel):
                self.installed.emit(event)
            else:
                self.progress[event.model] = event
        last = events[-1]
        if isinstance(last, DownloadProgress):
            self.progressed.emit(last.model)

    def _end(self, model_id: str) -> None:
        del self._tasks[model_id]
        progress = self.progress.get(model_id)
        if progress is not None and progress.done >= progress.total:
            del self.progress[model_id]
        self.progressed.emit(model_id)
        self.refresh()

    def _fail(self, model_id: str, error: Exception) -> None:
        self._end(model_id)
        self.failed.emit(error)
