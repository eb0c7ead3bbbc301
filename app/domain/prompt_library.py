"""Prompts that people keep: their versions, what is filled into them, and which of them an answer was asked with."""

import difflib
import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Final, Literal

from app.domain.data_class import DEFAULT_CLASS, DataClass
from app.domain.texts import Say, Text

Kind = Literal["text", "long text", "number", "date", "choice", "document"]
Origin = Literal["shipped", "company", "own"]

OWN: Final = "my-"  # what the ids of a person's own prompts begin with, and no others: no two sets share one
MAX_TEXT: Final = 20_000  # characters of a prompt, before it is filled in
MAX_PARTS: Final = 20  # variables of a prompt, and examples
BRACES: Final = re.compile(r"\{\{|\}\}|\{(?P<name>[a-z][a-z0-9_]{0,31})\}|[{}]")
_ID: Final = re.compile(r"[a-z0-9](?:[a-z0-9-]{0,62}[a-z0-9])?")
_NAME: Final = re.compile(r"[a-z][a-z0-9_]{0,31}")


@dataclass(frozen=True, slots=True)
class Variable:
    """A gap in a prompt: `{name}` in its text."""

    name: str
    kind: Kind = "text"
    label: str = ""  # what a person is asked for; "": the name
    choices: tuple[str, ...] = ()
    default: str = ""
    optional: bool = False

    @property
    def asks_for(self) -> str:
        """What a person is asked for."""
        return self.label or self.name.replace("_", " ").capitalize()


@dataclass(frozen=True, slots=True)
class Example:
    """What a good answer looks like: few-shot."""

    input: str
    answer: str


@dataclass(frozen=True, slots=True)
class PromptVersion:
    """One version of a prompt. It never changes: what is changed becomes the next version."""

    id: str
    title: str
    text: str
    version: int = 1
    purpose: str = ""  # what it is good for, in a sentence
    variables: tuple[Variable, ...] = ()
    examples: tuple[Example, ...] = ()
    model: str = ""  # the id of the model that it was written for; "": whichever answers
    data_class: DataClass = DEFAULT_CLASS  # of what is filled in, at least
    library: bool = False  # whether its answer is looked for in all documents
    note: str = ""  # what is different from the version before
    based_on: str = ""  # the reference of the prompt that it is a copy of
    created_at: str = ""  # ISO 8601, UTC

    @property
    def reference(self) -> str:
        """What names this very version, in traces and on the command line."""
        return f"{self.id}@{self.version}"


@dataclass(frozen=True, slots=True)
class Prompt:
    """A prompt with its versions, the oldest first."""

    origin: Origin
    versions: tuple[PromptVersion, ...]

    @property
    def current(self) -> PromptVersion:
        """The newest version."""
        return self.versions[-1]

    @property
    def is_own(self) -> bool:
        """Whether the person may change it; all others are changed as a copy."""
        return self.origin == "own"

    def at(self, version: int) -> PromptVersion | None:
        """A version by its number; None if there is none."""
        return next((one for one in self.versions if one.version == version), None)


@dataclass(frozen=True, slots=True)
class PromptUse:
    """Which prompt a question was asked with."""

    id: str
    version: int
    data_class: DataClass = DEFAULT_CLASS  # of what was filled in, at least

    @property
    def reference(self) -> str:
        """As `PromptVersion.reference`."""
        return f"{self.id}@{self.version}"


def names_in(text: str) -> list[str]:
    """The variables of a prompt's text, each once, in order of place."""
    return list(dict.fromkeys(match["name"] for match in BRACES.finditer(text) if match["name"]))


def flaws(version: PromptVersion) -> Iterator[Text]:
    """Why a prompt cannot be used, one reason after the other; none if it can."""
    if not _ID.fullmatch(version.id):
        yield Text("its id is not made of up to 64 lower-case letters, digits and hyphens")
    if version.version < 1:
        yield Text("its version is not a number from 1 on")
    if not version.title.strip():
        yield Text("it has no title")
    if not version.text.strip():
        yield Text("it has no text")
    if len(version.text) > MAX_TEXT:
        yield Text("its text has more than {n} characters", n=MAX_TEXT)
    if max(len(version.variables), len(version.examples)) > MAX_PARTS:
        yield Text("it has more than {n} variables or examples", n=MAX_PARTS)
    lone = next((match for match in BRACES.finditer(version.text) if match.group() in ("{", "}")), None)
    if lone is not None:
        line = version.text.count("\n", 0, lone.start()) + 1
        yield Text("a brace in line {n} of its text is no variable; for a brace as such write it twice", n=line)
    yield from _flaws_of_variables(version)


def _flaws_of_variables(version: PromptVersion) -> Iterator[Text]:
    declared = [variable.name for variable in version.variables]
    used = names_in(version.text)
    for name in used:
        if name not in declared:
            yield Text("its text has {name}, which is none of its variables", name=f"{{{name}}}")
    for variable in version.variables:
        if not _NAME.fullmatch(variable.name):
            yield Text("“{name}” is no name of a variable: lower-case letters, digits, underscores", name=variable.name)
        elif variable.name not in used:
            yield Text("its text does not have {name}", name=f"{{{variable.name}}}")
        if declared.count(variable.name) > 1:
            yield Text("the variable {name} is there twice", name=variable.name)
        if variable.kind == "choice" and not variable.choices:
            yield Text("the variable {name} has no choices", name=variable.name)
        if variable.kind == "choice" and variable.default and variable.default not in variable.choices:
            yield Text("the default of {name} is none of its choices", name=variable.name)


def find(prompts: Sequence[Prompt], typed: str) -> list[Prompt]:
    """The prompts that hold all the words typed: those whose title begins so first, then by title."""
    words = typed.casefold().split()

    def held(prompt: Prompt) -> str:
        return f"{prompt.current.title} {prompt.current.id} {prompt.current.purpose}".casefold()

    found = [prompt for prompt in prompts if all(word in held(prompt) for word in words)]
    begins = typed.casefold().strip()
    return sorted(
        found, key=lambda one: (not one.current.title.casefold().startswith(begins), one.current.title.casefold())
    )


def difference(before: PromptVersion, after: PromptVersion, say: Say = str) -> list[str]:
    """What is different, line by line: each begins with “+”, “-” or a blank."""
    lines = difflib.ndiff(_lines(before, say), _lines(after, say))
    return [line for line in lines if not line.startswith("?")]


def _lines(version: PromptVersion, say: Say) -> list[str]:
    """All that a version says, as lines that can be held against each other."""
    facts = [
        (Text("Title"), version.title),
        (Text("Purpose"), version.purpose),
        (Text("Model"), version.model),
        (Text("Class"), say(Text(version.data_class))),
        (Text("Documents"), say(Text("all are searched")) if version.library else ""),
    ]
    lines = [f"{say(name)}: {value}" for name, value in facts if value]
    for variable in version.variables:
        optional = say(Text("may be left out")) if variable.optional else ""
        parts = (variable.asks_for, say(Text(variable.kind)), ", ".join(variable.choices), optional)
        lines.append(f"{{{variable.name}}}: {' · '.join(part for part in parts if part)}")
    lines += ["", *version.text.strip().splitlines()]
    for example in version.examples:
        lines += ["", f"{say(Text('Example'))}:", *example.input.splitlines(), "→", *example.answer.splitlines()]
    return lines
