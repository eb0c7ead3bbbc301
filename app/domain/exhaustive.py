"""Questions that need every row or document, and what is put together for them."""

import re
from collections.abc import Sequence
from typing import Final

from app.domain.wording import content_words, numbers, share

SUPPORTED: Final = 0.6  # share of an item's content words that its passage has
LEAST_WORDS: Final = 2  # of an item: a column's name is none

# "How many days of leave do I have?" asks for a figure that stands somewhere, "How many incidents …?" for a count.
_MEASURES: Final = (
    "days?|hours?|weeks?|months?|years?|minutes?|seconds?|times|euros?|dollars?|percent|points?|credits?|kilomet\\w+|"
    "miles|tage?n?|stunden?|wochen?|monate?n?|jahren?|minuten?|mal|prozent|punkte"
)
_COUNT: Final = re.compile(
    rf"\b(?:how many|(?:count|total|what is) (?:the )?number of|count (?:all|the)|wie ?viele)\s+"
    rf"(?!(?:\w+\s+)?(?:{_MEASURES})\b)",
    re.IGNORECASE,
)
_EVERY: Final = re.compile(
    r"\b(?:list|name|enumerate|show|give|find|collect|extract|what are|which are|who are)\b(?:\s+\w+){0,3}?\s+"
    r"(?:all|every|each)\b"
    r"|\b(?:liste|nenne|zeige|gib|finde|sammle)\b(?:\s+\w+){0,3}?\s+(?:alle[nrs]?|sämtliche\w*|jede[nmrs]?)\b"
    r"|\bacross (?:all|every|the) (?:documents?|files?|reports?|tickets?)\b|\bin (?:allen|sämtlichen) dokumenten\b"
    r"|\b(?:all|every) (?:of )?(?:the |our |my )?\w+ (?:that|which|who|mentioned|listed)\b",
    re.IGNORECASE,
)


def asks_for_count(question: str) -> bool:
    """Whether a question asks how many of something there are."""
    return bool(_COUNT.search(question))


def asks_for_all(question: str) -> bool:
    """Whether a question is answered rightly only by what has seen all that matches it."""
    return asks_for_count(question) or bool(_EVERY.search(question))


def stands_in(item: str, passage: str) -> bool:
    """Whether an item that was read out of a passage is there: most of its words, and all of its numbers."""
    words, known = content_words(item), content_words(passage)
    return len(words) >= LEAST_WORDS and numbers(words) <= known and share(words, known) >= SUPPORTED


def as_list(items: Sequence[str], *, counted: bool) -> str:
    """The answer that items make, under their number if they are to be counted."""
    lines = "\n".join(f"- {item}" for item in items)
    return f"**{len(items)}**\n\n{lines}" if counted else lines
