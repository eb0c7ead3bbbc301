"""Writes a GGUF of Llama-2-7B's shape with random weights in Q4_0: the size of the real thing, for speed and memory.

The layout is that of ggml's gguf.md, version 3. What such a model says is noise.
"""

import struct
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import BinaryIO

import numpy as np

ALIGNMENT = 32
_UINT32, _FLOAT32, _STRING, _ARRAY, _INT32 = 4, 6, 8, 9, 5
_F32, _Q4_0 = 0, 2
_BLOCK, _BLOCK_BYTES = 32, 18
_NORMAL, _UNKNOWN, _CONTROL, _BYTE = 1, 2, 3, 6
_TILE = 1 << 16  # blocks of random weights that are written again and again


@dataclass(frozen=True, slots=True)
class Shape:
    """The measures of a Llama model; those of Llama-2-7B unless said otherwise."""

    layers: int = 32
    embedding: int = 4096
    feed_forward: int = 11008
    heads: int = 32
    vocabulary: int = 32000
    context: int = 4096


def write_random_llama(path: Path, shape: Shape = Shape()) -> None:
    """Write the file; about 3.8 GB in the shape of Llama-2-7B."""
    tensors = list(_tensors(shape))
    pairs = _pairs(shape)
    with path.open("wb") as file:
        file.write(b"GGUF" + struct.pack("<IQQ", 3, len(tensors), len(pairs)) + b"".join(pairs))
        offset = 0
        for name, sides, kind in tensors:
            file.write(_text(name) + struct.pack(f"<I{len(sides)}QIQ", len(sides), *sides, kind, offset))
            offset += _padded(_size(sides, kind))
        file.write(bytes(-file.tell() % ALIGNMENT))
        tile = _random_blocks()
        for _, sides, kind in tensors:
            _write_weights(file, sides, kind, tile)


def _tensors(shape: Shape) -> Iterator[tuple[str, tuple[int, ...], int]]:
    wide, inner = shape.embedding, shape.feed_forward
    yield "token_embd.weight", (wide, shape.vocabulary), _Q4_0
    for n in range(shape.layers):
        for part in ("attn_q", "attn_k", "attn_v", "attn_output"):
            yield f"blk.{n}.{part}.weight", (wide, wide), _Q4_0
        yield f"blk.{n}.ffn_gate.weight", (wide, inner), _Q4_0
        yield f"blk.{n}.ffn_up.weight", (wide, inner), _Q4_0
        yield f"blk.{n}.ffn_down.weight", (inner, wide), _Q4_0
        yield f"blk.{n}.attn_norm.weight", (wide,), _F32
        yield f"blk.{n}.ffn_norm.weight", (wide,), _F32
    yield "output_norm.weight", (wide,), _F32
    yield "output.weight", (wide, shape.vocabulary), _Q4_0


def _pairs(shape: Shape) -> list[bytes]:
    tokens = ["<unk>", "<s>", "</s>", *(f"<0x{n:02X}>" for n in range(256))]
    kinds = [_UNKNOWN, _CONTROL, _CONTROL, *[_BYTE] * 256]
    tokens += [f"\u2581word{n}" for n in range(shape.vocabulary - len(tokens))]
    kinds += [_NORMAL] * (shape.vocabulary - len(kinds))
    numbers = {
        "llama.context_length": shape.context,
        "llama.embedding_length": shape.embedding,
        "llama.block_count": shape.layers,
        "llama.feed_forward_length": shape.feed_forward,
        "llama.attention.head_count": shape.heads,
        "llama.attention.head_count_kv": shape.heads,
        "llama.rope.dimension_count": shape.embedding // shape.heads,
        "general.file_type": 2,
        "tokenizer.ggml.bos_token_id": 1,
        "tokenizer.ggml.eos_token_id": 2,
        "tokenizer.ggml.unknown_token_id": 0,
    }
    texts = {
        "general.architecture": "llama",
        "general.name": "Random Llama",
        "tokenizer.ggml.model": "llama",
        "tokenizer.chat_template": "{% for message in messages %}{{ message.content }}\n{% endfor %}",
    }
    return [
        *(_pair(key, _STRING, _text(value)) for key, value in texts.items()),
        *(_pair(key, _UINT32, struct.pack("<I", value)) for key, value in numbers.items()),
        _pair("llama.attention.layer_norm_rms_epsilon", _FLOAT32, struct.pack("<f", 1e-5)),
        _pair("tokenizer.ggml.tokens", _ARRAY, _array(_STRING, len(tokens)) + b"".join(map(_text, tokens))),
        _pair("tokenizer.ggml.scores", _ARRAY, _array(_FLOAT32, len(tokens)) + bytes(4 * len(tokens))),
        _pair("tokenizer.ggml.token_type", _ARRAY, _array(_INT32, len(kinds)) + struct.pack(f"<{len(kinds)}i", *kinds)),
    ]


def _write_weights(file: BinaryIO, sides: tuple[int, ...], kind: int, tile: bytes) -> None:
    size = _size(sides, kind)
    if kind == _F32:
        file.write(np.ones(sides[0], np.float32).tobytes())
    else:
        for start in range(0, size, len(tile)):
            file.write(tile[: min(len(tile), size - start)])
    file.write(bytes(_padded(size) - size))


def _random_blocks() -> bytes:
    """Blocks of Q4_0: a scale of sixteen bits, then 32 weights of four bits."""
    chance = np.random.default_rng(20261123)
    blocks = np.empty((_TILE, _BLOCK_BYTES), np.uint8)
    scales = chance.uniform(0.0005, 0.004, _TILE).astype(np.float16)
    blocks[:, :2] = scales.view(np.uint8).reshape(_TILE, 2)
    blocks[:, 2:] = chance.integers(0, 256, (_TILE, _BLOCK_BYTES - 2), dtype=np.uint8)
    return blocks.tobytes()


def _size(sides: tuple[int, ...], kind: int) -> int:
    values = int(np.prod(sides))
    return 4 * values if kind == _F32 else values // _BLOCK * _BLOCK_BYTES


def _padded(size: int) -> int:
    return -(-size // ALIGNMENT) * ALIGNMENT


def _text(value: str) -> bytes:
    data = value.encode()
    return struct.pack("<Q", len(data)) + data


def _pair(key: str, kind: int, value: bytes) -> bytes:
    return _text(key) + struct.pack("<I", kind) + value


def _array(kind: int, items: int) -> bytes:
    return struct.pack("<IQ", kind, items)
