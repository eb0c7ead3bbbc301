"""What a page shows before there is anything on it: what it is for, and up to three good starts."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Final

from PySide6.QtCore import QSize, Qt
from PySide6.QtWidgets import QHBoxLayout, QLabel, QPushButton, QVBoxLayout, QWidget

MOST: Final = 3  # starts that are offered


@dataclass(frozen=True, slots=True)
class Start:
    """Something to begin with."""

    label: str
    detail: str
    do: Callable[[], None]


class EmptyState(QWidget):
    """A heading, a sentence, and starts to choose from."""

    def __init__(self, heading: str, text: str, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        centred = Qt.AlignmentFlag.AlignHCenter
        title = QLabel(heading, objectName="heading", alignment=centred, wordWrap=True)
        below = QLabel(text, objectName="muted", alignment=centred, wordWrap=True)
        self._starts = QVBoxLayout(spacing=8)
        middle = QHBoxLayout()
        middle.addStretch(1)
        middle.addLayout(self._starts, 4)
        middle.addStretch(1)
        column = QVBoxLayout(self, spacing=8)
        column.addStretch(2)
        column.addWidget(title)
        column.addWidget(below)
        column.addSpacing(12)
        column.addLayout(middle)
        column.addStretch(3)

    def offer(self, starts: Sequence[Start]) -> None:
        """Offer these starts in place of those before; at most three are."""
        while (item := self._starts.takeAt(0)) is not None:
            if (widget := item.widget()) is not None:
                widget.hide()
                widget.deleteLater()
        for start in starts[:MOST]:
            self._starts.addWidget(StartButton(start))


class StartButton(QPushButton):
    """A start: what it does, and below it more of that."""

    def __init__(self, start: Start) -> None:
        super().__init__(objectName="step")
        label = QLabel(start.label, objectName="section", wordWrap=True)
        detail = QLabel(start.detail, objectName="small", wordWrap=True)
        for part in (label, detail):
            part.setTextFormat(Qt.TextFormat.PlainText)
            part.setAttribute(Qt.WidgetAttribute.WA_TransparentForMouseEvents)
        column: QVBoxLayout = QVBoxLayout(self, spacing=2)
        column.setContentsMargins(14, 10, 14, 10)
        column.addWidget(label)
        column.addWidget(detail)
        if not start.detail:
            detail.hide()
        self.setAccessibleName(start.label)
        self.setAccessibleDescription(start.detail)
        self.clicked.connect(lambda _=False: start.do())
        self._column = column
        policy = self.sizePolicy()
        policy.setHeightForWidth(True)
        self.setSizePolicy(policy)

    def sizeHint(self) -> QSize:
        """As large as its texts; a button's own would be that of a word."""
        return self._column.totalSizeHint()

    def minimumSizeHint(self) -> QSize:
        """No smaller than its texts."""
        return self._column.totalMinimumSize()

    def hasHeightForWidth(self) -> bool:
        """Its texts are wrapped."""
        return True

    def heightForWidth(self, width: int) -> int:
        """As high as its texts at this width."""
        return self._column.totalHeightForWidth(width)
