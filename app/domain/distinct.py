"""Which passages say something new beside better ones."""

from collections.abc import Iterable
from typing import Final

from app.domain.library import Passage

ALIKE: Final = 0.9  # of their words in common


def overlaps(document_id: int, start: int, end: int, other: Passage) -> bool:
    """Whether a span of a document shares characters with a passage."""
    return document_id == other.document_id and start < other.end and end > other.start


def alike(one: frozenset[str], other: frozenset[str]) -> bool:
    """Whether two passages, by their words, say the same; those that differ in a number do not."""
    if len(one & other) < ALIKE * len(one | other):
        return False
    return not any(character.isdigit() for word in one ^ other for character in word)


def distinct(passages: Iterable[Passage], limit: int) -> list[Passage]:
    """The first passages, best first, without those that say nothing new."""
    kept: list[Passage] = []
    shown: list[frozenset[str]] = []
    for passage in passages:
        if len(kept) == limit:
            break
        words = frozenset(passage.text.lower().split())
        span = passage.document_id, passage.start, passage.end
        if not any(overlaps(*span, other) for other in kept) and not any(alike(words, other) for other in shown):
            kept.append(passage)
            shown.append(words)
    return kept
