"""What a person thinks of an answer: a thumb; for one that points down a reason, and what would have been right."""

from typing import Final

from PySide6.QtCore import Signal
from PySide6.QtWidgets import QFrame, QHBoxLayout, QLabel, QLineEdit, QPushButton, QVBoxLayout, QWidget

from app.domain.chat import Complaint, Feedback
from app.ui.theme import Appearance
from app.ui.translate import tr
from app.ui.widgets.buttons import IconButton
from app.ui.widgets.flow import FlowLayout

_COMPLAINTS: Final[tuple[Complaint, ...]] = ("wrong", "not_in_documents", "incomplete", "too_long", "unsafe", "other")


class FeedbackRow(QWidget):
    """Two thumbs; below them what to say when one points down."""

    given = Signal(object)  # Feedback, or None where it was taken back

    def __init__(self, appearance: Appearance, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._good = IconButton(appearance, "thumb_up", tr("Good answer"))
        self._bad = IconButton(appearance, "thumb_down", tr("Not a good answer"))
        for button in (self._good, self._bad):
            button.setCheckable(True)
        self._good.clicked.connect(lambda checked: self._judge(good=True, given=checked))
        self._bad.clicked.connect(lambda checked: self._judge(good=False, given=checked))
        self._thanks = QLabel(tr("Noted. It stays on this device."), objectName="small")
        self._more = ComplaintForm()
        self._more.sent.connect(self._complain)
        thumbs = QHBoxLayout(spacing=4)
        for widget in (self._good, self._bad, self._thanks):
            thumbs.addWidget(widget)
        thumbs.addStretch(1)
        column = QVBoxLayout(self, spacing=6)
        column.setContentsMargins(0, 0, 0, 0)
        column.addLayout(thumbs)
        column.addWidget(self._more)
        self.show_feedback(None)

    def show_feedback(self, feedback: Feedback | None) -> None:
        """Show what is thought of the answer; None for nothing yet."""
        self._good.setChecked(feedback is not None and feedback.good)
        self._bad.setChecked(feedback is not None and not feedback.good)
        self._thanks.setVisible(feedback is not None)
        self._more.hide()

    def _judge(self, *, good: bool, given: bool) -> None:
        feedback = Feedback(good=good) if given else None
        self.show_feedback(feedback)
        if given and not good:
            self._more.begin()
        self.given.emit(feedback)

    def _complain(self, feedback: Feedback) -> None:
        self.show_feedback(feedback)
        self.given.emit(feedback)


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
