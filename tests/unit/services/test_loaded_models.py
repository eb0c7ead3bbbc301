"""Models in memory: several where there is room; else the least used one goes, and an idle one goes by itself."""

from dataclasses import replace
from pathlib import Path

import pytest

from app.domain.errors import AppError, ErrorCode
from app.domain.fit import RESERVE, need
from app.domain.models import InstalledModel, LoadSettings, ModelHeader
from app.services.loaded_models import LoadedModels, MemorySettings
from tests.fakes.generator import FakeGenerator
from tests.unit.services.conftest import FakeProbe

HEADER = ModelHeader("fake", "Fake", 1, "Q4_0", 8192, 1, True, "MIT", 1, 1 << 30, 64, 1000, 4096, {})
SETTINGS = LoadSettings(context=8192)
NEED = need(HEADER, SETTINGS).total
UNMAPPED = NEED - HEADER.file_size  # what the system sees as taken: it calls mapped pages available
A, B, C = (InstalledModel(name, name, "chat", f"/{name}", 1 << 30, name, "") for name in "abc")


class Inspector:
    """Every file has the same header."""

    def inspect(self, path: Path) -> ModelHeader:
        return HEADER


class Room:
    """Loaded models on a machine with room for so many of them."""

    def __init__(self, models: float, *, budget: int = 0, idle_s: float = 0.0, pinned: str = "") -> None:
        self.opened: dict[str, FakeGenerator] = {}
        self.settings: dict[str, LoadSettings] = {}
        self._capacity = round(models * NEED) + RESERVE
        self.probe = FakeProbe(self._capacity)
        self.loaded = LoadedModels(
            Inspector(), self.probe, self._open, lambda: MemorySettings(SETTINGS, budget, idle_s, frozenset(pinned))
        )

    def get(self, model: InstalledModel, *, load: bool = True) -> FakeGenerator:
        self.loaded.get(model)
        if load:
            self.opened[model.id].load()
        self.probe.available = self._capacity - sum(UNMAPPED for name in self.alive() if self.opened[name].is_loaded)
        return self.opened[model.id]

    def alive(self) -> set[str]:
        return {name for name, generator in self.opened.items() if not generator.closed}

    def _open(self, model: InstalledModel, settings: LoadSettings) -> FakeGenerator:
        self.settings[model.id] = settings
        self.opened[model.id] = FakeGenerator()
        return self.opened[model.id]


def test_several_stay_where_there_is_room() -> None:
    room = Room(3.5)
    first = room.get(A)
    room.get(B)
    assert room.get(A) is first
    assert room.alive() == {"a", "b"}


def test_what_is_opened_but_not_loaded_yet_has_its_place() -> None:
    room = Room(2.5)
    room.get(A, load=False)
    room.get(B, load=False).busy = True
    room.get(C, load=False)
    assert room.alive() == {"b", "c"}


def test_the_one_used_longest_ago_goes() -> None:
    room = Room(10, budget=round(2.2 * NEED) + RESERVE)
    room.get(A)
    room.get(B)
    room.get(A)
    room.get(C)
    assert room.alive() == {"a", "c"}


def test_one_that_answers_never_goes() -> None:
    room = Room(10, budget=round(2.2 * NEED) + RESERVE)
    room.get(A).busy = True
    room.get(B)
    room.get(C)
    assert room.alive() == {"a", "c"}
    room.opened["c"].busy = True
    with pytest.raises(AppError) as caught:
        room.get(B)
    assert caught.value.code is ErrorCode.MODEL_DOES_NOT_FIT
    assert room.alive() == {"a", "c"}


def test_a_smaller_context_is_taken_before_a_model_is_refused() -> None:
    small = need(HEADER, replace(SETTINGS, context=2048, kv_type="q8_0")).total
    room = Room(1.02 * small / NEED)
    room.get(A)
    assert room.settings["a"].kv_type == "q8_0"
    assert room.settings["a"].context < SETTINGS.context
    assert room.loaded.verdict(A).settings == room.settings["a"]


def test_what_does_not_fit_is_refused_before_it_loads() -> None:
    room = Room(0.5)
    with pytest.raises(AppError) as caught:
        room.get(A)
    assert caught.value.code is ErrorCode.MODEL_DOES_NOT_FIT
    assert room.opened == {}


def test_an_idle_model_goes_and_a_busy_one_stays() -> None:
    room = Room(3.5, idle_s=0.001)
    room.get(A).busy = True
    room.get(B)
    room.loaded.unload_idle()
    while "b" in room.alive():
        room.loaded.unload_idle()
    assert room.alive() == {"a"}


def test_what_is_in_memory_is_told_and_let_out_unless_it_is_at_work() -> None:
    room = Room(3.5)
    first, second = room.get(A), room.get(B)
    room.get(C, load=False)
    assert room.loaded.in_memory() == {"a": NEED, "b": NEED}
    first.busy = True
    assert not room.loaded.release(A)
    assert room.loaded.release(B)
    assert not first.closed
    assert second.closed
    assert room.loaded.release(B), "it is out already"


def test_closing_ends_them_all() -> None:
    room = Room(3.5)
    room.get(A)
    room.get(B)
    room.loaded.close()
    assert room.alive() == set()


def test_checking_refuses_as_getting_does_and_unloads_nothing() -> None:
    room = Room(10, budget=round(1.2 * NEED) + RESERVE)
    room.get(A)
    room.loaded.check(A)
    room.loaded.check(B)  # A is idle: it would go
    assert room.alive() == {"a"}
    room.opened["a"].busy = True
    with pytest.raises(AppError) as caught:
        room.loaded.check(B)
    assert caught.value.code is ErrorCode.MODEL_DOES_NOT_FIT
    with pytest.raises(AppError):
        room.get(B)


def test_a_pinned_model_stays() -> None:
    room = Room(2.5, idle_s=0.001, pinned="a")
    first, second = room.get(A), room.get(B)
    room.get(C)  # A was used longest ago
    assert (first.closed, second.closed) == (False, True)
    room.loaded.unload_idle()
    assert not first.closed
