"""Where the window was and which page it showed, kept from one start to the next."""

from pathlib import Path

from PySide6.QtCore import QByteArray, QSettings

from app.ui.window import Window


class Placement:
    """Reads and writes one file; one that cannot be read is as good as none."""

    def __init__(self, path: Path) -> None:
        self._file = QSettings(str(path), QSettings.Format.IniFormat)

    def restore(self, window: Window) -> None:
        """Put a window where the last one was, as far as there is still a screen."""
        geometry = self._file.value("geometry")
        if isinstance(geometry, QByteArray):
            window.restoreGeometry(geometry)
        page = str(self._file.value("page", ""))
        if page.isdigit() and int(page) < window.page_count:
            window.show_page(int(page))

    def save(self, window: Window) -> None:
        """Remember where a window is."""
        self._file.setValue("geometry", window.saveGeometry())
        self._file.setValue("page", window.page)
        self._file.sync()
