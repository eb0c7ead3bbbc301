"""The models in memory: how many fit, which one goes when another needs room, and when an idle one goes."""

import threading
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Final, Protocol

from app.domain.errors import AppError, ErrorCode
from app.domain.fit import Machine, Verdict, best_settings, judge_unseen
from app.domain.models import CatalogueEntry, InstalledModel, LoadSettings, ModelHeader
from app.ports.generator import Generator
from app.ports.inspector import Inspector
from app.ports.machine import MachineProbe
from app.ports.reranker import Reranker

_GIGABYTE = 1_000_000_000
_SWEEP_S = 30.0  # how often idle models are looked for
_RERANKER_CONTEXT: Final = 2048  # tokens: several pairs of question and passage at once


class LocalModel(Generator, Reranker, Protocol):
    """A model on this device; what it can do depends on its role."""


@dataclass(frozen=True, slots=True)
class MemorySettings:
    """What a person can set about memory."""

    load: LoadSettings
    budget: int  # bytes for all models together; 0 for what the machine has free
    idle_s: float  # after so long without work a model is unloaded; 0 for never
    pinned: frozenset[str] = frozenset()  # ids of models that stay, once they are loaded


@dataclass(slots=True, eq=False)
class _Loaded:
    model: InstalledModel
    generator: LocalModel
    verdict: Verdict
    used_at: float


