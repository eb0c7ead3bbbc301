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
from app.domain.wording import MARKER, clauses, content_words, numbers, same_language, sentences

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
    quotes: dict[int, list[tuple[int, int]]] = {}
    pieces: list[str] = []
    asked = content_words(question)
    for sentence, gap in sentences(answer):
        numbers = [] if is_refusal(sentence) else _supported(sentence, passages, asked)
        bare = MARKER.sub("", sentence)
        for number in numbers:
            quotes.setdefault(number, []).append(_best_span(content_words(bare), passages[number - 1].text))
        pieces.append(_with_markers(bare, numbers) + gap)
    citations = tuple(_citation(number, passages[number - 1], spans) for number, spans in sorted(quotes.items()))
    return Resolved("".join(pieces).strip(), citations, bool(citations))


def is_refusal(sentence: str) -> bool:
    """Whether the sentence says that the documents do not hold something; it rests on no passage."""
    return bool(_REFUSAL.search(sentence))


def _supported(sentence: str, passages: Sequence[Passage], asked: frozenset[str]) -> list[int]:
    """The passages that a sentence may cite: the model's own where they hold, else the best that clearly does."""
    claimed = {int(n) for group in MARKER.findall(sentence) for n in re.split(r"\s*,\s*", group)}
    bare = MARKER.sub("", sentence)
    words = content_words(bare)
    if len(words) < 2 and not claimed:
        return []
    foreign = [n for n in claimed if 0 < n <= len(passages) and _in_other_words(bare, words, passages[n - 1])]
    if foreign:
        return sorted(foreign)
    support = {n: _support(words, asked, passage) for n, passage in enumerate(passages, 1)}
    kept = sorted(n for n in claimed if support.get(n, 0.0) >= KEEP_MARKER)
    if kept:
        return kept
    best = max(support, key=lambda n: support[n], default=0)
    return [best] if support.get(best, 0.0) >= ADD_MARKER else []


def _in_other_words(sentence: str, words: frozenset[str], passage: Passage) -> bool:
    """Whether the passage is in another language, so that of its words only the numbers can be compared."""
    return not same_language(sentence, passage.text) and numbers(words) <= content_words(passage.text)


def _support(words: frozenset[str], asked: frozenset[str], passage: Passage) -> float:
    """The share of a sentence's words that the passage has; 0 where the passage is not on its subject.

    What only repeats the question claims nothing: a passage that has the rest counts by that.
    """
    if not _on_subject(words & asked, passage):
        return 0.0
    whole = _overlap(words, passage.text)
    return max(whole, _overlap(words - asked, passage.text)) if whole >= KEEP_MARKER else whole


def _on_subject(subject: frozenset[str], passage: Passage) -> bool:
    """Whether the passage speaks of what a sentence repeats from the question: half of those words, if three or more.

    Else a passage on something else would support whatever is said of the subject in that passage's own words.
    """
    known = content_words(f"{passage.document} {passage.heading} {passage.text}")
    return len(subject) < 3 or 2 * len(subject & known) >= len(subject)


def _overlap(words: frozenset[str], passage: str) -> float:
    """The share of `words` in the passage; 0 if a number among them is not there."""
    found = words & content_words(passage)
    if numbers(words) - found:
        return 0.0
    return len(found) / len(words) if words else 0.0


def _best_span(words: frozenset[str], passage: str) -> tuple[int, int]:
    """The sentence or line of the passage that shares most with `words`, as a span in the passage."""
    return max(
        clauses(passage),
        key=lambda span: (len(words & content_words(passage[span[0] : span[1]])), span[0] - span[1]),
    )


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
