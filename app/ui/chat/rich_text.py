"""The documents that rich text is laid out in: they load nothing, and draw the chips of citations themselves."""

from collections.abc import Callable

from PySide6.QtCore import QByteArray, QRectF, Qt, QUrl
from PySide6.QtGui import QFont, QPainter, QPixmap, QTextCharFormat, QTextCursor, QTextDocument
from PySide6.QtSvg import QSvgRenderer

from app.ui.chat.markdown import CHIP_SCHEME, FORMULA_SCHEME, chip_size
from app.ui.chat.maths import Drawing
from app.ui.theme import TEXT_FONT, TEXT_SIZE, Theme

DESCENT = 0.25  # of the height of the text, below its line
SHARP = 2.0  # chips are drawn for the densest screens


class InertDocument(QTextDocument):
    """A document for which nothing exists but chips and formulas."""

    def __init__(self, theme: Theme, drawings: Callable[[str], Drawing | None]) -> None:
        super().__init__()
        self._theme = theme
        self._drawings = drawings
        self.setDocumentMargin(0)

    def loadResource(self, kind: int, name: QUrl | str) -> QPixmap:  # noqa: ARG002
        """The chip of a citation or a formula; an empty picture for whatever else is asked for."""
        url = QUrl(name)
        drawing = self._drawings(url.path()) if url.scheme() == FORMULA_SCHEME else None
        if drawing is not None:
            return _formula(drawing, None if url.hasQuery() else self._low())
        if url.scheme() != CHIP_SCHEME or not url.path().isdigit():
            return QPixmap()
        return _chip(url.path(), self._theme)

    def align_formulas(self) -> None:
        """Have formulas stand on the line of the text; a tall one has it in its middle."""
        block = self.begin()
        while block.isValid():
            at = block.begin()
            while not at.atEnd():
                fragment = at.fragment()
                scheme, _, name = fragment.charFormat().toImageFormat().name().partition(":")
                drawing = self._drawings(name) if scheme == FORMULA_SCHEME else None
                if drawing is not None:
                    self._align(drawing, fragment.position(), fragment.length())
                at += 1
            block = block.next()

    def _align(self, drawing: Drawing, start: int, length: int) -> None:
        low, style = drawing.below <= self._low(), QTextCharFormat.VerticalAlignment
        place = QTextCharFormat()
        place.setVerticalAlignment(style.AlignBaseline if low else style.AlignMiddle)
        cursor = QTextCursor(self)
        cursor.setPosition(start)
        cursor.setPosition(start + length, QTextCursor.MoveMode.KeepAnchor)
        cursor.mergeCharFormat(place)

    def _low(self) -> float:
        """How far letters reach below the line."""
        return self._theme.px(TEXT_SIZE) * DESCENT


def _formula(drawing: Drawing, low: float | None) -> QPixmap:
    """A formula with as much room below its line as the text has, or as it has itself above; just as it is, alone."""
    above, below = drawing.above, drawing.below
    if low is not None and below > low:
        above = below = max(above, below)
    elif low is not None:
        below = low
    size = QRectF(0, 0, drawing.width, above + below)
    pixmap = QPixmap((size.size() * SHARP).toSize())
    pixmap.setDevicePixelRatio(SHARP)
    pixmap.fill(Qt.GlobalColor.transparent)
    painter = QPainter(pixmap)
    place = QRectF(0, above - drawing.above, drawing.width, drawing.above + drawing.below)
    QSvgRenderer(QByteArray(drawing.svg)).render(painter, place)
    painter.end()
    return pixmap


def _chip(number: str, theme: Theme) -> QPixmap:
    place = QRectF(0, 0, *chip_size(int(number), theme))
    pixmap = QPixmap((place.size() * SHARP).toSize())
    pixmap.setDevicePixelRatio(SHARP)
    pixmap.fill(Qt.GlobalColor.transparent)
    font = QFont(TEXT_FONT)
    font.setPixelSize(theme.px(11))
    font.setWeight(QFont.Weight.DemiBold)
    painter = QPainter(pixmap)
    painter.setRenderHint(QPainter.RenderHint.Antialiasing)
    painter.setPen(Qt.PenStyle.NoPen)
    painter.setBrush(theme.colour("accent_soft"))
    painter.drawRoundedRect(place, theme.px(5), theme.px(5))
    painter.setFont(font)
    painter.setPen(theme.colour("accent"))
    painter.drawText(place, Qt.AlignmentFlag.AlignCenter, number)
    painter.end()
    return pixmap
