"""Rows of chips above the question: what is attached to it, and which questions wait."""

from collections.abc import Callable
from dataclasses import dataclass

from PySide6.QtCore import QSize
from PySide6.QtWidgets import QFrame, QHBoxLayout, QPushButton, QToolButton, QVBoxLayout, QWidget

from app.ui.theme import Appearance
from app.ui.translate import tr

LONGEST = 56  # characters of a chip


@dataclass(frozen=True, slots=True)
class Chip:
    """One chip: what it says, what a click on it does, and what taking it away does."""

    text: str
    tip: str
    chosen: Callable[[], None]
    removed: Callable[[], None]


class ChipColumn(QWidget):
    """Shows chips, one below the other; nothing while there are none."""

    def __init__(self, appearance: Appearance, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._appearance = appearance
        self._column = QVBoxLayout(self, spacing=4)
        self._column.setContentsMargins(0, 0, 0, 0)
        self.hide()

    def show_chips(self, chips: list[Chip]) -> None:
        """Show these, instead of those before."""
        while (item := self._column.takeAt(0)) is not None:
            if (row := item.widget()) is not None:
                row.hide()
                row.deleteLater()
        for chip in chips:
            self._column.addWidget(self._row(chip))
        self.setVisible(bool(chips))

    def _row(self, chip: Chip) -> QFrame:
        short = " ".join(chip.text.split())
        short = short if len(short) <= LONGEST else f"{short[:LONGEST]}…"
        text = QPushButton(short, objectName="chip", toolTip=chip.tip)
        text.setAccessibleName(f"{short}. {chip.tip}")
        text.clicked.connect(chip.chosen)
        remove = QToolButton(objectName="bare", toolTip=tr("Remove"))
        remove.setAccessibleName(tr("Remove: {what}", what=short))
        remove.setIcon(self._appearance.icon("close"))
        remove.setIconSize(QSize(12, 12))
        remove.clicked.connect(chip.removed)
        frame = QFrame()
        row = QHBoxLayout(frame, spacing=2)
        row.setContentsMargins(0, 0, 0, 0)
        row.addWidget(text)
        row.addWidget(remove)
        row.addStretch(1)
        return frame
