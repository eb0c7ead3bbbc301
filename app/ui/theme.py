"""Colours, sizes, fonts, icons and the style sheet: the only module that knows what the window looks like."""

import re
import tomllib
from dataclasses import dataclass, replace
from functools import cache
from typing import Final

from PySide6.QtCore import QByteArray, QObject, QRectF, QSize, Qt, Signal
from PySide6.QtGui import QColor, QFont, QFontDatabase, QIcon, QPainter, QPalette, QPixmap
from PySide6.QtSvg import QSvgRenderer
from PySide6.QtWidgets import QApplication

from app.settings.file import Settings
from app.settings.table import UI_CONTRAST, UI_DENSITY, UI_REDUCED_MOTION, UI_TEXT_SCALE, UI_THEME
from app.ui.resources import resource

TEXT_FONT: Final = "Inter"
CODE_FONT: Final = "JetBrains Mono"
TEXT_SIZE: Final = 14  # pixels at a scale of 100 %; all other sizes are drawn to go with it
COMPACT: Final = 0.6  # of the room around things
FLASH_MS: Final = 1000  # a blinking text cursor, on and off
_ROLE: Final = re.compile(r"@(\w+)")
_DECLARATION: Final = re.compile(r"(?P<name>[a-z-]+):(?P<value>[^;{}]*\dpx[^;{}]*);")
_PIXELS: Final = re.compile(r"(\d+)px")
_EFFECTS: Final = (
    Qt.UIEffect.UI_AnimateMenu,
    Qt.UIEffect.UI_AnimateCombo,
    Qt.UIEffect.UI_AnimateTooltip,
    Qt.UIEffect.UI_FadeMenu,
    Qt.UIEffect.UI_FadeTooltip,
)
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


LOOKS: Final = tuple(row.key for row in (UI_THEME, UI_CONTRAST, UI_TEXT_SCALE, UI_DENSITY, UI_REDUCED_MOTION))


@dataclass(frozen=True, slots=True)
class Look:
    """How a person wants the window to look; "system" follows the computer's own setting."""

    shade: str = "system"
    contrast: str = "system"
    text_scale: int = 100
    density: str = "comfortable"
    reduced_motion: bool = False


def look_of(settings: Settings) -> Look:
    """The look that is set."""
    return Look(
        shade=settings.get(UI_THEME),
        contrast=settings.get(UI_CONTRAST),
        text_scale=settings.get(UI_TEXT_SCALE),
        density=settings.get(UI_DENSITY),
        reduced_motion=settings.get(UI_REDUCED_MOTION),
    )


@dataclass(frozen=True, slots=True)
class Theme:
    """Colours by roles, and how large things are."""

    name: str
    colours: dict[str, str]
    scale: float = 1.0  # of text, and of what text stands in
    room: float = 1.0  # of the air around it

    def __getitem__(self, role: str) -> str:
        return self.colours[role]

    def colour(self, role: str) -> QColor:
        """The colour of a role, to paint with."""
        return QColor(self.colours[role])

    def px(self, size: float) -> int:
        """A size drawn for 100 % as large as it is now; never nothing."""
        return max(1, round(size * self.scale))

    def gap(self, size: float) -> int:
        """A distance drawn for 100 % and comfortable density as it is now."""
        return round(size * self.scale * self.room)

    def style_sheet(self) -> str:
        """The window's style sheet in these colours and sizes."""
        template = resource("themes", "window.qss").read_text(encoding="utf-8")
        sized = _DECLARATION.sub(self._sized, template)
        return _ROLE.sub(lambda match: self._tick() if match[1] == "tick" else self.colours[match[1]], sized)

    def _tick(self) -> str:
        """The picture in a box that is ticked: a style sheet can draw none itself."""
        shade = self.name.partition("_")[0]
        return f'url("{resource("themes", f"tick_{shade}.svg").as_posix()}")'

    def _sized(self, declaration: re.Match[str]) -> str:
        name, value = declaration["name"], declaration["value"]
        if name.startswith("border") and name != "border-radius":
            return declaration.group()  # lines stay thin
        grow = self.gap if name.startswith(("padding", "margin")) else self.px
        return f"{name}:{_PIXELS.sub(lambda size: f'{grow(int(size[1])) if int(size[1]) else 0}px', value)};"

    def palette(self) -> QPalette:
        """The palette of what no style sheet reaches."""
        palette = QPalette()
        for place, role in _PALETTE.items():
            palette.setColor(place, self.colour(role))
        return palette


