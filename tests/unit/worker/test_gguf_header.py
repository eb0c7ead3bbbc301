"""A header is read; whatever is wrong with it is MODEL_INVALID, soon and with little memory."""

import random
import struct
import time
import tracemalloc
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from app.domain.errors import AppError, ErrorCode
from app.worker.gguf_header import MAX_NAME, read_header

UINT32, STRING, ARRAY, UINT64, UINT8 = 4, 8, 9, 10, 0


def text(value: str) -> bytes:
    data = value.encode()
    return struct.pack("<Q", len(data)) + data


def pair(key: str, kind: int, value: bytes) -> bytes:
    return text(key) + struct.pack("<I", kind) + value


def string(key: str, value: str) -> bytes:
    return pair(key, STRING, text(value))


def uint32(key: str, value: int) -> bytes:
    return pair(key, UINT32, struct.pack("<I", value))


def tensor(name: str, shape: tuple[int, ...], kind: int = 0, offset: int = 0) -> bytes:
    return text(name) + struct.pack(f"<I{len(shape)}QIQ", len(shape), *shape, kind, offset)


ARCHITECTURE = string("general.architecture", "llama")


def gguf(
    pairs: list[bytes], tensors: list[bytes], *, version: int = 3, counts: tuple[int, int] | None = None, data: int = 64
) -> bytes:
    counted = counts or (len(tensors), len(pairs))
    header = b"GGUF" + struct.pack("<IQQ", version, *counted) + b"".join(pairs) + b"".join(tensors)
    return header + bytes(-len(header) % 32) + bytes(data)


SOUND = gguf(
    [
        ARCHITECTURE,
        string("general.name", "Tiny\u202e One"),
        uint32("general.file_type", 15),
        uint32("llama.context_length", 4096),
        uint32("llama.block_count", 2),
        string("tokenizer.chat_template", "{{ messages }}"),
        pair("tokenizer.ggml.tokens", ARRAY, struct.pack("<IQ", STRING, 3) + text("a") + text("b") + text("c")),
        pair("tokenizer.ggml.scores", ARRAY, struct.pack("<IQ", 6, 2) + bytes(8)),
    ],
    [tensor("output.weight", (4, 4))],
)


def write(folder: Path, data: bytes) -> Path:
    path = folder / "model.gguf"
    path.write_bytes(data)
    return path


def test_a_sound_header_is_read(tmp_path: Path) -> None:
    header = read_header(write(tmp_path, SOUND))
    assert (header.architecture, header.name, header.quantisation) == ("llama", "Tiny One", "Q4_K_M")
    assert (header.context, header.layers, header.tensors, header.parameters) == (4096, 2, 1, 16)
    assert header.has_chat_template
    assert header.file_size == len(SOUND)


def test_a_real_model_is_read(test_chat_model: Path) -> None:
    header = read_header(test_chat_model)
    assert (header.architecture, header.layers, header.context, header.quantisation) == ("llama", 30, 8192, "Q4_1")
    assert 134_000_000 < header.parameters < 135_000_000


def test_a_missing_file_is_said_to_be_missing(tmp_path: Path) -> None:
    with pytest.raises(AppError) as caught:
        read_header(tmp_path / "none.gguf")
    assert caught.value.code is ErrorCode.FILE_NOT_FOUND


def test_a_folder_is_no_model(tmp_path: Path) -> None:
    with pytest.raises(AppError) as caught:
        read_header(tmp_path)
    assert caught.value.code is ErrorCode.MODEL_INVALID


def test_a_long_name_is_shown_short(tmp_path: Path) -> None:
    header = read_header(write(tmp_path, gguf([ARCHITECTURE, string("general.name", "n" * 65536)], [])))
    assert len(header.name) == MAX_NAME


