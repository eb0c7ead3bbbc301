"""Documents made of plain strings, for tests of the library's database and index."""

from pathlib import Path

import numpy as np

from app.domain.library import DEFAULT_COLLECTION, Block, Chunk, ParsedDocument, Source
from app.worker.embedder import Identity
from app.worker.library_db import LibraryDb

DIMENSION = 8
IDENTITY = Identity("hash", "onnx-int8", DIMENSION, "", "")


def keep(db: LibraryDb, name: str, *passages: str, modified_at: str = "") -> tuple[int, list[int], list[int]]:
    """Keep a document with one chunk for each passage; its id, and the chunk ids that went and came."""
    chunks, start = [], 0
    for passage in passages:
        chunks.append(Chunk(start, start + len(passage), 1, "Heading"))
        start += len(passage) + 1
    text = "\n".join(passages)
    vectors = np.random.default_rng(abs(hash(passages))).normal(size=(len(passages), DIMENSION))
    vectors /= np.linalg.norm(vectors, axis=1, keepdims=True)
    source = Source(f"/{name}", name, DEFAULT_COLLECTION, f"hash of {name}", len(text), modified_at)
    blocks = tuple(Block("paragraph", one.start, one.end, 1) for one in chunks)
    document, gone, came = db.add(source, ParsedDocument("Title", text, blocks, 1), chunks)
    db.vectors.aim(IDENTITY, Path("model"))
    db.vectors.put(came, vectors)
    return document.id, gone, came
