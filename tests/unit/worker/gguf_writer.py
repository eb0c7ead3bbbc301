"""Writes small GGUF files for tests: the embedder that is here as safetensors, a reranker made of it, LoRA adapters."""

import json
import struct
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

ALIGNMENT = 32
Value = str | int | float | bool | list[str] | list[int] | list[float]
Tensors = Mapping[str, NDArray[np.float32]]


def write_gguf(path: Path, pairs: Mapping[str, Value], tensors: Tensors) -> None:
    """One file, version 3, all tensors in float32."""
    with path.open("wb") as out:
        out.write(b"GGUF" + struct.pack("<IQQ", 3, len(tensors), len(pairs)))
        for key, value in pairs.items():
            out.write(_string(key) + _value(value))
        offset = 0
        for name, tensor in tensors.items():
            shape = tensor.shape[::-1]  # fastest first
            out.write(_string(name) + struct.pack(f"<I{len(shape)}QIQ", len(shape), *shape, 0, offset))
            offset += -(-tensor.nbytes // ALIGNMENT) * ALIGNMENT
        out.write(b"\0" * (-out.tell() % ALIGNMENT))
        for tensor in tensors.values():
            out.write(np.ascontiguousarray(tensor, np.float32).tobytes())
            out.write(b"\0" * (-out.tell() % ALIGNMENT))


def write_minilm(path: Path, folder: Path, *, head: bool = False) -> None:
    """The sentence-transformers folder of all-MiniLM-L6-v2 as GGUF; with a random `head` it is a reranker."""
    config = json.loads((folder / "config.json").read_text())
    vocabulary: dict[str, int] = json.loads((folder / "tokenizer.json").read_text())["model"]["vocab"]
    tokens = [_piece(token) for token, _ in sorted(vocabulary.items(), key=lambda item: item[1])]
    pairs: dict[str, Value] = {
        "general.architecture": "bert",
        "general.name": "MiniLM",
        "bert.context_length": config["max_position_embeddings"],
        "bert.embedding_length": config["hidden_size"],
        "bert.feed_forward_length": config["intermediate_size"],
        "bert.block_count": config["num_hidden_layers"],
        "bert.attention.head_count": config["num_attention_heads"],
        "bert.attention.layer_norm_epsilon": config["layer_norm_eps"],
        "bert.attention.causal": False,
        "bert.pooling_type": 4 if head else 1,
        "tokenizer.ggml.model": "bert",
        "tokenizer.ggml.token_type_count": 2,
        "tokenizer.ggml.tokens": tokens,
        "tokenizer.ggml.token_type": [3 if token.startswith("[") else 1 for token in tokens],
        "tokenizer.ggml.bos_token_id": vocabulary["[CLS]"],
        "tokenizer.ggml.cls_token_id": vocabulary["[CLS]"],
        "tokenizer.ggml.eos_token_id": vocabulary["[SEP]"],
        "tokenizer.ggml.seperator_token_id": vocabulary["[SEP]"],
        "tokenizer.ggml.unknown_token_id": vocabulary["[UNK]"],
        "tokenizer.ggml.padding_token_id": vocabulary["[PAD]"],
    }
    tensors = {name: tensor for key, tensor in _safetensors(folder).items() if (name := _bert_name(key))}
    if head:
        random = np.random.default_rng(0)
        size = config["hidden_size"]
        tensors["cls.weight"] = random.normal(0, 0.05, (size, size)).astype(np.float32)
        tensors["cls.bias"] = np.zeros(size, np.float32)
        tensors["cls.output.weight"] = random.normal(0, 0.05, (1, size)).astype(np.float32)
        tensors["cls.output.bias"] = np.zeros(1, np.float32)
    write_gguf(path, pairs, tensors)


def write_lora(path: Path, *, width: int, architecture: str = "llama", seed: int = 0) -> None:
    """A LoRA of rank 4 with random numbers for the first two layers' attention output, `width` by `width`."""
    random = np.random.default_rng(seed)
    tensors: dict[str, NDArray[np.float32]] = {}
    for layer in range(2):
        name = f"blk.{layer}.attn_output.weight"
        tensors[f"{name}.lora_a"] = random.normal(0, 0.3, (4, width)).astype(np.float32)
        tensors[f"{name}.lora_b"] = random.normal(0, 0.3, (width, 4)).astype(np.float32)
    pairs: dict[str, Value] = {
        "general.architecture": architecture,
        "general.type": "adapter",
        "general.name": "Random",
        "general.base_model.count": 1,
        "general.base_model.0.name": "SmolLM2 135M Instruct",
        "adapter.type": "lora",
        "adapter.lora.alpha": 8.0,
    }
    write_gguf(path, pairs, tensors)


def _safetensors(folder: Path) -> dict[str, NDArray[np.float32]]:
    data = (folder / "model.safetensors").read_bytes()
    size = int.from_bytes(data[:8], "little")
    header: dict[str, Any] = json.loads(data[8 : 8 + size])
    header.pop("__metadata__", None)
    tensors: dict[str, NDArray[np.float32]] = {}
    for name, entry in header.items():
        if entry["dtype"] == "F32":
            begin, end = (8 + size + offset for offset in entry["data_offsets"])
            tensors[name] = np.frombuffer(data[begin:end], np.float32).reshape(entry["shape"])
    return tensors


_LAYER_PARTS = {
    "attention.self.query": "attn_q", "attention.self.key": "attn_k", "attention.self.value": "attn_v",
    "attention.output.dense": "attn_output", "attention.output.LayerNorm": "attn_output_norm",
    "intermediate.dense": "ffn_up", "output.dense": "ffn_down", "output.LayerNorm": "layer_output_norm",
}  # fmt: skip
_EMBEDDINGS = {
    "word_embeddings": "token_embd", "position_embeddings": "position_embd", "token_type_embeddings": "token_types",
    "LayerNorm": "token_embd_norm",
}  # fmt: skip


def _bert_name(key: str) -> str:
    """A tensor's name in GGUF; "" for one that is not used."""
    part, _, kind = key.removeprefix("bert.").rpartition(".")
    if part.startswith("embeddings."):
        name = _EMBEDDINGS.get(part.removeprefix("embeddings."), "")
    elif part.startswith("encoder.layer."):
        number, _, inner = part.removeprefix("encoder.layer.").partition(".")
        name = f"blk.{number}.{_LAYER_PARTS[inner]}"
    else:
        name = ""
    return f"{name}.{kind}" if name else ""


def _piece(token: str) -> str:
    """WordPiece as llama.cpp has it: the beginning of a word is marked, not its continuation."""
    if token.startswith("[") and token.endswith("]"):
        return token
    return token.removeprefix("##") if token.startswith("##") else f"\u2581{token}"


def _string(text: str) -> bytes:
    data = text.encode()
    return struct.pack("<Q", len(data)) + data


def _value(value: Value) -> bytes:
    match value:
        case bool():
            return struct.pack("<I?", 7, value)
        case int():
            return struct.pack("<II", 4, value)
        case float():
            return struct.pack("<If", 6, value)
        case str():
            return struct.pack("<I", 8) + _string(value)
        case [str(), *_]:
            return struct.pack("<IIQ", 9, 8, len(value)) + b"".join(_string(str(each)) for each in value)
        case _:
            return struct.pack(f"<IIQ{len(value)}i", 9, 5, len(value), *value)