@pytest.mark.parametrize(
    "data",
    {
        "empty": b"",
        "other magic": b"GGML" + SOUND[4:],
        "cut in the header": SOUND[:6],
        "cut in the metadata": SOUND[:100],
        "weights missing": SOUND[:-1],
        "version 0": gguf([ARCHITECTURE], [], version=0),
        "version of the other byte order": gguf([ARCHITECTURE], [], version=3 << 24),
        "2^63 metadata entries": gguf([ARCHITECTURE], [], counts=(0, 1 << 63)),
        "2^63 tensors": gguf([ARCHITECTURE], [], counts=(1 << 63, 1)),
        "a text of 2^62 bytes": gguf([pair("k", STRING, struct.pack("<Q", 1 << 62))], []),
        "an array of 10^9 bytes": gguf([pair("k", ARRAY, struct.pack("<IQ", UINT8, 10**9))], []),
        "an array of arrays": gguf([pair("k", ARRAY, struct.pack("<IQIQ", ARRAY, 1, ARRAY, 1))], []),
        "an unknown type": gguf([pair("k", 99, bytes(8))], []),
        "a key twice": gguf([ARCHITECTURE, ARCHITECTURE], []),
        "no architecture": gguf([string("general.name", "x")], []),
        "an architecture that is a number": gguf([uint32("general.architecture", 1)], []),
        "an alignment of 0": gguf([ARCHITECTURE, uint32("general.alignment", 0)], []),
        "an alignment of 3": gguf([ARCHITECTURE, uint32("general.alignment", 3)], []),
        "a huge context": gguf([ARCHITECTURE, pair("llama.context_length", UINT64, struct.pack("<Q", 1 << 63))], []),
        "nine dimensions": gguf([ARCHITECTURE], [tensor("t", (1,) * 9)]),
        "a negative side": gguf([ARCHITECTURE], [tensor("t", (1 << 63, 2))]),
        "sides whose product overflows": gguf([ARCHITECTURE], [tensor("t", (1 << 32, 1 << 32))]),
        "an unknown kind of weights": gguf([ARCHITECTURE], [tensor("t", (4,), kind=250)]),
        "an offset past the end": gguf([ARCHITECTURE], [tensor("t", (4,), offset=1 << 40)]),
        "a crooked offset": gguf([ARCHITECTURE], [tensor("t", (4,), offset=7)]),
        "a tensor twice": gguf([ARCHITECTURE], [tensor("t", (4,)), tensor("t", (4,))]),
    }.items(),
    ids=lambda item: item[0],
)
def test_a_fault_is_named(tmp_path: Path, data: tuple[str, bytes]) -> None:
    path = write(tmp_path, data[1])
    tracemalloc.start()
    started = time.monotonic()
    with pytest.raises(AppError) as caught:
        read_header(path)
    _, peak = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    assert caught.value.code is ErrorCode.MODEL_INVALID
    assert caught.value.facts["reason"]
    assert time.monotonic() - started < 1
    assert peak < 4 * 1024 * 1024


@settings(max_examples=400, deadline=1000, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(seed=st.integers(0, 1 << 32), changes=st.integers(1, 12), cut=st.integers(0, len(SOUND)))
def test_any_mutation_is_read_or_refused(tmp_path: Path, seed: int, changes: int, cut: int) -> None:
    random_bytes = random.Random(seed)
    data = bytearray(SOUND[: cut or None])
    for _ in range(changes if data else 0):
        data[random_bytes.randrange(len(data))] = random_bytes.choice((0, 1, 8, 9, 127, 128, 255))
    try:
        header = read_header(write(tmp_path, bytes(data)))
    except AppError as error:
        assert error.code is ErrorCode.MODEL_INVALID
    else:
        assert header.architecture
        assert len(header.name) <= MAX_NAME


@pytest.mark.parametrize(("base", "said"), [([string("general.base_model.0.name", "Tiny")], "Tiny"), ([], "llama")])
def test_an_adapter_says_what_it_changes(tmp_path: Path, base: list[bytes], said: str) -> None:
    kind = [string("general.type", "adapter"), string("adapter.type", "lora")]
    header = read_header(write(tmp_path, gguf([ARCHITECTURE, *kind, *base], [])))
    assert (header.adapter, header.base, header.architecture) == ("lora", said, "llama")


def test_an_unknown_kind_of_adapter_is_refused(tmp_path: Path) -> None:
    with pytest.raises(AppError, match="unknown type"):
        read_header(write(tmp_path, gguf([ARCHITECTURE, string("general.type", "adapter")], [])))
