"""What a person searches for: words, exact phrases, words to leave out, and where to look.

Filters stand anywhere in a search: `"exact words"`, `-word`, `in:collection`, `type:pdf`, `path:part`,
`class:confidential`, `after:2026-01-31` and `before:2026`. A value with spaces is quoted: `in:"Team handbook"`.
"""

import re
from dataclasses import dataclass, field
from itertools import pairwise
from typing import Final

from app.domain.data_class import CLASSES, DataClass
from app.domain.errors import AppError, ErrorCode

# Words that say nothing of what is asked about. They are in nearly every passage: counting them costs time and order.
_STOP_WORDS: Final = frozenset(
    """
    a about an and any are as at be been but by can could did do does for from get had has have how i if in into is it
    its may me might must my no not of on or our shall should so than that the their them then there these they this
    those to was we were what when where which while who whom whose why will with would you your
    aber als am an auch auf aus bei bin bis bist da damit das dass dem den der des die dies diese dieser dieses doch du
    durch ein eine einem einen einer eines er es für gibt hat habe haben hatte ich ihr im in ist ja kann kein keine
    können man mein mich mir mit muss nach nicht noch nur ob oder sein seine sich sie sind so über um und uns unser von
    vom vor war waren warum was welche welcher welches wenn wer wie wir wird wo zu zum zur
    """.split()
)
_WORD: Final = re.compile(r"[^\W_]+")
_CODE: Final = re.compile(r"[^\W_]+(?:[-_./:#+][^\W_]+)+|[^\W_]*\d[^\W_]*")
_PART: Final = re.compile(
    r'(?P<sign>-?)(?:(?P<key>in|type|path|class|after|before):)?(?:"(?P<quoted>[^"]*)"|(?P<bare>[^\s"]+))'
)
_DATE: Final = re.compile(r"\d{4}(?:-\d{2}(?:-\d{2})?)?")
MIN_CODE = 3  # characters: the shortest string that trigrams can find


@dataclass(frozen=True, slots=True)
class Filter:
    """Which documents are looked at; an empty field leaves all of them in."""

    collections: tuple[str, ...] = ()  # any of them
    types: tuple[str, ...] = ()  # endings of file names, without the dot; any of them
    paths: tuple[str, ...] = ()  # parts of the path, all of them
    after: str = ""  # the first day (or month, or year) on which it may have been modified, ISO 8601
    before: str = ""  # the first day on which it may no longer
    documents: tuple[int, ...] = ()  # ids; any of them


@dataclass(frozen=True, slots=True)
class Search:
    """Where the passages of an answer are looked for."""

    collections: tuple[str, ...] = ()  # none: in all of them
    documents: tuple[int, ...] = ()  # in these alone, and each of them is read whole if that fits
    exhaustive: bool = False  # every passage that matches is read, however long it takes


EVERYWHERE: Final = Search()


@dataclass(frozen=True, slots=True)
class Query:
    """A search, read."""

    text: str  # what is asked, without the filters
    phrases: tuple[str, ...] = ()  # must stand in a passage, word for word
    without: tuple[str, ...] = ()  # must not
    filter: Filter = field(default_factory=Filter)
    classes: tuple[DataClass, ...] = ()  # of the collections looked at, any of them; the library does not know them


def parse_query(text: str) -> Query:
    """Read what was typed into a search box. Raises AppError QUERY_INVALID for a date or a class that is none."""
    words: list[str] = []
    phrases: list[str] = []
    without: list[str] = []
    filters: dict[str, list[str]] = {key: [] for key in ("in", "type", "path", "class", "after", "before")}
    for part in _PART.finditer(text):
        value = part["quoted"] if part["quoted"] is not None else part["bare"]
        if not value.strip():
            continue
        if part["key"]:
            filters[part["key"]].append(value)
        elif part["sign"]:
            without.append(value)
        else:
            words.append(value)
            if part["quoted"] is not None:
                phrases.append(value)
    return Query(
        " ".join(words),
        tuple(phrases),
        tuple(without),
        Filter(
            tuple(filters["in"]),
            tuple(value.lower().lstrip(".") for value in filters["type"]),
            tuple(filters["path"]),
            max((_date("after", value) for value in filters["after"]), default=""),
            min((_date("before", value) for value in filters["before"]), default=""),
        ),
        tuple(map(_class, filters["class"])),
    )


def _class(value: str) -> DataClass:
    for known in CLASSES:
        if known == value.lower():
            return known
    raise AppError(ErrorCode.QUERY_INVALID, part=f"class:{value}")


def _date(key: str, value: str) -> str:
    if not _DATE.fullmatch(value):
        raise AppError(ErrorCode.QUERY_INVALID, part=f"{key}:{value}")
    return value


def terms(text: str) -> list[str]:
    """What a text is about, in its order: its words but for stop words, then the pairs that stand side by side.

    A pair counts as a term of its own: "test drive" says more than "test" and "drive" (Metzler and Croft, "A Markov
    Random Field Model for Term Dependencies", SIGIR 2005). A text of nothing but stop words is taken as it is.
    """
    found = _WORD.findall(text.lower())
    kept = [word for word in found if word not in _STOP_WORDS]
    if not kept:
        return list(dict.fromkeys(found))
    pairs = [f"{one} {other}" for one, other in pairwise(found) if one not in _STOP_WORDS and other not in _STOP_WORDS]
    return list(dict.fromkeys([*kept, *pairs]))


def codes(text: str) -> list[str]:
    """Part numbers, identifiers, file names: what is found by its characters rather than by its words."""
    return list(dict.fromkeys(code for code in _CODE.findall(text.lower()) if len(code) >= MIN_CODE))
