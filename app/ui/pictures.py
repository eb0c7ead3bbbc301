"""Pictures of the clipboard as files of their own."""

from PySide6.QtCore import QBuffer, QIODevice
from PySide6.QtGui import QImage


def as_png(picture: QImage) -> bytes:
    """A picture as the bytes of a PNG file; in any thread."""
    buffer = QBuffer()
    buffer.open(QIODevice.OpenModeFlag.WriteOnly)
    picture.save(buffer, "PNG")
    return bytes(buffer.data().data())