@cache
def load_theme(name: str, text_scale: int = 100, density: str = "comfortable") -> Theme:
    """The theme "light", "dark", "light_high" or "dark_high", at a text scale in per cent and a density."""
    with resource("themes", f"{name}.toml").open("rb") as file:
        content = tomllib.load(file)
    colours = {role: content["palette"][colour] for role, colour in content["roles"].items()}
    return Theme(name, colours, text_scale / 100, COMPACT if density == "compact" else 1.0)


class Appearance(QObject):
    """The theme in use: chosen, or as the system is set, and changed while running."""

    changed = Signal()

    def __init__(self, app: QApplication, shade: str = "system") -> None:
        super().__init__(app)
        self._app = app
        self._pixmaps: dict[tuple[str, str, int], QPixmap] = {}
        self.look = Look(shade=shade)
        app.setStyle("Fusion")
        for file in sorted(resource("fonts").glob("*.[ot]tf")):
            QFontDatabase.addApplicationFont(str(file))
        self._hints = app.styleHints()  # held: what it gives out goes with it
        self._hints.colorSchemeChanged.connect(lambda _: self.wear(self.look))
        self._hints.accessibility().contrastPreferenceChanged.connect(lambda _: self.wear(self.look))
        self.wear(self.look)

    def choose(self, shade: str) -> None:
        """Take "system", "light" or "dark" from now on."""
        self.wear(replace(self.look, shade=shade))

    def wear(self, look: Look) -> None:
        """Take this look from now on."""
        self.look = look
        self.theme = load_theme(self._theme_name(), look.text_scale, look.density)
        self._pixmaps.clear()
        self._move()
        font = QFont(TEXT_FONT)
        font.setPixelSize(self.theme.px(TEXT_SIZE))
        if self._app.font() != font:
            self._app.setFont(font)
        self._app.setPalette(self.theme.palette())
        self._app.setStyleSheet(self.theme.style_sheet())
        self.changed.emit()

    def icon(self, name: str, role: str = "muted", checked: str = "accent") -> QIcon:
        """An icon in the colour of a role; another when it is switched on."""
        icon = QIcon()
        icon.addPixmap(self.pixmap(name, role, 24), QIcon.Mode.Normal, QIcon.State.Off)
        icon.addPixmap(self.pixmap(name, checked, 24), QIcon.Mode.Normal, QIcon.State.On)
        return icon

    def pixmap(self, name: str, role: str, size: int) -> QPixmap:
        """An icon as a picture of a size drawn for 100 %, sharp on the densest screen attached."""
        key = (name, role, size)
        if key not in self._pixmaps:
            self._pixmaps[key] = self._draw(name, role, self.theme.px(size))
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

    def _theme_name(self) -> str:
        dark, high = self.look.shade == "dark", self.look.contrast == "high"
        if self.look.shade == "system":
            dark = self._hints.colorScheme() == Qt.ColorScheme.Dark
        if self.look.contrast == "system":
            high = self._hints.accessibility().contrastPreference() == Qt.ContrastPreference.HighContrast
        return ("dark" if dark else "light") + ("_high" if high else "")

    def _move(self) -> None:
        """Let things move, or keep them still."""
        still = self.look.reduced_motion
        self._app.setCursorFlashTime(0 if still else FLASH_MS)
        for effect in _EFFECTS:
            self._app.setEffectEnabled(effect, not still)
