"""A prompt filled in: what a person gave is data, whatever stands in it."""

import re
from collections.abc import Mapping
from datetime import date
from typing import Final, NamedTuple

from app.domain.errors import AppError, ErrorCode
from app.domain.hygiene import language
from app.domain.prompt_library import BRACES, PromptVersion, Variable
from app.domain.prompting import fence_of
from app.domain.texts import Text

MAX_LINE: Final = 1_000  # characters of a text in one line
MAX_LONG: Final = 200_000  # and of a long one: more than any model here reads


class _Frame(NamedTuple):
    """What stands round the examples of a prompt, so that a model sees which is which."""

    before: str
    input: str
    answer: str
    after: str


_FRAMES: Final = {  # by the language that the prompt itself is written in
    "en": _Frame("Examples of good answers:", "Input", "Answer", "Now this one:"),
    "de": _Frame("Beispiele guter Antworten:", "Eingabe", "Antwort", "Nun das Folgende:"),
}
_NUMBER: Final = re.compile(r"[+-]?\d[\d ']*(?:[.,]\d+)*")


def misfit(variable: Variable, value: str) -> Text | None:
    """Why a value does not fit, in words that follow the variable's label; None if it does."""
    if not value.strip():
        return None if variable.optional else Text("is missing")
    if len(value) > (MAX_LONG if variable.kind == "long text" else MAX_LINE):
        return Text("is too long")
    if variable.kind != "long text" and "\n" in value.strip():
        return Text("has more than one line")
    match variable.kind:
        case "number":
            return None if _NUMBER.fullmatch(value.strip()) else Text("is no number")
        case "date":
            return None if _is_date(value.strip()) else Text("is no date, as 2026-01-31")
        case "choice":
            choices = ", ".join(variable.choices)
            return None if value in variable.choices else Text("is none of: {choices}", choices=choices)
    return None


def misfits(version: PromptVersion, values: Mapping[str, str]) -> dict[str, Text]:
    """The variables whose values do not fit, and why."""
    reasons = {one.name: misfit(one, _value(one, values)) for one in version.variables}
    return {name: reason for name, reason in reasons.items() if reason is not None}


def preview(version: PromptVersion, values: Mapping[str, str]) -> str:
    """The prompt with what there is filled in, and the labels of what is missing in brackets."""
    by_name = {variable.name: variable for variable in version.variables}
    lines = [_line(line, by_name, values) for line in version.text.strip().splitlines()]
    text = "\n".join(line for line in lines if line is not None)
    if not version.examples:
        return text
    frame = _FRAMES.get(language(version.text), _FRAMES["en"])
    examples = "\n\n".join(f"{frame.input}: {one.input}\n{frame.answer}: {one.answer}" for one in version.examples)
    return f"{frame.before}\n\n{examples}\n\n{frame.after}\n\n{text}"


def fill_in(version: PromptVersion, values: Mapping[str, str]) -> str:
    """The prompt as it is asked. Raises AppError PROMPT_VALUES for values that are missing, unknown or do not fit."""
    unknown = sorted(set(values) - {variable.name for variable in version.variables})
    if unknown:
        raise AppError(ErrorCode.PROMPT_VALUES, prompt=version.id, reason=f"it does not ask for “{unknown[0]}”")
    wrong = misfits(version, values)
    for variable in version.variables:
        if variable.name in wrong:
            reason = f"“{variable.asks_for}” ({variable.name}) {wrong[variable.name]}"
            raise AppError(ErrorCode.PROMPT_VALUES, prompt=version.id, reason=reason)
    return preview(version, values)


def _line(line: str, variables: Mapping[str, Variable], values: Mapping[str, str]) -> str | None:
    """A line filled in, in one pass: braces in a value stay as they are. None if all that it is about was left out."""
    asked = [variables[match["name"]] for match in BRACES.finditer(line) if match["name"] in variables]
    if asked and all(one.optional and not _value(one, values).strip() for one in asked):
        return None

    def put(match: re.Match[str]) -> str:
        if match["name"] in variables:
            return _shown(variables[match["name"]], values)
        return match.group()[:1]  # a brace as such, which is written twice

    return BRACES.sub(put, line)


def _shown(variable: Variable, values: Mapping[str, str]) -> str:
    value = _value(variable, values).strip()
    if not value:
        return "" if variable.optional else f"[{variable.asks_for}]"
    if variable.kind != "long text":
        return value
    fence = fence_of(value)  # whoever wrote the value cannot foresee it, so text in it cannot end it
    return f"<<{fence}\n{value}\n{fence}>>"


def _value(variable: Variable, values: Mapping[str, str]) -> str:
    return values.get(variable.name, variable.default)


def _is_date(text: str) -> bool:
    try:
        return date.fromisoformat(text).isoformat() == text
    except ValueError:
        return False
