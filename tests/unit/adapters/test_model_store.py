"""Fetching models, through the real pip, from an index that is a folder here."""

import base64
import hashlib
import zipfile
from dataclasses import replace
from pathlib import Path

import pytest

from app.adapters.catalogue import Catalogue
from app.adapters.model_store import FolderModelStore
from app.adapters.package_index import PackageIndexSource
from app.domain.cancel import Cancel
from app.domain.errors import AppError, Cancelled, ErrorCode
from app.domain.events import DownloadProgress
from app.domain.models import CatalogueEntry, InstalledModel, ModelHeader
from tests.conftest import REPOSITORY

PARTS = (b"first " * 1000, b"second " * 1000, b"third " * 1000)
WHOLE = b"".join(PARTS)
ENTRY = CatalogueEntry(
    id="small",
    name="Small",
    role="chat",
    file="small.gguf",
    size=len(WHOLE),
    sha256=hashlib.sha256(WHOLE).hexdigest(),
    licence="Apache-2.0",
    source="index:donjon-test-weights-part{1..3}==1.0!part{n}/data.bin",
)


def make_wheel(folder: Path, name: str, member: str, content: bytes) -> Path:
    path = folder / f"{name.replace('-', '_')}-1.0-py3-none-any.whl"
    info = f"{name.replace('-', '_')}-1.0.dist-info"
    files = {
        member: content,
        f"{info}/METADATA": f"Metadata-Version: 2.1\nName: {name}\nVersion: 1.0\n".encode(),
        f"{info}/WHEEL": b"Wheel-Version: 1.0\nGenerator: test\nRoot-Is-Purelib: true\nTag: py3-none-any\n",
    }
    rows = [
        f"{n},sha256={base64.urlsafe_b64encode(hashlib.sha256(c).digest()).decode()},{len(c)}" for n, c in files.items()
    ]
    with zipfile.ZipFile(path, "w") as wheel:
        for filename, data in files.items():
            wheel.writestr(filename, data)
        wheel.writestr(f"{info}/RECORD", "\n".join([*rows, f"{info}/RECORD,,"]))
    return path


