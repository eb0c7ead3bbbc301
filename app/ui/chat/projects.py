"""The projects that chats can be in: listed, made, changed, removed. No widgets."""

from collections.abc import Callable
from typing import Any

from PySide6.QtCore import QObject, Signal

from app.domain.projects import Project, RemovedProject
from app.services.projects import Projects
from app.ui.background import Background


class ProjectsViewModel(QObject):
    """Keeps the list of projects, and which of them the chats are listed of."""

    changed = Signal()
    chats_moved = Signal()  # into a project, or out of one
    removed = Signal(object)  # a RemovedProject that can be brought back
    failed = Signal(object)

    def __init__(self, projects: Projects, background: Background, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._service = projects
        self._background = background
        self.all: list[Project] = []
        self.chosen = ""  # whose chats are listed, by its id; "" for those of all

    def refresh(self) -> None:
        """Read the list again."""
        self._call(self._service.all, self._take)

    def find(self, project_id: str) -> Project | None:
        """A project by its id; None for none."""
        return next((project for project in self.all if project.id == project_id), None)

    def choose(self, project_id: str) -> None:
        """List the chats of a project, or, by "", of all."""
        self.chosen = project_id
        self.changed.emit()

    def keep(self, project: Project) -> None:
        """Keep a project that was changed; one without an id is new, and its chats are listed then."""

        def kept(now: Project) -> None:
            self.chosen = now.id
            self.refresh()

        if project.id:
            self._call(lambda: self._service.change(project), kept)
        else:
            parts = project.name, project.instructions, project.collections, project.model
            self._call(lambda: self._service.make(*parts), kept)

    def remove(self, project_id: str) -> None:
        """Remove a project; its chats stay. It can be brought back."""

        def gone(removed: RemovedProject) -> None:
            self.chats_moved.emit()
            self.refresh()
            self.removed.emit(removed)

        self._call(lambda: self._service.remove(project_id), gone)

    def bring_back(self, removed: RemovedProject) -> None:
        """Take a removal back; the project's chats are listed then."""

        def back(_: None) -> None:
            self.chosen = removed.project.id
            self.chats_moved.emit()
            self.refresh()

        self._call(lambda: self._service.bring_back(removed), back)

    def move(self, conversation_id: str, project_id: str) -> None:
        """Put a chat into a project, or, by "", into none."""
        self._call(lambda: self._service.move(conversation_id, project_id), lambda _: self.chats_moved.emit())

    def _take(self, projects: list[Project]) -> None:
        self.all = projects
        if self.find(self.chosen) is None:
            self.chosen = ""
        self.changed.emit()

    def _call(self, function: Callable[[], Any], on_result: Callable[[Any], None]) -> None:
        self._background.call(function, on_result, self.failed.emit)
