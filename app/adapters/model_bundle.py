"""Signed folders of models for machines without a network.

<bundle>/manifest.json   the models, their licences, and each file's size and SHA-256
<bundle>/manifest.sig    two lines: the signer's public key, and its Ed25519 signature of the manifest
<bundle>/<id>/…          the files

What is in the manifest is checked against the files, and the manifest against the signature; other files that a stick
collects are neither read nor copied. Nothing is installed before everything holds.
"""

import hashlib
import re
from collections.abc import Collection, Iterator, Sequence
from contextlib import ExitStack
from pathlib import Path
from typing import BinaryIO, Final

import msgspec

from app.adapters.archive import inside
from app.adapters.model_store import FolderModelStore, Record, is_folder, record_of, unwritable
from app.adapters.partial_file import PartialFile, require_room
from app.adapters.signing import holds, own_key, public_key, read_key
from app.adapters.verified_files import BLOCK, settle, write_whole
from app.domain.cancel import Cancel
from app.domain.errors import AppError, ErrorCode
from app.domain.events import BundleWritten, DownloadProgress
from app.domain.models import InstalledModel

_MANIFEST: Final = "manifest.json"
_SIGNATURE: Final = "manifest.sig"
_MANIFEST_SIZE: Final = 1 << 20  # at most
_SIGNED_AS: Final = b"Donjon model bundle 1\n"  # before the manifest, so that the signature is good for nothing else
_SIGNATURE_FORM: Final = re.compile(r"key ([0-9a-f]{64})\nsignature ([0-9a-f]{128})\n")


