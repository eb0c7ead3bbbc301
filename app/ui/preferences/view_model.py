"""The person's settings as the page shows them. No widgets."""

from collections.abc import Sequence
from typing import Any

from PySide6.QtCore import QObject, Signal

from app.domain.errors import AppError
from app.settings.file import Settings
from app.settings.table import TABLE, Setting, Value
from app.ui.translate import tr

AnySetting = Setting[Any]  # of whichever kind; the row itself checks what fits


class PreferencesViewModel(QObject):
    """Reads and changes settings; a change is written at once."""

    changed = Signal(str)  # the key
    failed = Signal(object)
    undoable = Signal(str, object)  # what was done, and a call that undoes it

    def __init__(self, settings: Settings, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._settings = settings

    def sections(self) -> list[tuple[str, list[AnySetting]]]:
        """The rows of the table by section, in the order in which they first come."""
        sections: dict[str, list[AnySetting]] = {}
        for setting in TABLE:
            sections.setdefault(setting.key.partition(".")[0], []).append(setting)
        return list(sections.items())

    def value(self, setting: AnySetting) -> Value:
        """What a setting is now."""
        value: Value = self._settings.get(setting)
        return value

    def change(self, setting: AnySetting, value: Value) -> None:
        """Change a setting; a value that does not fit, or a file that cannot be written, is told."""
        if value == self.value(setting):
            return
        try:
            self._settings.set(setting, value)
        except AppError as error:
            self.failed.emit(error)
        self.changed.emit(setting.key)

    def reset(self, settings: Sequence[AnySetting]) -> None:
        """Set settings to their defaults, and offer to have them as they were."""
        before = {setting: self.value(setting) for setting in settings}
        for setting in settings:
            self.change(setting, setting.default)
        done = [setting for setting in settings if self.value(setting) != before[setting]]
        if not done:
            return

        def undo() -> None:
            for setting in done:
                self.change(setting, before[setting])

        if len(done) == 1:
            text = tr("{setting}: back to its default.", setting=tr(done[0].label))
        else:
            text = tr("{n} settings are back to their defaults.", n=len(done))
        self.undoable.emit(text, undo)
