"""The window with a long chat in it: python -m tests.bench.ui; writes tests/bench/ui.md.

A chat of 2,000 long messages in a real database is opened, scrolled and written into at 100 tokens a second; the theme
is switched with it open. No model runs: what is measured is the window.
"""

import os
import platform
import statistics
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import psutil
from PySide6.QtWidgets import QApplication

from app.adapters.sqlite_chats import SqliteChats
from app.adapters.system_clock import SystemClock
from app.composition import open_services
from app.domain.cancel import Cancel
from app.domain.chat import Message, Timing
from app.domain.events import AnswerEvent, ConversationStarted, Finished, Token
from app.services.chat import Chat
from app.ui.rail import CHAT
from app.ui.theme import Appearance
from app.ui.window import Window
from tests.bench.table import Row, as_markdown

MESSAGES = 2000
TOKENS_PER_S = 100
SECONDS = 20
FRAMES = 300
SCROLL = 120  # pixels of a frame
RESULT = Path(__file__).with_name("ui.md")
PARAGRAPH = (
    "The travel desk books flights and hotels for everybody in the company. It needs the dates, the cost centre and "
    "the approval of the line manager, and answers within a working day. "
) * 3
ANSWER = (
    f"{PARAGRAPH}\n\n- first the **dates**\n- then the *cost centre*\n- and the approval\n\n{PARAGRAPH}\n\n"
    "```python\ndef nights(trip):\n    return max(1, trip.days)\n```\n\n| who | what |\n|---|---|\n| desk | books |\n\n"
    f"{PARAGRAPH}"
)
PIECES = ("The ", "desk ", "books ", "it ", "for ", "you", ".\n\n", "- a ", "point", "\n\n")


class StreamingChat:
    """The real chat, but for its answers, which come at an even pace."""

    def __init__(self, chat: Chat) -> None:
        self._chat = chat

    def __getattr__(self, name: str) -> Any:
        return getattr(self._chat, name)

    def answer(self, _question: str, *, conversation_id: str, cancel: Cancel, **_: object) -> Iterator[AnswerEvent]:
        """Tokens for as long as the bench lasts."""
        yield ConversationStarted(conversation_id, "q", "a")
        text, begun = "", time.perf_counter()
        for number in range(TOKENS_PER_S * SECONDS):
            cancel.check()
            time.sleep(max(0.0, begun + number / TOKENS_PER_S - time.perf_counter()))
            piece = PIECES[number % len(PIECES)]
            text += piece
            yield Token(piece)
        yield Finished("a", text, "bench", None, False, Timing(0.1, TOKENS_PER_S, 1, 1), ())


def fill(home: Path) -> str:
    """A home with a long chat; its id."""
    home.mkdir(parents=True)
    (home / "settings.toml").write_text("[ui]\nnotice_seen = 1\n", encoding="utf-8")  # no welcome in the way
    chats = SqliteChats(home / "chats.db", SystemClock())
    conversation, parent = chats.create("A long chat"), None
    for number in range(MESSAGES):
        role, text = ("assistant", ANSWER) if number % 2 else ("user", f"Question {number}? {PARAGRAPH}")
        now = "2026-01-01T00:00:00+00:00"
        message = Message(f"m{number}", conversation.id, parent, role, text, now, model="bench")  # type: ignore[arg-type]
        chats.save(message)
        parent = message.id
    chats.close()
    return conversation.id


def run(until: Callable[[], bool], seconds: float = 60) -> None:
    """Let the window work until something is so."""
    end = time.monotonic() + seconds
    while not until():
        QApplication.processEvents()
        if time.monotonic() > end:
            raise RuntimeError("the window did not get there")


def rest(seconds: float) -> None:
    """Let the window come to rest."""
    end = time.monotonic() + seconds
    run(lambda: time.monotonic() > end)


def opening(window: Window, chat: str) -> Row:
    """From the click on a chat to its painted end."""
    seconds = []
    for _ in range(5):
        window.chat.open(None)
        run(lambda: not window.chat.turns)
        rest(0.3)
        begun = time.perf_counter()
        window.chat.open(chat)
        run(lambda: len(window.chat.turns) == MESSAGES)
        window.repaint()
        seconds.append(time.perf_counter() - begun)
    middle = 1000 * statistics.median(seconds)
    return Row(f"opening a chat of {MESSAGES} messages, ms", middle, "≤ 300", middle <= 300, _spread(seconds))


