"""Reads the header of a GGUF file, trusting nothing in it.

The format is that of ggml's gguf.md, versions 2 and 3, little endian. Counts and lengths are the file's own claims, so
each is held against a bound and against the bytes that are really there before anything is read or made for it.
"""

import math
import struct
import time
from pathlib import Path
from typing import BinaryIO, Final

from app.domain.errors import AppError, ErrorCode
from app.domain.guard import strip_invisible
from app.domain.models import ModelHeader

MAX_PAIRS = 4096
MAX_TENSORS = 65536
MAX_KEY = 65535
MAX_STRING = 1024 * 1024
MAX_ITEMS = 4 * 1024 * 1024  # of an array; the largest vocabularies have some 300 000 entries
MAX_LAYERS = 1024
MAX_DIMENSIONS = 4
MAX_ELEMENTS = 1 << 48
MAX_HEADER = 256 * 1024 * 1024
TIME_LIMIT_S = 10.0
MAX_NAME = 200

Scalar = int | float | bool | str

_UINT32: Final = struct.Struct("<I")
_UINT64: Final = struct.Struct("<Q")
_STRING, _ARRAY = 8, 9
_WHOLE: Final = (0, 1, 2, 3, 4, 5, 10, 11)  # the types of whole numbers
_SCALARS: Final = {
    number: struct.Struct(f"<{letter}")
    for number, letter in enumerate("BbHhIif?  Qqd")
    if number not in (_STRING, _ARRAY)
}

# ggml type: values in a block, bytes of a block
_TENSOR_TYPES: Final = {
    0: (1, 4), 1: (1, 2), 2: (32, 18), 3: (32, 20), 6: (32, 22), 7: (32, 24), 8: (32, 34), 9: (32, 36),
    10: (256, 84), 11: (256, 110), 12: (256, 144), 13: (256, 176), 14: (256, 210), 15: (256, 292), 16: (256, 66),
    17: (256, 74), 18: (256, 98), 19: (256, 50), 20: (32, 18), 21: (256, 110), 22: (256, 82), 23: (256, 136),
    24: (1, 1), 25: (1, 2), 26: (1, 4), 27: (1, 8), 28: (1, 8), 29: (256, 56), 30: (1, 2), 34: (256, 54),
    35: (256, 66), 39: (32, 17), 40: (64, 36),
}  # fmt: skip
_TENSOR_TYPE_NAMES: Final = {
    0: "F32", 1: "F16", 2: "Q4_0", 3: "Q4_1", 6: "Q5_0", 7: "Q5_1", 8: "Q8_0", 10: "Q2_K", 11: "Q3_K", 12: "Q4_K",
    13: "Q5_K", 14: "Q6_K", 20: "IQ4_NL", 23: "IQ4_XS", 30: "BF16",
}  # fmt: skip
_QUANTISATIONS: Final = {
    0: "F32", 1: "F16", 2: "Q4_0", 3: "Q4_1", 7: "Q8_0", 8: "Q5_0", 9: "Q5_1", 10: "Q2_K", 11: "Q3_K_S", 12: "Q3_K_M",
    13: "Q3_K_L", 14: "Q4_K_S", 15: "Q4_K_M", 16: "Q5_K_S", 17: "Q5_K_M", 18: "Q6_K", 19: "IQ2_XXS", 20: "IQ2_XS",
    21: "Q2_K_S", 22: "IQ3_XS", 23: "IQ3_XXS", 24: "IQ1_S", 25: "IQ4_NL", 26: "IQ3_S", 27: "IQ3_M", 28: "IQ2_S",
    29: "IQ2_M", 30: "IQ4_XS", 31: "IQ1_M", 32: "BF16", 36: "TQ1_0", 37: "TQ2_0", 38: "MXFP4",
}  # fmt: skip


class _Invalid(Exception):
    """The file breaks a rule or a bound."""


def read_header(path: Path) -> ModelHeader:
    """What a GGUF file says of itself. Raises AppError MODEL_INVALID, FILE_NOT_FOUND."""
    try:
        with path.open("rb") as stream:
            return _Reader(stream, path.stat().st_size).read()
    except FileNotFoundError as error:
        raise AppError(ErrorCode.FILE_NOT_FOUND, path=str(path)) from error
    except _Invalid as error:
        raise AppError(ErrorCode.MODEL_INVALID, path=str(path), reason=str(error)) from error
    except OSError as error:
        raise AppError(ErrorCode.MODEL_INVALID, path=str(path), reason=error.strerror or str(error)) from error


