"""Sentences, clauses and content words, to compare what an answer says with what a passage says."""

import re
from typing import Final

MARKER: Final = re.compile(r"\s?\[(\d{1,2}(?:\s*,\s*\d{1,2})*)\]")
_NO_END: Final = "".join(
    rf"(?<!\b{word}\.)" for word in "Pvt Ltd Inc Co Corp Mr Mrs Ms Dr St No Nr vs approx bzw".split()
)
_SENTENCE: Final = re.compile(rf"(?<=[.!?]){_NO_END}(?:\s?\[\d[\d, ]*\])*\s+|\n+")
# In a passage a line that goes on in lower case is the same sentence: PDF lines break anywhere.
_CLAUSE: Final = re.compile(rf"(?<=[.!?;]){_NO_END}\s+|\n\s*\n\s*|\n(?![ \t]*[a-zäöüß])")
_WORD: Final = re.compile(r"[^\W_]+(?:[.,]\d+)*", re.UNICODE)
_ENDING: Final = re.compile(r"^(\w{3,}?)(?:ings?|edly|ed|ly|e?s|en|e)$")
_STOP: Final = frozenset(
    "a about after all also am an and any are as at be been before but by can could did do does for from had has have "
    "he her his how i if in into is it its may me more must my no not of on or our she should so some such than that "
    "the their them then there these they this to under up us was we were what when where which while who will with "
    "would you your yes according based passage document documents passages".split()
)
_SHORT: Final = 4  # letters of a word that holds sentences together, at most
_TELLING: Final = 4  # such words, at least
_KNOWN: Final = 0.3  # share of such words that two texts in one language have in common, at least


def sentences(text: str) -> list[tuple[str, str]]:
    """Sentences with the white space that follows each; joined they are the text."""
    parts: list[tuple[str, str]] = []
    start = 0
    for match in _SENTENCE.finditer(text):
        whole = text[start : match.end()]
        sentence = whole.rstrip()
        parts.append((sentence, whole[len(sentence) :]))
        start = match.end()
    if start < len(text):
        parts.append((text[start:], ""))
    return parts


def clauses(passage: str) -> list[tuple[int, int]]:
    """The spans of the sentences and lines of a passage; never none."""
    spans, start = [], 0
    for match in _CLAUSE.finditer(passage):
        spans.append((start, match.start()))
        start = match.end()
    spans.append((start, len(passage)))
    return [span for span in spans if passage[span[0] : span[1]].strip()] or [(0, len(passage))]


def content_words(text: str) -> frozenset[str]:
    """Content words, lower case, cut to a rough stem; numbers and part numbers whole."""
    found = (word.lower() for word in _WORD.findall(text))
    return frozenset(_stem(word) for word in found if word not in _STOP and (len(word) > 1 or word.isdigit()))


def numbers(words: frozenset[str]) -> frozenset[str]:
    """Those of the words that are numbers, or part numbers and the like."""
    return frozenset(word for word in words if _has_digit(word))


def share(words: frozenset[str], known: frozenset[str]) -> float:
    """The share of `words` that are among the known ones; 0 for none."""
    return len(words & known) / len(words) if words else 0.0


def same_language(text: str, passage: str) -> bool:
    """Whether two texts may be in one language: the short words that hold one together stand in the other, too.

    Of a text with few of them it cannot be told, nor of one beside a short passage.
    """
    short, known = _short_words(text), _short_words(passage)
    return min(len(short), len(known)) < _TELLING or len(short & known) >= _KNOWN * len(short)


def _short_words(text: str) -> frozenset[str]:
    return frozenset(word.lower() for word in _WORD.findall(text) if len(word) <= _SHORT and word.isalpha())


def _stem(word: str) -> str:
    """Without a plain English or German ending, and no longer than six letters."""
    return word if _has_digit(word) else _ENDING.sub(r"\1", word)[:6]


def _has_digit(word: str) -> bool:
    return any(character.isdigit() for character in word)
