"""Models on a stick or a share."""

import hashlib
from pathlib import Path

import pytest

from app.adapters.catalogue import Catalogue
from app.adapters.file_source import FileSource
from app.adapters.model_store import FolderModelStore
from app.domain.cancel import Cancel
from app.domain.errors import AppError, Cancelled, ErrorCode
from app.domain.events import DownloadProgress
from app.domain.models import CatalogueEntry, InstalledModel
from tests.conftest import REPOSITORY

CONTENT = bytes(range(256)) * 20_000  # 5 MB


@pytest.fixture
def entry(tmp_path: Path) -> CatalogueEntry:
    path = tmp_path / "stick" / "small.gguf"
    path.parent.mkdir()
    path.write_bytes(CONTENT)
    digest = hashlib.sha256(CONTENT).hexdigest()
    return CatalogueEntry("small", "Small", "chat", "small.gguf", len(CONTENT), digest, "MIT", f"file:{path}")


@pytest.fixture
def store(tmp_path: Path) -> FolderModelStore:
    catalogue = Catalogue(REPOSITORY / "resources" / "models.toml")
    return FolderModelStore(tmp_path / "models", catalogue, lambda _: FileSource())


def refused(store: FolderModelStore, entry: CatalogueEntry) -> AppError:
    with pytest.raises(AppError) as error:
        list(store.fetch(entry, Cancel()))
    assert store.installed() == []
    return error.value


def test_a_copy_that_was_stopped_goes_on(store: FolderModelStore, entry: CatalogueEntry) -> None:
    cancel = Cancel()
    with pytest.raises(Cancelled):
        for item in store.fetch(entry, cancel):
            if isinstance(item, DownloadProgress) and item.done > 2_000_000:
                cancel.set()
    first, *_, model = store.fetch(entry, Cancel())
    assert isinstance(first, DownloadProgress)
    assert first.done > 2_000_000
    assert isinstance(model, InstalledModel)
    assert Path(model.path).read_bytes() == CONTENT


def test_a_stick_that_is_not_there_is_said(store: FolderModelStore, entry: CatalogueEntry, tmp_path: Path) -> None:
    (tmp_path / "stick" / "small.gguf").unlink()
    error = refused(store, entry)
    assert error.code is ErrorCode.DOWNLOAD_FAILED
    assert "cannot be opened" in str(error.facts["reason"])


def test_another_size_is_refused_before_copying(store: FolderModelStore, entry: CatalogueEntry, tmp_path: Path) -> None:
    (tmp_path / "stick" / "small.gguf").write_bytes(CONTENT + b"x")
    assert refused(store, entry).code is ErrorCode.DOWNLOAD_FAILED


def test_another_content_is_refused_after_copying(
    store: FolderModelStore, entry: CatalogueEntry, tmp_path: Path
) -> None:
    (tmp_path / "stick" / "small.gguf").write_bytes(CONTENT[::-1])
    assert refused(store, entry).code is ErrorCode.HASH_MISMATCH
    assert not list((tmp_path / "models").rglob("part"))
