"""`donjon ask`: one question, answered while somebody watches or as JSON."""

from collections.abc import Iterator

from app.cli import shapes
from app.cli.answers import follow, origin, say_sources
from app.cli.terminal import STOPPED, note, say_json
from app.domain.events import AnswerEvent


def tell(events: Iterator[AnswerEvent], *, structured: bool, as_json: bool) -> int:
    """Show an answer while it comes, then what it rests on; returns the exit code."""
    answered = follow(events, stream=not as_json)
    if as_json:
        say_json(shapes.answer(answered))
    elif structured:
        note(origin(answered.finished))  # standard output is the JSON alone
    else:
        say_sources(answered)
    return STOPPED if answered.finished.stopped else 0
