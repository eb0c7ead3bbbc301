"""Signed folders of models, for machines without a network."""

from collections.abc import Collection, Iterator, Sequence
from pathlib import Path
from typing import Protocol

from app.domain.cancel import Cancel
from app.domain.events import BundleWritten, DownloadProgress
from app.domain.models import InstalledModel


class Bundles(Protocol):
    """Writes bundles of installed models, and takes them in."""

    def write(
        self, models: Sequence[InstalledModel], target: Path, key: Path | None, cancel: Cancel
    ) -> Iterator[DownloadProgress | BundleWritten]:
        """Copy, hash and sign, with the key in a file or this home's own; the last item is BundleWritten.

        Raises Cancelled, or AppError FOLDER_NOT_EMPTY, KEY_INVALID, FILE_NOT_FOUND, DISK_FULL, HOME_NOT_WRITABLE.
        """
        ...

    def install(
        self, bundle: Path, trusted: Collection[str], cancel: Cancel
    ) -> Iterator[DownloadProgress | InstalledModel]:
        """Verify everything, then install everything that is not here yet; the InstalledModels come last.

        Raises Cancelled, or AppError BUNDLE_UNTRUSTED, BUNDLE_INVALID, DISK_FULL, MODEL_BUSY, HOME_NOT_WRITABLE.
        """
        ...
