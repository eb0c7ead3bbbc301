"""What turns texts into vectors, and what tells one's vectors from another's."""

import hashlib
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Final, Protocol, TypeAlias

import numpy as np

BLOCK: Final = 1 << 20
RECORD: Final = "model.json"  # Donjon's own, of where the model came from

Batch: TypeAlias = tuple[list[int], np.ndarray]  # places, and a row for each


@dataclass(frozen=True, slots=True)
class Identity:
    """Vectors may be compared if and only if this is the same; all of them have unit length."""

    model: str  # SHA-256 of the model's files
    runtime: str
    dimension: int
    document_prompt: str
    query_prompt: str


class TextEmbedder(Protocol):
    """A model that is loaded."""

    @property
    def identity(self) -> Identity:
        """What its vectors are."""
        ...

    @property
    def limit(self) -> int:
        """The most tokens of a text that the model looks at."""
        ...

    def batches(self, texts: Sequence[str]) -> Iterator[Batch]:
        """The unit vectors of some of these documents at a time, with the documents' places; in any order."""
        ...

    def query(self, text: str) -> np.ndarray:
        """The unit vector of a question."""
        ...

    def count_tokens(self, texts: Sequence[str]) -> list[int]:
        """Tokens of each text, special ones included."""
        ...


def embed_documents(
    embedder: TextEmbedder, texts: Sequence[str], on_batch: Callable[[], None] = lambda: None
) -> np.ndarray:
    """One unit vector per text; `on_batch` is called after each batch, and may raise to stop."""
    vectors = np.zeros((len(texts), embedder.identity.dimension), dtype=np.float32)
    for places, found in embedder.batches(texts):
        vectors[places] = found
        on_batch()
    return vectors


def model_hash(folder: Path) -> str:
    """SHA-256 over the names and contents of a model's files; what Donjon put there itself does not count."""
    digest = hashlib.sha256()
    for path in sorted(model_files(folder)):
        name = path.relative_to(folder).as_posix().encode()
        digest.update(len(name).to_bytes(4, "little") + name + path.stat().st_size.to_bytes(8, "little"))
        with path.open("rb") as file:
            while block := file.read(BLOCK):
                digest.update(block)
    return digest.hexdigest()


def model_files(folder: Path) -> list[Path]:
    """The files of a model's folder, without the hidden ones."""
    found = (path for path in folder.rglob("*") if path.is_file() and path.name != RECORD)
    return [path for path in found if not any(part.startswith(".") for part in path.relative_to(folder).parts)]
