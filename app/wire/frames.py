"""Frames on a pipe: magic, version and length, then one msgpack message.

    offset 0  2 bytes  b"DJ"
           2  1 byte   protocol version
           3  4 bytes  payload length, big endian, at most MAX_PAYLOAD
           7  …        payload: one tagged message (`wire.messages`), strictly typed

Anything else ends the connection: a reader that has lost the frame boundary cannot find it again.
"""

import struct
import threading
from enum import StrEnum
from typing import Generic, Protocol, TypeVar

import msgspec

VERSION = 1
MAX_PAYLOAD = 64 * 1024 * 1024
_HEADER = struct.Struct(">2sBI")
_MAGIC = b"DJ"

M = TypeVar("M")


class Fault(StrEnum):
    """What was wrong with a frame."""

    MAGIC = "not_a_frame"
    VERSION = "other_version"
    TOO_LARGE = "too_large"
    TRUNCATED = "truncated"
    MALFORMED = "malformed"


class FrameError(Exception):
    """A frame that cannot be read; the connection is over."""

    def __init__(self, fault: Fault, detail: str = "") -> None:
        super().__init__(f"{fault.value}: {detail}" if detail else fault.value)
        self.fault = fault


class Readable(Protocol):
    """The part of a binary file that a FrameReader needs."""

    def read(self, size: int, /) -> bytes | None:
        """Up to `size` bytes; b"" at the end."""
        ...


class Writable(Protocol):
    """The part of a binary file that a FrameWriter needs."""

    def write(self, data: bytes, /) -> int | None:
        """Write some or all of `data`; returns how much."""
        ...

    def flush(self) -> None:
        """Push it out."""
        ...


class FrameReader(Generic[M]):
    """Reads messages of one union type from a pipe."""

    def __init__(self, stream: Readable, messages: object) -> None:
        self._stream = stream
        self._decoder: msgspec.msgpack.Decoder[M] = msgspec.msgpack.Decoder(messages)

    def read(self) -> M | None:
        """The next message, or None when the other side has closed between frames. Raises FrameError."""
        header = self._read_exactly(_HEADER.size, at_boundary=True)
        if header is None:
            return None
        magic, version, length = _HEADER.unpack(header)
        if magic != _MAGIC:
            raise FrameError(Fault.MAGIC, repr(magic))
        if version != VERSION:
            raise FrameError(Fault.VERSION, f"{version}, expected {VERSION}")
        if length > MAX_PAYLOAD:
            raise FrameError(Fault.TOO_LARGE, f"{length} bytes")
        payload = self._read_exactly(length, at_boundary=False) or b""
        try:
            return self._decoder.decode(payload)
        except (msgspec.DecodeError, RecursionError, UnicodeDecodeError) as error:
            raise FrameError(Fault.MALFORMED, str(error)) from error

    def _read_exactly(self, size: int, *, at_boundary: bool) -> bytes | None:
        parts: list[bytes] = []
        missing = size
        while missing:
            part = self._stream.read(min(missing, 1 << 20))
            if not part:
                if at_boundary and not parts:
                    return None
                raise FrameError(Fault.TRUNCATED, f"{missing} of {size} bytes missing")
            parts.append(part)
            missing -= len(part)
        return b"".join(parts)


class FrameWriter:
    """Writes messages to a pipe, whole, from any thread."""

    def __init__(self, stream: Writable) -> None:
        self._stream = stream
        self._lock = threading.Lock()
        self._encoder = msgspec.msgpack.Encoder()

    def write(self, message: msgspec.Struct) -> None:
        """Send one message. Raises FrameError TOO_LARGE, or OSError when the other side is gone."""
        payload = self._encoder.encode(message)
        if len(payload) > MAX_PAYLOAD:
            raise FrameError(Fault.TOO_LARGE, f"{len(payload)} bytes")
        frame = memoryview(_HEADER.pack(_MAGIC, VERSION, len(payload)) + payload)
        with self._lock:
            while frame:
                written = self._stream.write(bytes(frame[: 1 << 20]) if len(frame) > 1 << 20 else frame.tobytes())
                frame = frame[written or 0 :]
            self._stream.flush()
