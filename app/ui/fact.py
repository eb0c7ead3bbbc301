"""Short texts on the page that have more to say: in their tips, and to those who reach them by the keyboard."""

from PySide6.QtCore import QPoint, Qt
from PySide6.QtGui import QKeyEvent, QResizeEvent
from PySide6.QtWidgets import QLabel, QSizePolicy, QToolTip, QWidget


class Fact(QLabel):
    """Plain text with a tip; the keyboard reaches it, and Space or Enter shows the tip."""

    def __init__(self, name: str, style: str, parent: QWidget | None = None) -> None:
        """`name` is what it is about, for screen readers; `style` its name in the style sheet."""
        super().__init__(parent, objectName=style, textFormat=Qt.TextFormat.PlainText)
        self._name = name
        self.setIndent(0)  # else a label with a frame is indented by half a letter
        self.setFocusPolicy(Qt.FocusPolicy.TabFocus)
        self.state("", "")

    def state(self, text: str, tip: str, tone: str = "") -> None:
        """Say `text`, and `tip` to who asks; `tone` is "", good, warn or bad. Without a text it is hidden."""
        self.setText(text)
        self.setToolTip(tip)
        self.setAccessibleName(f"{self._name}: {text}")
        self.setAccessibleDescription(tip)
        self.setProperty("tone", tone)
        self.style().unpolish(self)
        self.style().polish(self)
        self.setVisible(bool(text))
        self._make_room()

    def resizeEvent(self, event: QResizeEvent) -> None:
        """Make room for all lines: not every layout asks how high wrapped text is."""
        super().resizeEvent(event)
        self._make_room()

    def _make_room(self) -> None:
        if self.wordWrap():
            self.setMinimumHeight(0)  # else it counts as needed
            self.setMinimumHeight(max(0, self.heightForWidth(self.width())))

    def keyPressEvent(self, event: QKeyEvent) -> None:
        """Show the tip."""
        if event.key() in (Qt.Key.Key_Space, Qt.Key.Key_Return, Qt.Key.Key_Enter):
            QToolTip.showText(self.mapToGlobal(QPoint(0, self.height())), self.toolTip(), self)
            return
        super().keyPressEvent(event)


class ElidedLabel(QLabel):
    """Plain text in one line that takes the room it is given; what is left out is in the tip."""

    def __init__(self, style: str, parent: QWidget | None = None) -> None:
        super().__init__(parent, objectName=style, textFormat=Qt.TextFormat.PlainText)
        self._whole = ""
        self.setSizePolicy(QSizePolicy.Policy.Ignored, QSizePolicy.Policy.Preferred)

    def say(self, text: str) -> None:
        """Show `text`, or as much of it as there is room for."""
        self._whole = text
        self.setAccessibleName(text)
        shown = self.fontMetrics().elidedText(text, Qt.TextElideMode.ElideRight, self.width())
        self.setText(shown)
        self.setToolTip("" if shown == text else text)

    def resizeEvent(self, event: QResizeEvent) -> None:
        """Another width has room for more or less."""
        super().resizeEvent(event)
        self.say(self._whole)
