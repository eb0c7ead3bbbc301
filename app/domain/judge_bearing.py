"""Whether quotes bear the number or the date that a model took from them: small models invent years and round sums."""

import re
from collections.abc import Iterator, Sequence
from datetime import date
from math import isclose
from typing import Final

from app.domain.judge import Amount, Field, Value

_NUMBER: Final = re.compile(r"\d{1,3}(?:[ \u00a0\u202f]\d{3})+(?:[.,]\d+)?|\d[\d.,'’]*\d|\d")
_SHORT_YEAR: Final = re.compile(r"\b\d{1,2}[./-]\d{1,2}[./-](\d{2})\b")
_WORD: Final = re.compile(r"[^\W\d_]+")
_SPACES: Final = re.compile(r"[ \u00a0\u202f'’]")
# What people write for the first numbers, and behind others, in English and German.
_WORDS: Final = (
    ("no", "zero", "null", "kein", "keine"),
    ("one", "a", "an", "ein", "eine", "einen"),
    ("two", "zwei", "both", "beide"),
    *(("three", "drei"), ("four", "vier"), ("five", "fünf"), ("six", "sechs"), ("seven", "sieben")),
    *(("eight", "acht"), ("nine", "neun"), ("ten", "zehn"), ("eleven", "elf"), ("twelve", "zwölf")),
)
_FACTORS: Final = (
    (1e3, {"k", "thousand", "tausend", "tsd"}),
    (1e6, {"m", "mio", "mn", "million", "millions", "millionen"}),
    (1e9, {"bn", "mrd", "billion", "billions", "milliarde", "milliarden"}),
)
_MONTHS: Final = (
    *(("jan", "jän"), ("feb",), ("mar", "mär", "mrz"), ("apr",), ("may", "mai"), ("jun",)),
    *(("jul",), ("aug",), ("sep",), ("oct", "okt"), ("nov",), ("dec", "dez")),
)


def bears(field: Field, value: Value, quotes: Sequence[str]) -> bool:
    """Whether the quotes say an amount's number, or a date's day, month and year. Other values are not looked at."""
    text = "\n".join(quotes)
    if isinstance(value, Amount):
        return any(isclose(value.number, number, rel_tol=1e-9) for number in _numbers(text))
    if field.kind == "date" and isinstance(value, str):
        return _says_date(date.fromisoformat(value), text)
    return True


def _numbers(text: str) -> Iterator[float]:
    """The numbers of a text in all ways to read them: a comma or a point may begin the decimals, or the thousands."""
    words = {word.casefold() for word in _WORD.findall(text)}
    factors = [1.0, *(factor for factor, names in _FACTORS if names & words)]
    if "%" in text or words & {"percent", "prozent"}:
        factors.append(0.01)
    yield from (float(number) for number, names in enumerate(_WORDS) if words & set(names))
    for found in _NUMBER.findall(text):
        digits = _SPACES.sub("", found)
        for plain in {digits.replace(",", ""), digits.replace(".", "").replace(",", ".")}:
            if plain.count(".") <= 1:
                yield from (float(plain) * factor for factor in factors)


def _says_date(day: date, text: str) -> bool:
    digits = [int(number) for number in re.findall(r"\d+", text)]
    words = {word.casefold()[:3] for word in _WORD.findall(text)}
    short_years = [int(year) for year in _SHORT_YEAR.findall(text)]
    says_year = day.year in digits or day.year % 100 in short_years
    says_month = day.month in digits or bool(words & set(_MONTHS[day.month - 1]))
    return says_year and says_month and day.day in digits
