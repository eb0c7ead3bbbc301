"""Where a question is written."""

from pathlib import Path

from PySide6.QtCore import Qt, QTimer, Signal
from PySide6.QtGui import QAction, QKeyEvent, QResizeEvent
from PySide6.QtWidgets import (
    QFileDialog,
    QFrame,
    QHBoxLayout,
    QLabel,
    QMenu,
    QPlainTextEdit,
    QPushButton,
    QVBoxLayout,
    QWidget,
)

from app.domain.data_class import DEFAULT_CLASS, exceeds
from app.domain.library import Document
from app.domain.query import Search
from app.domain.route_texts import headline, reason
from app.domain.routing import Destination
from app.ui.fact import Fact
from app.ui.theme import Appearance
from app.ui.translate import tr

MIN_HEIGHT, MAX_HEIGHT = 30, 180
PAUSE_MS = 500
ROOMY = 440  # pixels from which on there is room for the promise


class QuestionEdit(QPlainTextEdit):
    """Grows with its text; Enter sends, Shift+Enter starts a line."""

    sent = Signal()

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setPlaceholderText(tr("Ask your documents, or drop files here"))
        self.setAccessibleName(tr("Question"))
        self.setTabChangesFocus(True)
        self.document().setDocumentMargin(4)
        self.document().documentLayout().documentSizeChanged.connect(self._grow)
        self._grow()

    def keyPressEvent(self, event: QKeyEvent) -> None:
        """Enter sends."""
        shift = event.modifiers() & Qt.KeyboardModifier.ShiftModifier
        if event.key() in (Qt.Key.Key_Return, Qt.Key.Key_Enter) and not shift:
            self.sent.emit()
            return
        super().keyPressEvent(event)

    def _grow(self) -> None:
        lines = self.document().size().height()  # of a plain text document: in lines
        height = round(lines * self.fontMetrics().lineSpacing()) + 10
        self.setFixedHeight(max(MIN_HEIGHT, min(MAX_HEIGHT, height)))


