"""A document as numbered lines, cut along its blocks, and quotes that are checked to stand in it."""

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Final

from app.domain.judge import Amount, Evidence, Field, Judged, Value, is_empty
from app.domain.judge_bearing import bears
from app.domain.library import Block
from app.domain.wording import clauses, content_words, sentences, share

LONGEST: Final = 480  # characters of a line
ENOUGH: Final = 0.5  # share of a value's content words that a line has which was not named and yet says it
RELATED: Final = 0.3  # of the content words of a value or a line, those that both have, if it was named
_FOLDED: Final = str.maketrans("‘’‚‛′“”„‟″«»–—−\u00a0", '\'\'\'\'\'"""""""--- ')

_MONTHS: Final = "jan|feb|mar mär|apr|may mai|jun|jul|aug|sep|oct okt|nov|dec dez".split("|")


@dataclass(frozen=True, slots=True)
class Line:
    """A sentence, a row or a finding that a model may name by its number, and where it stands."""

    text: str
    evidence: tuple[Evidence, ...]
    opens: bool = False  # it is a heading: a part had better begin here


def lines_of(judged: Judged) -> list[Line]:
    """All of a document, sentence by sentence; of lists, tables and code line by line."""
    lines: list[Line] = []
    for block in judged.blocks:
        for start, end in _spans(judged.text, block):
            quote = judged.text[start:end]
            place = Evidence(start, end, block.page, quote)
            lines.append(Line(" ".join(quote.split()), (place,), opens=block.kind == "heading"))
    return lines


def parts(lines: Sequence[Line], sizes: Sequence[int], budget: int) -> list[list[Line]]:
    """The lines in order, in as few parts of at most `budget` as headings allow; none is left out.

    A heading begins a part if the one before is at least half full.
    """
    made: list[list[Line]] = [[]]
    filled = 0
    for line, size in zip(lines, sizes, strict=True):
        full = filled + size > budget
        if made[-1] and (full or (line.opens and filled >= budget / 2)):
            made.append([])
            filled = 0
        made[-1].append(line)
        filled += size
    return made


def numbered(lines: Sequence[Line]) -> str:
    """The lines as a model reads them. A line holds no line break, so no text can number itself."""
    return "\n".join(f"[{number}] {line.text}" for number, line in enumerate(lines, 1))


def evidence_for(field: Field, value: Value, named: Sequence[int], lines: Sequence[Line]) -> tuple[Evidence, ...]:
    """The quotes for a value: of the lines that the model named those that have to do with it, in their order.

    Sentences, items, amounts and dates can be held against a line: by their words, or their numbers. Where no named
    line holds a sentence or an item, the line that holds most of its words takes their place, if it holds enough.
    """
    if is_empty(value):
        return ()
    chosen = [lines[number - 1] for number in sorted(set(named)) if 0 < number <= len(lines)]
    match value:
        case Amount():
            chosen = [line for line in chosen if bears(field, value, [line.text])]
        case str() if field.kind == "date":
            chosen = [line for line in chosen if _tells(value, line.text)]
        case tuple() | str() if field.kind in ("text", "list"):
            said = value if isinstance(value, tuple) else [sentence for sentence, _ in sentences(value)]
            words = [content_words(text) for text in said]
            found = [line for line in chosen if any(_related(one, line) for one in words)]
            best = [_best(one, lines) for one in words if not any(_related(one, line) for line in found)]
            chosen = [line for line in lines if line in found or line in best]
    return tuple(dict.fromkeys(place for line in chosen for place in line.evidence))


def stands(judged: Judged, evidence: Evidence) -> bool:
    """Whether a quote is in the document at just its place, word for word.

    White space, and which quotation marks, dashes and apostrophes a program has made, make no difference.
    """
    inside = 0 <= evidence.start < evidence.end <= len(judged.text)
    return (
        inside
        and bool(evidence.quote.strip())
        and (folded(judged.text[evidence.start : evidence.end]) == folded(evidence.quote))
    )


def find(judged: Judged, quote: str) -> Evidence | None:
    """Where a quote stands in the document, word for word as `stands` has it; None if nowhere."""
    words = [re.escape(word) for word in folded(quote).split()]
    match = re.search(r"\s+".join(words), judged.text.translate(_FOLDED)) if words else None
    if match is None:
        return None
    page = next((block.page for block in judged.blocks if block.start <= match.start() < block.end), 0)
    return Evidence(match.start(), match.end(), page, judged.text[match.start() : match.end()])


def folded(text: str) -> str:
    """Text in which only words and their order count."""
    return " ".join(text.translate(_FOLDED).split())


def _related(words: frozenset[str], line: Line) -> bool:
    """Whether a line has to do with a text: they share a number, or enough words for the shorter of them."""
    there = content_words(line.text)
    shared, shorter = words & there, min(len(words), len(there))
    return any(word[0].isdigit() for word in shared) or len(shared) >= max(min(2, shorter), RELATED * shorter, 1)


def _tells(date: str, text: str) -> bool:
    """Whether a text names the year of a date, or its day and month."""
    year, month, day = (int(part) for part in date.split("-"))
    if re.search(rf"\b{year}\b", text):
        return True
    month_named = any(name in text.lower() for name in _MONTHS[month - 1].split())
    if month_named and re.search(rf"\b0?{day}(?:\b|st|nd|rd|th)", text):
        return True
    return bool(re.search(rf"\b(?:0?{day}[./-] ?0?{month}|0?{month}[/-]0?{day})\b", text))


def _best(words: frozenset[str], lines: Sequence[Line]) -> Line | None:
    best = max(lines, key=lambda line: share(words, content_words(line.text)), default=None)
    return best if best is not None and share(words, content_words(best.text)) >= ENOUGH else None


def _spans(text: str, block: Block) -> Iterator[tuple[int, int]]:
    """The spans of a block's sentences or lines, none longer than LONGEST, without white space at their ends."""
    whole = text[block.start : block.end]
    if block.kind in ("list", "table", "code"):
        pieces = [match.span() for match in re.finditer(r"[^\n]+", whole)]
    elif block.kind == "heading":
        pieces = [(0, len(whole))]
    else:
        pieces = clauses(whole)
    for start, end in pieces:
        for first, last in _short(whole, start, end):
            piece = whole[first:last]
            if piece.strip():
                lead = len(piece) - len(piece.lstrip())
                yield block.start + first + lead, block.start + first + len(piece.rstrip())


def _short(text: str, start: int, end: int) -> Iterator[tuple[int, int]]:
    """A span cut at spaces so that none is longer than LONGEST."""
    while end - start > LONGEST:
        at = text.rfind(" ", start + LONGEST // 2, start + LONGEST)
        cut = at if at > start else start + LONGEST
        yield start, cut
        start = cut
    yield start, end
