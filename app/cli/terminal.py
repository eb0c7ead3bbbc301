"""Writing to a terminal that text must not be able to fool, and Ctrl-C as a wish to stop."""

import json
import re
import signal
import sys
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from types import FrameType
from typing import Final

from app.domain.cancel import Cancel
from app.domain.error_texts import explain
from app.domain.errors import AppError, Kind
from app.domain.guard import strip_invisible

EXIT_CODES: Final = {Kind.BUG: 1, Kind.MISTAKE: 2, Kind.REFUSED: 3, Kind.UNAVAILABLE: 4}
STOPPED: Final = 130  # as shells say it of a program that Ctrl-C ended

# Escape sequences (CSI, OSC and the other strings), then every control character but tab and line feed.
_ESCAPES: Final = re.compile(
    "(?:\x1b\\[|\x9b)[0-?]*[ -/]*[@-~]|(?:\x1b[\\]PX^_]|[\x90\x98\x9d-\x9f])[^\x07\x1b\x9c]*(?:\x07|\x1b\\\\|\x9c)?"
)
_CONTROLS: Final = re.compile("[\x00-\x08\x0b-\x1f\x7f-\x9f]")


def clean(text: str) -> str:
    """Text that cannot move the cursor, change colours, write to the clipboard, or hide and reorder its characters."""
    return strip_invisible(_CONTROLS.sub("", _ESCAPES.sub("", text.replace("\r\n", "\n"))))[0]


def say(text: str = "", end: str = "\n") -> None:
    """Write a result to standard output."""
    print(clean(text), end=end, flush=True)


def say_json(value: object, indent: int | None = 2) -> None:
    """Write a result for programs; on one line without an indent."""
    print(_json(value, indent), flush=True)


def note(text: str) -> None:
    """Write what is not a result to standard error."""
    print(clean(text), file=sys.stderr, flush=True)


def report(error: AppError, *, as_json: bool) -> int:
    """Say what went wrong and what to do; the exit code that goes with it."""
    explanation = explain(error)
    _report(error.code.value, explanation.what, explanation.advice, as_json)
    return EXIT_CODES[error.kind]


def report_misuse(what: str, *, as_json: bool) -> int:
    """Say what is wrong with the command line itself."""
    _report("usage", what, "See donjon --help.", as_json)
    return EXIT_CODES[Kind.MISTAKE]


def _report(code: str, what: str, advice: str, as_json: bool) -> None:
    if as_json:
        error = {"code": code, "what": what, "advice": advice}
        print(_json({"error": error}), file=sys.stderr, flush=True)
    else:
        note(f"{what}\n{advice}")


def _json(value: object, indent: int | None = None) -> str:
    """JSON that a terminal cannot be fooled by either: JSON itself leaves controls from U+007F on as they are."""
    text = json.dumps(value, ensure_ascii=False, indent=indent)
    return _CONTROLS.sub(lambda found: f"\\u{ord(found.group()):04x}", text)


class ProgressLine:
    """One line on standard error that shows how far a work is; silent unless a person watches."""

    def __init__(self) -> None:
        self._watched = sys.stderr.isatty()
        self._written = ""

    def show(self, text: str, done: float, total: float) -> None:
        """Replace the line."""
        share = min(done / total, 1.0) if total else 0.0
        bar = "█" * round(share * 24)
        line = f"{clean(text)[:48]:<48} {bar:░<24} {share:4.0%}"
        if self._watched and line != self._written:
            print(f"\r{line}", end="", file=sys.stderr, flush=True)
            self._written = line

    def clear(self) -> None:
        """Take the line away."""
        if self._watched and self._written:
            print("\r\x1b[2K", end="", file=sys.stderr, flush=True)
            self._written = ""


@contextmanager
def stoppable() -> Iterator[Cancel]:
    """A Cancel that the first Ctrl-C sets; a second one ends the program."""
    cancel = Cancel()

    def stop(_signal: int, _frame: FrameType | None) -> None:
        if cancel.is_set():
            raise KeyboardInterrupt
        # Its callbacks take locks that the interrupted code may hold, so they run beside it.
        threading.Thread(target=cancel.set, daemon=True).start()

    before = signal.signal(signal.SIGINT, stop)
    try:
        yield cancel
    finally:
        signal.signal(signal.SIGINT, before)
