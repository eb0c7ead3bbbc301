"""Reads a playbook's TOML and checks it: each fault with its line, and a playbook only if there is none.

    title = "Suspected phishing"
    description = "What to do with a mail that looks wrong."

    [[step]]
    id = "clicked"                       # lower-case letters, digits and _
    kind = "ask"                         # ask, look_up, classify, branch, judge, draft, finish
    title = "Did you open a link?"
    help = "Opening the mail alone is harmless."
    options = [{ id = "yes", text = "Yes", next = "contain" }, { id = "no", text = "No" }]
    next = "report"                      # where options lead that say nothing else

    ask        options, or none for a free answer; shows = "step", optional = true
    look_up    query, collection, otherwise = "step" where the documents say nothing
    classify   text, classes (as options), confidence, unsure = "step"
    branch     on = "step", cases = [{ answers = ["yes"], at_least = 0.8, next = "step" }]
    judge      question, text, and yes, no, unclear = "step"
    draft      instruction
    finish     advice = ["…"]

`{clicked}` in a text stands for the answer to that step. The first step is where it begins.
"""

import difflib
import hashlib
import re
import tomllib
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any, Final

from app.domain.playbook import (
    VERDICTS,
    AnyStep,
    Ask,
    Branch,
    Case,
    Classify,
    Draft,
    Finish,
    Judge,
    LookUp,
    Option,
    Playbook,
)
from app.domain.texts import Text

LARGEST: Final = 256 * 1024  # characters of a file
MOST_STEPS: Final = 200
MOST_OPTIONS: Final = 9  # each has a key
LONGEST: Final = 4000  # characters of a text
_ID: Final = re.compile(r"[a-z][a-z0-9_]{0,39}")
_HEADER: Final = re.compile(r"\s*\[\[\s*step\s*\]\]\s*(?:#.*)?")
_AT_LINE: Final = re.compile(r"\(at line (\d+), column \d+\)")
_OPTION_FIELDS: Final = ("id", "text", "next")
_CASE_FIELDS: Final = ("answers", "at_least", "next")
_COMMON: Final = ("id", "kind", "title", "help", "next")
_FIELDS: Final[dict[str, tuple[str, ...]]] = {
    "ask": ("options", "shows", "optional"),
    "look_up": ("query", "collection", "otherwise"),
    "classify": ("text", "classes", "confidence", "unsure"),
    "branch": ("on", "cases"),
    "judge": ("question", "text", *VERDICTS),
    "draft": ("instruction",),
    "finish": ("advice",),
}
_VERDICT_TEXTS: Final = {"yes": Text("Yes"), "no": Text("No"), "unclear": Text("Unclear")}


@dataclass(frozen=True, slots=True)
class Fault:
    """What is wrong with a playbook, and in which line of its file."""

    line: int
    reason: str


@dataclass(frozen=True, slots=True)
class RawPlaybook:
    """A file as it was read, with what is wrong with it as it stands; `playbook` is None if nothing can be made of it.

    Whether its steps lead anywhere is not looked at yet.
    """

    playbook: Playbook | None
    faults: tuple[Fault, ...]
    lines: "Lines"


class Lines:
    """Finds the line of a step, and of what stands in it."""

    def __init__(self, text: str) -> None:
        self._lines = text.splitlines()
        self.starts: list[int] = []
        fence = ""  # the quotation marks of the text that runs over several lines, while one does
        for number, line in enumerate(self._lines, 1):
            if not fence and _HEADER.fullmatch(line):
                self.starts.append(number)
            for mark in re.findall(r'"""|\'\'\'', line):
                fence = "" if fence == mark else fence or mark

    def within(self, start: int, *words: str) -> int:
        """The first line of the step that begins at `start` that holds all these words; else its first."""
        ends = [one for one in self.starts if one > start]
        end = ends[0] - 1 if ends else len(self._lines)
        held = (n for n in range(start, end + 1) if all(word in self._lines[n - 1] for word in words))
        return next(held, start)


