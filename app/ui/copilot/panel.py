"""The quick panel: what it was shown, what that looks like, three steps, and what comes of the one that is chosen."""

from collections.abc import Callable
from functools import partial
from pathlib import Path
from typing import Final

from PySide6.QtCore import QEvent, Qt
from PySide6.QtGui import (
    QCloseEvent,
    QDragEnterEvent,
    QDropEvent,
    QGuiApplication,
    QImage,
    QKeyEvent,
    QMouseEvent,
)
from PySide6.QtWidgets import (
    QFileDialog,
    QFrame,
    QHBoxLayout,
    QLabel,
    QLayout,
    QLineEdit,
    QPlainTextEdit,
    QPushButton,
    QVBoxLayout,
    QWidget,
)

from app.domain.kind_texts import LOOKS_LIKE, UNKNOWN
from app.domain.next_steps import NextStep
from app.services.showing import Shown
from app.ui.copilot.panel_view_model import PanelViewModel, Result
from app.ui.copilot.sources import Source
from app.ui.error_texts import error_text
from app.ui.theme import Appearance
from app.ui.translate import tr
from app.ui.widgets.disclosure import Disclosure

WIDTH: Final = 520
RESULT: Final = 240  # pixels high


class StepRow(QFrame):
    """One step: its number, what it does, and a word about what comes of it."""

    def __init__(self, number: int, step: NextStep, choose: Callable[[], None], *, first: bool) -> None:
        super().__init__(objectName="card")
        self.setProperty("selected", first)
        self._choose = choose
        self.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
        self.setAccessibleName(tr("{n}: {title}", n=number, title=tr(step.title)))
        self.setAccessibleDescription(tr(step.detail))
        self.setCursor(Qt.CursorShape.PointingHandCursor)
        key = QLabel(str(number), objectName="number", alignment=Qt.AlignmentFlag.AlignCenter)
        key.setFixedSize(20, 20)
        texts = QVBoxLayout(spacing=1)
        texts.addWidget(QLabel(tr(step.title), objectName="section"))
        texts.addWidget(QLabel(tr(step.detail), objectName="small"))
        row = QHBoxLayout(self, spacing=10)
        row.setContentsMargins(12, 9, 12, 9)
        row.addWidget(key, 0, Qt.AlignmentFlag.AlignTop)
        row.addLayout(texts, 1)

    def mouseReleaseEvent(self, event: QMouseEvent) -> None:
        """A click chooses."""
        if self.rect().contains(event.position().toPoint()):
            self._choose()

    def keyPressEvent(self, event: QKeyEvent) -> None:
        """So do Space and Enter."""
        if event.key() in (Qt.Key.Key_Space, Qt.Key.Key_Return, Qt.Key.Key_Enter):
            self._choose()
            return
        super().keyPressEvent(event)

    def event(self, event: QEvent) -> bool:
        """The step with the focus stands out."""
        if event.type() in (QEvent.Type.FocusIn, QEvent.Type.FocusOut):
            self.setProperty("selected", event.type() == QEvent.Type.FocusIn)
            self.style().unpolish(self)
            self.style().polish(self)
        return super().event(event)


