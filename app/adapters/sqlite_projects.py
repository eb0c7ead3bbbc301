"""Projects in one SQLite file."""

import threading
from pathlib import Path
from typing import Final

import msgspec

from app.adapters.sqlite_file import open_sqlite, wipe
from app.domain.projects import Project

_MIGRATIONS: Final = (
    """
    CREATE TABLE projects (
        id TEXT PRIMARY KEY, name TEXT NOT NULL, instructions TEXT NOT NULL,
        collections TEXT NOT NULL  -- a list of names, JSON
    ) STRICT
    """,
    "ALTER TABLE projects ADD COLUMN model TEXT NOT NULL DEFAULT ''",
)


class SqliteProjects:
    """Serves the `ProjectStore` port; safe to call from several threads."""

    def __init__(self, path: Path) -> None:
        self._lock = threading.Lock()
        self._db = open_sqlite(path, _MIGRATIONS)

    def all(self) -> list[Project]:
        """See the port."""
        with self._lock:
            rows = self._db.execute("SELECT id, name, instructions, collections, model FROM projects").fetchall()
        found = [
            Project(identity, name, instructions, msgspec.json.decode(collections, type=tuple[str, ...]), model)
            for identity, name, instructions, collections, model in rows
        ]
        return sorted(found, key=lambda project: (project.name.casefold(), project.id))

    def save(self, project: Project) -> None:
        """See the port."""
        collections = msgspec.json.encode(project.collections).decode()
        with self._lock:
            self._db.execute(
                "INSERT INTO projects (id, name, instructions, collections, model) VALUES (?, ?, ?, ?, ?)"
                " ON CONFLICT (id) DO UPDATE SET name = excluded.name, instructions = excluded.instructions,"
                " collections = excluded.collections, model = excluded.model",
                (project.id, project.name, project.instructions, collections, project.model),
            )

    def remove(self, project_id: str) -> None:
        """See the port. What is removed is gone from the file and from its log."""
        with self._lock:
            self._db.execute("DELETE FROM projects WHERE id = ?", (project_id,))
            wipe(self._db)

    def close(self) -> None:
        """Close the file."""
        with self._lock:
            self._db.close()
