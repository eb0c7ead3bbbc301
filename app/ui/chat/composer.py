"""Where a question is written."""

from collections.abc import Callable
from dataclasses import dataclass
from functools import partial
from pathlib import Path

from PySide6.QtCore import Qt, QTimer, Signal
from PySide6.QtGui import QAction, QImage, QResizeEvent
from PySide6.QtWidgets import (
    QFileDialog,
    QFrame,
    QHBoxLayout,
    QLabel,
    QMenu,
    QPushButton,
    QVBoxLayout,
    QWidget,
)

from app.domain.library import Document
from app.domain.projects import Project
from app.domain.query import EVERYWHERE, Search
from app.domain.routing import Destination
from app.ui.chat.chips import Chip, ChipColumn
from app.ui.chat.question_edit import QuestionEdit
from app.ui.theme import Appearance
from app.ui.translate import tr
from app.ui.widgets.chips import DataClassBadge, RouteChip
from app.ui.widgets.context_meter import ContextMeter

PAUSE_MS = 500
ROOMY = 440  # pixels from which on there is room for the promise


@dataclass(frozen=True, slots=True)
class _Pasted:
    """A text that is sent along, and what its chip calls it."""

    text: str
    label: str


class Composer(QFrame):
    """The question, which documents it is asked of, and the button that sends or stops."""

    asked = Signal(str)
    typed = Signal(str)  # what is in it, once the person pauses
    stopped = Signal()
    picture_pasted = Signal(QImage)
    files_chosen = Signal(list)
    scope_changed = Signal()
    edited = Signal(str, str)  # the id of a question, and what is asked instead

    def __init__(self, appearance: Appearance, parent: QWidget | None = None) -> None:
        super().__init__(parent, objectName="composer")
        self._appearance = appearance
        self._busy = False
        self._stays = False
        self._search: Search | None = EVERYWHERE
        self._collections: tuple[str, ...] = ()
        self._pasted: list[_Pasted] = []
        self._stop_picture: Callable[[], None] | None = None  # while the text in one is being read
        self._editing: str | None = None  # the question that is being changed
        self.edit = QuestionEdit()
        self.queued = ChipColumn(appearance)
        self._attached = ChipColumn(appearance)
        self._attach = QPushButton(objectName="square", toolTip=tr("Add files to your documents"))
        self._attach.setAccessibleName(tr("Add files"))
        self._attach.clicked.connect(self.choose_files)
        self._scope = QPushButton(objectName="chip")
        self._scope.setMenu(QMenu(self._scope))
        self._project: Project | None = None  # whose documents are asked first
        self._class = DataClassBadge()
        self._destination = RouteChip()
        self._context = ContextMeter()
        self._lock = QLabel()
        self._chip = QFrame(objectName="chip")
        self.send = QPushButton(tr("Send"), objectName="primary")
        self.send.setAccessibleName(tr("Send"))
        row = QHBoxLayout(spacing=8)
        for widget in (self._attach, self._scope):
            row.addWidget(widget, 0, Qt.AlignmentFlag.AlignVCenter)
        row.addStretch(1)
        row.addWidget(self._promise(), 0, Qt.AlignmentFlag.AlignVCenter)
        row.addWidget(self._context, 0, Qt.AlignmentFlag.AlignVCenter)
        row.addWidget(self.send)
        column = QVBoxLayout(self, spacing=6)
        column.setContentsMargins(12, 10, 12, 10)
        for above in (self.queued, self._attached, self.edit):
            column.addWidget(above)
        column.addLayout(row)
        below = QHBoxLayout(spacing=8)
        below.addWidget(self._class, 0, Qt.AlignmentFlag.AlignVCenter)
        below.addWidget(self._destination, 1)
        column.addLayout(below)
        self._pause = QTimer(self, singleShot=True, interval=PAUSE_MS)
        self._pause.timeout.connect(lambda: self.typed.emit(self.edit.toPlainText().strip()))
        self.edit.textChanged.connect(self._pause.start)
        self.edit.sent.connect(self._send)
        self.edit.long_pasted.connect(lambda text: self.attach_text(text, tr("Pasted text")))
        self.edit.picture_pasted.connect(self.picture_pasted)
        self.edit.left.connect(self._stop_editing)
        self.edit.textChanged.connect(self._update)
        self.send.clicked.connect(lambda: self.stopped.emit() if self._stops() else self._send())
        appearance.changed.connect(self._dress)
        self._fill_scopes()
        self.ask_of(*self.scopes()[0])
        self._dress()
        self._update()

    def _promise(self) -> QFrame:
        row = QHBoxLayout(self._chip, spacing=6)
        row.setContentsMargins(0, 0, 0, 0)
        row.addWidget(self._lock)
        row.addWidget(QLabel(tr("stays on this device"), objectName="small"))
        self._chip.setToolTip(tr("The question, your documents and the answer never leave this computer."))
        return self._chip

    def promise(self, *, stays: bool) -> None:
        """Promise that nothing leaves this computer, or make no promise."""
        self._stays = stays
        self._chip.setVisible(stays and self._is_roomy())

    def resizeEvent(self, event: QResizeEvent) -> None:
        """The promise and the bar give way to what can be pressed."""
        super().resizeEvent(event)
        self._context.set_roomy(self._is_roomy())
        self.promise(stays=self._stays)

    def _is_roomy(self) -> bool:
        return self.width() >= self._appearance.theme.px(ROOMY)

    def show_destination(self, destination: Destination) -> None:
        """Say where the question would go, and how far what is in the turn may travel."""
        self._destination.show_destination(destination)
        tip = tr("The highest class of the conversation and its passages. The passages that are found may raise it.")
        self._class.show_class(destination.data_class, tip)

    def show_context(self, filled: tuple[int, int] | None) -> None:
        """Say how many of the tokens that the model can read the conversation takes; None: not known yet."""
        self._context.setVisible(filled is not None)
        if filled is not None:
            self._context.show_use(*filled)

    @property
    def use_library(self) -> bool:
        """Whether documents are asked at all."""
        return self._search is not None

    def search(self) -> Search | None:
        """Where the passages of the answer are to be looked for; None: nowhere."""
        return self._search

    def searched(self) -> tuple[str, ...]:
        """The collections that the question may find passages in."""
        return (self._search.collections or self._collections) if self._search is not None else ()

    def set_busy(self, busy: bool) -> None:
        """Offer to stop while nothing is typed; what is typed waits for its turn."""
        self._busy = busy
        self._update()

    def change(self, question_id: str, text: str) -> None:
        """Let a question that was asked be changed and asked again."""
        self._editing = question_id
        self.edit.replace(text)
        self._show_attached()

    def attach_text(self, text: str, label: str) -> None:
        """Send a long text along with the question, under a chip of this name."""
        self._pasted.append(_Pasted(text, label))
        self._show_attached()
        self._update()

    def wait_for_picture(self, stop: Callable[[], None] | None) -> None:
        """Send nothing while the text in a picture is being read, which `stop` ends; None: it is read."""
        self._stop_picture = stop
        self._show_attached()
        self._update()

    def set_collections(self, names: list[str]) -> None:
        """Offer these collections to ask."""
        self._collections = tuple(names)
        self._fill_scopes()
        if self._search is None or set(self._search.collections) <= set(names):
            self.scope_changed.emit()
        else:
            self.ask_of(*self.scopes()[0])

    def set_project(self, project: Project | None) -> None:
        """Ask of a project's documents from now on, until something else is chosen."""
        if project != self._project:
            self._project = project
            self._fill_scopes()
            self.ask_of(*self.scopes()[0])

    def _fill_scopes(self) -> None:
        menu = self._scope.menu()
        menu.clear()
        for label, search in self.scopes():
            action = QAction(label, menu)
            action.triggered.connect(lambda _=False, label=label, search=search: self.ask_of(label, search))
            menu.addAction(action)

    def scopes(self) -> list[tuple[str, Search | None]]:
        """What a question can be asked of, by name: the project's documents, all, each collection, none."""
        own = self._project
        projects = [(tr("Documents of {project}", project=own.name), Search(own.collections))] if own else []
        named = [(f"# {name}", Search((name,))) for name in self._collections]
        everything = (tr("All documents"), EVERYWHERE)
        return [*(projects if own and own.collections else []), everything, *named, (tr("No documents"), None)]

    def ask_of_document(self, document: Document) -> None:
        """Ask of one document alone, until something else is chosen."""
        self.ask_of(document.name, Search((document.collection,), (document.id,)))

    def ask_of(self, label: str, search: Search | None) -> None:
        """Ask of this, until something else is chosen."""
        self._search = search
        self._scope.setText(label)
        self._scope.setAccessibleName(tr("Ask of: {what}", what=label))
        self.scope_changed.emit()

    def _stops(self) -> bool:
        return self._busy and not self._ready()

    def _ready(self) -> bool:
        return self._stop_picture is None and bool(self.edit.toPlainText().strip() or self._pasted)

    def _send(self) -> None:
        if not self._ready():
            return
        parts = (self.edit.toPlainText(), *(pasted.text for pasted in self._pasted))
        text = "\n\n".join(part.strip() for part in parts if part.strip())
        editing, self._editing, self._pasted = self._editing, None, []
        self.edit.clear()
        self._show_attached()
        self._pause.stop()
        if editing is not None:
            self.edited.emit(editing, text)
        else:
            self.asked.emit(text)

    def _stop_editing(self) -> None:
        if self._editing is not None:
            self._editing = None
            self.edit.clear()
            self._show_attached()

    def _show_attached(self) -> None:
        chips = []
        if self._editing is not None:
            tip = tr("The first version is kept. Escape leaves it as it was.")
            chips.append(Chip(tr("Changing a question"), tip, self.edit.setFocus, self._stop_editing))
        for one in self._pasted:
            label = tr("{what} · {n} lines", what=one.label, n=one.text.count("\n") + 1)
            chips.append(Chip(label, tr("Click to edit it"), partial(self._unfold, one), partial(self._detach, one)))
        if self._stop_picture is not None:
            tip = tr("The text in it is read on this device; no model here looks at pictures.")
            chips.append(Chip(tr("Reading the picture…"), tip, self.edit.setFocus, self._stop_picture))
        self._attached.show_chips(chips)

    def _detach(self, pasted: _Pasted) -> None:
        self._pasted.remove(pasted)
        self._show_attached()
        self._update()

    def _unfold(self, pasted: _Pasted) -> None:
        self._detach(pasted)
        self.edit.replace("\n\n".join(part for part in (self.edit.toPlainText(), pasted.text) if part))

    def _update(self) -> None:
        self.send.setText(tr("Stop") if self._stops() else tr("Queue") if self._busy else tr("Send"))
        self.send.setAccessibleName(self.send.text())
        self.send.setEnabled(self._busy or self._ready())

    def choose_files(self) -> None:
        """Have files chosen that are to be added."""
        names, _ = QFileDialog.getOpenFileNames(self, tr("Add files to your documents"))
        if names:
            self.files_chosen.emit([Path(name) for name in names])

    def _dress(self) -> None:
        self._attach.setIcon(self._appearance.icon("plus", "text"))
        self._lock.setPixmap(self._appearance.pixmap("lock", "muted", 14))
