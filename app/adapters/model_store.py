"""The folders of verified model files: this person's own, and one that all users of the machine read.

<models>/<id>/model.json      the record; a model is installed once this is there, and it is written last
<models>/<id>/<file>          a model's GGUF; or beside the record, the files of an embedder's folder
<models>/.fetching/           what is on its way; see `partial_file`
"""

import re
import shutil
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Final

import msgspec

from app.adapters.archive import unpack
from app.adapters.catalogue import Catalogue
from app.adapters.model_source import Source, SourceFailure
from app.adapters.partial_file import PartialFile, require_room
from app.adapters.verified_files import settle, sha256, write_whole
from app.domain.cancel import Cancel
from app.domain.errors import AppError, ErrorCode
from app.domain.events import DownloadProgress
from app.domain.models import CatalogueEntry, InstalledModel, ModelHeader, ModelRole
from app.domain.transfer import TransferRate

_RECORD: Final = "model.json"
_ARCHIVE_GROWTH: Final = 20  # an archive's unpacked size by its packed one, at most


class Record(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """What is kept of an installed model."""

    id: str
    name: str
    role: ModelRole
    file: str  # the folder's own name for a model that is a folder
    size: int
    sha256: str  # of the file as it was fetched; from then on nothing else is that model
    licence: str
    base: str = ""  # of an adapter: the model that it changes


class FolderModelStore:
    """Serves the `ModelStore` port; `source_for` makes the source of a scheme. `shared` is never written to."""

    def __init__(
        self,
        folder: Path,
        catalogue: Catalogue,
        source_for: Callable[[str], Source],
        shared: Path | None = None,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self.folder = folder
        self._catalogue = catalogue
        self._source_for = source_for
        self._shared = shared
        self._clock = clock

    def catalogue(self) -> list[CatalogueEntry]:
        """All models that can be fetched, hidden ones included."""
        return self._catalogue.entries()

    def problems(self) -> list[AppError]:
        """What is wrong with catalogues that were added."""
        return self._catalogue.problems()

    def installed(self) -> list[InstalledModel]:
        """The models that are here: the catalogue's defaults first, those for tests last; own before shared ones."""
        entries = {entry.id: entry for entry in self.catalogue()}

        def rank(model: InstalledModel) -> tuple[bool, bool, str]:
            entry = entries.get(model.id)
            return (entry is not None and entry.hidden, entry is None or not entry.default, model.id)

        found: dict[str, InstalledModel] = {}
        for folder in (self._shared, self.folder):
            records = folder.glob(f"[!.]*/{_RECORD}") if folder is not None else ()
            found.update({model.id: model for path in records if (model := self._read(path)) is not None})
        return sorted(found.values(), key=rank)

    def fetch(self, entry: CatalogueEntry, cancel: Cancel) -> Iterator[DownloadProgress | InstalledModel]:
        """Fetch, verify, then install; the last item is the InstalledModel.

        A fetch that was stopped goes on where it stood. Raises Cancelled, or AppError DOWNLOAD_FAILED, HASH_MISMATCH,
        DISK_FULL, MODEL_BUSY, HOME_NOT_WRITABLE; nothing half-done gets the final name.
        """
        try:
            with PartialFile(self.folder, entry.id, entry.source, entry.sha256) as partial:
                if self._lies_there(entry, cancel):
                    yield self._write_record(_record(entry, entry.sha256, entry.size))
                    return
                yield from self._download(entry, partial, cancel)
                found = sha256(partial.path, cancel)
                if found != partial.note.sha256:
                    expected = partial.note.sha256
                    partial.discard()
                    raise AppError(ErrorCode.HASH_MISMATCH, model=entry.id, found=found, expected=expected)
                model = self._install(_record(entry, found, partial.note.size), partial)
                partial.discard()
                yield model
        except SourceFailure as failure:
            raise AppError(ErrorCode.DOWNLOAD_FAILED, model=entry.id, reason=str(failure)) from failure
        except OSError as error:
            raise unwritable(self.folder, error) from error

    def remove(self, model: InstalledModel) -> None:
        """Delete a model's files, its record first: what a crash leaves behind is no model any more.

        Raises AppError MODEL_SHARED for one in the folder that all users read, HOME_NOT_WRITABLE.
        """
        if model.shared:
            raise AppError(ErrorCode.MODEL_SHARED, model=model.id)
        try:
            (self.folder / model.id / _RECORD).unlink()
            shutil.rmtree(self.folder / model.id)
        except OSError as error:
            raise unwritable(self.folder, error) from error

    def adopt(self, path: Path, header: ModelHeader) -> InstalledModel:
        """Copy a GGUF from anywhere into the folder. Raises AppError FILE_NOT_FOUND, DISK_FULL, HOME_NOT_WRITABLE."""
        if not path.is_file():
            raise AppError(ErrorCode.FILE_NOT_FOUND, path=str(path))
        size = path.stat().st_size
        found = sha256(path, Cancel())
        for model in self.installed():
            if model.sha256 == found:
                return model
        require_room(self.folder, path.name, size)
        role: ModelRole = "adapter" if header.adapter else "chat"
        name = header.name or path.stem
        record = Record(self._free_id(path.stem), name, role, path.name, size, found, "", header.base)
        staged = self.folder / f".{record.id}.copy"
        try:
            shutil.copyfile(path, staged)
            return self._keep_file(record, staged)
        except OSError as error:
            staged.unlink(missing_ok=True)
            raise unwritable(self.folder, error) from error

    def keep_folder(self, record: Record, staged: Path) -> InstalledModel:
        """Give a folder of verified files, on the same disk, its final place; it brings its record along."""
        write_whole(staged / _RECORD, msgspec.json.format(msgspec.json.encode(record)))
        target = self.folder / record.id
        shutil.rmtree(target, ignore_errors=True)  # a folder without a record, or an old one
        staged.replace(target)
        return _model(record, target, shared=False)

    def _lies_there(self, entry: CatalogueEntry, cancel: Cancel) -> bool:
        """Whether somebody has put the very file into its place, without a record."""
        path = self.folder / entry.id / entry.file
        right_size = bool(entry.sha256) and path.is_file() and path.stat().st_size == entry.size
        return right_size and sha256(path, cancel) == entry.sha256

    def _download(self, entry: CatalogueEntry, partial: PartialFile, cancel: Cancel) -> Iterator[DownloadProgress]:
        rate = TransferRate()
        source = self._source_for(entry.source.partition(":")[0])
        for done in source.fetch(entry, partial, cancel):
            total = partial.note.size
            yield DownloadProgress(entry.id, done, total, *rate.measure(self._clock(), done, total))

    def _install(self, record: Record, partial: PartialFile) -> InstalledModel:
        if not is_folder(record):
            return self._keep_file(record, partial.path)
        staged = partial.folder / "unpacked"
        shutil.rmtree(staged, ignore_errors=True)
        try:
            unpack(partial.path, staged, record.size * _ARCHIVE_GROWTH)
        except ValueError as error:
            raise SourceFailure(str(error)) from error
        return self.keep_folder(record, staged)

    def _keep_file(self, record: Record, staged: Path) -> InstalledModel:
        target = self.folder / record.id
        target.mkdir(parents=True, exist_ok=True)
        settle(staged)
        staged.replace(target / record.file)
        return self._write_record(record)

    def _write_record(self, record: Record) -> InstalledModel:
        folder = self.folder / record.id
        write_whole(folder / _RECORD, msgspec.json.format(msgspec.json.encode(record)))
        return _model(record, folder, shared=False)

    def _read(self, path: Path) -> InstalledModel | None:
        """The model of a record; None for a record that is torn, not ours, or whose file has gone."""
        try:
            record = msgspec.json.decode(path.read_bytes(), type=Record)
        except (OSError, msgspec.DecodeError):
            return None
        model = _model(record, path.parent, shared=path.parent.parent == self._shared)
        here = record.id == path.parent.name and Path(record.file).name == record.file and Path(model.path).exists()
        return model if here else None

    def _free_id(self, stem: str) -> str:
        base = re.sub(r"[^a-z0-9.]+", "-", stem.lower()).strip("-.") or "model"
        taken = {entry.id for entry in self.catalogue()} | {model.id for model in self.installed()}
        number, candidate = 1, base
        while candidate in taken or (self.folder / candidate).exists():
            number += 1
            candidate = f"{base}-{number}"
        return candidate


def unwritable(folder: Path, error: OSError) -> AppError:
    """What to say when a folder of ours cannot be written."""
    return AppError(ErrorCode.HOME_NOT_WRITABLE, path=str(folder), reason=error.strerror or str(error))


def _record(entry: CatalogueEntry, digest: str, size: int) -> Record:
    return Record(entry.id, entry.name, entry.role, entry.file, size, digest, entry.licence)


def record_of(model: InstalledModel) -> Record:
    """The record that makes a model this one wherever it is installed."""
    path = Path(model.path)
    file = model.id if path.is_dir() else path.name
    return Record(model.id, model.name, model.role, file, model.size, model.sha256, model.licence, model.base)


def is_folder(record: Record) -> bool:
    """Whether the model is a folder of files rather than one."""
    return record.role == "embed" and not record.file.endswith(".gguf")


def _model(record: Record, folder: Path, *, shared: bool) -> InstalledModel:
    path = folder if is_folder(record) else folder / record.file
    return InstalledModel(
        record.id,
        record.name,
        record.role,
        str(path),
        record.size,
        record.sha256,
        record.licence,
        shared,
        base=record.base,
    )
