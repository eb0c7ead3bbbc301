"""Bundles of models: what is written can be taken in elsewhere, and nothing else can."""

import json
import os
import random
from pathlib import Path

import pytest
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import rsa

from app.adapters.catalogue import Catalogue
from app.adapters.file_source import FileSource
from app.adapters.model_bundle import SignedBundles
from app.adapters.model_store import FolderModelStore
from app.adapters.signing import own_key
from app.domain.cancel import Cancel
from app.domain.errors import AppError, Cancelled, ErrorCode
from app.domain.events import BundleWritten, DownloadProgress
from app.domain.models import InstalledModel, ModelHeader
from tests.conftest import REPOSITORY

FLIPS = int(os.environ.get("DONJON_FLIPS", "120"))
SEED = 20261123


def store_in(folder: Path, shared: Path | None = None) -> FolderModelStore:
    return FolderModelStore(folder, Catalogue(REPOSITORY / "resources" / "models.toml"), lambda _: FileSource(), shared)


@pytest.fixture
def store(tmp_path: Path) -> FolderModelStore:
    """A chat model and an embedder."""
    made = store_in(tmp_path / "here")
    (tmp_path / "Small.gguf").write_bytes(b"GGUF" + bytes(3000))
    made.adopt(tmp_path / "Small.gguf", ModelHeader("llama", "Small", 1, "", 512, 1, True, "", 1, 1))
    embedder = tmp_path / "here" / "embedder"
    (embedder / "1_Pooling").mkdir(parents=True)
    (embedder / "tokenizer.json").write_text("{}")
    (embedder / "1_Pooling" / "config.json").write_text('{"pooling": "mean"}')
    record = {"id": "embedder", "name": "Embedder", "role": "embed", "file": "embedder", "size": 21}
    (embedder / "model.json").write_text(json.dumps({**record, "sha256": "5" * 64, "licence": "MIT"}))
    return made


@pytest.fixture
def bundle(store: FolderModelStore, tmp_path: Path) -> BundleWritten:
    return write(store, tmp_path / "stick")


@pytest.fixture
def elsewhere(tmp_path: Path) -> FolderModelStore:
    """A machine that has nothing yet."""
    return store_in(tmp_path / "elsewhere")


def write(store: FolderModelStore, target: Path, key: Path | None = None) -> BundleWritten:
    bundles = SignedBundles(store, store.folder.parent / "key.pem")
    *progress, written = bundles.write(store.installed(), target, key, Cancel())
    assert isinstance(written, BundleWritten)
    assert all(isinstance(item, DownloadProgress) for item in progress)
    return written


def take(store: FolderModelStore, folder: Path, *trusted: str) -> list[InstalledModel]:
    items = SignedBundles(store, store.folder / "key.pem").install(folder, trusted, Cancel())
    return [item for item in items if isinstance(item, InstalledModel)]


def refused(store: FolderModelStore, folder: Path, *trusted: str) -> AppError:
    """Why; nothing is installed and nothing is left."""
    with pytest.raises(AppError) as error:
        take(store, folder, *trusted)
    assert store.installed() == []
    assert [path for path in store.folder.rglob("*") if path.is_file() and path.suffix != ".lock"] == []
    return error.value


def sign(folder: Path, manifest: bytes, key: Path) -> None:
    (folder / "manifest.json").write_bytes(manifest)
    signature = own_key(key).sign(b"Donjon model bundle 1\n" + manifest).hex()
    head = (folder / "manifest.sig").read_text().splitlines()[0]
    (folder / "manifest.sig").write_text(f"{head}\nsignature {signature}\n")


def test_a_bundle_is_taken_in_elsewhere(
    store: FolderModelStore, bundle: BundleWritten, elsewhere: FolderModelStore
) -> None:
    taken = take(elsewhere, Path(bundle.path), bundle.key)
    assert elsewhere.installed() == sorted(taken, key=lambda model: model.id)
    assert [(m.id, m.role, m.sha256, m.licence) for m in elsewhere.installed()] == [
        (m.id, m.role, m.sha256, m.licence) for m in store.installed()
    ]
    assert (elsewhere.folder / "embedder" / "1_Pooling" / "config.json").read_text() == '{"pooling": "mean"}'
    assert Path(elsewhere.installed()[1].path).read_bytes() == b"GGUF" + bytes(3000)
    assert take(elsewhere, Path(bundle.path), bundle.key) == taken  # again: nothing to do


def test_what_a_killed_import_left_is_no_hindrance(bundle: BundleWritten, elsewhere: FolderModelStore) -> None:
    left = elsewhere.folder / ".fetching" / "embedder" / "bundled"
    left.mkdir(parents=True)
    (left / "tokenizer.json").write_text("torn")
    assert len(take(elsewhere, Path(bundle.path), bundle.key)) == 2
    assert (elsewhere.folder / "embedder" / "tokenizer.json").read_text() == "{}"
    assert not left.exists()


