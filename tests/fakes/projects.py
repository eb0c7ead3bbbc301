"""Projects in memory."""

from dataclasses import dataclass, field

from app.domain.projects import Project


@dataclass
class FakeProjectStore:
    """Serves the `ProjectStore` port."""

    kept: dict[str, Project] = field(default_factory=dict)

    def all(self) -> list[Project]:
        """See the port."""
        return sorted(self.kept.values(), key=lambda project: (project.name.casefold(), project.id))

    def save(self, project: Project) -> None:
        """See the port."""
        self.kept[project.id] = project

    def remove(self, project_id: str) -> None:
        """See the port."""
        self.kept.pop(project_id, None)
