"""What is around the pages of the window: its shortcuts, the search for everything, and the icon beside the clock."""

from collections.abc import Callable, Sequence
from typing import Final

from PySide6.QtCore import QObject

from app.settings.file import Settings
from app.settings.table import UI_SHORTCUTS, UI_SHOW_CHATS, UI_TEXT_SCALE, UI_THEME
from app.ui.moments import day_text
from app.ui.palette import Entry, Listed, Palette, Source
from app.ui.rail import CHAT, COPILOT, JUDGE, LAB, LIBRARY, MODELS, PROMPTS, SETTINGS
from app.ui.shortcut_sheet import ShortcutSheet
from app.ui.shortcuts import Shortcuts, shown
from app.ui.translate import tr
from app.ui.tray import Tray
from app.ui.window import Window

STEP: Final = 10  # per cent of text size


class Frame(QObject):
    """Binds the commands of a window and finds its things."""

    def __init__(self, window: Window, settings: Settings, sources: Sequence[Source] = ()) -> None:
        """`sources` are searched besides commands, conversations and documents."""
        super().__init__(window)
        self._window = window
        self._settings = settings
        self.shortcuts = Shortcuts(window, settings.get(UI_SHORTCUTS))
        listed = (
            Listed(tr("Commands"), self._commands),
            Listed(tr("Conversations"), self._conversations),
            Listed(tr("Projects"), self._projects),
            Listed(tr("Documents"), self._documents),
            Listed(tr("Playbooks"), self._playbooks),
        )
        self.palette = Palette((*listed, *sources), window.background, window.appearance, window)
        self.sheet = ShortcutSheet(self.shortcuts, window.preferences, window)
        self.tray = Tray(window, window.appearance, self._new_chat, window.quick.panel.open, window.leave)
        window.background.concluded.connect(self.tray.work_ended)
        window.preferences.changed.connect(self._take)
        for command, do in self._deeds().items():
            self.shortcuts.bind(command, do)
        if complaint := self.shortcuts.complaint():
            window.notices.say(complaint, "warn", (tr("Shortcuts"), self.sheet.show))

    def _deeds(self) -> dict[str, Callable[[], None]]:
        window = self._window
        return {
            "palette": self.palette.open,
            "shortcuts": self.sheet.show,
            "new_chat": self._new_chat,
            "project": self._move_chat,
            "stop": self._stop,
            "focus_input": self._write,
            "copy_last": lambda: window.chat_page.message_actions.act_on_last("copy"),
            "copy_code": lambda: window.chat_page.message_actions.act_on_last("copy_code"),
            "find": self._find,
            "read_aloud": lambda: window.chat_page.message_actions.act_on_last("read_aloud"),
            "regenerate": lambda: window.chat_page.message_actions.act_on_last("again"),
            "chats": self._fold_chats,
            "add_files": window.choose_files,
            "chat": lambda: window.show_page(CHAT),
            "quick": window.quick.panel.open,
            "copilot": lambda: window.show_page(COPILOT),
            "judge": lambda: window.show_page(JUDGE),
            "library": lambda: window.show_page(LIBRARY),
            "prompts": lambda: window.show_page(PROMPTS),
            "models": lambda: window.show_page(MODELS),
            "lab": lambda: window.show_page(LAB),
            "settings": lambda: window.show_page(SETTINGS),
            "welcome": window.welcome,
            "larger": lambda: self._scale(self._settings.get(UI_TEXT_SCALE) + STEP),
            "smaller": lambda: self._scale(self._settings.get(UI_TEXT_SCALE) - STEP),
            "usual_size": lambda: self._scale(UI_TEXT_SCALE.default),
            "shade": self._switch_shade,
            "quit": window.leave,
        }

    def _stop(self) -> None:
        self._window.chat_page.message_actions.voice.stop()
        self._window.chat.stop()

    def _new_chat(self) -> None:
        self._window.show_page(CHAT)
        self._window.chat_page.start_new()

    def _write(self) -> None:
        self._window.show_page(CHAT)
        self._window.chat_page.composer.edit.setFocus()

    def _find(self) -> None:
        self._window.show_page(CHAT)
        self._window.chat_page.finding.open()

    def _fold_chats(self) -> None:
        shown = self._settings.get(UI_SHOW_CHATS)
        self._window.preferences.change(UI_SHOW_CHATS, not shown)

    def _move_chat(self) -> None:
        self._window.show_page(CHAT)
        self._window.chat_page.move_chat()

    def _scale(self, percent: int) -> None:
        low, high = UI_TEXT_SCALE.low or 0, UI_TEXT_SCALE.high or percent
        self._window.preferences.change(UI_TEXT_SCALE, max(low, min(high, percent)))

    def _switch_shade(self) -> None:
        dark = self._window.appearance.theme.name.startswith("dark")
        self._window.preferences.change(UI_THEME, "light" if dark else "dark")

    def _take(self, key: str) -> None:
        if key == UI_SHORTCUTS.key:
            self.shortcuts.take(self._settings.get(UI_SHORTCUTS))

    def _commands(self) -> list[Entry]:
        keys = self.shortcuts.keys
        return [
            Entry(tr(command.text), shown(keys(command.id)), do)
            for command, do in self.shortcuts.commands()
            if command.id != "palette"
        ]

    def _conversations(self) -> list[Entry]:
        def entry(conversation_id: str, title: str, day: str) -> Entry:
            return Entry(title, day, lambda: self._open(conversation_id))

        kept = self._window.chat.listing.conversations
        return [entry(one.id, one.title, day_text(one.updated_at)) for one in kept]

    def _open(self, conversation_id: str) -> None:
        self._window.show_page(CHAT)
        self._window.chat.open(conversation_id)

    def _projects(self) -> list[Entry]:
        def entry(project_id: str, name: str) -> Entry:
            return Entry(name, "", lambda: self._open_project(project_id))

        return [entry(one.id, one.name) for one in self._window.projects.all]

    def _open_project(self, project_id: str) -> None:
        self._window.projects.choose(project_id)
        self._new_chat()

    def _documents(self) -> list[Entry]:
        show = self._window.viewer.open_document
        return [
            Entry(document.name, document.collection, lambda document=document: show(document))  # type: ignore[misc]
            for document in self._window.library.documents
        ]

    def _playbooks(self) -> list[Entry]:
        def entry(playbook_id: str, title: str, description: str) -> Entry:
            return Entry(title, description, lambda: self._window.open_playbook(playbook_id))

        return [entry(one.id, one.title, one.description) for one in self._window.copilot.playbooks]
