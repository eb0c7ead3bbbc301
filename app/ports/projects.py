"""Where projects are kept."""

from typing import Protocol

from app.domain.projects import Project


class ProjectStore(Protocol):
    """Projects by their ids; which conversations are in them is kept with the conversations."""

    def all(self) -> list[Project]:
        """All projects, by name."""
        ...

    def save(self, project: Project) -> None:
        """Keep a project, or replace the one with its id."""
        ...

    def remove(self, project_id: str) -> None:
        """Forget a project; one that is gone already is no error."""
        ...