def read_raw(text: str, playbook_id: str) -> RawPlaybook:
    """Read a file without looking at where its steps lead."""
    if len(text) > LARGEST:
        return _nothing(text, 1, f"it is longer than {LARGEST // 1024} KiB")
    try:
        table = tomllib.loads(text)
    except (tomllib.TOMLDecodeError, RecursionError) as error:
        at = _AT_LINE.search(str(error))
        return _nothing(text, int(at[1]) if at else 1, f"it is not TOML: {_AT_LINE.sub('', str(error)).strip()}")
    return _Reader(table, Lines(text), playbook_id, hashlib.sha256(text.encode()).hexdigest()).read()


def _nothing(text: str, line: int, reason: str) -> RawPlaybook:
    return RawPlaybook(None, (Fault(line, reason),), Lines(text))


def meant(name: str, known: Iterable[str]) -> str:
    """What follows a name that nobody knows: the one that is most like it."""
    close = difflib.get_close_matches(name, list(known), n=1)
    return f"; did you mean “{close[0]}”?" if close else ""


class _Reader:
    """One file on its way from tables to steps."""

    def __init__(self, table: Mapping[str, Any], lines: Lines, playbook_id: str, digest: str) -> None:
        self._table = table
        self._lines = lines
        self._id = playbook_id
        self._digest = digest
        self._faults: list[Fault] = []
        self._at = 1  # the line that the step at hand begins at

    def read(self) -> RawPlaybook:
        self._unknown(self._table, ("title", "description", "step"), "the file")
        title, description = (self._text(self._table, key, "the file") for key in ("title", "description"))
        tables = self._table.get("step")
        if not isinstance(tables, list) or not all(isinstance(one, dict) for one in tables) or not tables:
            self._say("it has no [[step]] tables")
            return RawPlaybook(None, tuple(self._faults), self._lines)
        if len(tables) > MOST_STEPS:
            self._say(f"it has more than {MOST_STEPS} steps")
            return RawPlaybook(None, tuple(self._faults), self._lines)
        steps = []
        for number, one in enumerate(tables):
            self._at = self._lines.starts[number] if number < len(self._lines.starts) else 1
            step = self._step(one)
            if step is not None:
                steps.append(step)
        playbook = Playbook(self._id, title, description, tuple(steps), self._digest) if steps else None
        return RawPlaybook(playbook, tuple(self._faults), self._lines)

    def _step(self, table: Mapping[str, Any]) -> AnyStep | None:
        step_id, kind = table.get("id"), table.get("kind")
        if not isinstance(step_id, str) or not _ID.fullmatch(step_id):
            self._say("a step's id is lower-case letters, digits and _, up to 40 of them", "id")
            return None
        name = f"step “{step_id}”"
        if not isinstance(kind, str) or kind not in _FIELDS:
            self._say(f"{name} is of no known kind{meant(str(kind), _FIELDS)} ({', '.join(_FIELDS)})", "kind")
            return None
        self._unknown(table, (*_COMMON, *_FIELDS[kind]), name)
        title = self._text(table, "title", name, needed=kind != "branch")
        return self._of_kind(kind, table, name, (step_id, self._at, title, *self._common(table, name)))

    def _common(self, table: Mapping[str, Any], name: str) -> tuple[str, str]:
        return self._text(table, "help", name, needed=False), self._text(table, "next", name, needed=False)

    def _of_kind(
        self, kind: str, table: Mapping[str, Any], name: str, common: tuple[str, int, str, str, str]
    ) -> AnyStep | None:
        def text(key: str, *, needed: bool = False) -> str:
            return self._text(table, key, name, needed=needed)

        match kind:
            case "ask":
                return Ask(*common, self._options(table, "options", name), text("shows"), table.get("optional") is True)
            case "look_up":
                return LookUp(*common, text("query", needed=True), text("collection"), text("otherwise"))
            case "classify":
                classes = self._options(table, "classes", name)
                if len(classes) < 2:
                    self._say(f"{name} has fewer than two classes", "classes")
                return Classify(
                    *common, text("text", needed=True), classes, self._share(table, "confidence", 0.7), text("unsure")
                )
            case "branch":
                return Branch(*common, text("on", needed=True), self._cases(table, name))
            case "judge":
                outcomes = tuple(Option(one, _VERDICT_TEXTS[one], text(one)) for one in VERDICTS)
                return Judge(*common, text("question", needed=True), text("text", needed=True), outcomes)
            case "draft":
                return Draft(*common, text("instruction", needed=True))
            case _:
                return Finish(*common, self._texts(table.get("advice", []), "advice", name))

    def _options(self, table: Mapping[str, Any], key: str, name: str) -> tuple[Option, ...]:
        rows = self._rows(table, key, name)
        options = []
        for row in rows:
            self._unknown(row, _OPTION_FIELDS, f"an entry of {key} in {name}")
            option_id = row.get("id")
            if not isinstance(option_id, str) or not _ID.fullmatch(option_id):
                self._say(f"an entry of {key} in {name} has no id of lower-case letters, digits and _", key)
                continue
            said = self._text(row, "text", f"“{option_id}” in {name}")
            options.append(Option(option_id, said, self._text(row, "next", name, needed=False)))
        if len({option.id for option in options}) < len(options):
            self._say(f"{name} has an id in {key} twice", key)
        if len(options) > MOST_OPTIONS:
            self._say(f"{name} has more than {MOST_OPTIONS} {key}", key)
        return tuple(options)

    def _cases(self, table: Mapping[str, Any], name: str) -> tuple[Case, ...]:
        rows = self._rows(table, "cases", name)
        if not rows:
            self._say(f"{name} has no cases")
        cases = []
        for row in rows:
            self._unknown(row, _CASE_FIELDS, f"a case of {name}")
            answers = self._texts(row.get("answers", []), "answers", name)
            if not answers:
                self._say(f"a case of {name} says not for which answers", "cases")
            cases.append(Case(answers, self._text(row, "next", f"a case of {name}"), self._share(row, "at_least", 0.0)))
        return tuple(cases)

    def _rows(self, table: Mapping[str, Any], key: str, name: str) -> list[Mapping[str, Any]]:
        rows = table.get(key, [])
        if isinstance(rows, list) and all(isinstance(row, dict) for row in rows):
            return rows
        self._say(f"{key} of {name} is no list of {{ … }}", key)
        return []

    def _texts(self, value: object, key: str, name: str) -> tuple[str, ...]:
        if isinstance(value, list) and all(isinstance(one, str) and 0 < len(one) <= LONGEST for one in value):
            return tuple(value)
        self._say(f"{key} of {name} is no list of texts", key)
        return ()

    def _share(self, table: Mapping[str, Any], key: str, default: float) -> float:
        value = table.get(key, default)
        if isinstance(value, int | float) and not isinstance(value, bool) and 0 <= value <= 1:
            return float(value)
        self._say(f"{key} is a number from 0 to 1", key)
        return default

    def _text(self, table: Mapping[str, Any], key: str, name: str, *, needed: bool = True) -> str:
        value = table.get(key, "")
        if not isinstance(value, str) or len(value) > LONGEST:
            self._say(f"{key} of {name} is no text of up to {LONGEST} characters", key)
            return ""
        if needed and not value.strip():
            self._say(f"{name} has no {key}", *([key] if key in table else []))
        return value.strip()

    def _unknown(self, table: Mapping[str, Any], known: tuple[str, ...], name: str) -> None:
        for key in table:
            if key not in known:
                self._say(f"{name} cannot have “{key}”{meant(key, known)}", key)

    def _say(self, reason: str, *words: str) -> None:
        self._faults.append(Fault(self._lines.within(self._at, *words), reason))
