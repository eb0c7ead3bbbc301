"""The models on this machine and where more come from."""

from collections.abc import Iterator
from pathlib import Path
from typing import Protocol

from app.domain.cancel import Cancel
from app.domain.events import DownloadProgress
from app.domain.models import CatalogueEntry, InstalledModel


class ModelStore(Protocol):
    """A folder of verified model files and a catalogue."""

    def catalogue(self) -> list[CatalogueEntry]:
        """All models that can be fetched, hidden ones included."""
        ...

    def installed(self) -> list[InstalledModel]:
        """The models that are here."""
        ...

    def fetch(self, entry: CatalogueEntry, cancel: Cancel) -> Iterator[DownloadProgress | InstalledModel]:
        """Fetch, verify, then install; the last item is the InstalledModel.

        Raises Cancelled, or AppError DOWNLOAD_FAILED, HASH_MISMATCH, DISK_FULL; nothing half-done gets the final name.
        """
        ...

    def adopt(self, path: Path, name: str) -> InstalledModel:
        """Copy a GGUF from anywhere into the folder. Raises AppError FILE_NOT_FOUND, DISK_FULL."""
        ...