def test_an_unknown_signer_is_refused_and_named(bundle: BundleWritten, elsewhere: FolderModelStore) -> None:
    for trusted in ((), ("0" * 64,)):
        error = refused(elsewhere, Path(bundle.path), *trusted)
        assert (error.code, error.facts["key"]) == (ErrorCode.BUNDLE_UNTRUSTED, bundle.key)


def test_one_byte_changed_anywhere_is_refused(bundle: BundleWritten, elsewhere: FolderModelStore) -> None:
    chance = random.Random(SEED)
    files = sorted(path for path in Path(bundle.path).rglob("*") if path.is_file())
    assert len(files) == 5
    for number in range(FLIPS):
        path = files[number % len(files)]
        whole = path.read_bytes()
        at = chance.randrange(len(whole))
        path.write_bytes(whole[:at] + bytes([whole[at] ^ chance.randrange(1, 256)]) + whole[at + 1 :])
        error = refused(elsewhere, Path(bundle.path), bundle.key)
        assert error.code in (ErrorCode.BUNDLE_INVALID, ErrorCode.BUNDLE_UNTRUSTED)
        path.write_bytes(whole)
    take(elsewhere, Path(bundle.path), bundle.key)


@pytest.mark.parametrize("change", ["longer", "shorter", "missing", "link", "linked folder"])
def test_a_file_that_is_not_the_signed_one_is_refused(
    bundle: BundleWritten, elsewhere: FolderModelStore, tmp_path: Path, change: str
) -> None:
    folder = Path(bundle.path) / "embedder"
    path = folder / "tokenizer.json"
    match change:
        case "longer":
            path.write_text("{} ")
        case "shorter":
            path.write_text("{")
        case "missing":
            path.unlink()
        case "link":
            path.rename(tmp_path / "tokenizer.json")
            path.symlink_to(tmp_path / "tokenizer.json")
        case "linked folder":
            folder.rename(tmp_path / "moved")
            folder.symlink_to(tmp_path / "moved")
    assert refused(elsewhere, Path(bundle.path), bundle.key).code is ErrorCode.BUNDLE_INVALID


def test_what_a_stick_collects_is_left_where_it_is(bundle: BundleWritten, elsewhere: FolderModelStore) -> None:
    (Path(bundle.path) / ".DS_Store").write_bytes(b"x")
    (Path(bundle.path) / "embedder" / "run.py").write_text("raise SystemExit")
    take(elsewhere, Path(bundle.path), bundle.key)
    assert not list(elsewhere.folder.rglob("run.py"))


@pytest.mark.parametrize(
    ("old", "new"),
    [
        ('"path": "tokenizer.json"', '"path": "../../../out.json"'),
        ('"path": "tokenizer.json"', '"path": "/out.json"'),
        ('"path": "tokenizer.json"', '"path": "a\\\\..\\\\out.json"'),
        ('"path": "tokenizer.json"', '"path": "C:out.json"'),
        ('"path": "tokenizer.json"', '"path": "./tokenizer.json"'),
        ('"path": "tokenizer.json"', '"path": ""'),
        ('"path": "tokenizer.json"', '"path": "1_pooling/CONFIG.json"'),
        ('"id": "embedder"', '"id": "../embedder"'),
        ('"id": "embedder"', '"id": ".fetching"'),
        ('"id": "embedder"', '"id": "small"'),
        ('"file": "Small.gguf"', '"file": "other.gguf"'),
        ('"format": 1', '"format": 2'),
        ('"format": 1', '"format": 1, "more": 1'),
    ],
)
def test_a_signature_does_not_excuse_a_manifest_that_leads_astray(
    bundle: BundleWritten, elsewhere: FolderModelStore, tmp_path: Path, old: str, new: str
) -> None:
    folder = Path(bundle.path)
    manifest = (folder / "manifest.json").read_text()
    assert old in manifest
    sign(folder, manifest.replace(old, new, 1).encode(), tmp_path / "key.pem")
    assert refused(elsewhere, folder, bundle.key).code is ErrorCode.BUNDLE_INVALID
    assert not list(tmp_path.glob("*out.json"))


def test_a_folder_where_a_file_should_be_is_refused(bundle: BundleWritten, elsewhere: FolderModelStore) -> None:
    path = Path(bundle.path) / "embedder" / "tokenizer.json"
    path.unlink()
    path.mkdir()
    assert refused(elsewhere, Path(bundle.path), bundle.key).code is ErrorCode.BUNDLE_INVALID


@pytest.mark.parametrize("name", ["manifest.json", "manifest.sig"])
def test_a_bundle_without_its_papers_is_none(bundle: BundleWritten, elsewhere: FolderModelStore, name: str) -> None:
    (Path(bundle.path) / name).unlink()
    assert refused(elsewhere, Path(bundle.path), bundle.key).code is ErrorCode.BUNDLE_INVALID


