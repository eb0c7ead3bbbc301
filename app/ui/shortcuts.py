"""Every keyboard shortcut of the window, once: what it does, its usual keys, and the keys a person gave it instead."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Final

from PySide6.QtCore import QObject, Signal
from PySide6.QtGui import QKeySequence, QShortcut
from PySide6.QtWidgets import QWidget

from app.ui.translate import tr


@dataclass(frozen=True, slots=True)
class Command:
    """Something the window does at a key."""

    id: str
    keys: str  # as Qt writes them, one chord; "" for none
    text: str


TABLE: Final[tuple[Command, ...]] = (
    Command("palette", "Ctrl+K", "Search everything"),
    Command("shortcuts", "Ctrl+/", "List the shortcuts"),
    Command("new_chat", "Ctrl+N", "New chat"),
    Command("project", "Ctrl+Shift+P", "Put the chat into a project"),
    Command("stop", "Esc", "Stop the answer"),
    Command("add_files", "Ctrl+O", "Add files to your documents"),
    Command("focus_input", "Shift+Esc", "Write the next question"),
    Command("copy_last", "Ctrl+Shift+C", "Copy the last answer"),
    Command("copy_code", "Ctrl+Shift+;", "Copy the code of the last answer"),
    Command("find", "Ctrl+F", "Find in this chat"),
    Command("read_aloud", "Ctrl+Shift+R", "Read the last answer aloud, or stop"),
    Command("regenerate", "Ctrl+R", "Answer again"),
    Command("chats", "Ctrl+B", "Show or hide the list of chats"),
    Command("quick", "Ctrl+Shift+K", "Open the quick copilot"),
    Command("chat", "Ctrl+1", "Go to the chat"),
    Command("copilot", "Ctrl+2", "Go to the copilot"),
    Command("judge", "Ctrl+3", "Go to the judge"),
    Command("library", "Ctrl+4", "Go to the library"),
    Command("prompts", "Ctrl+5", "Go to the prompts"),
    Command("models", "Ctrl+6", "Go to the models"),
    Command("lab", "Ctrl+7", "Go to the lab"),
    Command("settings", "Ctrl+,", "Go to the settings"),
    Command("welcome", "F1", "Show the welcome again"),
    Command("larger", "Ctrl++", "Larger text"),
    Command("smaller", "Ctrl+-", "Smaller text"),
    Command("usual_size", "Ctrl+0", "Text in its usual size"),
    Command("shade", "Ctrl+Shift+D", "Light or dark"),
    Command("quit", "Ctrl+Q", "Quit"),
)
_USUAL: Final = {command.id: command.keys for command in TABLE}


def parse(own: str) -> dict[str, str]:
    """The keys that a person chose, as "new_chat=Ctrl+T palette=Ctrl+P"; "new_chat=" is without any."""
    pairs = (word.partition("=") for word in own.split())
    return {name: QKeySequence(keys).toString() for name, _, keys in pairs if name in _USUAL}


def unknown(own: str) -> list[str]:
    """What is named there and is no command, or has keys that do not exist."""
    pairs = [(word, *word.partition("=")[::2]) for word in own.split()]
    return [word for word, name, keys in pairs if name not in _USUAL or (keys and not QKeySequence(keys).toString())]


def written(own: Mapping[str, str]) -> str:
    """The same as text, without those that are as usual."""
    return " ".join(f"{name}={keys}" for name, keys in own.items() if keys != _USUAL[name])


def conflicts(own: Mapping[str, str]) -> dict[str, list[Command]]:
    """Keys that more than one command has, and which."""
    by_keys: dict[str, list[Command]] = {}
    for command in TABLE:
        by_keys.setdefault(own.get(command.id, command.keys), []).append(command)
    return {keys: commands for keys, commands in by_keys.items() if keys and len(commands) > 1}


class Shortcuts(QObject):
    """The commands of one window, bound to their keys."""

    changed = Signal()

    def __init__(self, window: QWidget, own: str) -> None:
        super().__init__(window)
        self._window = window
        self._own, self._unknown = parse(own), unknown(own)
        self._bound: dict[str, tuple[QShortcut, Callable[[], None]]] = {}

    def bind(self, command_id: str, do: Callable[[], None]) -> None:
        """Let a command of the table do this."""
        shortcut = QShortcut(QKeySequence(self.keys(command_id)), self._window)
        shortcut.activated.connect(do)
        self._bound[command_id] = shortcut, do

    def keys(self, command_id: str) -> str:
        """The keys of a command now."""
        return self._own.get(command_id, _USUAL[command_id])

    def commands(self) -> list[tuple[Command, Callable[[], None]]]:
        """What can be done, in the order of the table."""
        return [(command, self._bound[command.id][1]) for command in TABLE if command.id in self._bound]

    def take(self, own: str) -> None:
        """Take other keys from now on."""
        self._own, self._unknown = parse(own), unknown(own)
        for command_id, (shortcut, _) in self._bound.items():
            shortcut.setKey(QKeySequence(self.keys(command_id)))
        self.changed.emit()

    def rebound(self, command_id: str, keys: str) -> str:
        """The person's keys as text, were this command given `keys`."""
        return written({**self._own, command_id: keys})

    def complaint(self) -> str:
        """Which commands share their keys, so that neither works, and what is no command or no key; "" for none."""
        lines = [
            tr("{keys} is both: {names}.", keys=shown(keys), names=", ".join(tr(command.text) for command in commands))
            for keys, commands in conflicts(self._own).items()
        ]
        lines += [tr("“{word}” names no command, or keys that do not exist.", word=word) for word in self._unknown]
        return "\n".join(lines)


def shown(keys: str) -> str:
    """Keys as this computer writes them."""
    return QKeySequence(keys).toString(QKeySequence.SequenceFormat.NativeText)
