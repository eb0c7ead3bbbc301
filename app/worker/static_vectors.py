"""A vector for each token, averaged over a text: a coarse embedding that costs next to nothing.

Distilled from the embedder once: each token goes through it alone, the principal components of what comes out are
kept, and frequent tokens count for less. Sources: Tulkens and van Dongen, "Model2Vec", 2024; Arora, Liang, Ma,
"A Simple but Tough-to-Beat Baseline for Sentence Embeddings", ICLR 2017.
"""

from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Final

import numpy as np
from tokenizers import Tokenizer

STATIC_FILE: Final = "static.npy"
VERSION: Final = 1  # of how they are distilled
DIMENSION: Final = 256  # these and the smoothing by trial: nDCG@10 on Markdown 0.65, of the embedder itself 0.82
VOCABULARY: Final = 60_000  # tokens at most: vocabularies are ordered by how frequent their tokens are, nearly
SMOOTHING: Final = 1e-5  # how little a frequent token counts; the smaller, the less
BATCH: Final = 256


class StaticVectors:
    """The token vectors of an export, loaded; texts are read with its tokenizer."""

    def __init__(self, folder: Path, tokenizer: Tokenizer, model_hash: str) -> None:
        self._table = np.load(folder / STATIC_FILE, mmap_mode="r", allow_pickle=False)
        self.identity = f"{model_hash} {VERSION}"
        self._tokenizer = tokenizer

    def of(self, texts: Sequence[str]) -> np.ndarray:
        """One unit vector per text, zero for a text without a known token."""
        vectors = np.zeros((len(texts), self._table.shape[1]), dtype=np.float32)
        for row, encoding in enumerate(self._tokenizer.encode_batch(list(texts), add_special_tokens=False)):
            known = [number for number in encoding.ids if number < len(self._table)]
            vectors[row] = self._table[known].astype(np.float32).sum(axis=0)
        return _unit(vectors)


def distil(
    tokenizer: Tokenizer,
    vectors_of: Callable[[list[list[int]]], np.ndarray],
    on_batch: Callable[[int, int], None],
) -> np.ndarray:
    """A float16 row for each token; `vectors_of` gives the vectors of texts of equal length, as token ids."""
    size = min(tokenizer.get_vocab_size(), VOCABULARY)
    frame = tokenizer.encode("")  # what stands before and after each text
    before, after = frame.ids[: len(frame.ids) // 2], frame.ids[len(frame.ids) // 2 :]
    parts: list[np.ndarray] = []
    for first in range(0, size, BATCH):
        on_batch(first, size)
        numbers = range(first, min(first + BATCH, size))
        parts.append(vectors_of([[*before, number, *after] for number in numbers]))
    vectors = np.concatenate(parts)
    vectors -= vectors.mean(axis=0)
    _, directions = np.linalg.eigh(vectors.T @ vectors)
    kept = vectors @ directions[:, ::-1][:, :DIMENSION]
    frequency = 1.0 / ((np.arange(size) + 2.0) * np.log(size + 2.0))  # Zipf's law
    kept *= (SMOOTHING / (SMOOTHING + frequency))[:, None]
    kept[sorted(set(frame.ids))] = 0.0
    return np.asarray(kept / np.abs(kept).max(), dtype=np.float16)  # small numbers would lose their digits


def _unit(vectors: np.ndarray) -> np.ndarray:
    lengths = np.linalg.norm(vectors, axis=1, keepdims=True)
    return np.asarray(np.divide(vectors, lengths, out=np.zeros_like(vectors), where=lengths > 0))
