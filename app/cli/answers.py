"""One answer on the command line: streamed while somebody watches, then with the passages it rests on."""

import sys
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from rich.console import Console
from rich.live import Live
from rich.text import Text

from app.cli.doors import DocumentList
from app.cli.terminal import ProgressLine, clean, note, say
from app.domain.chat import Citation, Reason, SentenceSupport
from app.domain.error_texts import say_left_out
from app.domain.errors import AppError, ErrorCode
from app.domain.events import (
    AnswerEvent,
    Cited,
    ConversationStarted,
    Finished,
    ModelLoading,
    PassageRead,
    PromptProgress,
    RailVerdict,
    Retrieved,
    Routed,
    Token,
)
from app.domain.library import Document, place_name
from app.domain.routing import Place
from app.domain.wording import MARKER

PLACES: Final[dict[Place, str]] = {"device": "on this device", "gateway": "at the gateway"}

OTHERWISE: Final[dict[Reason, str]] = {
    "": "",
    "number": "another number",
    "negation": "one of them denies it",
    "opposite": "the opposite",
}


@dataclass(slots=True)
class Answered:
    """What one question brought."""

    started: ConversationStarted
    finished: Finished
    retrieved: Retrieved | None = None
    citations: tuple[Citation, ...] = ()
    support: tuple[SentenceSupport, ...] = ()


def follow(events: Iterator[AnswerEvent], *, stream: bool) -> Answered:
    """Run an answer to its end; with `stream` it is written to the terminal as it comes."""
    live = _LiveAnswer() if stream and sys.stdout.isatty() else None
    progress = ProgressLine()
    started: ConversationStarted | None = None
    finished: Finished | None = None
    retrieved: Retrieved | None = None
    citations: tuple[Citation, ...] = ()
    support: tuple[SentenceSupport, ...] = ()
    try:
        for event in events:
            match event:
                case ConversationStarted():
                    started = event
                case Routed(where="gateway", model=model, because=because) if stream:
                    progress.clear()
                    note(f"{model} at the gateway answers, because {because}.")
                case Retrieved(left_out=left_out):
                    retrieved = event
                    if left_out is not None:
                        progress.clear()
                        note(say_left_out(left_out))
                case PassageRead(done=done, total=total, found=count, left_s=left_s):
                    progress.show(f"going through all, {count} found, {left_s:.0f} s left", done, total)
                case RailVerdict():
                    progress.clear()
                    note(_verdict(event))
                case ModelLoading(model=model):
                    progress.show(f"loading {model}", 0, 1)
                case PromptProgress(done=done, total=total):
                    progress.show("reading", done, total)
                case Token(text=text) if live:
                    progress.clear()
                    live.add(text)
                case Cited(citations=found, support=checked):
                    citations, support = found, checked
                case Finished():
                    finished = event
    finally:
        progress.clear()
        if live:
            live.close(finished.text if finished else None)
    assert started and finished, "an answer that ends without an error is started and finished"
    if stream and not live:
        say(finished.text)
    return Answered(started, finished, retrieved, citations, support)


def named(library: DocumentList, names: Sequence[str]) -> tuple[int, ...]:
    """The ids of documents, each by its name or by the path of its file. Raises AppError UNKNOWN_DOCUMENT."""
    if not names:
        return ()
    held = library.documents()
    return tuple(document_id for name in names for document_id in _named(held, name))


def _named(held: Sequence[Document], name: str) -> list[int]:
    path = str(Path(name).expanduser().resolve())
    found = [document.id for document in held if document.path == path]
    found = found or [document.id for document in held if document.name.lower() == name.lower()]
    if not found:
        raise AppError(ErrorCode.UNKNOWN_DOCUMENT, document=name)
    return found


def say_sources(answered: Answered) -> None:
    """List the passages that the answer rests on, and who wrote it."""
    for item in answered.citations:
        place = ", ".join(part for part in (item.document, place_name(item.unit, item.page, item.label)) if part)
        say(f"  [{item.n}] {place}: “{' '.join(item.quote.split())}”")
    finished = answered.finished
    for one in answered.support if finished.grounded else ():
        said = " ".join(MARKER.sub("", finished.text[one.start : one.end]).split())
        if one.verdict == "unsupported":
            say(f"  Not in these passages: “{said}”")
        elif one.verdict == "contradicted":
            say(f"  [{one.passage}] says otherwise ({OTHERWISE[one.because]}): “{said}”")
    if answered.retrieved is not None and answered.retrieved.asks_for_all:
        say("  This asks for all of something, and only the best passages were read. With --all every one is.")
    if finished.withheld:
        say(f"  {finished.withheld} sentences were left out: your documents do not say them.")
    if finished.grounded is False:
        say("  Not in your documents: nothing there supports this.")
    say(f"  {looked_at(answered.retrieved)}{origin(finished)}")


def looked_at(retrieved: Retrieved | None) -> str:
    """What an answer was looked for in; "" for one that was not."""
    if retrieved is None:
        return ""
    count = f"{retrieved.documents} document{'' if retrieved.documents == 1 else 's'}"
    if retrieved.surveyed:
        return f"{retrieved.surveyed} of {retrieved.found} passages of {count} gone through · "
    if retrieved.whole:
        return f"{count} read whole · "
    return f"{len(retrieved.used)} passage{'' if len(retrieved.used) == 1 else 's'} of {count} · "


def origin(finished: Finished) -> str:
    """Who wrote an answer, where, and how fast."""
    parts = [f"AI · {finished.model} · {PLACES[finished.ran]}"]
    if finished.timing.tokens_per_s:
        parts.append(f"{finished.timing.first_token_s:.1f} s to the first word")
        parts.append(f"{finished.timing.tokens_per_s:.0f} tokens/s")
    if finished.stopped:
        parts.append("stopped; what was written is kept")
    return " · ".join(parts)


def _verdict(event: RailVerdict) -> str:
    kinds = sorted({f"{finding.kind} {finding.action}" for finding in event.findings})
    return f"Note: in the {event.where}: {', '.join(kinds)}."


class _LiveAnswer:
    """The last lines of an answer while it grows; all of it at the end, with its checked markers."""

    def __init__(self) -> None:
        self._console = Console(highlight=False, markup=False, emoji=False)
        self._live = Live(console=self._console, auto_refresh=False, vertical_overflow="visible")
        self._text = ""

    def add(self, text: str) -> None:
        """Append a piece."""
        if not self._text:
            self._live.start()
        self._text += text
        lines = Text(clean(self._text)).wrap(self._console, self._console.width)
        self._live.update(Text("\n").join(lines[-(self._console.height - 2) :]), refresh=True)

    def close(self, final: str | None) -> None:
        """Leave the whole answer on the screen."""
        self._live.update(Text(clean(self._text if final is None else final)), refresh=self._live.is_started)
        self._live.stop()
        if not self._text and final:
            say(final)
