"""The gateway's key in the settings, where no setting may hold it, and the forms that ask for it."""

from PySide6.QtCore import Qt, Signal
from PySide6.QtWidgets import (
    QDialog,
    QDialogButtonBox,
    QHBoxLayout,
    QLabel,
    QLineEdit,
    QPushButton,
    QVBoxLayout,
    QWidget,
)

from app.services.gateway import SHORTEST_PASSPHRASE
from app.ui.preferences.gateway_view_model import GatewayViewModel
from app.ui.translate import tr
from app.ui.widgets.flow import FlowLayout


class GatewayKey(QWidget):
    """Says whether there is a key; sets, opens and forgets it, and tries the gateway out."""

    def __init__(self, gateway: GatewayViewModel, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._gateway = gateway
        self._state = QLabel(objectName="small", wordWrap=True)
        self._set = QPushButton(tr("Set the key…"))
        self._unlock = QPushButton(tr("Unlock…"))
        self._forget = QPushButton(tr("Forget the key"))
        self._test = QPushButton(tr("Try the gateway"))
        self._set.clicked.connect(self._ask_key)
        self._unlock.clicked.connect(lambda: ask_passphrase(gateway, self.window()))
        self._forget.clicked.connect(gateway.forget_key)
        self._test.clicked.connect(gateway.test)
        buttons = FlowLayout(spacing=8)
        for button in (self._set, self._unlock, self._forget, self._test):
            buttons.addWidget(button)
        column = QVBoxLayout(self, spacing=6)
        column.setContentsMargins(0, 0, 0, 0)
        column.addWidget(QLabel(tr("Key of the gateway")))
        column.addWidget(self._state)
        column.addLayout(buttons)
        gateway.changed.connect(self._show)
        self._show()
        gateway.refresh()

    def _ask_key(self) -> None:
        form = KeyForm(self.window())
        form.given.connect(self._gateway.set_key)
        form.open()

    def _show(self) -> None:
        states = {
            "none": tr("None is kept. It goes into the computer's keyring, never into a file that can be read."),
            "kept": tr("There is one."),
            "locked": tr("It lies in a file that its passphrase opens."),
        }
        self._state.setText(states[self._gateway.key])
        self._unlock.setVisible(self._gateway.key == "locked")
        self._forget.setVisible(self._gateway.key != "none")
        self._test.setEnabled(bool(self._gateway.host) and not self._gateway.testing)


class _SecretForm(QDialog):
    """Fields whose letters are not shown."""

    def __init__(self, title: str, button: str, parent: QWidget) -> None:
        super().__init__(parent, windowTitle=title)
        self.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        self._column = QVBoxLayout(self, spacing=8)
        self._column.setContentsMargins(20, 18, 20, 16)
        self._keep = QPushButton(button, objectName="primary", default=True)
        self._buttons = QDialogButtonBox()
        self._buttons.addButton(self._keep, QDialogButtonBox.ButtonRole.AcceptRole)
        self._buttons.addButton(QPushButton(tr("Cancel"), autoDefault=False), QDialogButtonBox.ButtonRole.RejectRole)
        self._buttons.accepted.connect(self._give)
        self._buttons.rejected.connect(self.reject)

    def _field(self, label: str) -> QLineEdit:
        edit = QLineEdit(echoMode=QLineEdit.EchoMode.Password)
        edit.setAccessibleName(label)
        edit.textChanged.connect(self._check)
        self._column.addWidget(QLabel(label, objectName="section"))
        self._column.addWidget(edit)
        return edit

    def _hint(self, text: str) -> None:
        self._column.addWidget(QLabel(text, objectName="small", wordWrap=True))

    def _end(self) -> None:
        line = QHBoxLayout()
        line.addWidget(self._buttons)
        self._column.addLayout(line)
        self.resize(460, self.sizeHint().height())
        self._check()

    def _check(self) -> None:
        raise NotImplementedError

    def _give(self) -> None:
        raise NotImplementedError


class KeyForm(_SecretForm):
    """Asks for a key, and, for a computer without a keyring, for a passphrase twice."""

    given = Signal(str, str)  # the key, and its passphrase or ""

    def __init__(self, parent: QWidget) -> None:
        super().__init__(tr("Key of the gateway"), tr("Keep"), parent)
        self._key = self._field(tr("Key"))
        self._passphrase = self._field(tr("Passphrase, only for a computer without a keyring"))
        self._again = self._field(tr("The passphrase once more"))
        self._hint(
            tr("At least {n} characters; Donjon asks for it whenever it was started anew.", n=SHORTEST_PASSPHRASE)
        )
        self._end()

    def _check(self) -> None:
        passphrase = self._passphrase.text()
        fits = not passphrase or len(passphrase) >= SHORTEST_PASSPHRASE
        self._keep.setEnabled(bool(self._key.text().strip()) and fits and passphrase == self._again.text())

    def _give(self) -> None:
        self.given.emit(self._key.text().strip(), self._passphrase.text())
        self.accept()


class UnlockForm(_SecretForm):
    """Asks for the passphrase."""

    given = Signal(str)

    def __init__(self, parent: QWidget) -> None:
        super().__init__(tr("Unlock the gateway's key"), tr("Unlock"), parent)
        self._passphrase = self._field(tr("Passphrase"))
        self._end()

    def _check(self) -> None:
        self._keep.setEnabled(bool(self._passphrase.text()))

    def _give(self) -> None:
        self.given.emit(self._passphrase.text())
        self.accept()


def ask_passphrase(gateway: GatewayViewModel, parent: QWidget) -> None:
    """Have the file opened that holds the key."""
    form = UnlockForm(parent)
    form.given.connect(gateway.unlock)
    form.open()