class QuickPanel(QWidget):
    """A small window of its own. As it closes, everything that was shown to it is forgotten."""

    def __init__(self, panel: PanelViewModel, appearance: Appearance, sources: Callable[[], list[Source]]) -> None:
        """`sources` are what may be shown now, those first that the person lets it look at by itself."""
        super().__init__(None, Qt.WindowType.Tool | Qt.WindowType.FramelessWindowHint, objectName="quick")
        self.setWindowTitle(tr("Quick copilot"))
        self.setAttribute(Qt.WidgetAttribute.WA_StyledBackground)
        self.setAcceptDrops(True)
        self._panel = panel
        self._appearance = appearance
        self._sources = sources
        self._error = ""
        self._text: QPlainTextEdit | None = None
        self._column = QVBoxLayout(self)
        self._column.setContentsMargins(0, 0, 0, 0)
        self._column.setSizeConstraint(QLayout.SizeConstraint.SetFixedSize)  # as high as what is in it
        self._body = QWidget()
        self._column.addWidget(self._body)
        panel.changed.connect(self._refill)
        panel.streamed.connect(self._stream)
        panel.failed.connect(self._tell)
        appearance.changed.connect(self._refill)

    def open(self) -> None:
        """Show the panel, and let it look at what it may look at by itself."""
        self._error = ""
        if not any(source.by_itself and self._look_at(source) for source in self._sources()):
            self._refill()
            self._panel.prepare()
        self.show()
        self.raise_()
        self.activateWindow()

    def closeEvent(self, event: QCloseEvent) -> None:
        """Forget."""
        self._panel.forget()
        super().closeEvent(event)

    def keyPressEvent(self, event: QKeyEvent) -> None:
        """1, 2 and 3 choose; Esc closes."""
        if event.key() == Qt.Key.Key_Escape:
            self.close()
        elif event.text() in ("1", "2", "3"):
            self._panel.choose(int(event.text()) - 1)
        else:
            super().keyPressEvent(event)

    def dragEnterEvent(self, event: QDragEnterEvent) -> None:
        """Take a file, or text."""
        if event.mimeData().hasText() or any(url.isLocalFile() for url in event.mimeData().urls()):
            event.acceptProposedAction()

    def dropEvent(self, event: QDropEvent) -> None:
        """Look at what was dropped."""
        files = [url.toLocalFile() for url in event.mimeData().urls() if url.isLocalFile()]
        event.acceptProposedAction()
        self._error = ""
        if files:
            self._panel.show_file(Path(files[0]))
        else:
            self._panel.show(Shown(tr("what you dropped"), event.mimeData().text()))

    # --- what it shows -------------------------------------------------------------------------------------------

    def _refill(self) -> None:
        body = QWidget()
        room = self.screen().availableGeometry().width()
        body.setFixedWidth(min(self._appearance.theme.px(WIDTH), room))
        column = QVBoxLayout(body, spacing=8)
        column.setContentsMargins(18, 16, 18, 14)
        column.addLayout(self._head())
        if self._error:
            column.addWidget(QLabel(self._error, objectName="small", wordWrap=True))
        self._text, first = None, None
        if self._panel.result is not None:
            self._show_result(column, self._panel.result)
        elif self._panel.shown is None:
            self._offer_sources(column)
        else:
            first = self._show_steps(column)
        self._column.replaceWidget(self._body, body)
        self._body.hide()
        self._body.deleteLater()
        self._body = body
        body.show()  # a layout would show it later, and the focus has to go somewhere now
        if first is not None:
            first.setFocus()

    def _head(self) -> QHBoxLayout:
        shown = self._panel.shown
        icon = QLabel()
        icon.setPixmap(self._appearance.pixmap("copilot", "muted", 18))
        said = tr("Show me something: nothing is looked at before you do.")
        if shown is not None:
            said = tr("You showed me {source} · {n} lines", source=tr(shown.source), n=shown.lines)
        row: QHBoxLayout = QHBoxLayout(spacing=8)
        row.addWidget(icon)
        row.addWidget(QLabel(said, objectName="small", textFormat=Qt.TextFormat.PlainText, wordWrap=True), 1)
        if shown is not None:
            row.addWidget(QLabel(tr("forgotten when this closes"), objectName="small"))
        return row

    def _offer_sources(self, column: QVBoxLayout) -> None:
        column.addWidget(QLabel(tr("What shall I look at?"), objectName="question"))
        row = QHBoxLayout(spacing=8)
        for source in self._sources():
            row.addWidget(_button(source.label, partial(self._choose, source)))
        row.addWidget(_button(tr("A file…"), self._choose_file))
        row.addStretch(1)
        column.addLayout(row)
        foot = QHBoxLayout()
        text = tr("Or drop a file here.") if not self._panel.is_working else tr("Reading the file…")
        foot.addWidget(QLabel(text, objectName="small"), 1)
        foot.addWidget(QLabel(tr("Esc closes"), objectName="small"))
        column.addLayout(foot)

    def _show_steps(self, column: QVBoxLayout) -> QWidget | None:
        seen = self._panel.seen
        if seen is None:
            return None
        column.addWidget(QLabel(tr(LOOKS_LIKE[seen.kind] if seen.kind else UNKNOWN), objectName="question"))
        column.addWidget(QLabel(self._because(), objectName="muted", wordWrap=True))
        if seen.secrets:
            kinds = ", ".join(map(tr, seen.secrets))
            text = tr("It holds this: {kinds}. Nothing of it leaves this device.", kinds=kinds)
            column.addWidget(QLabel(text, objectName="small", wordWrap=True))
        rows = [StepRow(n + 1, step, partial(self._panel.choose, n), first=n == 0) for n, step in enumerate(seen.steps)]
        for row in rows:
            column.addWidget(row)
        wish = QLineEdit(placeholderText=tr("or type what you need…"))
        wish.setAccessibleName(tr("What you need"))
        wish.returnPressed.connect(lambda: self._panel.ask(wish.text()))
        foot = QHBoxLayout(spacing=10)
        foot.addWidget(wish, 1)
        foot.addWidget(QLabel(tr("Esc closes"), objectName="small"))
        column.addLayout(foot)
        return rows[0]

    def _because(self) -> str:
        seen = self._panel.seen
        if seen is None or (seen.kind is None and self._panel.is_working):
            return tr("The model on this device is having a look. What would help?")
        if seen.by == "model":
            return tr("The model says so, {share} sure. What would help?", share=f"{seen.confidence:.0%}")
        if seen.because:
            return tr("I see {signs}. What would help?", signs=tr(seen.because))
        return tr("What would help?")

    def _show_result(self, column: QVBoxLayout, result: Result) -> None:
        column.addWidget(QLabel(tr(result.title), objectName="question", textFormat=Qt.TextFormat.PlainText))
        text: QPlainTextEdit = QPlainTextEdit(result.text, objectName="answer")
        text.setReadOnly(True)
        text.setFixedHeight(self._appearance.theme.px(RESULT))
        text.setAccessibleName(tr(result.title))
        self._text = text
        column.addWidget(text)
        if result.written is not None:
            disclosure = Disclosure()
            disclosure.name(result.written.model, "device", tr("read it first"))
            column.addWidget(disclosure)
            if result.written.read < 1:
                share = f"{result.written.read:.0%}"
                text_left = tr("It was too long to be read whole: the first {share} was.", share=share)
                column.addWidget(QLabel(text_left, objectName="small"))
        row = QHBoxLayout(spacing=8)
        if result.is_done:
            row.addWidget(_button(tr("Copy"), self._copy, "primary"))
            row.addWidget(_button(tr("Into a chat"), self._panel.to_chat))
            row.addWidget(_button(tr("Save…"), self._save))
        else:
            row.addWidget(_button(tr("Stop"), self._panel.stop))
        row.addStretch(1)
        row.addWidget(QLabel(tr("Esc closes"), objectName="small"))
        column.addLayout(row)

    def _choose(self, source: Source) -> None:
        self._error = ""
        if not self._look_at(source):
            self._error = tr("There is no text in {source}.", source=source.name)
            self._refill()

    def _look_at(self, source: Source) -> bool:
        """Whether there is anything to look at."""
        if source.is_slow:
            self._panel.show_later(source.name, source.read)
            return True
        found = source.read()
        if isinstance(found, QImage):
            self._panel.show_later(source.name, lambda: found)
        elif found.strip():
            self._panel.show(Shown(source.name, found))
        else:
            return False
        return True

    def _choose_file(self) -> None:
        name, _ = QFileDialog.getOpenFileName(self, tr("Show a file"))
        if name:
            self._error = ""
            self._panel.show_file(Path(name))

    def _copy(self) -> None:
        if self._panel.result is not None:
            QGuiApplication.clipboard().setText(self._panel.result.text)
            self.close()

    def _save(self) -> None:
        name, _ = QFileDialog.getSaveFileName(self, tr("Save the text"), filter=tr("Text (*.md *.txt)"))
        if name:
            self._panel.save(Path(name))

    def _stream(self, text: str) -> None:
        if self._text is not None:
            self._text.setPlainText(text)
            self._text.verticalScrollBar().setValue(self._text.verticalScrollBar().maximum())

    def _tell(self, error: Exception) -> None:
        self._error = error_text(error)
        self._refill()


def _button(text: str, act: Callable[[], None], style: str = "") -> QPushButton:
    button: QPushButton = QPushButton(text, objectName=style)
    button.setAccessibleName(text)
    button.clicked.connect(lambda _checked=False: act())
    return button
