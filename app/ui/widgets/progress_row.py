"""How far something long is: in words, as a share, how long it will yet take, and a way to stop it."""

from PySide6.QtCore import Qt, Signal
from PySide6.QtWidgets import QHBoxLayout, QLabel, QProgressBar, QPushButton, QWidget

from app.ui.fact import ElidedLabel
from app.ui.translate import tr

STEPS = 1000  # a bar counts in 32 bits, which is less than some things have bytes


class ProgressRow(QWidget):
    """What is being done and how far it is."""

    stopped = Signal()

    def __init__(self, name: str, stop: str, parent: QWidget | None = None) -> None:
        """`name` is what is under way, `stop` what stopping it is called, for screen readers."""
        super().__init__(parent)
        self._name = name
        self._text = ElidedLabel("")
        self._figures = QLabel(objectName="small")
        self._bar = QProgressBar(textVisible=False)
        self._bar.setRange(0, STEPS)
        self._bar.setAccessibleName(name)
        self._stop = QPushButton(tr("Stop"), objectName="small")
        self._stop.setAccessibleName(stop)
        self._stop.clicked.connect(self._ask_to_stop)
        row = QHBoxLayout(self, spacing=12)
        row.setContentsMargins(0, 0, 0, 0)
        row.addWidget(self._text, 1)
        for widget in (self._figures, self._bar, self._stop):
            row.addWidget(widget, 0, Qt.AlignmentFlag.AlignVCenter)

    def show_progress(self, text: str, done: float = 0, total: float = 0, left_s: float | None = None) -> None:
        """Say what is done now; without a `total` nobody knows yet how much there is."""
        share = min(1.0, done / total) if total else 0.0
        parts = [tr("{share} %", share=int(100 * share))] if total else []
        parts += [time_left(left_s)] if left_s is not None else []
        self._text.say(text)
        self._figures.setText(" · ".join(parts))
        self._bar.setValue(int(STEPS * share))
        self._bar.setAccessibleDescription(" · ".join((text, *parts)))
        self._stop.setEnabled(True)

    def text(self) -> str:
        """What is said now."""
        return self._text.accessibleName()

    def _ask_to_stop(self) -> None:
        self._stop.setEnabled(False)  # it is heard; the end may take a moment
        self.stopped.emit()


def time_left(seconds: float) -> str:
    """A rest of time as people say it."""
    if seconds >= 90:
        return tr("{n} min left", n=round(seconds / 60))
    return tr("{n} s left", n=max(1, round(seconds)))
