"""A button that shows one of several choices and opens a menu of them."""

from collections.abc import Sequence

from PySide6.QtCore import Signal
from PySide6.QtWidgets import QMenu, QPushButton

from app.ui.translate import tr


class MenuButton(QPushButton):
    """One choice of several, each a value and what it is called."""

    chosen = Signal(str)

    def __init__(self, name: str, choices: Sequence[tuple[str, str]] = (), value: str = "") -> None:
        super().__init__(objectName="menu")
        self._name = name
        self._labels: dict[str, str] = {}
        self.value = ""
        self.setMenu(QMenu(self))
        self.offer(choices, value)

    def offer(self, choices: Sequence[tuple[str, str]], value: str = "") -> None:
        """Offer other choices; without a value among them the first is taken."""
        self._labels = dict(choices)
        menu = self.menu()
        menu.clear()
        for key, label in choices:
            menu.addAction(label).triggered.connect(lambda _=False, key=key: self._take(key))
        self.choose(value if value in self._labels else next(iter(self._labels), ""))

    def choose(self, value: str) -> None:
        """Show a choice, without telling of it."""
        self.value = value
        label = self._labels.get(value, "")
        self.setText(f"{label or tr('choose')} ▾")
        self.setAccessibleName(f"{self._name}: {label}")

    def _take(self, value: str) -> None:
        self.choose(value)
        self.chosen.emit(value)
