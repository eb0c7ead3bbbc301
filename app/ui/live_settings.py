"""What a changed setting changes in the window at once; all others are read when they are next needed."""

from PySide6.QtCore import QObject

from app.settings.file import Settings
from app.settings.table import (
    CHAT_DISCLOSE_ON_COPY,
    GATEWAY_LOCAL_ONLY,
    GATEWAY_URL,
    MODEL_CHAT,
    TEAM_URL,
    UI_SHOW_CHATS,
)
from app.ui.chat.view import ChatPage
from app.ui.models.view_model import ModelsViewModel
from app.ui.preferences.view_model import PreferencesViewModel
from app.ui.theme import LOOKS, Appearance, look_of


class LiveSettings(QObject):
    """Keeps the window as it is set."""

    def __init__(
        self,
        settings: Settings,
        preferences: PreferencesViewModel,
        chat_page: ChatPage,
        models: ModelsViewModel,
        appearance: Appearance,
        parent: QObject,
    ) -> None:
        super().__init__(parent)
        self._settings = settings
        self._chat_page = chat_page
        self._models = models
        self._appearance = appearance
        preferences.changed.connect(self._apply)
        self._promise()
        self._disclose()
        self._fold()

    def _apply(self, key: str) -> None:
        self._chat_page.look()
        if key in LOOKS:
            self._appearance.wear(look_of(self._settings))
        elif key == MODEL_CHAT.key:
            self._models.refresh()
        elif key in (GATEWAY_URL.key, GATEWAY_LOCAL_ONLY.key, TEAM_URL.key):
            self._promise()
        elif key == CHAT_DISCLOSE_ON_COPY.key:
            self._disclose()
        elif key == UI_SHOW_CHATS.key:
            self._fold()

    def _disclose(self) -> None:
        """Have copied answers say that a model wrote them, if that is set."""
        self._chat_page.message_actions.discloses = self._settings.get(CHAT_DISCLOSE_ON_COPY)

    def _fold(self) -> None:
        """Show the list of chats beside the chat, or leave its room to it."""
        self._chat_page.show_chats(self._settings.get(UI_SHOW_CHATS))

    def _promise(self) -> None:
        """Say that nothing leaves this computer, where that is so."""
        here = not self._settings.get(GATEWAY_URL) or self._settings.get(GATEWAY_LOCAL_ONLY)
        self._chat_page.composer.promise(stays=here and not self._settings.get(TEAM_URL))
