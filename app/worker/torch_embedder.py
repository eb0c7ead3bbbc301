"""Text to vectors by sentence-transformers: the reference that the everyday runtime is measured against."""

from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any, Final

import numpy as np

from app.worker.embedder import Batch, Identity

RUNTIME: Final = "sentence-transformers"
BATCH: Final = 16


class TorchEmbedder:
    """A sentence-transformers model that lies on this disk. Importing torch takes seconds and 400 MB."""

    def __init__(self, folder: Path, model_hash: str) -> None:
        from sentence_transformers import SentenceTransformer  # here: seconds, and not always needed

        self.model: Any = SentenceTransformer(str(folder), device="cpu", local_files_only=True)
        self.identity = Identity(
            model_hash,
            RUNTIME,
            int(self.model.get_embedding_dimension()),
            prompt_of(self.model, "document", "passage", "corpus"),
            prompt_of(self.model, "query"),
        )

    @property
    def limit(self) -> int:
        """See `TextEmbedder`."""
        return int(self.model.max_seq_length)

    def batches(self, texts: Sequence[str]) -> Iterator[Batch]:
        """See `TextEmbedder`."""
        for first in range(0, len(texts), BATCH):
            some = list(texts[first : first + BATCH])
            places = list(range(first, first + len(some)))
            yield places, self.model.encode_document(some, normalize_embeddings=True, show_progress_bar=False)

    def query(self, text: str) -> np.ndarray:
        """See `TextEmbedder`."""
        return np.asarray(self.model.encode_query([text], normalize_embeddings=True, show_progress_bar=False)[0])

    def count_tokens(self, texts: Sequence[str]) -> list[int]:
        """See `TextEmbedder`."""
        return [len(ids) for ids in self.model.tokenizer(list(texts), truncation=False)["input_ids"]]


def prompt_of(model: Any, *names: str) -> str:
    """The words that a sentence-transformers model wants before a text of this kind."""
    found = [name for name in (*names, model.default_prompt_name) if name and name in model.prompts]
    return str(model.prompts[found[0]] or "") if found else ""
