"""The copilot page: playbooks and runs to the left, the step at hand in the middle, the map to the right."""

from pathlib import Path
from typing import Final

from PySide6.QtCore import Qt, Signal
from PySide6.QtGui import QGuiApplication, QResizeEvent
from PySide6.QtWidgets import (
    QFileDialog,
    QFrame,
    QHBoxLayout,
    QLabel,
    QPushButton,
    QScrollArea,
    QSizePolicy,
    QStackedWidget,
    QVBoxLayout,
    QWidget,
)

from app.domain.playbook import Playbook
from app.domain.playbook_map import playbook_map
from app.domain.playbook_run import Quote, Run, said
from app.ui.copilot.card import StepCard
from app.ui.copilot.map import Map
from app.ui.copilot.view_model import CopilotViewModel
from app.ui.error_texts import error_text
from app.ui.fact import ElidedLabel
from app.ui.theme import Appearance
from app.ui.translate import tr

# pixels at a text scale of 100 %
SIDE: Final = 288
NARROW_SIDE: Final = 220
NARROW: Final = 1100  # of the page, below which the lists give way to the step at hand
MOST_RUNS: Final = 20  # shown; the others are on the command line


class CopilotPage(QWidget):
    """Guides through decisions, without a conversation."""

    opened = Signal(int)  # a document's id
    said = Signal(str, str)  # what happened, and its tone

    def __init__(self, copilot: CopilotViewModel, appearance: Appearance, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._copilot = copilot
        self._appearance = appearance
        self._card = StepCard(copilot, appearance)
        self._card.opened.connect(self._open)
        self._card.record_wanted.connect(self._record)
        self._map = Map(appearance)
        self._lists = QVBoxLayout(spacing=6)
        self._lists.setContentsMargins(16, 16, 12, 16)
        self._middle = QStackedWidget()
        self._middle.addWidget(_empty())
        self._middle.addWidget(_scrolled(self._card))
        body = QHBoxLayout(spacing=0)
        body.setContentsMargins(0, 0, 0, 0)
        self._shelf = self._left()
        body.addWidget(self._shelf)
        body.addWidget(self._middle, 1)
        body.addWidget(self._right())
        column = QVBoxLayout(self, spacing=0)
        column.setContentsMargins(0, 0, 0, 0)
        column.addWidget(self._top())
        column.addLayout(body, 1)
        appearance.changed.connect(self._arrange)
        copilot.changed.connect(self.refill)
        copilot.listed.connect(self._fill_lists)
        copilot.exported.connect(lambda path: self.said.emit(tr("The record is in {path}.", path=path), "good"))
        self.refill()
        self._fill_lists()

    def resizeEvent(self, event: QResizeEvent) -> None:
        """In a small window the step at hand has the room of the lists, until its playbook is left."""
        super().resizeEvent(event)
        self._arrange()

    def _arrange(self) -> None:
        px = self._appearance.theme.px
        narrow = self.width() < px(NARROW)
        self._shelf.setVisible(self._copilot.at is None or not narrow)
        self._shelf.setFixedWidth(px(SIDE))
        self._side.setFixedWidth(px(NARROW_SIDE if narrow else SIDE))

    def refill(self) -> None:
        """Show where the run stands."""
        at = self._copilot.at
        self._middle.setCurrentIndex(0 if at is None else 1)
        self._side.setVisible(at is not None)
        self._leave.setVisible(at is not None)
        self._arrange()
        if at is not None:
            self._map.show_places(playbook_map(at.playbook, at.run))

    def _fill_lists(self) -> None:
        while (item := self._lists.takeAt(0)) is not None:
            if item.widget() is not None:
                item.widget().hide()
                item.widget().deleteLater()
        self._lists.addWidget(QLabel(tr("Playbooks"), objectName="section"))
        for playbook in self._copilot.playbooks:
            self._lists.addWidget(self._starter(playbook))
        for problem in self._copilot.problems:
            self._lists.addWidget(QLabel(error_text(problem), objectName="small", wordWrap=True))
        if self._copilot.runs:
            self._lists.addSpacing(10)
            self._lists.addWidget(QLabel(tr("Go on with"), objectName="section"))
        for run in self._copilot.runs[:MOST_RUNS]:
            self._lists.addWidget(self._run(run))
        self._lists.addStretch(1)

    def _top(self) -> QWidget:
        top = QWidget(objectName="top")
        top.setAttribute(Qt.WidgetAttribute.WA_StyledBackground)
        row = QHBoxLayout(top, spacing=10)
        row.setContentsMargins(32, 0, 32, 0)
        row.addWidget(QLabel(tr("Copilot"), objectName="title"))
        row.addWidget(QLabel(tr("Guides you through a decision, step by step"), objectName="small"))
        row.addStretch(1)
        self._leave = QPushButton(tr("Close the playbook"), objectName="small")
        self._leave.setAccessibleName(tr("Close the playbook"))
        self._leave.setToolTip(tr("It is kept: go on with it whenever you like."))
        self._leave.clicked.connect(self._copilot.leave)
        row.addWidget(self._leave)
        return top

    def _left(self) -> QWidget:
        inner = QWidget()
        inner.setLayout(self._lists)
        scroll = QScrollArea(widgetResizable=True, objectName="chat_list")
        scroll.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        scroll.setWidget(inner)
        return scroll

    def _right(self) -> QWidget:
        self._side: QFrame = QFrame(objectName="sources")
        column = QVBoxLayout(self._side, spacing=8)
        column.setContentsMargins(16, 16, 12, 16)
        column.addWidget(QLabel(tr("Where you are"), objectName="section"))
        column.addWidget(self._map, 1)
        return self._side

    def _starter(self, playbook: Playbook) -> QWidget:
        button: QPushButton = QPushButton(playbook.title, objectName="starter")
        button.setAccessibleName(tr("Start: {title}", title=playbook.title))
        button.setAccessibleDescription(playbook.description)
        button.setToolTip(playbook.description)
        button.clicked.connect(lambda: self._copilot.start(playbook.id))
        return button

    def _run(self, run: Run) -> QWidget:
        row = QWidget()
        line = QHBoxLayout(row, spacing=4)
        line.setContentsMargins(0, 0, 0, 0)
        resume = QPushButton(run.title or run.playbook, objectName="starter")
        when = run.changed_at.replace("T", " ").removesuffix("Z")[:16]
        resume.setAccessibleName(tr("Go on with {title}, last changed {when}", title=run.title, when=when))
        resume.setToolTip(tr("{n} answers, last changed {when} (UTC)", n=len(run.path), when=when))
        resume.clicked.connect(lambda: self._copilot.resume(run.id))
        resume.setSizePolicy(QSizePolicy.Policy.Ignored, QSizePolicy.Policy.Fixed)
        detail = ElidedLabel("small")
        detail.say(self._about(run))
        remove = QPushButton(tr("Remove"), objectName="small")
        remove.setAccessibleName(tr("Remove {title}, last changed {when}", title=run.title, when=when))
        remove.clicked.connect(lambda: self._copilot.remove(run.id))
        texts = QVBoxLayout(spacing=0)
        texts.addWidget(resume)
        texts.addWidget(detail)
        line.addLayout(texts, 1)
        line.addWidget(remove)
        return row

    def _about(self, run: Run) -> str:
        """What tells a run from others of its playbook: the first answer."""
        playbook = next((one for one in self._copilot.playbooks if one.id == run.playbook), None)
        step = playbook.step(run.path[0].step) if playbook and run.path else None
        return " ".join(said(step, run.path[0]).split()) if step else tr("nothing answered yet")

    def _open(self, quote: Quote) -> None:
        self.opened.emit(quote.document_id)

    def _record(self, how: str) -> None:
        if how == "copy":
            self._copilot.copy_record(self._copy)
            return
        at = self._copilot.at
        suggested = f"{at.playbook.title}.md" if at is not None else ""
        name, _ = QFileDialog.getSaveFileName(self, tr("Save the record"), suggested, tr("Markdown (*.md)"))
        if name:
            self._copilot.export(Path(name))

    def _copy(self, text: str) -> None:
        QGuiApplication.clipboard().setText(text)
        self.said.emit(tr("The record is on the clipboard."), "good")


def _scrolled(card: StepCard) -> QScrollArea:
    inner = QWidget()
    column = QVBoxLayout()  # no alignment: with one, a layout does not ask how high wrapped text is
    column.addWidget(card)
    column.addStretch(1)
    row = QHBoxLayout(inner)
    row.setContentsMargins(24, 28, 24, 28)
    row.addStretch(1)
    row.addLayout(column)
    row.addStretch(1)
    scroll = QScrollArea(widgetResizable=True)
    scroll.setWidget(inner)
    return scroll


def _empty() -> QWidget:
    widget = QWidget()
    column = QVBoxLayout(widget, spacing=8)
    column.addStretch(1)
    for text, style in (
        (tr("What would you like to get right?"), "heading"),
        (tr("A playbook asks what matters, looks things up for you, and ends with a record you can keep."), "muted"),
        (tr("Choose one on the left. You can stop at any step and go on later."), "small"),
    ):
        label = QLabel(text, objectName=style, alignment=Qt.AlignmentFlag.AlignHCenter, wordWrap=True)
        column.addWidget(label)
    column.addStretch(2)
    return widget
