"""KV states on disk: a conversation that is opened again need not be read again.

One file for each conversation and model, private to the person, under a cap in bytes; the longest unused go first:

    offset 0   8 bytes  b"DJKV" and the version
           8  32 bytes  SHA-256 of all that follows
          40  32 bytes  the key: model, library version and the load settings that the state depends on
          72   4 bytes  number of tokens, little endian
          76   …        the tokens, 4 bytes each, then the state as llama.cpp writes it

It is a cache: a file that is torn, foreign or changed is deleted and never reaches native code, and a folder that
cannot be written only means that conversations are read again.
"""

import hashlib
import os
import struct
import sys
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path
from typing import BinaryIO

import llama_cpp

from app.domain.models import KvStore, LoadSettings
from app.worker.kv_slots import KvState, common

WORTHWHILE = 64  # tokens that a state must spare before it is worth reading
LARGEST_SHARE = 4  # one conversation takes at most this part of the cap

_MAGIC = b"DJKV\x00\x00\x00\x01"
_HEADER = struct.Struct("<8s32s32sI")
_CHECKED_FROM = 40


def state_key(sha256: str, settings: LoadSettings) -> bytes:
    """What a state depends on: not the size of the context, and not where or how fast it is computed."""
    mattering = replace(settings, context=0, threads=0, gpu_layers=0, extra_buffers=True)
    return hashlib.sha256(f"{llama_cpp.__version__} {sha256} {mattering}".encode()).digest()


class KvStates:
    """The states of one model's conversations, in a folder that several models share."""

    def __init__(self, store: KvStore, key: bytes) -> None:
        self._store = store
        self._folder = Path(store.folder)
        self._key = key

    def load(self, conversation: str, wanted: Sequence[int], known: int) -> KvState | None:
        """The conversation's state, if it holds worthwhile more of `wanted` than is known already."""
        path = self._path(conversation)
        try:
            if not path.is_file():
                return None
            with path.open("rb") as file:
                state = self._read(file, wanted, known)
            if state is not None:
                os.utime(path)  # it is in use
        except (OSError, ValueError) as error:
            _report(f"left out {path.name}: {error}")
            self.forget(conversation)
            return None
        return state

    def takes(self, size: int) -> bool:
        """Whether a state of so many bytes may be kept."""
        return size <= self._store.limit // LARGEST_SHARE

    def save(self, conversation: str, tokens: Sequence[int], data: memoryview) -> None:
        """Keep a state in place of the conversation's last."""
        path = self._path(conversation)
        torn = path.with_suffix(".tmp")
        try:
            self._folder.mkdir(mode=0o700, parents=True, exist_ok=True)
            self._make_room(_HEADER.size + 4 * len(tokens) + len(data), path)
            self._write(torn, tokens, data)
            torn.replace(path)
        except OSError as error:
            _report(f"could not keep {path.name}: {error}")

    def forget(self, conversation: str) -> None:
        """Delete the conversation's state."""
        try:
            self._path(conversation).unlink(missing_ok=True)
        except OSError as error:
            _report(str(error))

    def _path(self, conversation: str) -> Path:
        return self._folder / f"{self._store.stem(conversation)}-{self._key.hex()[:16]}.kv"

    def _read(self, file: BinaryIO, wanted: Sequence[int], known: int) -> KvState | None:
        """Raises ValueError for a file that is not what it must be."""
        size = os.fstat(file.fileno()).st_size
        if not _HEADER.size < size <= self._store.limit:
            raise ValueError(f"it has {size} bytes")
        head = file.read(_HEADER.size)
        magic, checksum, key, count = _HEADER.unpack(head)
        if magic != _MAGIC or key != self._key or _HEADER.size + 4 * count >= size:
            raise ValueError("it is not a state of this model")
        listed = file.read(4 * count)
        tokens = list(struct.unpack(f"<{count}i", listed))
        if common(tokens, wanted[:-1]) < known + WORTHWHILE:
            return None
        data = bytearray(file.read())
        if _checksum(head[_CHECKED_FROM:], listed, data) != checksum:
            raise ValueError("its checksum is wrong")
        return KvState(tokens, data)

    def _write(self, path: Path, tokens: Sequence[int], data: memoryview) -> None:
        listed = struct.pack(f"<{len(tokens)}i", *tokens)
        head = _HEADER.pack(_MAGIC, bytes(32), self._key, len(tokens))
        checksum = _checksum(head[_CHECKED_FROM:], listed, data)
        path.touch(mode=0o600, exist_ok=False)
        try:
            with path.open("r+b") as file:
                file.write(_HEADER.pack(_MAGIC, checksum, self._key, len(tokens)))
                file.write(listed)
                file.write(data)
        except OSError:
            path.unlink(missing_ok=True)
            raise

    def _make_room(self, size: int, successor: Path) -> None:
        """Delete what was cut short, then the longest unused states, until so many bytes can come."""
        for torn in self._folder.glob("*.tmp"):
            torn.unlink(missing_ok=True)
        held = sorted((path.stat().st_mtime_ns, path) for path in self._folder.glob("*.kv") if path != successor)
        total = sum(path.stat().st_size for _, path in held)
        for _, path in held:
            if total + size <= self._store.limit:
                return
            total -= path.stat().st_size
            path.unlink(missing_ok=True)


def _checksum(*parts: bytes | bytearray | memoryview) -> bytes:
    checked = hashlib.sha256()
    for part in parts:
        checked.update(part)
    return checked.digest()


def _report(what: str) -> None:
    print(f"kept conversations: {what}", file=sys.stderr, flush=True)
