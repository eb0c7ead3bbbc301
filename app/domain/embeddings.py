"""Texts as vectors."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Embeddings:
    """One vector per text, as little-endian float32 bytes, and how many tokens the texts had."""

    vectors: tuple[bytes, ...]
    tokens: int
