"""What can be shown to the quick panel: the clipboard, the selection, the open chat, the open document."""

from collections.abc import Callable
from dataclasses import dataclass

from PySide6.QtGui import QClipboard, QGuiApplication, QImage

from app.services.showing import LARGEST
from app.settings.file import Settings
from app.settings.table import COPILOT_CLIPBOARD, COPILOT_SELECTION
from app.ui.translate import tr


@dataclass(frozen=True, slots=True)
class Source:
    """One thing that can be shown, a text or a picture of one; read when the person says so, now or for all times."""

    label: str  # of its button
    name: str  # as in "You showed me the clipboard"
    read: Callable[[], str | QImage]
    by_itself: bool = False
    is_slow: bool = False  # to be read in the background


def sources(settings: Settings, open_chat: str, open_document: tuple[str, Callable[[], str]] | None) -> list[Source]:
    """What can be shown now: `open_chat` is the chat's text, `open_document` a document's name and how it is read."""
    clipboard = QGuiApplication.clipboard()
    found = []
    if clipboard.supportsSelection():
        by_itself = settings.get(COPILOT_SELECTION)
        found.append(Source(tr("Selection"), tr("the selection"), _reader(QClipboard.Mode.Selection), by_itself))
    by_itself = settings.get(COPILOT_CLIPBOARD)
    found.append(Source(tr("Clipboard"), tr("the clipboard"), _reader(QClipboard.Mode.Clipboard), by_itself))
    if open_chat:
        found.append(Source(tr("The open chat"), tr("the open chat"), lambda: open_chat))
    if open_document is not None:
        found.append(Source(tr("The open document"), open_document[0], open_document[1], is_slow=True))
    return found


def _reader(mode: QClipboard.Mode) -> Callable[[], str | QImage]:
    def read() -> str | QImage:
        clipboard = QGuiApplication.clipboard()
        if text := clipboard.text(mode):
            return text[:LARGEST]
        picture = clipboard.image(mode)
        return "" if picture.isNull() else picture

    return read
