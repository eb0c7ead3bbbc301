"""What goes into a bundle, and whose bundles are taken in."""

from collections.abc import Collection, Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path

import pytest

from app.domain.cancel import Cancel
from app.domain.errors import AppError, ErrorCode
from app.domain.events import BundleWritten, DownloadProgress
from app.domain.models import CatalogueEntry, InstalledModel
from app.services.bundles import ModelBundles
from tests.unit.services.conftest import MODEL, FakeStore

EMBEDDER = InstalledModel("mini", "Mini", "embed", "/mini", 1, "1" * 64, "MIT")
OTHER_EMBEDDER = InstalledModel("maxi", "Maxi", "embed", "/maxi", 1, "2" * 64, "MIT")
ENTRY = CatalogueEntry("new", "New", "chat", "n.gguf", 10, "2" * 64, "MIT", "index:x==1!y")


@dataclass
class FakeBundles:
    """Implements `ports.bundles.Bundles`: remembers what it was asked for."""

    written: list[str] = field(default_factory=list)
    trusted: list[str] = field(default_factory=list)

    def write(
        self, models: Sequence[InstalledModel], target: Path, key: Path | None, cancel: Cancel
    ) -> Iterator[DownloadProgress | BundleWritten]:
        self.written = [model.id for model in models]
        yield BundleWritten(str(target), "0" * 64, tuple(self.written))

    def install(
        self, bundle: Path, trusted: Collection[str], cancel: Cancel
    ) -> Iterator[DownloadProgress | InstalledModel]:
        self.trusted = list(trusted)
        yield EMBEDDER


@pytest.fixture
def bundles() -> FakeBundles:
    return FakeBundles()


def service(bundles: FakeBundles, trusted: str = "") -> ModelBundles:
    store = FakeStore([MODEL, EMBEDDER, OTHER_EMBEDDER], [ENTRY])
    return ModelBundles(store, bundles, lambda: trusted)


@pytest.mark.parametrize(
    ("asked", "bundled"),
    [
        (["fake"], ["fake", "mini"]),  # the embedder that is in use comes along
        (["fake", "fake"], ["fake", "mini"]),
        (["maxi", "fake"], ["maxi", "fake"]),
    ],
)
def test_an_embedder_comes_along(bundles: FakeBundles, asked: list[str], bundled: list[str]) -> None:
    list(service(bundles).write(asked, Path("out"), None, Cancel()))
    assert bundles.written == bundled


@pytest.mark.parametrize(
    ("asked", "code"), [("new", ErrorCode.MODEL_NOT_INSTALLED), ("nonsense", ErrorCode.UNKNOWN_MODEL)]
)
def test_only_what_is_here_is_bundled(bundles: FakeBundles, asked: str, code: ErrorCode) -> None:
    with pytest.raises(AppError) as error:
        list(service(bundles).write([asked], Path("out"), None, Cancel()))
    assert error.value.code is code


def test_keys_come_from_the_setting_and_from_this_once(bundles: FakeBundles, tmp_path: Path) -> None:
    known = service(bundles, f" {'A' * 64}  {'b' * 64} nonsense ")
    list(known.install(tmp_path, "c" * 64, Cancel()))
    assert bundles.trusted == ["a" * 64, "b" * 64, "c" * 64]


def test_a_bundle_that_is_not_there_is_said(bundles: FakeBundles, tmp_path: Path) -> None:
    with pytest.raises(AppError) as error:
        list(service(bundles).install(tmp_path / "none", "", Cancel()))
    assert error.value.code is ErrorCode.FILE_NOT_FOUND
