"""Content in another language: a file of its own beside the original, the same in all but its words.

So whoever translates cannot change where a step leads, what a field holds or which gaps a prompt has.
"""

import re
from collections.abc import Iterator, Sequence
from dataclasses import fields, is_dataclass
from typing import Final

PLAYBOOK_TEXTS: Final = frozenset(
    ("title", "description", "help", "text", "query", "question", "instruction", "advice")
)
TEMPLATE_TEXTS: Final = frozenset(("name", "about", "ask", "choices", "rubric"))
PROMPT_TEXTS: Final = frozenset(("title", "purpose", "text", "label", "choices", "default", "input", "answer", "note"))
_OF_THE_FILE: Final = frozenset(("line", "digest", "origin"))  # what is said of the file rather than in it
_NAMED_BY: Final = ("id", "key", "name")
_GAP: Final = re.compile(r"\{([a-z][a-z0-9_]*)\}")


def differences(original: object, translated: object, texts: frozenset[str]) -> Iterator[str]:
    """Where a translation is another thing than its original; nothing if it differs in the fields `texts` alone.

    No text may be missing, and each must have the {names} in braces that its original has.
    """
    if is_dataclass(original) and type(original) is type(translated):
        for field in fields(original):
            one, other = getattr(original, field.name), getattr(translated, field.name)
            if field.name not in _OF_THE_FILE:
                for found in _of_field(field.name, one, other, texts):
                    yield f"{_name(original)}{found}"
    elif original != translated:
        yield f"“{translated}” stands for “{original}”"


def _of_field(name: str, one: object, other: object, texts: frozenset[str]) -> Iterator[str]:
    if isinstance(one, tuple) and isinstance(other, tuple):
        if len(one) != len(other):
            yield f"{name} has {len(other)} entries, and {len(one)} in the original"
            return
        for each, its_translation in zip(one, other, strict=True):
            yield from _of_field(name, each, its_translation, texts)
    elif isinstance(one, str) and isinstance(other, str) and name in texts:
        yield from _of_text(name, one, other)
    else:
        yield from (found if is_dataclass(one) else f"{name}: {found}" for found in differences(one, other, texts))


def _of_text(name: str, one: str, other: str) -> Iterator[str]:
    if one.strip() and not other.strip():
        yield f"{name} is missing"
    gaps, others = set(_GAP.findall(one)), set(_GAP.findall(other))
    if gaps != others:
        yield f"{name} has {_listed(others)} in braces, and {_listed(gaps)} in the original"


def _listed(names: set[str]) -> str:
    return ", ".join(sorted(names)) or "nothing"


def _name(value: object) -> str:
    """How a part is named before what differs in it: “gave”, then what."""
    named: Sequence[str] = [getattr(value, by) for by in _NAMED_BY if getattr(value, by, "")]
    return f"“{named[0]}”, " if named else ""
