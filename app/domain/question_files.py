"""Files of questions: TOML with a `[[question]]` each, or CSV with the columns question, document and page."""

import csv
import io
import tomllib
from collections.abc import Iterable, Mapping
from typing import Any, Final

from app.domain.errors import AppError, ErrorCode
from app.domain.experiments import Question

MOST: Final = 5000  # questions of a file
LONGEST: Final = 2000  # characters of a question
SEPARATOR: Final = "|"  # between several documents in one cell


def read_questions(text: str, *, as_toml: bool) -> list[Question]:
    """The questions of a file, their documents as they are written there. Raises AppError QUESTIONS_INVALID."""
    rows = _toml_rows(text) if as_toml else _csv_rows(text)
    questions = [_question(number, row) for number, row in enumerate(rows, 1)]
    if not questions or len(questions) > MOST:
        raise AppError(ErrorCode.QUESTIONS_INVALID, place="the file", reason=f"it has {len(questions)} questions")
    return questions


def _toml_rows(text: str) -> Iterable[Mapping[str, Any]]:
    try:
        rows = tomllib.loads(text).get("question", [])
    except (tomllib.TOMLDecodeError, RecursionError) as error:
        raise AppError(ErrorCode.QUESTIONS_INVALID, place="the file", reason=f"it is not TOML: {error}") from error
    if not isinstance(rows, list) or not all(isinstance(row, dict) for row in rows):
        raise AppError(ErrorCode.QUESTIONS_INVALID, place="the file", reason="it has no [[question]] tables")
    return rows


def _csv_rows(text: str) -> Iterable[Mapping[str, Any]]:
    first = text.removeprefix("\ufeff").partition("\n")[0]
    delimiter = max(",;\t", key=first.count)
    try:
        rows = list(csv.DictReader(io.StringIO(text.removeprefix("\ufeff"), newline=""), delimiter=delimiter))
    except csv.Error as error:
        raise AppError(ErrorCode.QUESTIONS_INVALID, place="the file", reason=f"it is not CSV: {error}") from error
    return [{(key or "").strip().lower(): value for key, value in row.items()} for row in rows]


def _question(number: int, row: Mapping[str, Any]) -> Question:
    text, page = row.get("question") or row.get("text"), row.get("page") or 0
    named = row.get("document") or row.get("documents")
    documents = named.split(SEPARATOR) if isinstance(named, str) else named
    if not isinstance(text, str) or not 0 < len(text.strip()) <= LONGEST:
        raise _unfit(number, f"its question is missing or longer than {LONGEST} characters")
    if not isinstance(documents, list) or not all(isinstance(name, str) and name.strip() for name in documents):
        raise _unfit(number, "it names no document")
    page_text = str(page).strip()
    if not (page_text.isascii() and page_text.isdigit() and len(page_text) < 7):
        raise _unfit(number, "its page is not a number")
    if int(page_text) and len(documents) != 1:
        raise _unfit(number, "a page needs a single document")
    return Question(text.strip(), tuple(name.strip() for name in documents), int(page_text), "imported")


def _unfit(number: int, reason: str) -> AppError:
    return AppError(ErrorCode.QUESTIONS_INVALID, place=f"question {number}", reason=reason)
