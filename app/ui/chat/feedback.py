"""What is wrong with an answer, said in a small panel beside it."""

from PySide6.QtCore import QPoint, Qt, Signal
from PySide6.QtWidgets import (
    QCheckBox,
    QFrame,
    QHBoxLayout,
    QLabel,
    QLineEdit,
    QPlainTextEdit,
    QPushButton,
    QVBoxLayout,
    QWidget,
)

from app.domain.chat import Complaint, Feedback
from app.ui.translate import tr


class FeedbackPanel(QFrame):
    """Asks what is wrong; an answer is rated bad already when it opens."""

    given = Signal(object)  # Feedback

    def __init__(self, feedback: Feedback | None, parent: QWidget) -> None:
        super().__init__(parent, Qt.WindowType.Popup, objectName="panel")
        self.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        self.setAccessibleName(tr("What is wrong with this answer?"))
        said = feedback or Feedback(good=False)
        self._complaints: dict[Complaint, QCheckBox] = {}
        column = QVBoxLayout(self, spacing=6)
        column.setContentsMargins(16, 14, 16, 14)
        column.addWidget(QLabel(tr("What is wrong with this answer?"), objectName="section"))
        for complaint, label in _labels().items():
            box = self._complaints[complaint] = QCheckBox(label)
            box.setChecked(complaint in said.complaints)
            column.addWidget(box)
        self._note = QLineEdit(said.note, placeholderText=tr("Anything else? (optional)"))
        self._note.setAccessibleName(tr("Anything else?"))
        self._correction = QPlainTextEdit(said.correction)
        self._correction.setPlaceholderText(tr("What should it have said? (optional)"))
        self._correction.setAccessibleName(tr("What should it have said?"))
        self._correction.setTabChangesFocus(True)
        keep = QPushButton(tr("Keep"), objectName="primary")
        keep.clicked.connect(self._give)
        here = QLabel(tr("Kept on this device, with the answer."), objectName="small")
        foot = QHBoxLayout()
        foot.addWidget(here, 1)
        foot.addWidget(keep)
        column.addWidget(self._note)
        column.addWidget(self._correction)
        column.addLayout(foot)

    def open_at(self, point: QPoint) -> None:
        """Show it with its lower left corner at a point of the screen, as far as the screen has room."""
        self.adjustSize()
        screen = self.screen().availableGeometry()
        self.move(min(point.x(), screen.right() - self.width()), max(screen.top(), point.y() - self.height()))
        self.show()
        next(iter(self._complaints.values())).setFocus()

    def _give(self) -> None:
        complaints = tuple(complaint for complaint, box in self._complaints.items() if box.isChecked())
        correction = self._correction.toPlainText().strip()
        self.given.emit(Feedback(False, complaints, self._note.text().strip(), correction))
        self.close()


def _labels() -> dict[Complaint, str]:
    return {
        "wrong": tr("It is wrong"),
        "not_in_documents": tr("My documents do not say this"),
        "incomplete": tr("Something is missing"),
        "too_long": tr("It is too long"),
        "unsafe": tr("It is harmful or improper"),
        "other": tr("Something else"),
    }
