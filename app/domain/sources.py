"""Passages as they are compared with the sentences of an answer: read once for all of them."""

from collections.abc import Sequence
from dataclasses import dataclass

from app.domain.library import Passage
from app.domain.wording import clauses, content_words


@dataclass(frozen=True, slots=True)
class Clause:
    """A sentence or line of a passage, as a span of the passage's text."""

    start: int
    end: int
    words: frozenset[str]


@dataclass(frozen=True, slots=True)
class Source:
    """A passage and its content words."""

    passage: Passage
    words: frozenset[str]  # of its text
    known: frozenset[str]  # with those of its document's name and its headings
    clauses: tuple[Clause, ...]


def read(passages: Sequence[Passage]) -> list[Source]:
    """The passages, in their order."""
    return [_read(passage) for passage in passages]


def _read(passage: Passage) -> Source:
    text = passage.text
    words = content_words(text)
    spans = (Clause(start, end, content_words(text[start:end])) for start, end in clauses(text))
    return Source(passage, words, words | content_words(f"{passage.document} {passage.heading}"), tuple(spans))
