"""A model's file on its way: what has come of it, and what it has to become.

<models>/.fetching/<id>/part        the bytes so far
<models>/.fetching/<id>/note.json   where they come from and what they are to be
<models>/.fetching/<id>.lock        held by the one process that adds to them
"""

import os
import shutil
from pathlib import Path
from types import TracebackType
from typing import BinaryIO, Final, Self

import msgspec

from app.adapters.file_lock import try_lock
from app.adapters.verified_files import write_whole
from app.domain.errors import AppError, ErrorCode

_FETCHING: Final = ".fetching"
_MEGABYTE: Final = 1_000_000
_ROOM: Final = 64 * _MEGABYTE  # left free on the disk


class Note(msgspec.Struct, frozen=True):
    """What is known of a file on its way."""

    source: str
    sha256: str = ""
    size: int = 0
    etag: str = ""  # the server's name for this version of the file
    parts: int = 0  # of a file that comes in parts: the whole ones, and the bytes they made
    bytes: int = 0


class PartialFile:
    """Held inside a `with` by one fetch at a time, of all processes that share the folder."""

    def __init__(self, models: Path, model: str, source: str, sha256: str = "") -> None:
        self._models = models
        self._model = model
        self._sha256 = sha256
        self.folder = models / _FETCHING / model  # sources and installers may put more into it
        self.path = self.folder / "part"
        self.note = Note(source)

    def __enter__(self) -> Self:
        """Take the lock and see what is there. Raises AppError MODEL_BUSY, or OSError."""
        self.folder.mkdir(parents=True, exist_ok=True)
        self._descriptor = os.open(self.folder.with_name(f"{self._model}.lock"), os.O_RDWR | os.O_CREAT, 0o600)
        if not try_lock(self._descriptor):
            os.close(self._descriptor)
            raise AppError(ErrorCode.MODEL_BUSY, model=self._model)
        self.folder.mkdir(exist_ok=True)  # whoever held the lock before may have removed it
        note = self._read_note()
        if note is None or not self._is_of_this(note):
            self.discard()
        else:
            self.note = note
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, at: TracebackType | None) -> None:
        """Let another have it."""
        os.close(self._descriptor)

    @property
    def length(self) -> int:
        """The bytes that are here."""
        return self.path.stat().st_size if self.path.exists() else 0

    def expect(self, sha256: str, size: int, *, etag: str = "", spare: int = 0) -> None:
        """Note what the file is to become, if the disk has room for it and `spare` bytes. Raises AppError DISK_FULL."""
        require_room(self._models, self._model, size - self.length + spare)
        self._keep(msgspec.structs.replace(self.note, sha256=sha256, size=size, etag=etag))

    def reached(self, parts: int) -> None:
        """Note that the first `parts` parts are here as a whole."""
        self._keep(msgspec.structs.replace(self.note, parts=parts, bytes=self.length))

    def open_at(self, offset: int) -> BinaryIO:
        """Open to write from `offset` on; what lay behind it is cut off."""
        file = self.path.open("r+b" if self.path.exists() else "wb", buffering=0)
        file.truncate(offset)
        file.seek(offset)
        return file

    def discard(self) -> None:
        """Forget everything."""
        shutil.rmtree(self.folder, ignore_errors=True)
        self.note = Note(self.note.source)

    def _keep(self, note: Note) -> None:
        if note != self.note or not self.path.exists():
            self.folder.mkdir(parents=True, exist_ok=True)
            write_whole(self.folder / "note.json", msgspec.json.encode(note))
            self.note = note

    def _read_note(self) -> Note | None:
        try:
            return msgspec.json.decode((self.folder / "note.json").read_bytes(), type=Note)
        except (FileNotFoundError, msgspec.DecodeError):
            return None  # nothing was begun, or the note is torn: from the start

    def _is_of_this(self, note: Note) -> bool:
        same = note.source == self.note.source and self._sha256 in ("", note.sha256)
        return same and self.length >= note.bytes


def require_room(folder: Path, model: str, needed: int) -> None:
    """Raise AppError DISK_FULL unless the folder's disk has room for so many bytes and some more."""
    folder.mkdir(parents=True, exist_ok=True)
    free = shutil.disk_usage(folder).free
    if free < needed + _ROOM:
        wanted = (needed + _ROOM) // _MEGABYTE
        raise AppError(ErrorCode.DISK_FULL, model=model, needed_mb=wanted, free_mb=free // _MEGABYTE)
