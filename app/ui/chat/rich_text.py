"""The documents that rich text is laid out in: they load nothing, and draw the chips of citations themselves."""

from PySide6.QtCore import QRectF, Qt, QUrl
from PySide6.QtGui import QFont, QPainter, QPixmap, QTextDocument

from app.ui.chat.markdown import CHIP_SCHEME, chip_size
from app.ui.theme import TEXT_FONT, Theme

SHARP = 2.0  # chips are drawn for the densest screens


class InertDocument(QTextDocument):
    """A document for which nothing exists but chips."""

    def __init__(self, theme: Theme) -> None:
        super().__init__()
        self._theme = theme
        self.setDocumentMargin(0)

    def loadResource(self, kind: int, name: QUrl | str) -> QPixmap:  # noqa: ARG002
        """The chip of a citation; an empty picture for whatever else is asked for."""
        url = QUrl(name)
        if url.scheme() != CHIP_SCHEME or not url.path().isdigit():
            return QPixmap()
        return _chip(url.path(), self._theme)


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