def scrolling(window: Window) -> Row:
    """A frame of scrolling up from the end, through messages nobody has seen yet."""
    transcript = window.chat_page.transcript
    bar, frames = transcript.verticalScrollBar(), []
    for _ in range(FRAMES):
        begun = time.perf_counter()
        bar.setValue(bar.value() - SCROLL)
        transcript.viewport().repaint()
        QApplication.processEvents()
        frames.append(time.perf_counter() - begun)
    ninety_five = 1000 * statistics.quantiles(frames, n=20)[-1]
    return Row("a frame of scrolling, p95, ms", ninety_five, "≤ 16", ninety_five <= 16, _spread(frames))


def switching(window: Window, appearance: Appearance) -> Row:
    """From one theme to the other, painted."""
    seconds = _switch(window, appearance)
    middle = 1000 * statistics.median(seconds)
    return Row("switching the theme with it open, ms", middle, "≤ 150", middle <= 150, _spread(seconds))


def switching_everything(window: Window, appearance: Appearance) -> Row:
    """The same after a look at every page: a page is made when it is first shown, and dressed anew from then on."""
    for page in range(window.page_count):
        window.show_page(page)
        rest(0.2)
    window.show_page(CHAT)
    seconds = _switch(window, appearance)
    return Row(
        "the same after a look at every page, ms", 1000 * statistics.median(seconds), "-", True, _spread(seconds)
    )


def _switch(window: Window, appearance: Appearance) -> list[float]:
    seconds = []
    for shade in ("dark", "light") * 3:
        begun = time.perf_counter()
        appearance.choose(shade)
        QApplication.processEvents()
        window.repaint()
        seconds.append(time.perf_counter() - begun)
        rest(0.2)
    return seconds


def streaming(window: Window) -> list[Row]:
    """An answer at an even pace, at the end of the long chat: pauses, and what its beginning and its end cost."""
    turns: list[float] = []  # of the event loop: how long the window was at work in each
    window.chat.ask("Go on.")
    run(lambda: window.chat.busy)
    while window.chat.busy:
        begun = time.perf_counter()
        QApplication.processEvents()
        turns.append(time.perf_counter() - begun)
        time.sleep(0.001)
    pause = 1000 * max(turns)
    part = len(turns) // 5
    early, late = sum(turns[part : 2 * part]), sum(turns[-part:])
    each = 1000 * sum(turns) / (TOKENS_PER_S * SECONDS)
    grows = f"{each:.2f} ms a token on average; {TOKENS_PER_S * SECONDS} tokens"
    return [
        Row("longest pause while 100 tokens/s are written, ms", pause, "≤ 50", pause <= 50, _spread(turns)),
        Row("cost of a token in the last fifth ÷ in the second", late / early, "≤ 1.25", late / early <= 1.25, grows),
    ]


def _spread(seconds: list[float]) -> str:
    low, high = 1000 * min(seconds), 1000 * max(seconds)
    return f"{low:.0f}–{high:.0f} ms, median {1000 * statistics.median(seconds):.1f}, n = {len(seconds)}"


def main() -> int:
    """Measure, print, keep; 1 if a goal was missed."""
    app = QApplication(sys.argv[:1])
    with tempfile.TemporaryDirectory() as folder:
        home = Path(folder) / "home"
        chat = fill(home)
        appearance = Appearance(app, "light")
        with open_services(home, "bench") as services:
            window = Window(replace(services, chat=StreamingChat(services.chat)), appearance)  # type: ignore[arg-type]
            window.show()
            window.load()
            window.show_page(CHAT)  # without a model it opens at the models
            rest(1.0)
            rows = [opening(window, chat), scrolling(window), switching(window, appearance)]
            window.chat_page.transcript.go_to_end()
            rows += streaming(window)
            megabytes = psutil.Process().memory_info().rss / 1e6
            rows.append(Row("app process with that chat open, MB", megabytes, "≤ 200", megabytes <= 200, ""))
            rows.append(switching_everything(window, appearance))
            window.close()
    load = os.getloadavg()[0]
    about = f"{platform.machine()}, {os.cpu_count()} processors, load average {load:.1f} at the end, without a screen."
    table = as_markdown(rows)
    RESULT.write_text(f"# The window\n\nWritten by `make bench-ui`; {about}\n\n{table}", encoding="utf-8")
    sys.stdout.write(table)
    return 0 if all(row.met for row in rows) else 1


if __name__ == "__main__":
    sys.exit(main())
