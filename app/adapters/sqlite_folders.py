"""Watched folders and their files in one SQLite file."""

import threading
from pathlib import Path
from typing import Final, cast

from app.adapters.sqlite_file import open_sqlite
from app.domain.folders import FolderProblem, KnownFile, WatchedFolder

_MIGRATIONS: Final = (
    """
    CREATE TABLE folders (
        id INTEGER PRIMARY KEY AUTOINCREMENT,
        path TEXT NOT NULL, collection TEXT NOT NULL, synced_at TEXT NOT NULL, problem TEXT NOT NULL,
        UNIQUE (path, collection)
    ) STRICT;
    CREATE TABLE files (
        folder_id INTEGER NOT NULL REFERENCES folders(id) ON DELETE CASCADE,
        path TEXT NOT NULL, size INTEGER NOT NULL, mtime_ns INTEGER NOT NULL,
        content_hash TEXT NOT NULL, problem TEXT NOT NULL,
        PRIMARY KEY (folder_id, path)
    ) STRICT, WITHOUT ROWID
    """,
)
_FOLDER: Final = "id, path, collection, synced_at, problem"
_FILE: Final = "path, size, mtime_ns, content_hash, problem"


class SqliteFolders:
    """Implements `ports.folders.FolderStore`; safe to call from several threads."""

    def __init__(self, path: Path) -> None:
        self._lock = threading.Lock()
        self._db = open_sqlite(path, _MIGRATIONS)

    def folders(self) -> list[WatchedFolder]:
        """See the port."""
        with self._lock:
            rows = self._db.execute(f"SELECT {_FOLDER} FROM folders ORDER BY id").fetchall()  # noqa: S608  a constant
        return [_folder(*row) for row in rows]

    def add(self, path: str, collection: str) -> WatchedFolder:
        """See the port."""
        with self._lock:
            self._db.execute(
                "INSERT INTO folders (path, collection, synced_at, problem) VALUES (?, ?, '', '')"
                " ON CONFLICT DO NOTHING",
                (path, collection),
            )
            row = self._db.execute(
                f"SELECT {_FOLDER} FROM folders WHERE path = ? AND collection = ?",  # noqa: S608  a constant
                (path, collection),
            ).fetchone()
        return _folder(*row)

    def remove(self, folder_id: int) -> None:
        """See the port."""
        with self._lock:
            self._db.execute("DELETE FROM folders WHERE id = ?", (folder_id,))

    def update(self, folder: WatchedFolder) -> None:
        """See the port."""
        with self._lock:
            self._db.execute(
                "UPDATE folders SET synced_at = ?, problem = ? WHERE id = ?",
                (folder.synced_at, folder.problem, folder.id),
            )

    def files(self, folder_id: int) -> dict[str, KnownFile]:
        """See the port."""
        with self._lock:
            rows = self._db.execute(
                f"SELECT {_FILE} FROM files WHERE folder_id = ?",  # noqa: S608  a constant
                (folder_id,),
            ).fetchall()
        return {row[0]: KnownFile(*row) for row in rows}

    def put(self, folder_id: int, file: KnownFile) -> None:
        """See the port."""
        with self._lock:
            self._db.execute(
                "INSERT OR REPLACE INTO files VALUES (?, ?, ?, ?, ?, ?)",
                (folder_id, file.path, file.size, file.mtime_ns, file.content_hash, file.problem),
            )

    def drop(self, folder_id: int, path: str) -> None:
        """See the port."""
        with self._lock:
            self._db.execute("DELETE FROM files WHERE folder_id = ? AND path = ?", (folder_id, path))

    def close(self) -> None:
        """Close the file."""
        with self._lock:
            self._db.close()


def _folder(folder_id: int, path: str, collection: str, synced_at: str, problem: str) -> WatchedFolder:
    return WatchedFolder(folder_id, path, collection, synced_at, cast(FolderProblem, problem))
