"""What the first run needs to know, and that it is over. No widgets."""

from pathlib import Path
from typing import Final

from PySide6.QtCore import QObject, Signal

from app.domain.models import CatalogueEntry
from app.services.models import Models
from app.settings.file import Settings
from app.settings.table import UI_NOTICE_SEEN
from app.ui.background import Background
from app.ui.models.view_model import ModelsViewModel

NOTICE: Final = 1  # the version of what is said about AI; a new one is shown again
NEEDED: Final = ("chat", "embed")  # roles without which nothing is answered from documents


class FirstRunViewModel(QObject):
    """Looks at the machine, fetches what is recommended, remembers that the notice was seen."""

    machine_known = Signal(object)  # Machine
    failed = Signal(object)

    def __init__(
        self,
        models: ModelsViewModel,
        service: Models,
        settings: Settings,
        background: Background,
        parent: QObject | None = None,
    ) -> None:
        super().__init__(parent)
        self.models = models
        self._service = service
        self._settings = settings
        self._background = background

    @property
    def is_due(self) -> bool:
        """Whether what is said about AI has not been seen yet, in its present version."""
        return self._settings.get(UI_NOTICE_SEEN) < NOTICE

    def look(self) -> None:
        """Find out what this computer has."""
        self._background.call(self._service.machine, self.machine_known.emit, self.failed.emit)

    def wanted(self) -> list[CatalogueEntry]:
        """The recommended models of the roles that are not filled yet."""
        shelf = self.models.shelf
        if shelf is None:
            return []
        here = {model.role for model in shelf.installed}
        return [one for one in shelf.available if one.default and one.role in NEEDED and one.role not in here]

    def fetch(self) -> None:
        """Fetch what is recommended, or go on with it."""
        for entry in self.wanted():
            self.models.fetch(entry.id)

    def import_file(self, name: str) -> None:
        """Take a model from a file."""
        self.models.import_file(Path(name))

    def finish(self) -> None:
        """Do not begin with this again."""
        self._settings.set(UI_NOTICE_SEEN, NOTICE)
