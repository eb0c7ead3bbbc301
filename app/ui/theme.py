"""Colours, fonts, icons and the style sheet: the only module that knows what the window looks like."""

import re
import tomllib
from dataclasses import dataclass
from functools import cache
from typing import Final

from PySide6.QtCore import QByteArray, QObject, QRectF, QSize, Qt, Signal
from PySide6.QtGui import QColor, QFont, QFontDatabase, QIcon, QPainter, QPalette, QPixmap
from PySide6.QtSvg import QSvgRenderer
from PySide6.QtWidgets import QApplication

from app.ui.resources import resource

TEXT_FONT: Final = "Inter"
CODE_FONT: Final = "JetBrains Mono"
_ROLE: Final = re.compile(r"@(\w+)")
_PALETTE: Final = {
    QPalette.ColorRole.Window: "window",
    QPalette.ColorRole.WindowText: "text",
    QPalette.ColorRole.Base: "surface",
    QPalette.ColorRole.AlternateBase: "sunken",
    QPalette.ColorRole.Text: "text",
    QPalette.ColorRole.Button: "surface",
    QPalette.ColorRole.ButtonText: "text",
    QPalette.ColorRole.ToolTipBase: "raised",
    QPalette.ColorRole.ToolTipText: "text",
    QPalette.ColorRole.PlaceholderText: "muted",
    QPalette.ColorRole.Highlight: "accent",
    QPalette.ColorRole.HighlightedText: "accent_text",
    QPalette.ColorRole.Link: "accent",
}


@dataclass(frozen=True, slots=True)
class Theme:
    """A palette by roles."""

    name: str
    colours: dict[str, str]

    def __getitem__(self, role: str) -> str:
        return self.colours[role]

    def colour(self, role: str) -> QColor:
        """The colour of a role, to paint with."""
        return QColor(self.colours[role])

    def style_sheet(self) -> str:
        """The window's style sheet in these colours."""
        template = resource("themes", "window.qss").read_text(encoding="utf-8")
        return _ROLE.sub(lambda match: self.colours[match.group(1)], template)

    def palette(self) -> QPalette:
        """The palette of what no style sheet reaches."""
        palette = QPalette()
        for place, role in _PALETTE.items():
            palette.setColor(place, self.colour(role))
        return palette


@cache
def load_theme(name: str) -> Theme:
    """The theme "light" or "dark"."""
    with resource("themes", f"{name}.toml").open("rb") as file:
        return Theme(name, tomllib.load(file))


class Appearance(QObject):
    """The theme in use: chosen, or as the system is set, and changed while running."""

    changed = Signal()

    def __init__(self, app: QApplication, choice: str = "system") -> None:
        super().__init__(app)
        self._app = app
        self._pixmaps: dict[tuple[str, str, int], QPixmap] = {}
        self.choice = choice
        app.setStyle("Fusion")
        for file in sorted(resource("fonts").glob("*.[ot]tf")):
            QFontDatabase.addApplicationFont(str(file))
        font = QFont(TEXT_FONT)
        font.setPixelSize(14)
        app.setFont(font)
        app.styleHints().colorSchemeChanged.connect(lambda _: self._apply())
        self._apply()

    def choose(self, choice: str) -> None:
        """Take "system", "light" or "dark" from now on."""
        self.choice = choice
        self._apply()

    def icon(self, name: str, role: str = "muted", checked: str = "accent") -> QIcon:
        """An icon in the colour of a role; another when it is switched on."""
        icon = QIcon()
        icon.addPixmap(self.pixmap(name, role, 24), QIcon.Mode.Normal, QIcon.State.Off)
        icon.addPixmap(self.pixmap(name, checked, 24), QIcon.Mode.Normal, QIcon.State.On)
        return icon

    def pixmap(self, name: str, role: str, size: int) -> QPixmap:
        """An icon as a picture, sharp on the densest screen attached."""
        key = (name, role, size)
        if key not in self._pixmaps:
            self._pixmaps[key] = self._draw(name, role, size)
        return self._pixmaps[key]

    def _draw(self, name: str, role: str, size: int) -> QPixmap:
        svg = resource("icons", f"{name}.svg").read_text(encoding="utf-8").replace("currentColor", self.theme[role])
        ratio = self._app.devicePixelRatio()
        pixmap = QPixmap(QSize(round(size * ratio), round(size * ratio)))
        pixmap.fill(Qt.GlobalColor.transparent)
        painter = QPainter(pixmap)
        QSvgRenderer(QByteArray(svg.encode())).render(painter, QRectF(0, 0, size * ratio, size * ratio))
        painter.end()
        pixmap.setDevicePixelRatio(ratio)
        return pixmap

    def _apply(self) -> None:
        dark = self._app.styleHints().colorScheme() == Qt.ColorScheme.Dark
        self.theme = load_theme(("dark" if dark else "light") if self.choice == "system" else self.choice)
        self._pixmaps.clear()
        self._app.setPalette(self.theme.palette())
        self._app.setStyleSheet(self.theme.style_sheet())
        self.changed.emit()
