"""The quick panel and what it may be shown, and the keys that open it from any program."""

from collections.abc import Callable

from PySide6.QtCore import QObject, Signal, SignalInstance
from PySide6.QtWidgets import QWidget

from app.services.copilot import Copilot
from app.services.showing import Showing
from app.settings.file import Settings
from app.settings.table import COPILOT_HOTKEY
from app.ui.background import Background
from app.ui.chat.view_model import ChatViewModel
from app.ui.copilot.hotkey import Hotkey, open_hotkey
from app.ui.copilot.panel import QuickPanel
from app.ui.copilot.panel_view_model import PanelViewModel
from app.ui.copilot.sources import Source, sources
from app.ui.theme import Appearance
from app.ui.translate import tr
from app.ui.viewer.view_model import ViewerViewModel


class QuickCopilot(QObject):
    """Opens the panel; what it is shown lives in the panel alone."""

    playbook_wanted = Signal(str)
    chat_wanted = Signal(str)
    said = Signal(str, str)  # what happened, and its tone

    def __init__(
        self,
        copilot: Copilot,
        showing: Showing,
        settings: Settings,
        appearance: Appearance,
        background: Background,
        window: QWidget,
    ) -> None:
        super().__init__(window)
        self._settings = settings
        self._chat: ChatViewModel | None = None
        self._viewer: ViewerViewModel | None = None
        self._document_text: Callable[[str], str] = lambda _name: ""
        self._hotkey: Hotkey | None = None
        self.view_model = PanelViewModel(copilot, showing, background, self)
        self.panel = QuickPanel(self.view_model, appearance, self._sources)
        self.view_model.playbook_wanted.connect(self._leave_for(self.playbook_wanted))
        self.view_model.chat_wanted.connect(self._leave_for(self.chat_wanted))

    def connect_to(self, chat: ChatViewModel, viewer: ViewerViewModel, document_text: Callable[[str], str]) -> None:
        """Let the open chat and the open document be shown; `document_text` reads one by its name."""
        self._chat, self._viewer, self._document_text = chat, viewer, document_text

    def listen(self, *, tell_all: bool = False) -> None:
        """Take the keys that work from any program, if they are set; where that fails, it is said.

        That a system gives no program such keys is news only to who sets them: said with `tell_all`.
        """
        if self._hotkey is not None:
            self._hotkey.close()
        keys = self._settings.get(COPILOT_HOTKEY)
        self._hotkey = open_hotkey(keys, self.panel.open, self) if keys else None
        if self._hotkey is not None and not self._hotkey.works and (tell_all or type(self._hotkey) is not Hotkey):
            self.said.emit(tr("{keys} cannot open the quick copilot: {why}.", keys=keys, why=self._hotkey.why), "warn")

    def apply(self, key: str) -> None:
        """A setting was changed."""
        if key == COPILOT_HOTKEY.key:
            self.listen(tell_all=True)

    def close(self) -> None:
        """Close the panel, and let go of the keys."""
        self.panel.close()
        if self._hotkey is not None:
            self._hotkey.close()
            self._hotkey = None

    def _leave_for(self, signal: SignalInstance) -> Callable[[str], None]:
        def leave(what: str) -> None:
            self.panel.close()
            signal.emit(what)

        return leave

    def _sources(self) -> list[Source]:
        turns = self._chat.turns if self._chat is not None else []
        chat = "\n\n".join(f"{turn.message.role}: {turn.message.text}" for turn in turns)
        name = self._viewer.view.name if self._viewer is not None and self._viewer.view is not None else ""
        document = (name, lambda: self._document_text(name)) if name else None
        return sources(self._settings, chat, document)
