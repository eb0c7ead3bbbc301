"""`donjon self-test`: whether all parts work on this machine, by using each of them once."""

import sqlite3
import tempfile
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from app.cli.doors import Doors, Services
from app.cli.terminal import say, say_json
from app.domain.cancel import Cancel
from app.domain.error_texts import explain
from app.domain.errors import AppError, ErrorCode
from app.domain.events import FileAdded, FileFailed, Token

_WORD = "castellan"
_SAMPLE = f"# Keys\n\nThe {_WORD} keeps the keys of the tower and hands them out at dawn.\n"


@dataclass(frozen=True, slots=True)
class Outcome:
    """How one check went; `ok` is None for one that had nothing to check."""

    check: str
    ok: bool | None
    detail: str


class _NothingToCheck(Exception):
    """A part is not here, so it cannot be checked."""


class _Broken(Exception):
    """A part answers, but wrongly."""


def self_test(doors: Doors, home: Path, *, as_json: bool) -> int:
    """Check every part, in a home of its own with the models of the real one; 4 if one does not work."""
    outcomes: list[Outcome] = []

    def check(name: str, act: Callable[[], str]) -> None:
        outcome = _try(name, act)
        outcomes.append(outcome)
        if not as_json:
            say(f"{_MARKS[outcome.ok]:<8} {outcome.check:<12} {outcome.detail}")

    check("home", lambda: _write(home))
    check("database", _database)
    with tempfile.TemporaryDirectory(prefix="donjon-self-test-", ignore_cleanup_errors=True) as folder:
        own = Path(folder)
        try:
            with doors.open_services(own / "home", "self-test", models_folder=home / "models") as services:
                check("lock", lambda: _lock(doors, own / "home"))
                check("documents", lambda: _documents(services, own))
                check("search", lambda: _search(services))
                check("model file", lambda: _inspect(services))
                check("answer", lambda: _answer(services))
                check("ledger", lambda: _ledger(services))
        except AppError as error:
            refusal = explain(error)
            check("services", lambda: _fail(refusal.what))
    passed = all(outcome.ok is not False for outcome in outcomes)
    if as_json:
        checks = [{"check": outcome.check, "ok": outcome.ok, "detail": outcome.detail} for outcome in outcomes]
        say_json({"ok": passed, "checks": checks})
    return 0 if passed else 4


_MARKS = {True: "ok", False: "FAILED", None: "skipped"}


def _try(name: str, act: Callable[[], str]) -> Outcome:
    try:
        return Outcome(name, True, act())
    except _NothingToCheck as nothing:
        return Outcome(name, None, str(nothing))
    except AppError as error:
        explanation = explain(error)
        return Outcome(name, False, f"{explanation.what} {explanation.advice}")
    except (_Broken, OSError, sqlite3.Error) as error:
        return Outcome(name, False, str(error))


def _fail(reason: str) -> str:
    raise _Broken(reason)


def _write(home: Path) -> str:
    home.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryFile(dir=home) as file:
        file.write(b"x")
    return f"{home} can be written to"


def _database() -> str:
    connection = sqlite3.connect(":memory:")
    connection.execute("CREATE TABLE t (a TEXT) STRICT")
    connection.execute('CREATE VIRTUAL TABLE f USING fts5 (a, tokenize = "unicode61 remove_diacritics 2")')
    connection.close()
    return f"SQLite {sqlite3.sqlite_version} with full-text search"


def _lock(doors: Doors, home: Path) -> str:
    try:
        with doors.open_services(home, "self-test"):
            raise _Broken("two could open one home")
    except AppError as error:
        if error.code is not ErrorCode.HOME_IN_USE:
            raise
    return "a home has one holder"


def _documents(services: Services, folder: Path) -> str:
    """Through the process that reads files and the one that keeps the library."""
    _embedder(services)
    path = folder / "keys.md"
    path.write_text(_SAMPLE, encoding="utf-8")
    added = ""
    for event in services.library.add([path], cancel=Cancel()):
        if isinstance(event, FileFailed):
            raise AppError(event.problem.code, **event.problem.facts)
        if isinstance(event, FileAdded):
            added = event.document.name
    if not added:
        raise _Broken("the document was not added")
    return f"read and indexed {added}"


def _search(services: Services) -> str:
    _embedder(services)
    passages = services.library.search("Who keeps the keys?")
    if not passages or _WORD not in passages[0].text:
        raise _Broken("the passage was not found")
    missing = {"bm25", "vector"} - passages[0].scores.keys()
    if missing:
        raise _Broken(f"the passage was not found by {', '.join(sorted(missing))}")
    return "found by words and by meaning"


def _embedder(services: Services) -> None:
    if not any(model.role == "embed" for model in services.models.installed()):
        raise _NothingToCheck("no embedder is installed")


def _inspect(services: Services) -> str:
    model = services.models.current()
    if model is None:
        raise _NothingToCheck("no chat model is installed")
    header = services.models.inspect(Path(model.path))
    return f"{header.architecture}, {header.quantisation}, {header.tensors} tensors"


def _answer(services: Services) -> str:
    model = services.models.current()
    if model is None:
        raise _NothingToCheck("no chat model is installed")
    cancel = Cancel()
    words = ""
    for event in services.chat.answer("Say hello.", search=None, cancel=cancel):
        if isinstance(event, Token):
            words += event.text
            if words.strip():
                cancel.set()
    if not words.strip():
        raise _Broken(f"{model.name} wrote nothing")
    return f"{model.name} answers"


def _ledger(services: Services) -> str:
    verification = services.audit.verify()
    if not verification.intact:
        raise _Broken(verification.reason)
    if services.models.current() is not None and verification.entries < 2:
        raise _Broken("the answer is not on the ledger")
    return f"{verification.entries} entries, intact"
