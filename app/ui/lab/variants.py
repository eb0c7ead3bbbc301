"""What an experiment tries: a row of choices for each parameter, and the button that starts it."""

from collections.abc import Callable, Sequence
from typing import Any, Final

from PySide6.QtGui import QResizeEvent
from PySide6.QtWidgets import QFrame, QGridLayout, QHBoxLayout, QLabel, QProgressBar, QPushButton, QVBoxLayout

from app.domain.experiments import Axes, Run, variants
from app.domain.ranking import FUSION_METHODS
from app.services.experiments import CHUNK_WORDS, PASSAGES, RunProgress
from app.services.questions import Proposed
from app.ui.lab.texts import fusion_name
from app.ui.lab.view_model import LabViewModel
from app.ui.translate import tr
from app.ui.widgets.flow import FlowLayout
from app.ui.widgets.progress_row import time_left

OFFERED_WORDS: Final = (60, 100, 160, 240, 320)
OFFERED_PASSAGES: Final = (2, 4, 6, 8, 12)


class AxisRow(FlowLayout):
    """Buttons of which several may be pressed."""

    def __init__(
        self, values: Sequence[Any], pressed: Sequence[Any], name: Callable[[Any], str], changed: Callable[[], None]
    ) -> None:
        super().__init__(spacing=4)
        self._buttons = {value: QPushButton(name(value), objectName="choice") for value in values}
        for value, button in self._buttons.items():
            button.setCheckable(True)
            button.setChecked(value in pressed)
            button.toggled.connect(lambda _: changed())
            self.addWidget(button)

    def chosen(self) -> tuple[Any, ...]:
        """The values whose buttons are pressed."""
        return tuple(value for value, button in self._buttons.items() if button.isChecked())


class VariantsCard(QFrame):
    """Chooses, starts, shows how far it is, and stops."""

    def __init__(self, lab: LabViewModel) -> None:
        super().__init__(objectName="card")
        self._lab = lab
        self._grid = QGridLayout(horizontalSpacing=14, verticalSpacing=8)
        self._grid.setColumnStretch(1, 1)
        self._rows: list[AxisRow] = []
        self._count = QLabel(objectName="small")
        self._run = QPushButton(tr("Run"), objectName="primary")
        self._run.setAccessibleName(tr("Run the experiment"))
        self._run.clicked.connect(self._act)
        self._bar = QProgressBar(textVisible=False)
        self._bar.setRange(0, 1000)
        self._bar.setAccessibleName(tr("Progress of the experiment"))
        bottom = QHBoxLayout(spacing=12)
        bottom.addWidget(self._count, 1)
        bottom.addWidget(self._bar, 1)
        bottom.addWidget(self._run)
        column = QVBoxLayout(self, spacing=10)
        column.setContentsMargins(16, 12, 16, 12)
        column.addWidget(QLabel(tr("What to try"), objectName="section"))
        column.addLayout(self._grid)
        column.addLayout(bottom)
        lab.changed.connect(self._show)
        lab.progressed.connect(self._show)
        self._show()

    def resizeEvent(self, event: QResizeEvent) -> None:
        """As high as its rows are at this width: they may need more lines than one."""
        super().resizeEvent(event)
        self.setMinimumHeight(max(0, self.heightForWidth(self.width())))

    def _fill(self, axes: Axes) -> None:
        """The rows, once it is known what is installed."""
        offered: tuple[tuple[str, Sequence[Any], Sequence[Any], Callable[[Any], str]], ...] = (
            (tr("Words of a passage"), OFFERED_WORDS, CHUNK_WORDS, str),
            (tr("Embedder"), axes.embedders, axes.embedders, lambda embedder: embedder or tr("none")),
            (tr("Ranking"), FUSION_METHODS, FUSION_METHODS, fusion_name),
            (tr("Passages per question"), OFFERED_PASSAGES, PASSAGES, str),
        )
        for number, (label, values, pressed, name) in enumerate(offered):
            row = AxisRow(values, pressed, name, self._show)
            self._rows.append(row)
            self._grid.addWidget(QLabel(label, objectName="muted"), number, 0)
            self._grid.addLayout(row, number, 1)

    def _axes(self) -> Axes:
        words, embedders, fusions, passages = (row.chosen() for row in self._rows)
        return Axes(words, embedders, fusions, passages)

    def _act(self) -> None:
        if self._lab.is_busy:
            self._lab.stop()
        else:
            self._lab.start(self._axes())

    def _show(self) -> None:
        bench, busy = self._lab.bench, self._lab.is_busy
        if bench.axes is None or bench.present is None:
            self.setEnabled(False)
            return
        self.setEnabled(True)
        if not self._rows:
            self._fill(bench.axes)
        count = len(variants(Run(bench.present, self._axes(), ())))
        asked = sum(question.approved for question in bench.questions)
        self._bar.setVisible(busy)
        self._run.setText(tr("Stop") if busy else tr("Run"))
        self._run.setEnabled(busy or (asked > 0 and count > 1))
        self._count.setText(self._figures() if busy else tr("{n} variants, {q} questions", n=count, q=asked))

    def _figures(self) -> str:
        """How far it is."""
        progress = self._lab.progress
        if isinstance(progress, Proposed):
            self._bar.setValue(1000 * progress.done // max(1, progress.total))
            return tr("Writing questions, {done} of {total}", done=progress.done, total=progress.total)
        if not isinstance(progress, RunProgress):
            self._bar.setValue(0)
            return tr("Starting")
        self._bar.setValue(round(1000 * progress.share))
        stages = {
            "reading": tr("Copying documents"),
            "preparing": tr("Preparing the embedder"),
            "embedding": tr("Embedding"),
            "searching": tr("Asking"),
        }
        text = tr("{stage}, {done} of {total}", stage=stages[progress.stage], done=progress.done, total=progress.total)
        return f"{text} · {time_left(progress.left_s)}" if progress.left_s is not None else text