class Composer(QFrame):
    """The question, which documents it is asked of, and the button that sends or stops."""

    asked = Signal(str)
    typed = Signal(str)  # what is in it, once the person pauses
    stopped = Signal()
    files_chosen = Signal(list)
    scope_changed = Signal()

    def __init__(self, appearance: Appearance, parent: QWidget | None = None) -> None:
        super().__init__(parent, objectName="composer")
        self._appearance = appearance
        self._busy = False
        self._stays = False
        self.collection: str | None = None
        self.use_library = True
        self._documents: tuple[int, ...] = ()
        self._collections: tuple[str, ...] = ()
        self.edit = QuestionEdit()
        self._attach = QPushButton(objectName="square", toolTip=tr("Add files to your documents"))
        self._attach.setAccessibleName(tr("Add files"))
        self._attach.clicked.connect(self._choose_files)
        self._scope = QPushButton(objectName="chip")
        self._scope.setMenu(QMenu(self._scope))
        self._class = Fact(tr("Class of what is in this turn"), "chip")
        self._destination = Fact(tr("Where the question would go"), "quiet")
        self._destination.setWordWrap(True)
        self._lock = QLabel()
        self._chip = QFrame(objectName="chip")
        self.send = QPushButton(tr("Send"), objectName="primary")
        self.send.setAccessibleName(tr("Send"))
        row = QHBoxLayout(spacing=8)
        for widget in (self._attach, self._scope):
            row.addWidget(widget, 0, Qt.AlignmentFlag.AlignVCenter)
        row.addStretch(1)
        row.addWidget(self._promise(), 0, Qt.AlignmentFlag.AlignVCenter)
        row.addWidget(self.send)
        column = QVBoxLayout(self, spacing=6)
        column.setContentsMargins(12, 10, 12, 10)
        column.addWidget(self.edit)
        column.addLayout(row)
        below = QHBoxLayout(spacing=8)
        below.addWidget(self._class, 0, Qt.AlignmentFlag.AlignVCenter)
        below.addWidget(self._destination, 1)
        column.addLayout(below)
        self._pause = QTimer(self, singleShot=True, interval=PAUSE_MS)
        self._pause.timeout.connect(lambda: self.typed.emit(self.edit.toPlainText().strip()))
        self.edit.textChanged.connect(self._pause.start)
        self.edit.sent.connect(self._send)
        self.edit.textChanged.connect(self._update)
        self.send.clicked.connect(lambda: self.stopped.emit() if self._busy else self._send())
        appearance.changed.connect(self._dress)
        self.set_collections([])
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
        self._chip.setVisible(stays and self.width() >= ROOMY)

    def resizeEvent(self, event: QResizeEvent) -> None:
        """The promise gives way to what can be pressed."""
        super().resizeEvent(event)
        self.promise(stays=self._stays)

    def show_destination(self, destination: Destination) -> None:
        """Say where the question would go, and how far what is in the turn may travel."""
        refused = destination.refused is not None
        self._destination.state(tr(headline(destination)), tr(reason(destination)), "bad" if refused else "")
        high = exceeds(destination.data_class, DEFAULT_CLASS)
        tip = tr("The highest class of the conversation and its passages. The passages that are found may raise it.")
        self._class.state(tr(destination.data_class), tip, "warn" if high else "")

    def search(self) -> Search | None:
        """Where the passages of the answer are to be looked for; None: nowhere."""
        return Search(self.collection, self._documents) if self.use_library else None

    def searched(self) -> tuple[str, ...]:
        """The collections that the question may find passages in."""
        if not self.use_library:
            return ()
        return (self.collection,) if self.collection is not None else self._collections

    def set_busy(self, busy: bool) -> None:
        """Offer to stop instead of to send."""
        self._busy = busy
        self.send.setText(tr("Stop") if busy else tr("Send"))
        self.send.setAccessibleName(self.send.text())
        self._update()

    def set_collections(self, names: list[str]) -> None:
        """Offer these collections to ask."""
        self._collections = tuple(names)
        menu = self._scope.menu()
        menu.clear()
        entries: list[tuple[str, str | None, bool]] = [(tr("All documents"), None, True)]
        entries += [(f"# {name}", name, True) for name in names]
        entries.append((tr("No documents"), None, False))
        for label, name, use in entries:
            action = QAction(label, menu)
            action.triggered.connect(lambda _=False, label=label, name=name, use=use: self._ask_of(label, name, use))
            menu.addAction(action)
        if self.collection not in names:
            self._ask_of(*entries[0] if self.use_library else entries[-1])
        else:
            self.scope_changed.emit()

    def ask_of_document(self, document: Document) -> None:
        """Ask of one document alone, until something else is chosen."""
        self._ask_of(document.name, document.collection, use_library=True)
        self._documents = (document.id,)

    def _ask_of(self, label: str, collection: str | None, use_library: bool) -> None:
        self.collection, self.use_library, self._documents = collection, use_library, ()
        self._scope.setText(label)
        self._scope.setAccessibleName(tr("Ask of: {what}", what=label))
        self.scope_changed.emit()

    def _send(self) -> None:
        text = self.edit.toPlainText().strip()
        if text and not self._busy:
            self.edit.clear()
            self._pause.stop()
            self.asked.emit(text)

    def _update(self) -> None:
        self.send.setEnabled(self._busy or bool(self.edit.toPlainText().strip()))

    def _choose_files(self) -> None:
        names, _ = QFileDialog.getOpenFileNames(self, tr("Add files to your documents"))
        if names:
            self.files_chosen.emit([Path(name) for name in names])

    def _dress(self) -> None:
        self._attach.setIcon(self._appearance.icon("plus", "text"))
        self._lock.setPixmap(self._appearance.pixmap("lock", "muted", 14))
