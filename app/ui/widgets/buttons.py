"""Buttons that are an icon, and buttons that read like a link."""

from PySide6.QtWidgets import QPushButton, QWidget

from app.ui.theme import Appearance


class IconButton(QPushButton):
    """An icon to press; its name is in its tip and for screen readers."""

    def __init__(self, appearance: Appearance, icon: str, name: str, parent: QWidget | None = None) -> None:
        super().__init__(parent, objectName="icon")
        self._appearance = appearance
        self._icon = icon
        self.call(name)
        appearance.changed.connect(self._dress)
        self._dress()

    def call(self, name: str) -> None:
        """Name it anew."""
        self.setAccessibleName(name)
        self.setToolTip(name)

    def _dress(self) -> None:
        self.setIcon(self._appearance.icon(self._icon))


class LinkButton(QPushButton):
    """A word to press, among other words."""

    def __init__(self, text: str, name: str = "", parent: QWidget | None = None) -> None:
        super().__init__(text, parent, objectName="link")
        self.setAccessibleName(name or text)
