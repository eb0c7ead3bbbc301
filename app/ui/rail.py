"""The rail beside the pages: which there are, and the one that is shown."""

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QButtonGroup, QFrame, QLabel, QToolButton, QVBoxLayout

from app.ui.theme import Appearance
from app.ui.translate import tr

# The pages, in the order of the rail.
CHAT, COPILOT, JUDGE, LIBRARY, PROMPTS, MODELS, LAB, SETTINGS = range(8)


class Rail(QFrame):
    """The pages to choose from."""

    def __init__(self, appearance: Appearance) -> None:
        super().__init__(objectName="rail")
        self._appearance = appearance
        self._logo = QLabel(alignment=Qt.AlignmentFlag.AlignCenter)
        self._buttons: dict[str, QToolButton] = {}
        self.page_chosen = QButtonGroup(self)
        column = QVBoxLayout(self, spacing=4)
        column.setContentsMargins(6, 12, 6, 12)
        column.addWidget(self._logo)
        column.addSpacing(8)
        column.addWidget(self._page_button(CHAT, "chat", tr("Chat")))
        column.addWidget(self._page_button(COPILOT, "copilot", tr("Copilot")))
        column.addWidget(self._page_button(JUDGE, "judge", tr("Judge")))
        column.addWidget(self._page_button(LIBRARY, "library", tr("Library")))
        column.addWidget(self._page_button(PROMPTS, "prompts", tr("Prompts")))
        column.addWidget(self._page_button(MODELS, "models", tr("Models")))
        column.addWidget(self._page_button(LAB, "lab", tr("Lab")))
        column.addStretch(1)
        column.addWidget(self._page_button(SETTINGS, "settings", tr("Settings")))
        appearance.changed.connect(self._dress)
        self._dress()

    def _page_button(self, page: int, icon: str, label: str) -> QToolButton:
        button = QToolButton(text=label, toolButtonStyle=Qt.ToolButtonStyle.ToolButtonTextUnderIcon)
        button.setCheckable(True)
        button.setChecked(page == CHAT)
        self.page_chosen.addButton(button, page)
        button.setAccessibleName(label)
        self._buttons[icon] = button
        return button

    def _dress(self) -> None:
        self._logo.setPixmap(self._appearance.pixmap("tower", "accent", 32))
        for icon, button in self._buttons.items():
            button.setIcon(self._appearance.icon(icon))
