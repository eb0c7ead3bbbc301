"""The mark on whatever an AI wrote: that it did, which model, and where it ran."""

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QHBoxLayout, QLabel, QWidget

from app.domain.routing import Place
from app.ui.fact import ElidedLabel
from app.ui.translate import tr


class Disclosure(QWidget):
    """ "AI", the model's name, where it ran, and what else is to be said of how the text came to be."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        mark = QLabel(tr("AI"), objectName="disclosure")
        mark.setToolTip(tr("Written by an AI model; it can be wrong."))
        self._line = ElidedLabel("small")
        row = QHBoxLayout(self, spacing=8)
        row.setContentsMargins(0, 0, 0, 0)
        row.addWidget(mark, 0, Qt.AlignmentFlag.AlignVCenter)
        row.addWidget(self._line, 1)

    def name(self, model: str, ran: Place, *more: str) -> None:
        """Say which model wrote it, where it ran, and `more`."""
        where = tr("on this device") if ran == "device" else tr("at the gateway")
        line = " · ".join(filter(None, (model or tr("Model"), where, *more)))
        self._line.say(line)
        self.setAccessibleName(tr("Written by an AI model: {line}", line=line))
