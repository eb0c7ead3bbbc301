"""Documents that have most of their words in common, by MinHash and locality-sensitive hashing.

Source: Broder, "On the resemblance and containment of documents", 1997. The hashes only choose which pairs are worth
comparing; the similarity that is told is exact.
"""

from collections.abc import Callable, Iterator, Mapping
from typing import Final

from rensa import RMinHash, RMinHashLSH

SHINGLE: Final = 5  # words in a row
HASHES: Final = 128
BANDS: Final = 64  # of two hashes each: nearly all pairs that share a third of their shingles become candidates
SEED: Final = 42
LEAST_WORDS: Final = 30  # a shorter text is like many others


def similar_pairs(
    texts: Mapping[int, str], least: float, on_document: Callable[[], None] = lambda: None
) -> Iterator[tuple[int, int, float]]:
    """Pairs of ids whose texts share at least `least` of their shingles (Jaccard), each pair once."""
    index = RMinHashLSH(threshold=least, num_perm=HASHES, num_bands=BANDS)
    shingles: dict[int, set[int]] = {}
    for document_id, text in texts.items():
        on_document()
        words = text.lower().split()
        if len(words) < LEAST_WORDS:
            continue
        runs = {" ".join(words[at : at + SHINGLE]) for at in range(len(words) - SHINGLE + 1)}
        signature = RMinHash(num_perm=HASHES, seed=SEED)
        signature.update(list(runs))
        hashed = {hash(run) for run in runs}
        for other in index.query(signature):
            shared = len(hashed & shingles[other])
            similarity = shared / (len(hashed) + len(shingles[other]) - shared)
            if similarity >= least:
                yield other, document_id, similarity
        index.insert(document_id, signature)
        shingles[document_id] = hashed
