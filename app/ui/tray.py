"""The icon beside the clock, where the system has a place for one, and the news it gives while nobody looks."""

from collections.abc import Callable
from typing import Final

from PySide6.QtCore import QObject
from PySide6.QtWidgets import QMenu, QSystemTrayIcon, QWidget

from app.ui.theme import Appearance
from app.ui.translate import tr
from app.ui.work import ended

LONG_S: Final = 10.0  # from this on work is long, and people look elsewhere meanwhile


class Tray(QObject):
    """Brings the window back, and tells when long work has ended behind it."""

    def __init__(
        self,
        window: QWidget,
        appearance: Appearance,
        new_chat: Callable[[], None],
        quick: Callable[[], None],
        leave: Callable[[], None],
    ) -> None:
        super().__init__(window)
        self._window = window
        self._appearance = appearance
        self._menu = QMenu()
        for label, do in (
            (tr("Open Donjon"), self.bring),
            (tr("New chat"), new_chat),
            (tr("Quick copilot"), quick),
            (tr("Quit"), leave),
        ):
            self._menu.addAction(label).triggered.connect(lambda _=False, do=do: do())
        self._icon = QSystemTrayIcon(self)
        self._icon.setContextMenu(self._menu)
        self._icon.setToolTip("Donjon")
        self._icon.activated.connect(self._pressed)
        self._icon.messageClicked.connect(self.bring)
        appearance.changed.connect(self._dress)
        self._dress()
        self._icon.setVisible(QSystemTrayIcon.isSystemTrayAvailable())

    def bring(self) -> None:
        """Show the window in front of the others."""
        if self._window.isMinimized():
            self._window.showNormal()
        self._window.show()
        self._window.raise_()
        self._window.activateWindow()

    def work_ended(self, key: str, seconds: float) -> None:
        """Tell that a job is done, if it took long and its window is not looked at."""
        text = ended(key)
        if text and seconds >= LONG_S and not self._window.isActiveWindow():
            self.tell(text)

    def tell(self, text: str) -> None:
        """Show news outside of the window."""
        self._icon.showMessage("Donjon", text, self._appearance.icon("tower", "accent"))

    def _pressed(self, reason: QSystemTrayIcon.ActivationReason) -> None:
        if reason == QSystemTrayIcon.ActivationReason.Trigger:
            self.bring()

    def _dress(self) -> None:
        self._icon.setIcon(self._appearance.icon("tower", "accent"))
