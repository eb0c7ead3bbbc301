"""Formulas drawn on this computer: LaTeX to glyph outlines, in the background, within bounds of size and time."""

import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from functools import cache
from hashlib import sha256
from types import ModuleType
from typing import Final

from PySide6.QtCore import QObject, Signal

from app.domain.cancel import Cancel
from app.ui.background import Background
from app.ui.theme import TEXT_SIZE, Theme

LONGEST: Final = 1000  # characters of a formula
COSTLIEST: Final = 500  # of `cost`: some tenths of a second
WIDEST: Final = 4000  # pixels of a drawing
KEPT: Final = 2000  # drawings
LARGER: Final = 1.15  # than the text: the letters of formulas are smaller
_KEY: Final = "formulas"
_PIECE: Final = re.compile(r"\\([A-Za-z]+)|\\.|[{}^_]|[^\s\\{}^_]", re.DOTALL)
_OPENS: Final = frozenset({"left", "begin"})
_CLOSES: Final = frozenset({"right", "end"})
_REFUSED: Final = frozenset(
    "href url includegraphics def newcommand renewcommand let input include unicode class style cssId require".split()
)


@dataclass(frozen=True, slots=True)
class Formula:
    """LaTeX as a model wrote it, and how it is to look."""

    untrusted_source: str
    displayed: bool
    size: int  # pixels
    colour: str

    @property
    def name(self) -> str:
        """What its picture is called."""
        return sha256(repr((self.untrusted_source, self.displayed, self.size, self.colour)).encode()).hexdigest()[:32]


@dataclass(frozen=True, slots=True)
class Drawing:
    """A formula as outlines; sizes in pixels, above and below the line it stands on."""

    svg: bytes
    width: float
    above: float
    below: float


def formula(untrusted_source: str, theme: Theme, *, displayed: bool) -> Formula:
    """A formula in the text of a theme."""
    return Formula(untrusted_source, displayed, theme.px(TEXT_SIZE * LARGER), theme["text"])


def cost(untrusted_source: str) -> float:
    """About how long drawing takes: every level of nesting doubles it. Infinite for what is not drawn at all."""
    if len(untrusted_source) > LONGEST or not all(_has_glyph(character) for character in untrusted_source):
        return float("inf")
    depth, total = 0, 0.0
    for piece in _PIECE.finditer(untrusted_source):
        command = piece.group(1)
        if command in _REFUSED:
            return float("inf")
        if piece.group() == "{" or command in _OPENS:
            depth += 1
        elif piece.group() == "}" or command in _CLOSES:
            depth -= 1
        total += 2.0 ** max(0, depth)
    return total if depth == 0 else float("inf")


def draw(wanted: Formula) -> Drawing | None:
    """A formula as outlines; None for one that cannot be drawn, or not in time."""
    if cost(wanted.untrusted_source) > COSTLIEST:
        return None
    try:
        drawn = _ziamath().Latex(
            wanted.untrusted_source, size=wanted.size, inline=not wanted.displayed, color=wanted.colour
        )
        svg, (width, height), below = drawn.svg(), drawn.getsize(), max(0.0, -drawn.getyofst())
    except Exception:  # noqa: BLE001 - whatever a hostile formula makes of a parser: its source is shown instead
        return None
    if not 0 < width <= WIDEST or not 0 < height <= WIDEST:
        return None
    return Drawing(svg.encode(), width, max(0.0, height - below), below)


class Formulas(QObject):
    """Draws formulas in the background and keeps them."""

    drawn = Signal()

    def __init__(self, parent: QObject | None = None, draw: Callable[[Formula], Drawing | None] = draw) -> None:
        super().__init__(parent)
        self._draw = draw
        self._background = Background(self)
        self._wanted: dict[Formula, None] = {}  # in the order they were asked for
        self._kept: dict[str, Drawing | None] = {}

    def find(self, wanted: Formula) -> Drawing | None:
        """A drawing; None while there is none yet, which `drawn` tells the end of, and for what cannot be drawn."""
        if wanted.name not in self._kept and wanted not in self._wanted:
            self._wanted[wanted] = None
            self._start()
        return self._kept.get(wanted.name)

    def named(self, name: str) -> Drawing | None:
        """A drawing by the name of its picture."""
        return self._kept.get(name)

    def _start(self) -> None:
        todo = tuple(self._wanted)

        def job(cancel: Cancel) -> Iterator[tuple[Formula, Drawing | None]]:
            for one in todo:
                cancel.check()
                yield one, self._draw(one)

        self._background.run(_KEY, job, on_events=self._take, on_done=self._go_on, on_failed=lambda _: self._go_on())

    def _take(self, drawings: list[tuple[Formula, Drawing | None]]) -> None:
        for wanted, drawing in drawings:
            self._wanted.pop(wanted, None)
            self._kept[wanted.name] = drawing
        while len(self._kept) > KEPT:
            del self._kept[next(iter(self._kept))]
        self.drawn.emit()

    def _go_on(self) -> None:
        if self._wanted:
            self._start()


@cache
def _ziamath() -> ModuleType:
    import ziamath  # when the first formula is shown: it is not needed to open the window
    from ziamath.config import config

    config.svg2 = False  # outlines alone, which Qt can paint
    return ziamath


def _has_glyph(character: str) -> bool:
    """Whether the font of formulas has it: European letters and mathematical signs."""
    return ord(character) < 0x530 or 0x1E00 <= ord(character) < 0x2C00 or 0x1D400 <= ord(character) < 0x1D800