@pytest.fixture
def index(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """An index that is a folder: pip looks nowhere else."""
    folder = tmp_path / "index"
    folder.mkdir()
    monkeypatch.setenv("PIP_NO_INDEX", "1")
    monkeypatch.setenv("PIP_FIND_LINKS", str(folder))
    for number, content in enumerate(PARTS, 1):
        make_wheel(folder, f"donjon-test-weights-part{number}", f"part{number}/data.bin", content)
    return folder


@pytest.fixture
def asked() -> list[str]:
    """The packages that were fetched."""
    return []


@pytest.fixture
def store(tmp_path: Path, asked: list[str]) -> FolderModelStore:
    catalogue = Catalogue(REPOSITORY / "resources" / "models.toml")
    return FolderModelStore(tmp_path / "models", catalogue, lambda _: PackageIndexSource(asked.append))


def fetch(store: FolderModelStore, entry: CatalogueEntry = ENTRY) -> InstalledModel:
    *progress, model = store.fetch(entry, Cancel())
    assert all(isinstance(item, DownloadProgress) for item in progress)
    assert isinstance(model, InstalledModel)
    return model


def left_over(tmp_path: Path) -> list[str]:
    return sorted(path.name for path in (tmp_path / "models" / ".fetching").iterdir() if path.suffix != ".lock")


def test_parts_are_joined_verified_and_recorded(
    index: Path, store: FolderModelStore, tmp_path: Path, asked: list[str]
) -> None:
    assert store.installed() == []
    model = fetch(store)
    assert Path(model.path).read_bytes() == WHOLE
    assert store.installed() == [model]
    assert left_over(tmp_path) == []
    assert asked == [f"donjon-test-weights-part{number}==1.0" for number in range(1, len(PARTS) + 1)]


def test_progress_grows_to_the_whole(index: Path, store: FolderModelStore) -> None:
    done = [item.done for item in store.fetch(ENTRY, Cancel()) if isinstance(item, DownloadProgress)]
    assert done == sorted(done)
    assert done[-1] == len(WHOLE)


def test_a_wrong_hash_leaves_nothing_behind(index: Path, store: FolderModelStore, tmp_path: Path) -> None:
    with pytest.raises(AppError) as refused:
        fetch(store, replace(ENTRY, sha256="0" * 64))
    assert refused.value.code is ErrorCode.HASH_MISMATCH
    assert refused.value.facts["found"] == ENTRY.sha256
    assert store.installed() == []
    assert left_over(tmp_path) == []


def test_a_member_larger_than_promised_is_not_unpacked(index: Path, store: FolderModelStore) -> None:
    with pytest.raises(AppError) as refused:
        fetch(store, replace(ENTRY, size=10))
    assert refused.value.code is ErrorCode.DOWNLOAD_FAILED


def test_a_cancelled_fetch_goes_on_with_the_next_package(index: Path, store: FolderModelStore) -> None:
    cancel = Cancel()
    with pytest.raises(Cancelled):
        for item in store.fetch(ENTRY, cancel):
            if isinstance(item, DownloadProgress) and item.done >= len(PARTS[0]):
                cancel.set()
    assert store.installed() == []
    next(index.glob("*part1-*")).unlink()  # not needed a second time
    assert Path(fetch(store).path).read_bytes() == WHOLE


def test_a_half_written_package_is_fetched_again(index: Path, store: FolderModelStore, tmp_path: Path) -> None:
    third = next(index.glob("*part3-*"))
    hidden = third.rename(tmp_path / third.name)
    with pytest.raises(AppError) as refused:
        fetch(store)
    assert refused.value.code is ErrorCode.DOWNLOAD_FAILED
    assert "part3" in str(refused.value.facts["reason"])
    with (tmp_path / "models" / ".fetching" / "small" / "part").open("ab") as partial:
        partial.write(b"torn")
    hidden.rename(third)
    assert Path(fetch(store).path).read_bytes() == WHOLE


def test_what_a_killed_fetch_left_is_removed(index: Path, store: FolderModelStore, tmp_path: Path) -> None:
    left = tmp_path / "models" / ".fetching" / "small" / "wheel-old"
    left.mkdir(parents=True)
    (left / "half.whl").write_bytes(b"x")
    fetch(store)
    assert left_over(tmp_path) == []


def test_a_package_without_the_file_says_so(index: Path, store: FolderModelStore) -> None:
    with pytest.raises(AppError) as refused:
        fetch(store, replace(ENTRY, source="index:donjon-test-weights-part1==1.0!other.bin"))
    assert refused.value.code is ErrorCode.DOWNLOAD_FAILED
    assert "other.bin" in str(refused.value.facts["reason"])


def test_the_right_file_put_there_by_hand_is_taken(store: FolderModelStore, tmp_path: Path) -> None:
    folder = tmp_path / "models" / "small"
    folder.mkdir(parents=True)
    (folder / "small.gguf").write_bytes(WHOLE)
    assert store.installed() == []
    assert [fetch(store)] == store.installed()


def test_an_embedder_is_unpacked_into_its_folder(index: Path, store: FolderModelStore, tmp_path: Path) -> None:
    archive = tmp_path / "model.zip"
    with zipfile.ZipFile(archive, "w") as packed:
        packed.writestr("config.json", "{}")
        packed.writestr("1_Pooling/config.json", "{}")
    content = archive.read_bytes()
    make_wheel(index, "donjon-test-embedder", "model.zip", content)
    entry = CatalogueEntry(
        id="embedder",
        name="Embedder",
        role="embed",
        file="embedder",
        size=len(content),
        sha256=hashlib.sha256(content).hexdigest(),
        licence="MIT",
        source="index:donjon-test-embedder==1.0!model.zip",
    )
    model = fetch(store, entry)
    assert (Path(model.path) / "1_Pooling" / "config.json").read_text() == "{}"
    assert store.installed() == [model]
    assert left_over(tmp_path) == []


def header(name: str) -> ModelHeader:
    return ModelHeader("llama", name, 1, "Q4_0", 512, 1, True, "", 1, 1)


def test_an_adapter_is_kept_with_its_base(store: FolderModelStore, tmp_path: Path) -> None:
    path = tmp_path / "tone.gguf"
    path.write_bytes(b"GGUF")
    model = store.adopt(path, replace(header("Tone"), adapter="lora", base="Tiny"))
    assert (model.role, model.base) == ("adapter", "Tiny")
    assert store.installed() == [model]


def test_an_own_file_is_copied_once(store: FolderModelStore, tmp_path: Path) -> None:
    path = tmp_path / "My Model.gguf"
    path.write_bytes(b"GGUF")
    model = store.adopt(path, header("My model"))
    assert (model.id, model.name, Path(model.path).read_bytes()) == ("my-model", "My model", b"GGUF")
    assert store.adopt(path, header("My model")) == model
    assert store.installed() == [model]
    path.write_bytes(b"GGUF, another")
    assert store.adopt(path, header("My model")).id == "my-model-2"


def test_a_torn_record_and_a_missing_file_are_not_installed(store: FolderModelStore, tmp_path: Path) -> None:
    path = tmp_path / "a.gguf"
    path.write_bytes(b"GGUF")
    model = store.adopt(path, header("A"))
    record = Path(model.path).with_name("model.json")
    whole = record.read_bytes()
    record.write_bytes(whole[:20])
    assert store.installed() == []
    record.write_bytes(whole)
    Path(model.path).unlink()
    assert store.installed() == []


def test_a_removed_model_is_gone_and_a_shared_one_stays(index: Path, store: FolderModelStore, tmp_path: Path) -> None:
    model = fetch(store)
    with pytest.raises(AppError) as caught:
        store.remove(replace(model, shared=True))
    assert caught.value.code is ErrorCode.MODEL_SHARED
    assert store.installed() == [model]
    store.remove(model)
    assert store.installed() == []
    assert not Path(model.path).exists()
