"""What a rail did to a text, why, and a way to say that it was wrong."""

from PySide6.QtCore import Qt, Signal
from PySide6.QtWidgets import QFrame, QHBoxLayout, QLabel, QLineEdit, QPushButton, QVBoxLayout, QWidget

from app.ui.theme import Appearance
from app.ui.translate import tr
from app.ui.widgets.buttons import IconButton, LinkButton


class RailNote(QFrame):
    """One verdict."""

    appealed = Signal(str)  # with what is said against it, "" for nothing

    def __init__(self, appearance: Appearance, parent: QWidget | None = None) -> None:
        super().__init__(parent, objectName="notice")
        self._appearance = appearance
        self._tone = "warn"
        self._icon = QLabel()
        plain = Qt.TextFormat.PlainText
        self._what = QLabel(objectName="section", wordWrap=True, textFormat=plain)
        self._why = QLabel(wordWrap=True, textFormat=plain)
        self._appeal = LinkButton(tr("This is wrong"), tr("Say that this verdict is wrong"))
        self._appeal.clicked.connect(self._begin)
        self._noted = QLabel(tr("Your objection is noted."), objectName="small")
        self._form = self._make_form()
        close = IconButton(appearance, "close", tr("Close this verdict"))
        close.clicked.connect(self.hide)
        texts = QVBoxLayout(spacing=2)
        texts.addWidget(self._what)
        texts.addWidget(self._why)
        texts.addWidget(self._form)
        row = QHBoxLayout(self, spacing=10)
        row.setContentsMargins(14, 10, 10, 10)
        row.addWidget(self._icon, 0, Qt.AlignmentFlag.AlignTop)
        row.addLayout(texts, 1)
        for widget in (self._appeal, self._noted, close):
            row.addWidget(widget, 0, Qt.AlignmentFlag.AlignTop)
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
        self._form.hide()
        self._said.clear()
        self.setAccessibleName(f"{what} {why}")
        self._dress()

    def _make_form(self) -> QWidget:
        self._said = QLineEdit(placeholderText=tr("Why is it wrong? Without the secret itself; may be left out."))
        self._said.setAccessibleName(tr("Why the verdict is wrong"))
        self._said.returnPressed.connect(self._object)
        send = QPushButton(tr("Object"), objectName="small")
        send.setAccessibleName(tr("Object to this verdict"))
        send.clicked.connect(self._object)
        form = QWidget()
        row = QHBoxLayout(form, spacing=8)
        row.setContentsMargins(0, 6, 0, 0)
        row.addWidget(self._said, 1)
        row.addWidget(send)
        return form

    def _begin(self) -> None:
        self._appeal.hide()
        self._form.show()
        self._said.setFocus()

    def _object(self) -> None:
        self._form.hide()
        self._noted.show()
        self.appealed.emit(self._said.text().strip())

    def _dress(self) -> None:
        self._icon.setPixmap(self._appearance.pixmap("shield", self._tone, 18))
