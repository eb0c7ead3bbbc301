"""The models on this machine and where more come from."""

from collections.abc import Iterator
from pathlib import Path
from typing import Protocol

from app.domain.cancel import Cancel
from app.domain.errors import AppError
from app.domain.events import DownloadProgress
from app.domain.models import CatalogueEntry, InstalledModel, ModelHeader


class ModelStore(Protocol):
    """A folder of verified model files and a catalogue."""

    def catalogue(self) -> list[CatalogueEntry]:
        """All models that can be fetched, hidden ones included."""
        ...

    def problems(self) -> list[AppError]:
        """What is wrong with catalogues that were added; their models are not offered."""
        ...

    def installed(self) -> list[InstalledModel]:
        """The models that are here."""
        ...

    def fetch(self, entry: CatalogueEntry, cancel: Cancel) -> Iterator[DownloadProgress | InstalledModel]:
        """Fetch, verify, then install; the last item is the InstalledModel.

        A fetch that was stopped goes on where it stood. Raises Cancelled, or AppError DOWNLOAD_FAILED, HASH_MISMATCH,
        DISK_FULL, MODEL_BUSY; nothing half-done gets the final name.
        """
        ...

    def remove(self, model: InstalledModel) -> None:
        """Delete a model's files. Raises AppError MODEL_SHARED, HOME_NOT_WRITABLE."""
        ...

    def adopt(self, path: Path, header: ModelHeader) -> InstalledModel:
        """Copy a GGUF from anywhere into the folder. Raises AppError FILE_NOT_FOUND, DISK_FULL."""
        ...
