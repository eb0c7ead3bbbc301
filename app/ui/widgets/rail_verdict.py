"""What a rail did to a text, why, and a way to say that it was wrong."""

from PySide6.QtCore import Qt, Signal
from PySide6.QtWidgets import QFrame, QHBoxLayout, QLabel, QVBoxLayout, QWidget

from app.ui.theme import Appearance
from app.ui.translate import tr
from app.ui.widgets.buttons import LinkButton


class RailNote(QFrame):
    """One verdict."""

    appealed = Signal()

    def __init__(self, appearance: Appearance, parent: QWidget | None = None) -> None:
        super().__init__(parent, objectName="notice")
        self._appearance = appearance
        self._tone = "warn"
        self._icon = QLabel()
        plain = Qt.TextFormat.PlainText
        self._what = QLabel(objectName="section", wordWrap=True, textFormat=plain)
        self._why = QLabel(wordWrap=True, textFormat=plain)
        self._appeal = LinkButton(tr("This is wrong"), tr("Say that this verdict is wrong"))
        self._appeal.clicked.connect(self._object)
        self._noted = QLabel(tr("Your objection is noted."), objectName="small")
        texts = QVBoxLayout(spacing=2)
        texts.addWidget(self._what)
        texts.addWidget(self._why)
        row = QHBoxLayout(self, spacing=10)
        row.setContentsMargins(14, 10, 10, 10)
        row.addWidget(self._icon, 0, Qt.AlignmentFlag.AlignTop)
        row.addLayout(texts, 1)
        row.addWidget(self._appeal)
        row.addWidget(self._noted)
        appearance.changed.connect(self._dress)

    def show_verdict(self, what: str, why: str, *, blocked: bool = False, appeal: bool = True) -> None:
        """Say `what` the rail did and `why`; `appeal`: whether the person may object."""
        self._what.setText(what)
        self._why.setText(why)
        self._tone = "bad" if blocked else "warn"
        self.setProperty("tone", self._tone)
        self.style().unpolish(self)
        self.style().polish(self)
        self._appeal.setVisible(appeal)
        self._noted.hide()
        self.setAccessibleName(f"{what} {why}")
        self._dress()

    def _object(self) -> None:
        self._appeal.hide()
        self._noted.show()
        self.appealed.emit()

    def _dress(self) -> None:
        self._icon.setPixmap(self._appearance.pixmap("shield", self._tone, 18))