def test_a_manifest_without_end_is_not_read(bundle: BundleWritten, elsewhere: FolderModelStore) -> None:
    with (Path(bundle.path) / "manifest.json").open("r+b") as file:
        file.truncate(1 << 40)
    assert "too large" in str(refused(elsewhere, Path(bundle.path), bundle.key).facts["reason"])


def test_another_model_of_the_same_name_stays(
    store: FolderModelStore, bundle: BundleWritten, elsewhere: FolderModelStore, tmp_path: Path
) -> None:
    (tmp_path / "Small.gguf").write_bytes(b"GGUF, another")
    mine = elsewhere.adopt(tmp_path / "Small.gguf", ModelHeader("llama", "Small", 1, "", 512, 1, True, "", 1, 1))
    with pytest.raises(AppError) as error:
        take(elsewhere, Path(bundle.path), bundle.key)
    assert error.value.code is ErrorCode.BUNDLE_INVALID
    assert elsewhere.installed() == [mine]


def test_a_bundle_is_not_written_over_something(store: FolderModelStore, tmp_path: Path) -> None:
    (tmp_path / "full").mkdir()
    (tmp_path / "full" / "letter.txt").write_text("x")
    with pytest.raises(AppError) as error:
        write(store, tmp_path / "full")
    assert error.value.code is ErrorCode.FOLDER_NOT_EMPTY


def test_a_bundle_that_was_stopped_is_none(store: FolderModelStore, tmp_path: Path) -> None:
    cancel = Cancel()
    with pytest.raises(Cancelled):
        for _ in SignedBundles(store, tmp_path / "key.pem").write(store.installed(), tmp_path / "stick", None, cancel):
            cancel.set()
    assert not (tmp_path / "stick" / "manifest.sig").exists()


def test_the_home_s_key_is_made_once_and_for_its_owner(store: FolderModelStore, tmp_path: Path) -> None:
    first, second = write(store, tmp_path / "a"), write(store, tmp_path / "b")
    assert first.key == second.key
    if os.name == "posix":
        assert (tmp_path / "key.pem").stat().st_mode & 0o077 == 0


def test_a_key_of_one_s_own_signs(store: FolderModelStore, tmp_path: Path) -> None:
    key = own_key(tmp_path / "company.pem").public_key().public_bytes_raw().hex()
    assert write(store, tmp_path / "a", tmp_path / "company.pem").key == key


def test_what_is_no_such_key_is_said(store: FolderModelStore, tmp_path: Path) -> None:
    pem, pkcs8 = serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8
    other = rsa.generate_private_key(65537, 2048).private_bytes(pem, pkcs8, serialization.NoEncryption())
    secret = serialization.BestAvailableEncryption(b"secret")
    locked = own_key(tmp_path / "plain.pem").private_bytes(pem, pkcs8, secret)
    for content, reason in ((b"no key", "PEM"), (other, "another kind"), (locked, "passphrase")):
        (tmp_path / "key").write_bytes(content)
        with pytest.raises(AppError) as error:
            write(store, tmp_path / "a", tmp_path / "key")
        assert error.value.code is ErrorCode.KEY_INVALID
        assert reason in str(error.value.facts["reason"])


def contents(folder: Path) -> dict[str, tuple[bytes, int]]:
    files = (path for path in folder.rglob("*") if path.is_file())
    return {str(path): (path.read_bytes(), path.stat().st_mtime_ns) for path in files}


def test_shared_models_are_used_and_their_folder_is_never_written(
    store: FolderModelStore, bundle: BundleWritten, tmp_path: Path
) -> None:
    before = contents(store.folder)
    mine = store_in(tmp_path / "mine", shared=store.folder)
    assert [(model.id, model.shared) for model in mine.installed()] == [("embedder", True), ("small", True)]
    assert mine.adopt(
        tmp_path / "Small.gguf", ModelHeader("llama", "Small", 1, "", 512, 1, True, "", 1, 1)
    ).shared  # nobody needs a second copy
    assert all(model.shared for model in take(mine, Path(bundle.path), bundle.key))
    (tmp_path / "Other.gguf").write_bytes(b"GGUF, other")
    mine.adopt(tmp_path / "Other.gguf", ModelHeader("llama", "Other", 1, "", 512, 1, True, "", 1, 1))
    assert [model.id for model in mine.installed()] == ["embedder", "other", "small"]
    assert contents(store.folder) == before


def test_one_s_own_model_comes_before_a_shared_one(store: FolderModelStore, tmp_path: Path) -> None:
    mine = store_in(tmp_path / "mine")
    own = mine.adopt(tmp_path / "Small.gguf", ModelHeader("llama", "My own", 1, "", 512, 1, True, "", 1, 1))
    both = store_in(tmp_path / "mine", shared=store.folder)
    assert [model for model in both.installed() if model.id == "small"] == [own]
