"""A list of rows that has its room from the first sight on."""

from PySide6.QtGui import QShowEvent
from PySide6.QtWidgets import QListWidget


class RowList(QListWidget):
    """Measures its rows anew when it is shown: those it was filled with before were measured without its style."""

    def showEvent(self, event: QShowEvent) -> None:
        """See Qt."""
        super().showEvent(event)
        self.doItemsLayout()
