"""Models: which one answers, and one in memory at a time."""

from pathlib import Path

import pytest

from app.domain.cancel import Cancel
from app.domain.errors import AppError, ErrorCode
from app.domain.fit_texts import remedy
from app.domain.models import CatalogueEntry, InstalledModel, LoadSettings
from app.services.models import Models
from tests.fakes.generator import FakeGenerator
from tests.unit.services.conftest import MODEL, FakeInspector, FakeKeptStates, FakeStore, loaded_models

OTHER = InstalledModel("other", "Other", "chat", "/o.gguf", 1, "1" * 64, "MIT")
ENTRY = CatalogueEntry("new", "New", "chat", "n.gguf", 10, "2" * 64, "MIT", "index:x==1!y", default=True)


def models(store: FakeStore, chosen: str = "", opened: list[FakeGenerator] | None = None) -> Models:
    def open_generator(_model: InstalledModel, _settings: LoadSettings) -> FakeGenerator:
        generator = FakeGenerator()
        if opened is not None:
            opened.append(generator)
        return generator

    return Models(store, FakeInspector(), loaded_models(open_generator), lambda: chosen, FakeKeptStates())


def test_the_named_model_answers_else_the_chosen_else_the_first() -> None:
    store = FakeStore([MODEL, OTHER])
    assert models(store).find("chat") == MODEL
    assert models(store, chosen="other").find("chat") == OTHER
    assert models(store, chosen="other").find("chat", "fake") == MODEL


def test_a_model_that_could_be_had_is_told_apart_from_an_unknown_one() -> None:
    store = FakeStore([], [ENTRY])
    with pytest.raises(AppError) as caught:
        models(store).find("chat")
    assert (caught.value.code, caught.value.facts["model"]) == (ErrorCode.MODEL_NOT_INSTALLED, "new")
    with pytest.raises(AppError) as caught:
        models(store).find("chat", "nonsense")
    assert caught.value.code is ErrorCode.UNKNOWN_MODEL
    assert models(store).current() is None


def test_what_is_here_is_not_fetched_again() -> None:
    store = FakeStore([], [ENTRY])
    service = models(store)
    *_, fetched = service.fetch("new", Cancel())
    assert list(service.fetch("new", Cancel())) == [fetched]
    with pytest.raises(AppError):
        list(service.fetch("nonsense", Cancel()))


def test_inspecting_asks_the_inspector() -> None:
    assert models(FakeStore()).inspect(Path("/x.gguf")).quantisation == "Q4_0"


def test_a_removed_model_is_unloaded_and_gone() -> None:
    opened: list[FakeGenerator] = []
    store = FakeStore([MODEL, OTHER])
    service = models(store, opened=opened)
    service.generator(MODEL)
    service.remove("fake")
    assert opened[0].closed
    assert service.installed() == [OTHER]
    with pytest.raises(AppError) as caught:
        service.remove("fake")
    assert caught.value.code is ErrorCode.UNKNOWN_MODEL


def test_where_a_model_is_too_large_one_that_fits_is_named() -> None:
    gigabyte = 10**9
    large, half, small, other = (
        CatalogueEntry(f"{name}-{size}", f"{name} {size}", "chat", "x.gguf", size * gigabyte, "", "", "", 8192)
        for name, size in (("Granite", 40), ("Granite", 20), ("Granite", 3), ("Mistral", 2))
    )
    service = models(FakeStore([], [large, half, small, other]))
    verdict = service.fit(large)
    assert verdict is not None and (verdict.fits, verdict.instead) == ("too_large", "Granite-3")
    assert "Granite-3 would fit" in remedy(verdict)
    alone = models(FakeStore([], [large, other])).fit(large)
    assert alone is not None and alone.instead == "Mistral-2"
    here = InstalledModel("mine", "My own", "chat", "/m.gguf", 2 * gigabyte, "3" * 64, "")
    among = models(FakeStore([here], [large, other])).fit(large)
    assert among is not None and among.instead == "mine"
    fits = service.fit(small)
    assert fits is not None and fits.instead == ""
    none = models(FakeStore([], [large, half])).fit(large)
    assert none is not None and remedy(none) == "Choose a smaller model or a smaller quantisation."