class _File(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """One file of a model; its path begins at the model's folder."""

    path: str
    size: int
    sha256: str


class _Model(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """A model's record, and the files it consists of."""

    record: Record
    files: tuple[_File, ...]


class _Manifest(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """What a bundle holds."""

    format: int
    models: tuple[_Model, ...]


class _Unreadable(Exception):
    """A file that is to be copied cannot be read."""

    def __init__(self, path: Path, error: OSError) -> None:
        super().__init__(f"{path.name} cannot be read: {error.strerror}")
        self.path = path


class SignedBundles:
    """Serves the `Bundles` port: writes bundles of a store's models, and takes them in."""

    def __init__(self, store: FolderModelStore, own_key_path: Path) -> None:
        self._store = store
        self._own_key_path = own_key_path

    def write(
        self, models: Sequence[InstalledModel], target: Path, key: Path | None, cancel: Cancel
    ) -> Iterator[DownloadProgress | BundleWritten]:
        """Copy, hash and sign; the last item is BundleWritten. The signature comes last: without it, it is no bundle.

        Raises Cancelled, or AppError FOLDER_NOT_EMPTY, KEY_INVALID, FILE_NOT_FOUND, DISK_FULL, HOME_NOT_WRITABLE.
        """
        try:
            if target.exists() and (not target.is_dir() or any(target.iterdir())):
                raise AppError(ErrorCode.FOLDER_NOT_EMPTY, path=str(target))
            signer = read_key(key) if key is not None else own_key(self._own_key_path)
            require_room(target, models[0].id, sum(model.size for model in models))
            described: list[_Model] = []
            for model in models:
                files: list[_File] = []
                for path, done in _copied(model, target / model.id, cancel):
                    files += [path] if path is not None else []
                    yield DownloadProgress(model.id, done, max(model.size, done))
                described.append(_Model(record_of(model), tuple(files)))
            manifest = msgspec.json.format(msgspec.json.encode(_Manifest(1, tuple(described))))
            write_whole(target / _MANIFEST, manifest)
            signature = signer.sign(_SIGNED_AS + manifest).hex()
            write_whole(target / _SIGNATURE, f"key {public_key(signer)}\nsignature {signature}\n".encode())
            yield BundleWritten(str(target), public_key(signer), tuple(model.id for model in models))
        except _Unreadable as error:
            raise AppError(ErrorCode.MODEL_INVALID, path=str(error.path), reason=str(error)) from error
        except OSError as error:
            raise unwritable(target, error) from error

    def install(
        self, bundle: Path, trusted: Collection[str], cancel: Cancel
    ) -> Iterator[DownloadProgress | InstalledModel]:
        """Verify everything, then install everything that is not here yet; the InstalledModels come last.

        Raises Cancelled, or AppError BUNDLE_UNTRUSTED, BUNDLE_INVALID, DISK_FULL, MODEL_BUSY, HOME_NOT_WRITABLE.
        """
        manifest = _verified_manifest(bundle, trusted)
        here = {model.id: model for model in self._store.installed()}
        for model in manifest.models:
            if model.record.id in here and here[model.record.id].sha256 != model.record.sha256:
                raise _invalid(bundle, f"another model with the id {model.record.id} is on this machine")
        missing = [model for model in manifest.models if model.record.id not in here]
        try:
            with ExitStack() as holding:
                staged = [(model, holding.enter_context(self._place_for(bundle, model))) for model in missing]
                for _, partial in staged:
                    holding.callback(partial.discard)  # what was not installed by then
                for model, partial in staged:
                    yield from self._stage(bundle, model, partial.folder / "bundled", cancel)
                for model, partial in staged:
                    here[model.record.id] = self._store.keep_folder(model.record, partial.folder / "bundled")
        except _Unreadable as error:
            raise _invalid(bundle, str(error)) from error
        except OSError as error:
            raise unwritable(self._store.folder, error) from error
        yield from (here[model.record.id] for model in manifest.models)

    def _place_for(self, bundle: Path, model: _Model) -> PartialFile:
        return PartialFile(self._store.folder, model.record.id, str(bundle))

    def _stage(self, bundle: Path, model: _Model, folder: Path, cancel: Cancel) -> Iterator[DownloadProgress]:
        """Copy a model beside its final place while it is hashed."""
        total, here = sum(file.size for file in model.files), 0
        require_room(self._store.folder, model.record.id, total)
        for file in model.files:
            for copied in _checked_copy(bundle, model.record.id, file, folder, cancel):
                yield DownloadProgress(model.record.id, here + copied, total)
            here += file.size


def _files(folder: Path) -> Iterator[Path]:
    """What makes up a model; what was made of it on this machine lies in hidden folders and stays here."""
    for path in folder.rglob("*"):
        if path.is_file() and not any(part.startswith(".") for part in path.relative_to(folder).parts):
            yield path


def _copied(model: InstalledModel, target: Path, cancel: Cancel) -> Iterator[tuple[_File | None, int]]:
    """Copy a model's files; each is described once it is there. Also yields the bytes so far."""
    source = Path(model.path)
    paths = sorted(_files(source)) if source.is_dir() else [source]
    done = 0
    for path in paths:
        name = path.relative_to(source).as_posix() if source.is_dir() else path.name
        if name == "model.json":
            continue  # the record is in the manifest
        (target / name).parent.mkdir(parents=True, exist_ok=True)
        digest, size = hashlib.sha256(), 0
        with (target / name).open("xb") as copy:
            for block in _blocks(path, cancel):
                copy.write(block)
                digest.update(block)
                size += len(block)
                done += len(block)
                yield None, done
        settle(target / name)
        yield _File(name, size, digest.hexdigest()), done


def _checked_copy(bundle: Path, model: str, file: _File, folder: Path, cancel: Cancel) -> Iterator[int]:
    """Copy one file and compare what was copied; yields its bytes so far. Raises AppError BUNDLE_INVALID."""
    source, target = bundle / model / file.path, folder / file.path
    if any(path.is_symlink() for path in (bundle / model, *_between(bundle / model, source))) or not source.is_file():
        raise _invalid(bundle, f"{model}/{file.path} is missing, or is not a plain file")
    target.parent.mkdir(parents=True, exist_ok=True)
    digest, size = hashlib.sha256(), 0
    with target.open("xb") as copy:
        for block in _blocks(source, cancel):
            size += len(block)
            if size > file.size:
                break
            copy.write(block)
            digest.update(block)
            yield size
    if size != file.size or digest.hexdigest() != file.sha256:
        raise _invalid(bundle, f"{model}/{file.path} is not the file that was signed")
    settle(target)


def _between(folder: Path, path: Path) -> Iterator[Path]:
    """The path and what lies between it and the folder."""
    while path != folder:
        yield path
        path = path.parent


def _blocks(path: Path, cancel: Cancel) -> Iterator[bytes]:
    """The file's content. Raises Cancelled, or _Unreadable, which tells a bad stick from a disk of ours."""
    try:
        file = path.open("rb")
    except OSError as error:
        raise _Unreadable(path, error) from error
    with file:
        while block := _read_block(file, path):
            cancel.check()
            yield block


def _read_block(file: BinaryIO, path: Path) -> bytes:
    try:
        return file.read(BLOCK)
    except OSError as error:
        raise _Unreadable(path, error) from error


def _verified_manifest(bundle: Path, trusted: Collection[str]) -> _Manifest:
    """The manifest, once its signature holds and its names do no harm. Raises AppError BUNDLE_UNTRUSTED, _INVALID."""
    content, signature = _read(bundle, _MANIFEST), _read(bundle, _SIGNATURE)
    found = _SIGNATURE_FORM.fullmatch(signature.decode("ascii", "replace"))
    if found is None:
        raise _invalid(bundle, f"{_SIGNATURE} does not hold a signature")
    if not holds(found[1], found[2], _SIGNED_AS + content):
        raise _invalid(bundle, "the signature does not fit the manifest")
    if found[1] not in trusted:
        raise AppError(ErrorCode.BUNDLE_UNTRUSTED, path=str(bundle), key=found[1])
    try:
        manifest = msgspec.json.decode(content, type=_Manifest)
        _check_names(manifest)
    except (ValueError, msgspec.DecodeError) as error:
        raise _invalid(bundle, str(error)) from error
    return manifest


def _check_names(manifest: _Manifest) -> None:
    """Raise ValueError for a format of the future, and for names that lead elsewhere or to the same place."""
    if manifest.format != 1:
        raise ValueError("it was made by a newer Donjon")
    names: list[str] = []
    for model in manifest.models:
        for name in (model.record.id, model.record.file):
            if len(inside(name).parts) != 1 or name.startswith("."):
                raise ValueError(f"{name!r} is not a plain name")
        paths = [str(inside(file.path)) for file in model.files]
        if not is_folder(model.record) and model.record.file not in paths:
            raise ValueError(f"{model.record.id} lacks its file {model.record.file}")
        names += [f"{model.record.id}/{path}".lower() for path in paths]
    if len(set(names)) < len(names) or len({model.record.id for model in manifest.models}) < len(manifest.models):
        raise ValueError("a name is there twice")


def _read(bundle: Path, name: str) -> bytes:
    try:
        with (bundle / name).open("rb") as file:
            content = file.read(_MANIFEST_SIZE + 1)
    except OSError as error:
        raise _invalid(bundle, f"{name} cannot be read") from error
    if len(content) > _MANIFEST_SIZE:
        raise _invalid(bundle, f"{name} is too large")
    return content


def _invalid(bundle: Path, reason: str) -> AppError:
    return AppError(ErrorCode.BUNDLE_INVALID, path=str(bundle), reason=reason)
