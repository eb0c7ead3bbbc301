"""The models of this machine: what there is, what can be fetched, which one answers."""

from collections.abc import Callable, Iterator
from pathlib import Path

from app.domain.cancel import Cancel
from app.domain.errors import AppError, ErrorCode
from app.domain.events import DownloadProgress
from app.domain.models import CatalogueEntry, InstalledModel, ModelHeader, ModelRole
from app.ports.generator import Generator
from app.ports.inspector import Inspector
from app.ports.model_store import ModelStore


class Models:
    """Installed models and the one that is loaded.

    `choose` returns the id that the person has set, "" for none. One chat model is in memory at a time: asking for
    another ends the process of the last.
    """

    def __init__(
        self,
        store: ModelStore,
        inspector: Inspector,
        open_generator: Callable[[InstalledModel], Generator],
        choose: Callable[[], str],
    ) -> None:
        self._store = store
        self._inspector = inspector
        self._open_generator = open_generator
        self._choose = choose
        self._open: tuple[str, Generator] | None = None

    def catalogue(self) -> list[CatalogueEntry]:
        """All models that can be fetched."""
        return self._store.catalogue()

    def installed(self) -> list[InstalledModel]:
        """The models that are here."""
        return self._store.installed()

    def fetch(self, model_id: str, cancel: Cancel) -> Iterator[DownloadProgress | InstalledModel]:
        """Fetch a model of the catalogue; nothing is fetched that is here already. Raises AppError UNKNOWN_MODEL."""
        here = [model for model in self.installed() if model.id == model_id]
        if here:
            yield here[0]
            return
        for entry in self.catalogue():
            if entry.id == model_id:
                yield from self._store.fetch(entry, cancel)
                return
        raise AppError(ErrorCode.UNKNOWN_MODEL, model=model_id)

    def import_file(self, path: Path) -> InstalledModel:
        """Take a GGUF file into the model folder. Raises AppError FILE_NOT_FOUND, MODEL_INVALID, DISK_FULL."""
        header = self._inspector.inspect(path)
        return self._store.adopt(path, header.name)

    def inspect(self, path: Path) -> ModelHeader:
        """What a model file says of itself, read without loading or trusting it."""
        return self._inspector.inspect(path)

    def find(self, role: ModelRole, model_id: str | None = None) -> InstalledModel:
        """The named model, or the one that is set, or the first of its role.

        Raises AppError UNKNOWN_MODEL for a name that is neither here nor in the catalogue, else MODEL_NOT_INSTALLED.
        """
        candidates = [model for model in self.installed() if model.role == role]
        for wanted in (model_id, self._choose() if role == "chat" else ""):
            if not wanted:
                continue
            for model in candidates:
                if model.id == wanted:
                    return model
            known = any(entry.id == wanted for entry in self.catalogue())
            raise AppError(ErrorCode.MODEL_NOT_INSTALLED if known else ErrorCode.UNKNOWN_MODEL, model=wanted)
        if candidates:
            return candidates[0]
        default = [entry.id for entry in self.catalogue() if entry.role == role and entry.default]
        raise AppError(ErrorCode.MODEL_NOT_INSTALLED, model=default[0] if default else role)

    def current(self) -> InstalledModel | None:
        """The chat model that answers when none is named."""
        try:
            return self.find("chat")
        except AppError:
            return None

    def generator(self, model: InstalledModel) -> Generator:
        """The generator of a model; it loads lazily."""
        if self._open is not None and self._open[0] == model.id:
            return self._open[1]
        self.close()
        generator = self._open_generator(model)
        self._open = (model.id, generator)
        return generator

    def close(self) -> None:
        """Unload what is loaded."""
        if self._open is not None:
            self._open[1].close()
            self._open = None
