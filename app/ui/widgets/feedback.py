"""What is wrong with an answer: its reasons, and what would have been right."""

from typing import Final

from PySide6.QtCore import Signal
from PySide6.QtWidgets import QFrame, QHBoxLayout, QLabel, QLineEdit, QPushButton, QVBoxLayout, QWidget

from app.domain.chat import Complaint, Feedback
from app.ui.translate import tr
from app.ui.widgets.flow import FlowLayout

_COMPLAINTS: Final[tuple[Complaint, ...]] = ("wrong", "not_in_documents", "incomplete", "too_long", "unsafe", "other")


class ComplaintForm(QFrame):
    """What is wrong with an answer, and what it should have said; all of it may be left out."""

    sent = Signal(object)  # Feedback

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent, objectName="card")
        names: dict[Complaint, str] = {
            "wrong": tr("It is wrong"),
            "not_in_documents": tr("Not in the documents"),
            "incomplete": tr("Something is missing"),
            "too_long": tr("Too long"),
            "unsafe": tr("It should not say this"),
            "other": tr("Something else"),
        }
        self._reasons = {complaint: QPushButton(names[complaint], objectName="choice") for complaint in _COMPLAINTS}
        reasons = FlowLayout(spacing=6)
        for button in self._reasons.values():
            button.setCheckable(True)
            reasons.addWidget(button)
        self._correction = QLineEdit(placeholderText=tr("What should it have said?"))
        self._correction.setAccessibleName(tr("What should it have said?"))
        send = QPushButton(tr("Send"), objectName="primary")
        send.setAccessibleName(tr("Send what is wrong with it"))
        send.clicked.connect(self._send)
        self._correction.returnPressed.connect(self._send)
        below = QHBoxLayout(spacing=8)
        below.addWidget(self._correction, 1)
        below.addWidget(send)
        column = QVBoxLayout(self, spacing=10)
        column.setContentsMargins(14, 12, 14, 12)
        column.addWidget(QLabel(tr("What is wrong with it?"), objectName="section"))
        column.addLayout(reasons)
        column.addLayout(below)

    def begin(self) -> None:
        """Show it with nothing said yet."""
        for button in self._reasons.values():
            button.setChecked(False)
        self._correction.clear()
        self.show()

    def _send(self) -> None:
        complaints = tuple(complaint for complaint, button in self._reasons.items() if button.isChecked())
        self.sent.emit(Feedback(good=False, complaints=complaints, correction=self._correction.text().strip()))
