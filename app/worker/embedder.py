"""Text to vectors, by a sentence-transformers model that lies on this disk."""

import functools
import hashlib
import threading
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import numpy as np

from app.domain.errors import AppError, ErrorCode
from app.worker.priority import give_way

BATCH = 16  # texts between two looks at whether the work was cancelled


class Embedder:
    """Loads in the background, since importing torch takes seconds; the first use waits for it."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._model: Any = None
        self._failure: Exception | None = None
        # A thread of its own, with a team of torch's threads that gives way as it does.
        self._aside = ThreadPoolExecutor(1, "indexing", give_way)
        self._thread = threading.Thread(target=self._load, name="embedder", daemon=True)
        self._thread.start()

    def _load(self) -> None:
        try:
            from sentence_transformers import SentenceTransformer  # here: seconds, and not always needed

            self._model = SentenceTransformer(str(self._folder), device="cpu", local_files_only=True)
        except Exception as error:
            self._failure = error

    @functools.cached_property
    def identity(self) -> str:
        """What tells this model's vectors from another's: a hash of its configuration and its weights' size."""
        digest = hashlib.sha256()
        for path in sorted(self._folder.rglob("*.json")):
            if path.name != "model.json":  # Donjon's own record of where it came from
                digest.update(path.name.encode() + path.read_bytes())
        for path in sorted(self._folder.rglob("*.safetensors")):
            digest.update(f"{path.name} {path.stat().st_size}".encode())
        return digest.hexdigest()

    def documents(
        self, texts: Sequence[str], on_batch: Callable[[int], None], *, giving_way: bool = False
    ) -> np.ndarray:
        """One unit vector per text; `on_batch` is told how many are done, and may raise to stop.

        With `giving_way`, whatever else the machine does comes first.
        """
        parts: list[np.ndarray] = []
        for first in range(0, len(texts), BATCH):
            on_batch(first)
            batch = list(texts[first : first + BATCH])
            parts.append(self._aside.submit(self._encode, batch).result() if giving_way else self._encode(batch))
        on_batch(len(texts))
        return np.concatenate(parts) if parts else np.zeros((0, self.dimension), dtype=np.float32)

    def _encode(self, texts: list[str]) -> np.ndarray:
        vectors = self._ready().encode_document(texts, normalize_embeddings=True, show_progress_bar=False)
        return np.asarray(vectors)

    def query(self, text: str) -> np.ndarray:
        """The unit vector of a question."""
        return np.asarray(self._ready().encode_query([text], normalize_embeddings=True, show_progress_bar=False)[0])

    def count_tokens(self, texts: Sequence[str]) -> list[int]:
        """Tokens of each text, special ones included."""
        return [len(ids) for ids in self._ready().tokenizer(list(texts), truncation=False)["input_ids"]]

    @property
    def limit(self) -> int:
        """The most tokens of a text that the model looks at."""
        return int(self._ready().max_seq_length)

    @property
    def dimension(self) -> int:
        """Length of a vector."""
        return int(self._ready().get_sentence_embedding_dimension())

    def _ready(self) -> Any:
        self._thread.join()
        if self._failure is not None:
            raise AppError(ErrorCode.EMBEDDER_MISSING, reason=str(self._failure)[:300]) from self._failure
        return self._model
