"""What is wrong with an answer, said in a small panel beside it."""

from PySide6.QtCore import QPoint, Qt, Signal
from PySide6.QtGui import QShowEvent
from PySide6.QtWidgets import QFrame, QVBoxLayout, QWidget

from app.domain.chat import Feedback
from app.ui.translate import tr
from app.ui.widgets.feedback import ComplaintForm


class FeedbackPanel(QFrame):
    """Asks what is wrong; an answer is rated bad already when it opens."""

    given = Signal(object)  # Feedback

    def __init__(self, parent: QWidget) -> None:
        super().__init__(parent, Qt.WindowType.Popup, objectName="panel")
        self.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        self.setAccessibleName(tr("What is wrong with this answer?"))
        form = ComplaintForm()
        form.sent.connect(self._give)
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.addWidget(form)
        form.begin()

    def open_at(self, point: QPoint) -> None:
        """Show it with its lower left corner at a point of the screen, as far as the screen has room."""
        self.adjustSize()
        screen = self.screen().availableGeometry()
        self.move(min(point.x(), screen.right() - self.width()), max(screen.top(), point.y() - self.height()))
        self.show()
        self.focusNextChild()

    def showEvent(self, event: QShowEvent) -> None:
        """As high as its lines are at this width: a window asks its layout for a width only."""
        super().showEvent(event)
        layout = self.layout()
        if layout is not None:
            self.resize(self.width(), layout.heightForWidth(self.width()))

    def _give(self, feedback: Feedback) -> None:
        self.given.emit(feedback)
        self.close()
