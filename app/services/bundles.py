"""Models for machines without a network: what goes into a bundle, and whose bundles are taken in."""

import re
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from typing import Final

from app.domain.cancel import Cancel
from app.domain.errors import AppError, ErrorCode
from app.domain.events import BundleWritten, DownloadProgress
from app.domain.models import InstalledModel
from app.ports.bundles import Bundles
from app.ports.model_store import ModelStore

_KEY: Final = re.compile(r"[0-9a-f]{64}")


class ModelBundles:
    """Writes and reads bundles; `trusted_keys` returns the keys that the person or a policy has set, in one text."""

    def __init__(self, store: ModelStore, bundles: Bundles, trusted_keys: Callable[[], str]) -> None:
        self._store = store
        self._bundles = bundles
        self._trusted_keys = trusted_keys

    def write(
        self, model_ids: Sequence[str], target: Path, key: Path | None, cancel: Cancel
    ) -> Iterator[DownloadProgress | BundleWritten]:
        """Bundle installed models, and the embedder along with them: without one, no passage is found by meaning.

        Raises AppError UNKNOWN_MODEL, MODEL_NOT_INSTALLED and those of the port.
        """
        here = {model.id: model for model in self._store.installed()}
        for wanted in model_ids:
            if wanted not in here:
                known = any(entry.id == wanted for entry in self._store.catalogue())
                raise AppError(ErrorCode.MODEL_NOT_INSTALLED if known else ErrorCode.UNKNOWN_MODEL, model=wanted)
        models = [here[wanted] for wanted in dict.fromkeys(model_ids)]
        if not any(model.role == "embed" for model in models):
            models += [model for model in here.values() if model.role == "embed"][:1]
        yield from self._bundles.write(models, target, key, cancel)

    def install(self, bundle: Path, trust: str, cancel: Cancel) -> Iterator[DownloadProgress | InstalledModel]:
        """Take in a bundle whose signer is trusted, by setting or by `trust`, "" for nobody else.

        Raises AppError FILE_NOT_FOUND and those of the port.
        """
        if not bundle.is_dir():
            raise AppError(ErrorCode.FILE_NOT_FOUND, path=str(bundle))
        keys = f"{self._trusted_keys()} {trust}".lower().split()
        yield from self._bundles.install(bundle, [key for key in keys if _KEY.fullmatch(key)], cancel)
