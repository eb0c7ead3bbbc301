"""The models of this machine: what there is, what can be fetched, what fits, which one answers."""

import math
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Final

from app.domain.cancel import Cancel
from app.domain.data_class import DataClass
from app.domain.errors import AppError, ErrorCode
from app.domain.events import DownloadProgress
from app.domain.fit import Machine, Verdict, best_instead
from app.domain.models import CatalogueEntry, InstalledModel, LoraAdapter, ModelHeader, ModelRole
from app.domain.routing import GATEWAY_PREFIX, NOTHING_LEAVES, Availability, Forbidden, Route, Task, choose
from app.ports.generator import Generator
from app.ports.inspector import Inspector
from app.ports.kept_states import KeptStates
from app.ports.model_store import ModelStore
from app.ports.reranker import Reranker
from app.services.gateway import Gateway
from app.services.loaded_models import LoadedModels

NONE_INSTALLED: Final = "no model is installed on this device"
GIVEN_UP: Final = {
    ErrorCode.MODEL_DOES_NOT_FIT: "the model on this device does not fit into its memory",
    ErrorCode.MODEL_LOAD_FAILED: "the model on this device does not load",
    ErrorCode.MODEL_INVALID: "the model on this device is damaged",
    ErrorCode.MODEL_QUARANTINED: "the model on this device has failed too often",
    ErrorCode.WORKER_DIED: "the model on this device keeps failing",
    ErrorCode.WORKER_SILENT: "the model on this device does not answer",
}


@dataclass(frozen=True, slots=True)
class Routing:
    """A route, and the model it leads to."""

    route: Route
    model: InstalledModel
    picked: bool  # by the person, or by their table of tasks


