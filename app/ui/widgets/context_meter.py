"""How much of a model's context window is taken, and what had to be left out of it."""

from typing import Final

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QFrame, QHBoxLayout, QProgressBar, QWidget

from app.ui.fact import Fact
from app.ui.translate import tr

NEARLY_FULL: Final = 80  # per cent from which on it is worth a look


class ContextMeter(QFrame):
    """A bar and a share; the tip says the tokens and what was left out."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent, objectName="chip")
        self._bar = QProgressBar(textVisible=False, objectName="meter")
        self._bar.setAccessibleName(tr("Context window"))
        self._fact = Fact(tr("Context window"), "quiet")
        row = QHBoxLayout(self, spacing=4)
        row.setContentsMargins(0, 0, 0, 0)
        row.addWidget(self._bar, 0, Qt.AlignmentFlag.AlignVCenter)
        row.addWidget(self._fact, 0, Qt.AlignmentFlag.AlignVCenter)

    def set_roomy(self, roomy: bool) -> None:
        """Draw the bar, or leave its room to others: the share says the same."""
        self._bar.setVisible(roomy)

    def show_use(self, used: int, size: int, left_out: str = "") -> None:
        """Show that `used` of `size` tokens are taken, and what was `left_out` of them."""
        share = round(100 * used / max(1, size))
        tip = tr("{used} of {size} tokens are taken.", used=used, size=size)
        if left_out:
            text, tone = tr("context {share} %, not all of it read", share=share), "warn"
        else:
            text, tone = tr("context {share} %", share=share), "warn" if share >= NEARLY_FULL else ""
        self._bar.setValue(min(100, share))
        self._fact.state(text, f"{tip} {left_out}".strip(), tone)
