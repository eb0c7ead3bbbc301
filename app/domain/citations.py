"""From an answer to the places it rests on: which passage supports which sentence, and the words that do.

A small model forgets markers and invents some. So each sentence is compared with the passages it was given: a marker
stays if its passage shares enough of the sentence's words, a missing one is added where a passage clearly does, and a
sentence with a number that no passage has is never given one. This is lexical overlap: it shows where to look, it does
not prove that the passage entails the sentence. Between two languages only numbers can be compared: there the marker
that the model gave stays if they agree.
"""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

from app.domain.chat import Citation
from app.domain.library import Passage
from app.domain.sources import Source, read
from app.domain.wording import MARKER, content_words, numbers, same_language, sentences, share

KEEP_MARKER = 0.5  # share of the sentence's content words that a passage must have for the model's marker to stay
ADD_MARKER = 0.6  # the share from which a marker is added

_REFUSAL: Final = re.compile(
    r"\bnot (?:\w+ ){0,4}in (?:\w+ ){0,4}(?:documents?|passages?)\b"
    r"|\b(?:documents?|passages?) (?:do|does|did)(?: not|n[o'’]t) (?:\w+ ){0,2}"
    r"(?:say|mention|contain|provide|include|state|specify|cover)"
    r"|\b(?:no|not enough) (?:\w+ )?(?:information|mention) (?:\w+ ){0,6}in (?:\w+ ){0,4}(?:documents?|passages?)\b",
    re.IGNORECASE,
)


@dataclass(frozen=True, slots=True)
class Resolved:
    """An answer with its markers put right, and what they point to."""

    text: str
    citations: tuple[Citation, ...]
    grounded: bool


def resolve(answer: str, passages: Sequence[Passage], question: str = "") -> Resolved:
    """Check and complete the markers of `answer`; passage n is `passages[n - 1]`.

    Words that only repeat the question claim nothing and need no support.
    """
    return resolve_read(answer, read(passages), question)


def resolve_read(answer: str, sources: Sequence[Source], question: str) -> Resolved:
    """As `resolve`, of passages that are read already."""
    quotes: dict[int, list[tuple[int, int]]] = {}
    pieces: list[str] = []
    asked = content_words(question)
    for sentence, gap in sentences(answer):
        cited = [] if is_refusal(sentence) else _supported(sentence, sources, asked)
        bare = MARKER.sub("", sentence)
        for number in cited:
            quotes.setdefault(number, []).append(_best_span(content_words(bare), sources[number - 1]))
        pieces.append(_with_markers(bare, cited) + gap)
    citations = tuple(_citation(number, sources[number - 1].passage, spans) for number, spans in sorted(quotes.items()))
    return Resolved("".join(pieces).strip(), citations, bool(citations))


def is_refusal(sentence: str) -> bool:
    """Whether the sentence says that the documents do not hold something; it rests on no passage."""
    return bool(_REFUSAL.search(sentence))


def _supported(sentence: str, sources: Sequence[Source], asked: frozenset[str]) -> list[int]:
    """The passages that a sentence may cite: the model's own where they hold, else the best that clearly does."""
    claimed = {int(n) for group in MARKER.findall(sentence) for n in re.split(r"\s*,\s*", group)}
    bare = MARKER.sub("", sentence)
    words = content_words(bare)
    if len(words) < 2 and not claimed:
        return []
    foreign = [n for n in claimed if 0 < n <= len(sources) and _in_other_words(bare, words, sources[n - 1])]
    if foreign:
        return sorted(foreign)
    support = {n: _support(words, asked, source) for n, source in enumerate(sources, 1)}
    kept = sorted(n for n in claimed if support.get(n, 0.0) >= KEEP_MARKER)
    if kept:
        return kept
    best = max(support, key=lambda n: support[n], default=0)
    return [best] if support.get(best, 0.0) >= ADD_MARKER else []


def _in_other_words(sentence: str, words: frozenset[str], source: Source) -> bool:
    """Whether the passage is in another language, so that of its words only the numbers can be compared."""
    return numbers(words) <= source.words and not same_language(sentence, source.passage.text)


def _support(words: frozenset[str], asked: frozenset[str], source: Source) -> float:
    """The share of a sentence's words that the passage has; 0 where the passage is not on its subject.

    What only repeats the question claims nothing: a passage that has the rest counts by that.
    """
    if not _on_subject(words & asked, source):
        return 0.0
    whole = _overlap(words, source)
    return max(whole, _overlap(words - asked, source)) if whole >= KEEP_MARKER else whole


def _on_subject(subject: frozenset[str], source: Source) -> bool:
    """Whether the passage speaks of what a sentence repeats from the question: half of those words, if three or more.

    Else a passage on something else would support whatever is said of the subject in that passage's own words.
    """
    return len(subject) < 3 or 2 * len(subject & source.known) >= len(subject)


def _overlap(words: frozenset[str], source: Source) -> float:
    """The share of `words` in the passage; 0 if a number among them is not there."""
    return share(words, source.words) if numbers(words) <= source.words else 0.0


def _best_span(words: frozenset[str], source: Source) -> tuple[int, int]:
    """The sentence or line of the passage that shares most with `words`, as a span in the passage."""
    best = max(source.clauses, key=lambda clause: (len(words & clause.words), clause.start - clause.end))
    return best.start, best.end


def _citation(number: int, passage: Passage, spans: list[tuple[int, int]]) -> Citation:
    """A citation of the first supporting span; offsets are those of the document's text."""
    start, end = spans[0]
    return Citation(
        n=number,
        document_id=passage.document_id,
        document=passage.document,
        path=passage.path,
        content_hash=passage.content_hash,
        page=passage.page,
        start=passage.start + start,
        end=passage.start + end,
        quote=passage.text[start:end],
        heading=passage.heading,
        scores=passage.scores,
        unit=passage.unit,
        label=passage.label,
    )


def _with_markers(sentence: str, numbers: list[int]) -> str:
    if not numbers:
        return sentence
    return sentence.rstrip() + " " + "".join(f"[{n}]" for n in numbers)