class Models:
    """Installed models, those that can be fetched, and those in memory.

    `choose` returns the id that the person has set, "" for none.
    """

    def __init__(
        self,
        store: ModelStore,
        inspector: Inspector,
        loaded: LoadedModels,
        choose: Callable[[], str],
        states: KeptStates,
        gateway: Gateway | None = None,
    ) -> None:
        self._store = store
        self._inspector = inspector
        self._loaded = loaded
        self._choose = choose
        self._gateway = gateway
        self._states = states

    def catalogue(self) -> list[CatalogueEntry]:
        """All models that can be fetched."""
        return self._store.catalogue()

    def catalogue_problems(self) -> list[AppError]:
        """What is wrong with catalogues that were added; their models are not offered."""
        return self._store.problems()

    def installed(self) -> list[InstalledModel]:
        """The models that are here."""
        return self._store.installed()

    def fetch(self, model_id: str, cancel: Cancel) -> Iterator[DownloadProgress | InstalledModel]:
        """Fetch a model of the catalogue; nothing is fetched that is here already.

        Raises AppError UNKNOWN_MODEL, or CATALOGUE_INVALID if one that was added could not be read.
        """
        here = [model for model in self.installed() if model.id == model_id]
        if here:
            yield here[0]
            return
        for entry in self.catalogue():
            if entry.id == model_id:
                yield from self._store.fetch(entry, cancel)
                return
        for problem in self.catalogue_problems():  # it may be in there
            raise problem
        raise AppError(ErrorCode.UNKNOWN_MODEL, model=model_id)

    def import_file(self, path: Path) -> InstalledModel:
        """Take a GGUF file into the model folder. Raises AppError FILE_NOT_FOUND, MODEL_INVALID, DISK_FULL."""
        return self._store.adopt(path, self._inspector.inspect(path))

    def remove(self, model_id: str) -> InstalledModel:
        """Unload a model and delete its files. Raises AppError UNKNOWN_MODEL, MODEL_SHARED, HOME_NOT_WRITABLE."""
        for model in self.installed():
            if model.id == model_id:
                self._loaded.unload(model)
                self._store.remove(model)
                return model
        raise AppError(ErrorCode.UNKNOWN_MODEL, model=model_id)

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

    def answering(self) -> list[InstalledModel]:
        """The models that the person may have a question answered by, those of the device first."""
        here = [model for model in self.installed() if model.role == "chat"]
        return here + (self._gateway.models() if self._gateway is not None else [])

    def in_memory(self) -> dict[str, int]:
        """The ids of the models that are loaded, and the bytes that each is reckoned to take."""
        return self._loaded.in_memory()

    def release(self, model_id: str) -> bool:
        """Let a model out of memory, unless it is at work; whether it is out. It loads again when it is needed.

        Raises AppError UNKNOWN_MODEL.
        """
        for model in self.installed():
            if model.id == model_id:
                return self._loaded.release(model)
        raise AppError(ErrorCode.UNKNOWN_MODEL, model=model_id)

    def gateway_host(self) -> str:
        """Where questions go that leave this device, "" without a gateway."""
        return self._gateway.host() if self._gateway is not None else ""

    def current(self) -> InstalledModel | None:
        """The chat model that answers when none is named."""
        try:
            return self.find("chat")
        except AppError:
            return None

    def route(self, task: Task, data_class: DataClass, picked: str | None = None) -> Routing:
        """Which model does a task: on the device first, at the gateway where nothing here can or the person picks it.

        Raises AppError: UNKNOWN_MODEL, MODEL_NOT_INSTALLED, MODEL_DOES_NOT_FIT, MODEL_INVALID, GATEWAY_NOT_CONFIGURED,
        GATEWAY_NOT_ALLOWED.
        """
        routing = self._wanted(task, data_class, picked)
        if routing.model.where == "gateway":
            return routing
        try:
            self._loaded.check(routing.model)
        except AppError as error:
            other = self.fallback(task, data_class, routing, error)
            if other is None:
                raise
            return other
        return routing

    def _wanted(self, task: Task, data_class: DataClass, picked: str | None) -> Routing:
        """The route before it is known whether a model of this device fits."""
        wanted = picked or (self._gateway.task_model(task) if self._gateway is not None else "")
        if wanted.startswith(GATEWAY_PREFIX):
            if self._gateway is None:
                raise AppError(ErrorCode.GATEWAY_NOT_CONFIGURED)
            remote: InstalledModel | None = self._gateway.find(wanted)
            return self._routing(task, data_class, wanted, None, remote)
        try:
            return self._routing(task, data_class, wanted, self.find("chat", wanted or None), None)
        except AppError as error:
            remote = self._gateway.first() if self._gateway is not None and not wanted else None
            if remote is None or error.code is not ErrorCode.MODEL_NOT_INSTALLED:
                raise
            return self._routing(task, data_class, "", None, remote, NONE_INSTALLED)

    def fallback(self, task: Task, data_class: DataClass, failed: Routing, error: AppError) -> Routing | None:
        """Who takes over from a model of this device that cannot be made to run; None if nobody may."""
        reason = GIVEN_UP.get(error.code)
        remote = self._gateway.first() if self._gateway is not None else None
        if reason is None or remote is None or failed.model.where == "gateway" or failed.picked:
            return None
        try:
            return self._routing(task, data_class, "", None, remote, reason)
        except AppError:
            return None  # it may not leave: the first error is the one that matters

    def _routing(
        self,
        task: Task,
        data_class: DataClass,
        picked: str,
        local: InstalledModel | None,
        remote: InstalledModel | None,
        lacking: str = "",
    ) -> Routing:
        bounds = self._gateway.bounds() if self._gateway is not None else NOTHING_LEAVES
        there = Availability(local.id if local else "", remote.id if remote else "", lacking)
        chosen = choose(task, data_class, picked, there, bounds)
        if isinstance(chosen, Forbidden):
            raise AppError(ErrorCode.GATEWAY_NOT_ALLOWED, because=chosen.because)
        model = local if chosen is not None and chosen.where == "device" else remote
        if chosen is None or model is None:
            raise AppError(ErrorCode.GATEWAY_NOT_CONFIGURED)
        return Routing(chosen, model, bool(picked))

    def machine(self) -> Machine:
        """This machine's memory and devices, now. Raises AppError WORKER_*."""
        return self._loaded.machine()

    def fit(self, model: InstalledModel | CatalogueEntry) -> Verdict | None:
        """How a model fits into this machine with the settings of now.

        One that is not here yet is judged by its size; None if nobody has said that. Raises AppError MODEL_INVALID,
        FILE_NOT_FOUND, WORKER_*.
        """
        if isinstance(model, InstalledModel):
            return self._with_instead(self._loaded.verdict(model), model.name, model.size)
        return self._with_instead(self._loaded.verdict_unseen(model), model.name, model.size) if model.size else None

    def fit_file(self, header: ModelHeader) -> Verdict:
        """How a model file fits, by its header."""
        return self._with_instead(self._loaded.verdict_of(header), header.name, header.file_size)

    def _with_instead(self, verdict: Verdict, name: str, size: int) -> Verdict:
        """A verdict that names a smaller model where no settings make this one fit."""
        if verdict.fits != "too_large" or verdict.remedy is not None:
            return verdict
        here = {model.id: model for model in self.installed() if model.role == "chat"}
        known = {entry.id: entry for entry in self.catalogue() if entry.role == "chat" and not entry.hidden}
        own = [CatalogueEntry(m.id, m.name, m.role, "", m.size, "", "", "") for m in here.values() if m.id not in known]
        fitting = self._loaded.fitting([*known.values(), *own])
        return replace(verdict, instead=best_instead(name, size, fitting, here))

    def generator(self, model: InstalledModel) -> Generator:
        """The generator of a model; it loads lazily. Raises AppError MODEL_DOES_NOT_FIT, MODEL_INVALID."""
        if self._gateway is not None and model.where == "gateway":
            return self._gateway.generator(model)
        return self._loaded.get(model)

    def reranking(self) -> InstalledModel | None:
        """The model that orders passages, if one is installed."""
        return next((model for model in self.installed() if model.role == "rerank"), None)

    def reranker(self, model: InstalledModel) -> Reranker:
        """A model that orders passages; it loads lazily. Raises AppError MODEL_DOES_NOT_FIT, MODEL_INVALID."""
        return self._loaded.get(model)

    def adapters(self, named: Sequence[str]) -> tuple[LoraAdapter, ...]:
        """Installed adapters by "ID" or "ID=SCALE". Raises AppError ADAPTER_UNKNOWN."""
        here = {model.id: model.path for model in self.installed() if model.role == "adapter"}
        found = []
        for name in named:
            adapter_id, _, scale = name.partition("=")
            try:
                adapter = LoraAdapter(here[adapter_id], float(scale or 1))
            except (KeyError, ValueError):
                raise AppError(ErrorCode.ADAPTER_UNKNOWN, adapter=name) from None
            if not math.isfinite(adapter.scale):
                raise AppError(ErrorCode.ADAPTER_UNKNOWN, adapter=name)
            found.append(adapter)
        return tuple(found)

    def forget(self, conversation: str) -> None:
        """Keep nothing of a conversation, in memory or on disk."""
        self._loaded.forget(conversation)
        self._states.forget(conversation)

    def close(self) -> None:
        """Unload what is loaded."""
        self._loaded.close()
        if self._gateway is not None:
            self._gateway.close()