class LoadedModels:
    """Opens generators, each a process of its own, within the memory that there is.

    When another model needs room, the one that was used longest ago goes, but never one that loads or answers, and
    none that is pinned. Thread-safe.
    """

    def __init__(
        self,
        inspector: Inspector,
        probe: MachineProbe,
        open_generator: Callable[[InstalledModel, LoadSettings], LocalModel],
        settings: Callable[[], MemorySettings],
    ) -> None:
        self._inspector = inspector
        self._probe = probe
        self._open_generator = open_generator
        self._settings = settings
        self._lock = threading.RLock()
        self._loaded: dict[str, _Loaded] = {}
        self._headers: dict[str, ModelHeader] = {}  # by the model's hash
        self._closed = threading.Event()
        self._sweeper: threading.Thread | None = None

    def machine(self) -> Machine:
        """This machine's memory and devices, now."""
        return self._probe.look()

    def verdict(self, model: InstalledModel) -> Verdict:
        """How a model fits with the settings of now; of one that is in memory, how it was loaded."""
        with self._lock:
            held = self._loaded.get(model.id)
        if held is None:
            return best_settings(self._header(model), self._load_settings(model), self._room())
        now = replace(held.verdict.settings, threads=self._settings().load.threads)  # changes with every answer
        return replace(held.verdict, settings=now)

    def verdict_of(self, header: ModelHeader) -> Verdict:
        """How a model with this header fits with the settings of now."""
        return best_settings(header, self._settings().load, self._room())

    def verdict_unseen(self, entry: CatalogueEntry) -> Verdict:
        """How a model fits that is not here yet, judged by its size."""
        return judge_unseen(entry, self._settings().load, self._room())

    def fitting(self, entries: Sequence[CatalogueEntry]) -> list[CatalogueEntry]:
        """Those of these models that fit with the settings of now, judged by their sizes."""
        settings, room = self._settings().load, self._room()
        return [entry for entry in entries if entry.size and judge_unseen(entry, settings, room).fits == "fits"]

    def check(self, model: InstalledModel) -> None:
        """Raise what `get` would, AppError MODEL_DOES_NOT_FIT above all; nothing is loaded and nothing unloaded."""
        with self._lock:
            if model.id in self._loaded:
                return
            machine = self._room(without=self._idle())
        verdict = best_settings(self._header(model), self._settings().load, machine)
        if verdict.fits == "too_large":
            raise _does_not_fit(model, verdict)

    def get(self, model: InstalledModel) -> LocalModel:
        """A model, to be asked; it loads lazily.

        Raises AppError MODEL_DOES_NOT_FIT where neither a smaller context nor unloading others makes room, and what
        reading its header raises.
        """
        with self._lock:
            held = self._loaded.get(model.id)
            if held is None:
                held = self._loaded[model.id] = self._open(model)
            held.used_at = time.monotonic()
            return held.generator

    def in_memory(self) -> dict[str, int]:
        """The ids of the models that are loaded, and the bytes that each is reckoned to take."""
        with self._lock:
            return {
                held.model.id: held.verdict.need.total for held in self._loaded.values() if held.generator.is_loaded
            }

    def release(self, model: InstalledModel) -> bool:
        """Unload a model, unless it is at work; whether it is out of memory."""
        with self._lock:
            held = self._loaded.get(model.id)
            if held is not None and held.generator.busy:
                return False
            if held is not None:
                self._unload(held)
            return True

    def unload(self, model: InstalledModel) -> None:
        """Unload a model, whatever it does."""
        with self._lock:
            if model.id in self._loaded:
                self._unload(self._loaded[model.id])

    def unload_idle(self) -> None:
        """Unload what has not worked for as long as the settings allow."""
        limit = self._settings().idle_s
        with self._lock:
            now = time.monotonic()
            idle = self._idle()
            for held in list(self._loaded.values()):
                if held.generator.busy:
                    held.used_at = now
                elif held in idle and limit and now - held.used_at >= limit:
                    self._unload(held)

    def forget(self, conversation: str) -> None:
        """Keep nothing of a conversation in memory."""
        with self._lock:
            generators = [held.generator for held in self._loaded.values()]
        for generator in generators:
            generator.forget(conversation)

    def close(self) -> None:
        """Unload everything."""
        self._closed.set()
        with self._lock:
            for held in list(self._loaded.values()):
                self._unload(held)

    def _open(self, model: InstalledModel) -> _Loaded:
        header, settings = self._header(model), self._load_settings(model)
        verdict = best_settings(header, settings, self._room())
        while verdict.settings.context != settings.context or verdict.fits == "too_large":
            idle = self._idle()
            if not idle:
                break
            self._unload(min(idle, key=lambda held: held.used_at))
            verdict = best_settings(header, settings, self._room())
        if verdict.fits == "too_large":
            raise _does_not_fit(model, verdict)
        self._watch()
        return _Loaded(model, self._open_generator(model, verdict.settings), verdict, time.monotonic())

    def _load_settings(self, model: InstalledModel) -> LoadSettings:
        """How a model of its role is loaded, before it is known what fits."""
        settings = self._settings().load
        if model.role != "rerank":
            return settings
        return replace(settings, purpose="rank", context=min(settings.context, _RERANKER_CONTEXT))

    def _idle(self) -> list[_Loaded]:
        """What may be unloaded."""
        pinned = self._settings().pinned
        return [held for held in self._loaded.values() if not held.generator.busy and held.model.id not in pinned]

    def _room(self, without: Sequence[_Loaded] = ()) -> Machine:
        """The machine, with no more memory than the models that are open, and the budget, leave.

        As if those `without` had been unloaded.
        """
        machine, budget = self._probe.look(), self._settings().budget
        with self._lock:
            held = [each for each in self._loaded.values() if each not in without]
        freed = sum(each.verdict.need.total - each.model.size for each in without if each.generator.is_loaded)
        available = machine.available + freed - sum(map(_claim, held))
        if budget:
            available = min(available, budget - sum(each.verdict.need.total for each in held))
        return replace(machine, available=max(available, 0))

    def _header(self, model: InstalledModel) -> ModelHeader:
        if model.sha256 not in self._headers:
            self._headers[model.sha256] = self._inspector.inspect(Path(model.path))
        return self._headers[model.sha256]

    def _unload(self, held: _Loaded) -> None:
        del self._loaded[held.model.id]
        held.generator.close()

    def _watch(self) -> None:
        """Look for idle models from now on."""
        if self._sweeper is None:
            self._sweeper = threading.Thread(target=self._sweep, name="idle models", daemon=True)
            self._sweeper.start()

    def _sweep(self) -> None:
        while not self._closed.wait(_SWEEP_S):
            self.unload_idle()


def _does_not_fit(model: InstalledModel, verdict: Verdict) -> AppError:
    return AppError(
        ErrorCode.MODEL_DOES_NOT_FIT,
        model=model.name,
        needed=f"{verdict.need.total / _GIGABYTE:.1f} GB",
        free=f"{max(verdict.available, 0) / _GIGABYTE:.1f} GB",
    )


def _claim(held: _Loaded) -> int:
    """What a model takes of the memory that the system calls available.

    All that it will need while it is not loaded yet; then its weights, which are mapped from the file: the system
    counts such pages as available, since it could drop them, but then every answer would read them from the disk.
    """
    return held.model.size if held.generator.is_loaded else held.verdict.need.total
