"""Projects: made, changed, removed, and which conversations are in them."""

import uuid
from collections.abc import Sequence

from app.domain.errors import AppError, ErrorCode
from app.domain.projects import Project, RemovedProject, checked
from app.ports.chats import Chats
from app.ports.projects import ProjectStore


class Projects:
    """Keeps projects."""

    def __init__(self, store: ProjectStore, chats: Chats) -> None:
        self._store = store
        self._chats = chats

    def all(self) -> list[Project]:
        """All projects, by name."""
        return self._store.all()

    def find(self, wanted: str) -> Project:
        """A project by its id or its name. Raises AppError UNKNOWN_PROJECT."""
        for project in self._store.all():
            if wanted == project.id or wanted.casefold() == project.name.casefold():
                return project
        raise AppError(ErrorCode.UNKNOWN_PROJECT, project=wanted)

    def named(self, name: str) -> Project:
        """The project of this name; one that says nothing is made if there is none. Raises AppError PROJECT_UNNAMED."""
        alike = (one for one in self._store.all() if one.name.casefold() == name.casefold())
        return next(alike, None) or self.make(name)

    def make(self, name: str, instructions: str = "", collections: Sequence[str] = (), model: str = "") -> Project:
        """A new project. Raises AppError PROJECT_UNNAMED, INSTRUCTIONS_TOO_LONG."""
        return self.change(Project(str(uuid.uuid4()), name, instructions, tuple(collections), model))

    def change(self, project: Project) -> Project:
        """Keep a project as it is to be now; what was answered before stays as it is. Raises as `make` does."""
        kept = checked(project)
        self._store.save(kept)
        return kept

    def remove(self, project_id: str) -> RemovedProject:
        """Remove a project; its conversations stay, in none. Raises AppError UNKNOWN_PROJECT."""
        project = self.find(project_id)
        held = tuple(one.id for one in self._chats.conversations() if one.project == project.id)
        for conversation_id in held:
            self._chats.assign(conversation_id, "")
        self._store.remove(project.id)
        return RemovedProject(project, held)

    def bring_back(self, removed: RemovedProject) -> None:
        """Take a removal back; a conversation that was moved or deleted since stays as it is."""
        self._store.save(removed.project)
        for conversation in self._chats.conversations():
            if conversation.id in removed.conversations and not conversation.project:
                self._chats.assign(conversation.id, removed.project.id)

    def move(self, conversation_id: str, project_id: str) -> None:
        """Put a conversation into a project, or, by "", into none. Raises AppError UNKNOWN_PROJECT."""
        if project_id:
            self.find(project_id)
        self._chats.assign(conversation_id, project_id)

    def of(self, conversation_id: str | None, project_id: str = "") -> Project | None:
        """The project of a conversation, or the one that a new conversation is to be in; None for none.

        Raises AppError UNKNOWN_PROJECT.
        """
        if conversation_id is not None:
            project_id = next((c.project for c in self._chats.conversations() if c.id == conversation_id), "")
        return self.find(project_id) if project_id else None
