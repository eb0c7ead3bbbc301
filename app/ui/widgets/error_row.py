"""An error where it happened: what went wrong, what to do about it, and one action that does it."""

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QFrame, QHBoxLayout, QLabel, QPushButton, QVBoxLayout, QWidget

from app.ui.error_texts import explained
from app.ui.notices import Action
from app.ui.theme import Appearance


class ErrorRow(QFrame):
    """Hidden until there is an error to show."""

    def __init__(self, appearance: Appearance, parent: QWidget | None = None) -> None:
        super().__init__(parent, objectName="notice")
        self._appearance = appearance
        self.setProperty("tone", "bad")
        self._icon = QLabel()
        plain = Qt.TextFormat.PlainText
        self._what = QLabel(objectName="section", wordWrap=True, textFormat=plain)
        self._advice = QLabel(wordWrap=True, textFormat=plain)
        self._button = QPushButton(objectName="small")
        texts = QVBoxLayout(spacing=2)
        texts.addWidget(self._what)
        texts.addWidget(self._advice)
        row = QHBoxLayout(self, spacing=10)
        row.setContentsMargins(14, 10, 10, 10)
        row.addWidget(self._icon, 0, Qt.AlignmentFlag.AlignTop)
        row.addLayout(texts, 1)
        row.addWidget(self._button, 0, Qt.AlignmentFlag.AlignVCenter)
        self._action: Action | None = None
        self._button.clicked.connect(self._act)
        appearance.changed.connect(self._dress)
        self._dress()
        self.hide()

    def show_error(self, error: Exception, action: Action | None = None) -> None:
        """Explain an error; `action` is what helps, where something does here."""
        what, advice = explained(error)
        self._what.setText(what)
        self._advice.setText(advice)
        self._advice.setVisible(bool(advice))
        self._action = action
        self._button.setText(action[0] if action else "")
        self._button.setAccessibleName(self._button.text())
        self._button.setVisible(action is not None)
        self.setAccessibleName(f"{what} {advice}".strip())
        self.show()

    def _act(self) -> None:
        if self._action is not None:
            self.hide()
            self._action[1]()

    def _dress(self) -> None:
        self._icon.setPixmap(self._appearance.pixmap("warning", "bad", 18))