class _Reader:
    """A position in the file, the bytes left, and the time left."""

    def __init__(self, stream: BinaryIO, size: int) -> None:
        self._stream = stream
        self._size = size
        self._left = min(size, MAX_HEADER)
        self._deadline = time.monotonic() + TIME_LIMIT_S
        self._pairs: dict[str, Scalar] = {}
        self._lists: dict[str, tuple[int, ...]] = {}  # short arrays of numbers: a count for each layer
        self._items: dict[str, int] = {}  # how many items every array has
        self._bytes_by_type: dict[str, int] = {}

    def read(self) -> ModelHeader:
        """The whole header, checked."""
        if self._take(4) != b"GGUF":
            raise _Invalid("it is not a GGUF file")
        version = self._uint32()
        if version not in (2, 3):
            raise _Invalid(f"its format version {version} is not known")
        tensors = self._count("tensors", MAX_TENSORS)
        pairs = self._count("metadata entries", MAX_PAIRS)
        for _ in range(pairs):
            self._read_pair()
        alignment = self._number("general.alignment", 32)
        if not 1 <= alignment <= 65536 or alignment & (alignment - 1):
            raise _Invalid(f"its alignment is {alignment}")
        parameters = self._read_tensors(tensors, alignment)
        return self._header(tensors, parameters)

    def _header(self, tensors: int, parameters: int) -> ModelHeader:
        architecture = self._text("general.architecture")
        if not architecture:
            raise _Invalid("it does not say which architecture it has")
        file_type = self._number("general.file_type", -1)
        layers = self._number(f"{architecture}.block_count", 0)
        adapter = self._adapter()
        return ModelHeader(
            architecture=architecture,
            name=self._text("general.name"),
            parameters=parameters,
            quantisation=_QUANTISATIONS.get(file_type, ""),
            context=self._number(f"{architecture}.context_length", 0),
            layers=layers,
            has_chat_template=bool(self._text("tokenizer.chat_template")),
            licence=self._text("general.license"),
            tensors=tensors,
            file_size=self._size,
            embedding=self._number(f"{architecture}.embedding_length", 0),
            vocabulary=self._items.get("tokenizer.ggml.tokens", 0),
            adapter=adapter,
            base=(self._text("general.base_model.0.name") or architecture) if adapter else "",
            kv_width=self._kv_width(architecture, layers),
            bytes_by_type=self._bytes_by_type,
        )

    def _adapter(self) -> str:
        """Which kind of adapter it is; "" for a model."""
        if self._text("general.type") != "adapter":
            return ""
        kind = self._text("adapter.type")
        if kind != "lora":
            raise _Invalid(f"it is an adapter of the unknown type {kind or 'none'}")
        return kind

    def _kv_width(self, architecture: str, layers: int) -> int:
        """How many values one token adds to the KV state: the keys and values of all layers."""
        heads = self._per_layer(f"{architecture}.attention.head_count", layers, 0)
        kv_heads = self._per_layer(f"{architecture}.attention.head_count_kv", layers, max(heads, default=0))
        if len(kv_heads) != layers or max(heads, default=0) < 1 or min(kv_heads) < 0:
            return 0
        head = self._number(f"{architecture}.embedding_length", 0) // max(heads)
        key = self._number(f"{architecture}.attention.key_length", head)
        value = self._number(f"{architecture}.attention.value_length", head)
        return min(sum(kv_heads) * max(key + value, 0), MAX_ELEMENTS)

    def _per_layer(self, key: str, layers: int, default: int) -> tuple[int, ...]:
        """A number for every layer, or one for all of them."""
        if key in self._lists:
            return self._lists[key]
        return (self._number(key, default),) * min(layers, MAX_LAYERS)

    # --- metadata ------------------------------------------------------------------------------------------------

    def _read_pair(self) -> None:
        key = self._string(MAX_KEY)
        if key in self._pairs:
            raise _Invalid(f"it says {_printable(key)} twice")
        kind = self._uint32()
        if kind == _ARRAY:
            self._read_array(key)
            self._pairs[key] = ""
        else:
            self._pairs[key] = self._scalar(kind)

    def _scalar(self, kind: int) -> Scalar:
        if kind == _STRING:
            return self._string(MAX_STRING)
        form = _SCALARS.get(kind)
        if form is None:
            raise _Invalid(f"it has a value of the unknown type {kind}")
        value: int | float | bool = form.unpack(self._take(form.size))[0]
        return value

    def _read_array(self, key: str) -> None:
        """Count the items; keep those of a short list of whole numbers, skip all others."""
        kind = self._uint32()
        items = self._items[key] = self._count("items of an array", MAX_ITEMS)
        if kind == _STRING:
            for _ in range(items):
                self._take(self._length(MAX_STRING))
            return
        form = _SCALARS.get(kind)
        if form is None:
            raise _Invalid(f"it has an array of the unknown or nested type {kind}")
        if items <= MAX_LAYERS and kind in _WHOLE:
            self._lists[key] = tuple(form.unpack(self._take(form.size))[0] for _ in range(items))
        else:
            self._skip(items * form.size)

    def _text(self, key: str) -> str:
        value = self._pairs.get(key, "")
        if not isinstance(value, str):
            raise _Invalid(f"{_printable(key)} is not text")
        return _printable(value)

    def _number(self, key: str, default: int) -> int:
        value = self._pairs.get(key, default)
        if not isinstance(value, int) or isinstance(value, bool) or not -1 <= value < 1 << 31:
            raise _Invalid(f"{_printable(key)} is not a sensible number")
        return value

    # --- tensors -------------------------------------------------------------------------------------------------

    def _read_tensors(self, count: int, alignment: int) -> int:
        """Check that every tensor lies within the file; returns the number of values in all."""
        names: set[str] = set()
        parameters = furthest = 0
        for _ in range(count):
            name = self._string(MAX_KEY)
            if name in names:
                raise _Invalid(f"it has the tensor {_printable(name)} twice")
            names.add(name)
            dimensions = self._uint32()
            if dimensions > MAX_DIMENSIONS:
                raise _Invalid(f"a tensor has {dimensions} dimensions")
            shape = [self._uint64() for _ in range(dimensions)]
            values = math.prod(shape)
            if any(side == 0 for side in shape) or values > MAX_ELEMENTS:
                raise _Invalid(f"the tensor {_printable(name)} has an impossible shape")
            furthest = max(furthest, self._tensor_end(name, shape, values, alignment))
            parameters += values
        start = -(-self._position() // alignment) * alignment
        if count and start + furthest > self._size:
            raise _Invalid("it is incomplete: the weights go on past its end")
        return parameters

    def _tensor_end(self, name: str, shape: list[int], values: int, alignment: int) -> int:
        kind = self._uint32()
        offset = self._uint64()
        if kind not in _TENSOR_TYPES:
            raise _Invalid(f"it has weights of the unknown type {kind}")
        block, size = _TENSOR_TYPES[kind]
        if offset % alignment or (shape and shape[0] % block):
            raise _Invalid("its weights are not laid out as they should be")
        if name != "token_embd.weight":  # a table that rows are read from, never multiplied with
            label = _TENSOR_TYPE_NAMES.get(kind, "other")
            self._bytes_by_type[label] = self._bytes_by_type.get(label, 0) + values // block * size
        return offset + values // block * size

    # --- bytes ---------------------------------------------------------------------------------------------------

    def _take(self, size: int) -> bytes:
        if size > self._left:
            raise _Invalid("it ends too early" if self._size < MAX_HEADER else "its header is too long")
        if time.monotonic() > self._deadline:
            raise _Invalid("reading its header takes too long")
        data = self._stream.read(size)
        if len(data) != size:
            raise _Invalid("it ends too early")
        self._left -= size
        return data

    def _skip(self, size: int) -> None:
        while size:
            step = min(size, MAX_STRING)
            self._take(step)
            size -= step

    def _position(self) -> int:
        return min(self._size, MAX_HEADER) - self._left

    def _uint32(self) -> int:
        value: int = _UINT32.unpack(self._take(4))[0]
        return value

    def _uint64(self) -> int:
        value: int = _UINT64.unpack(self._take(8))[0]
        return value

    def _count(self, what: str, bound: int) -> int:
        count = self._uint64()
        if count > min(bound, self._left):  # each takes a byte at least
            raise _Invalid(f"it claims {count} {what}")
        return count

    def _length(self, bound: int) -> int:
        length = self._uint64()
        if length > min(bound, self._left):
            raise _Invalid(f"it claims a text of {length} bytes")
        return length

    def _string(self, bound: int) -> str:
        return self._take(self._length(bound)).decode("utf-8", "replace")


def _printable(text: str) -> str:
    """Untrusted text that can be shown: one line, nothing invisible, not endless."""
    visible, _ = strip_invisible(text[: 2 * MAX_NAME])
    line = "".join(char if char.isprintable() else " " for char in visible).strip()
    return line if len(line) <= MAX_NAME else line[: MAX_NAME - 1] + "…"
