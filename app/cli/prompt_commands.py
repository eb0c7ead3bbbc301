"""`donjon prompts list|show|run|check`."""

from collections.abc import Sequence
from dataclasses import asdict
from pathlib import Path

import typer

from app.cli import shapes
from app.cli.answers import follow, say_sources
from app.cli.terminal import EXIT_CODES, STOPPED, note, say, say_json
from app.domain.cancel import Cancel
from app.domain.error_texts import explain
from app.domain.errors import AppError, ErrorCode, Kind
from app.domain.prompt_library import Prompt, Variable
from app.domain.prompt_rendering import MAX_LONG
from app.services.prompt_library import Filled, PromptLibrary


def say_prompts(library: PromptLibrary, words: str, *, as_json: bool) -> None:
    """List the prompts that hold some words, and say which files were left out."""
    found, problems = library.find(words), library.problems()
    if as_json:
        say_json(
            {
                "prompts": [_shape(prompt) for prompt in found],
                "problems": _facts(problems),
            }
        )
        return
    width = max((len(prompt.current.reference) for prompt in found), default=0)
    for prompt in found:
        now = prompt.current
        say(f"{now.reference:<{width}}  {prompt.origin:<7}  {now.title}: {now.purpose}")
    if not found:
        say("No prompt holds these words.")
    for problem in problems:
        note(explain(problem).what)


def show(library: PromptLibrary, reference: str, *, as_json: bool) -> None:
    """Show one version of a prompt."""
    version = library.version(reference)
    prompt = library.get(version.id)
    if as_json:
        say_json({**_shape(prompt), **asdict(version)})
        return
    say(f"{version.title} · {version.reference} · {prompt.origin}")
    say(version.purpose)
    for variable in version.variables:
        say(f"  {_asked(variable)}")
    say(f"\n{version.text.strip()}")
    for example in version.examples:
        say(f"\nExample: {example.input.strip()}\n→ {example.answer.strip()}")
    if len(prompt.versions) > 1:
        say()
    for other in prompt.versions if len(prompt.versions) > 1 else ():
        say(f"{other.reference}  {other.created_at}  {other.note}".rstrip())


def fill_in(library: PromptLibrary, reference: str, values: Sequence[str], files: Sequence[str]) -> Filled:
    """Fill a prompt in with NAME=VALUE and NAME=PATH. Raises AppError FILE_NOT_FOUND, and as the service does."""
    given = dict(_pair("--set", one) for one in values)
    for name, path in (_pair("--file", one) for one in files):
        given[name] = _text_of(Path(path).expanduser())
    return library.fill_in(library.version(reference), given)


def say_filled(filled: Filled, *, as_json: bool) -> None:
    """Show what would be asked."""
    if as_json:
        documents = list(filled.search.documents) if filled.search else []
        library = filled.search is not None and not documents
        text = {"prompt": filled.use.reference, "text": filled.text, "model": filled.model}
        say_json({**text, "library": library, "documents": documents})
    else:
        say(filled.text)


def run(library: PromptLibrary, filled: Filled, model: str | None, cancel: Cancel, *, as_json: bool) -> int:
    """Ask a prompt that is filled in."""
    answered = follow(library.run(filled, cancel, model=model), stream=not as_json)
    if as_json:
        say_json({"prompt": filled.use.reference, **shapes.answer(answered)})
    else:
        say_sources(answered)
        note(f"Asked with {filled.use.reference}.")
    return STOPPED if answered.finished.stopped else 0


def check(library: PromptLibrary, paths: Sequence[Path], *, as_json: bool) -> int:
    """Say of each file, or of all sets, what cannot be used."""
    problems = [] if paths else library.problems()
    usable = [] if paths else [prompt.current.reference for prompt in library.all()]
    for path in paths:
        try:
            usable.append(library.check(path).reference)
        except AppError as problem:
            problems.append(problem)
    if as_json:
        say_json({"usable": usable, "problems": _facts(problems)})
    else:
        say(f"{len(usable)} can be used: {', '.join(usable)}" if usable else "None can be used.")
        for flaw in problems:
            say(explain(flaw).what)
    return EXIT_CODES[Kind.MISTAKE] if problems else 0


def _shape(prompt: Prompt) -> dict[str, object]:
    now = prompt.current
    return {
        "id": now.id,
        "version": now.version,
        "title": now.title,
        "purpose": now.purpose,
        "origin": prompt.origin,
        "versions": [one.version for one in prompt.versions],
        "variables": [asdict(variable) for variable in now.variables],
    }


def _facts(problems: Sequence[AppError]) -> list[dict[str, object]]:
    return [{"code": one.code.value, **one.facts} for one in problems]


def _asked(variable: Variable) -> str:
    """A variable in a line: its name, its kind, what it may be."""
    parts = [variable.kind, *([" | ".join(variable.choices)] if variable.choices else [])]
    parts += [f"else “{variable.default}”"] if variable.default else []
    parts += ["may be left out"] if variable.optional else []
    return f"{variable.name}: {variable.asks_for} ({', '.join(parts)})"


def _pair(option: str, text: str) -> tuple[str, str]:
    name, equals, value = text.partition("=")
    if not equals:
        raise typer.BadParameter(f"{option} takes NAME=…, not {text}.")
    return name.strip(), value


def _text_of(path: Path) -> str:
    """The beginning of a file, as far as any value may be long: one that is longer is refused by its length."""
    try:
        with path.open(encoding="utf-8", errors="replace") as file:
            return file.read(MAX_LONG + 1)
    except OSError as error:
        raise AppError(ErrorCode.FILE_NOT_FOUND, path=str(path)) from error
