"""The strip above all pages while documents are being added."""

from PySide6.QtWidgets import QFrame, QHBoxLayout

from app.domain.events import EmbeddingProgress
from app.ui.library.view_model import Adding, LibraryViewModel
from app.ui.translate import tr
from app.ui.widgets.progress_row import ProgressRow


class AddingStrip(QFrame):
    """What is being added, how far it is, and a way to stop it."""

    def __init__(self, library: LibraryViewModel) -> None:
        super().__init__(objectName="strip")
        self._library = library
        self._progress = ProgressRow(tr("Progress of adding documents"), tr("Stop adding documents"))
        self._progress.stopped.connect(library.stop)
        row = QHBoxLayout(self)
        row.setContentsMargins(20, 8, 20, 8)
        row.addWidget(self._progress)
        library.adding_changed.connect(self._update)
        self.hide()

    def _update(self) -> None:
        adding = self._library.adding
        self.setVisible(adding is not None)
        if adding is None:
            return
        if adding.embedding is not None:
            self._show_embedding(adding.embedding)
            return
        at = min(adding.done + 1, adding.total)
        text = tr("Indexing {at} of {total}", at=at, total=adding.total) if adding.total else tr("Looking for files")
        self._progress.show_progress(f"{text} · {adding.name}" if adding.name else text, adding.done, adding.total)

    def _show_embedding(self, progress: EmbeddingProgress) -> None:
        done, total = progress.done, progress.total
        if progress.stage == "preparing":
            text = tr("Found by words already · preparing the search by meaning, once")
        else:
            text = tr("Found by words already · by meaning {done} of {total}", done=done, total=total)
        self._progress.show_progress(text, done, total)


def added_text(adding: Adding) -> str:
    """What came of adding documents."""
    parts = [tr("{n} added", n=adding.added)]
    parts += [tr("{n} unchanged", n=adding.unchanged)] if adding.unchanged else []
    parts += [tr("{n} not readable, see the library", n=adding.failed)] if adding.failed else []
    return " · ".join(parts)
