"""Every English text that the window may say, gathered from the code: python -m tests.ui.spoken_texts [LANGUAGE].

Prints as TOML those that a language lacks.
"""

import ast
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import get_args

from app.adapters.catalogue import Catalogue
from app.domain import error_texts, fit_texts, hygiene_texts
from app.domain.data_class import CLASSES
from app.domain.guard import KINDS as FOUND
from app.domain.kind_texts import LOOKS_LIKE, UNKNOWN
from app.domain.next_steps import STEPS
from app.domain.prompt_library import Kind, Origin
from app.domain.routing import TASKS
from app.services.models import GIVEN_UP, NONE_INSTALLED
from app.settings.table import TABLE as SETTINGS
from app.ui import shortcuts
from app.ui.error_texts import REASONS
from app.ui.prompts.editor import KINDS
from app.ui.resources import resource
from app.ui.translate import GERMAN, read_translation

APP = Path(error_texts.__file__).parents[1]
SPEAKERS = ("tr", "Text")  # functions whose first argument is said


def spoken_texts() -> set[str]:
    """All of them, as templates."""
    return {text for text in (*_in_code(), *_in_tables()) if any(letter.isalpha() for letter in text)}


def _in_code() -> Iterator[str]:
    """What is written where it is said, and why something could not be done, wherever that is found out."""
    for file in sorted(APP.rglob("*.py")):
        says = file.relative_to(APP).parts[0] in ("ui", "domain")
        for call in ast.walk(ast.parse(file.read_text(encoding="utf-8"))):
            if not isinstance(call, ast.Call):
                continue
            if says and isinstance(call.func, ast.Name) and call.func.id in SPEAKERS and call.args:
                yield from _literals(call.args[0])
            if isinstance(call.func, ast.Name) and call.func.id == "AppError":
                for fact in call.keywords:
                    if fact.arg in REASONS:
                        yield from _literals(fact.value)


def _literals(node: ast.expr) -> Iterator[str]:
    """A literal, or both of a choice between two."""
    if isinstance(node, ast.Constant) and isinstance(node.value, str):
        yield node.value
    elif isinstance(node, ast.IfExp):
        yield from _literals(node.body)
        yield from _literals(node.orelse)


def _in_tables() -> Iterator[str]:
    """What stands in tables and is said by name."""
    for pair in (*error_texts.TEXTS.values(), *hygiene_texts.TEXTS.values()):
        yield from pair
    yield from FOUND
    yield from (*fit_texts.REASONS.values(), *fit_texts.LABELS.values(), *CLASSES)
    yield from (*get_args(Kind), *get_args(Origin))
    for setting in SETTINGS:
        yield setting.label
        yield setting.help
        yield setting.key.partition(".")[0]
        yield from (str(choice) for choice in setting.choices)
    yield from (command.text for command in shortcuts.TABLE)
    for step in STEPS.values():
        yield from (step.title, step.detail)
    yield from (*LOOKS_LIKE.values(), UNKNOWN, *get_args(Origin), *KINDS)
    yield from (f"you chose it to {task}" for task in TASKS)
    yield from (NONE_INSTALLED, *GIVEN_UP.values())
    yield from (entry.recommended_for for entry in Catalogue(resource("models.toml")).entries())
    yield from ("the model on the device comes first", "this Donjon is set to stay on the device")


def quoted(text: str) -> str:
    """A basic string of TOML."""
    escaped = text.replace("\\", "\\\\").replace('"', '\\"').replace("\n", "\\n")
    return f'"{escaped}"'


def main(language: str) -> None:
    """Print what a language lacks."""
    for text in sorted(spoken_texts() - read_translation(language).keys()):
        print(f'[[texts]]\nen = {quoted(text)}\ntext = ""\n')


if __name__ == "__main__":
    main(sys.argv[1] if len(sys.argv) > 1 else GERMAN)
