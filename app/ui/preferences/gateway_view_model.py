"""The gateway as the settings show it: its key, and whether it answers. No widgets."""

from typing import Literal

from PySide6.QtCore import QObject, Signal

from app.domain.errors import AppError, ErrorCode
from app.services.gateway import Gateway, GatewayTest
from app.ui.background import Background
from app.ui.translate import tr

KEY = "gateway test"

KeyState = Literal["none", "kept", "locked"]


class GatewayViewModel(QObject):
    """Keeps, opens and forgets the key, and tries the gateway out."""

    changed = Signal()
    said = Signal(str, str)  # what happened, and its tone
    failed = Signal(object)

    def __init__(self, gateway: Gateway, background: Background, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._gateway = gateway
        self._background = background
        self.key: KeyState = "none"

    @property
    def host(self) -> str:
        """Where the gateway is, "" without one."""
        return self._gateway.host()

    @property
    def testing(self) -> bool:
        """Whether it is being tried out."""
        return self._background.is_busy(KEY)

    def refresh(self) -> None:
        """Look for the key; a keyring may take its time."""
        self._background.call(self._look, self._show, self.failed.emit)

    def set_key(self, key: str, passphrase: str = "") -> None:
        """Keep a key: in the keyring, or, with a passphrase, in a file that only it opens."""

        def kept(for_good: bool) -> None:
            if for_good:
                self.said.emit(tr("The key of the gateway is kept."), "good")
            else:
                text = tr("This computer has no keyring: the key works until Donjon is closed.")
                self.said.emit(f"{text} {tr('With a passphrase it is kept in a file that only this opens.')}", "warn")
            self.refresh()

        self._background.call(lambda: self._keep(key, passphrase), kept, self.failed.emit)

    def forget_key(self) -> None:
        """Keep no key any more."""

        def forgotten(_: None) -> None:
            self.said.emit(tr("The key of the gateway is forgotten."), "good")
            self.refresh()

        self._background.call(lambda: self._gateway.set_key(""), forgotten, self.failed.emit)

    def unlock(self, passphrase: str) -> None:
        """Open the file that holds the key."""

        def opened(_: None) -> None:
            self.said.emit(tr("The key of the gateway can be used until Donjon is closed."), "good")
            self.refresh()

        self._background.call(lambda: self._gateway.unlock(passphrase), opened, self.failed.emit)

    def test(self) -> None:
        """Ask each of its models for one word."""
        self._background.run(
            KEY, self._gateway.test, on_events=self._tell, on_done=self.changed.emit, on_failed=self._fail
        )
        self.changed.emit()

    def _look(self) -> KeyState:
        try:
            return "kept" if self._gateway.status().has_key else "none"
        except AppError as error:
            if error.code is ErrorCode.VAULT_LOCKED:
                return "locked"
            raise

    def _show(self, key: KeyState) -> None:
        self.key = key
        self.changed.emit()

    def _keep(self, key: str, passphrase: str) -> bool:
        """Whether it is kept for longer than this process runs."""
        try:
            self._gateway.set_key(key, passphrase)
        except AppError as error:
            if error.code is not ErrorCode.KEYRING_MISSING:
                raise
            return False
        return True

    def _tell(self, results: list[GatewayTest]) -> None:
        models = "; ".join(tr("{model} answered in {s:.1f} s", model=one.model, s=one.seconds) for one in results)
        self.said.emit(tr("The gateway works: {models}.", models=models), "good")

    def _fail(self, error: Exception) -> None:
        self.failed.emit(error)
        self.changed.emit()
