"""Indexes beside the library, each in a library process and a folder of its own."""

import shutil
import sqlite3
import tempfile
from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager
from pathlib import Path

from app.adapters.library_process import LibraryProcess
from app.domain.cancel import Cancel
from app.domain.errors import AppError, ErrorCode
from app.domain.events import EmbeddingProgress
from app.domain.library import ParsedDocument, Passage, Source
from app.domain.models import InstalledModel
from app.domain.query import Query
from app.domain.ranking import Fusion


class ProcessSideIndex:
    """Implements `ports.experiments.SideIndex`."""

    def __init__(self, folder: Path, library: LibraryProcess) -> None:
        self._folder = folder
        self._library = library

    def add(self, source: Source, parsed: ParsedDocument, cancel: Cancel) -> int:
        """See the port."""
        return self._library.add(source, parsed, cancel).chunks

    def await_vectors(self, cancel: Cancel) -> Iterator[EmbeddingProgress]:
        """See the port."""
        return self._library.await_vectors(cancel)

    def search(self, query: Query, limit: int, fusion: Fusion) -> list[Passage]:
        """See the port."""
        return self._library.search(query, limit, fusion)

    def size(self) -> int:
        """See the port: the database, what its log will add to it, and the index of vectors."""
        with closing(sqlite3.connect(self._folder / "library.db")) as db:
            (pages,), (page_size,) = (db.execute(f"PRAGMA {name}").fetchone() for name in ("page_count", "page_size"))
        vectors = (self._folder / "chroma").rglob("*")
        return int(pages) * int(page_size) + sum(file.stat().st_size for file in vectors if file.is_file())


class ProcessSideIndexes:
    """Implements `ports.experiments.SideIndexes`. What a killed process left behind goes before the next is made."""

    def __init__(self, folder: Path, embedders: Callable[[], list[InstalledModel]], runtime: Callable[[], str]) -> None:
        """`folder` is for them alone; `embedders` are those that are installed, the one in use first."""
        self._folder = folder
        self._embedders = embedders
        self._runtime = runtime

    def embedders(self) -> list[str]:
        """See the port."""
        return [model.id for model in self._embedders()]

    @contextmanager
    def open(self, chunk_words: int, embedder: str) -> Iterator[ProcessSideIndex]:
        """See the port."""
        model = self._path(embedder) if embedder else None
        shutil.rmtree(self._folder, ignore_errors=True)  # a leftover that cannot be removed is in nobody's way
        self._folder.mkdir(parents=True, exist_ok=True)
        folder = Path(tempfile.mkdtemp(dir=self._folder))
        library = LibraryProcess(folder, lambda: model, self._runtime, lambda: chunk_words)
        try:
            yield ProcessSideIndex(folder, library)
        finally:
            library.close()
            shutil.rmtree(folder, ignore_errors=True)  # as above; the next one tries again

    def _path(self, embedder: str) -> Path:
        found = next((Path(model.path) for model in self._embedders() if model.id == embedder), None)
        if found is None:
            raise AppError(ErrorCode.MODEL_NOT_INSTALLED, model=embedder)
        return found
