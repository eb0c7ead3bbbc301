"""`donjon library experiment questions …` and `… generate`."""

from collections.abc import Sequence
from dataclasses import asdict

from app.cli.doors import Services
from app.cli.terminal import ProgressLine, say, say_json
from app.domain.cancel import Cancel
from app.domain.experiments import Question


def say_questions(questions: Sequence[Question], *, as_json: bool) -> None:
    """List questions."""
    if as_json:
        say_json({"questions": [asdict(question) for question in questions]})
        return
    for one in questions:
        place = f", page {one.page}" if one.page else ""
        waits = "" if one.approved else "  (waits for your approval)"
        say(f"{one.id:>5}  {one.text}\n       {', '.join(one.documents)}{place}{waits}")
    waiting = sum(not one.approved for one in questions)
    say(f"{len(questions)} questions" + (f", {waiting} of them wait for your approval" if waiting else ""))


def generate(services: Services, count: int, collection: str | None, cancel: Cancel, *, as_json: bool) -> None:
    """Have questions written, and list them."""
    written: list[Question] = []
    progress = ProgressLine()
    try:
        for proposed in services.questions.generate(count, collection, cancel):
            progress.show("writing questions", proposed.done, proposed.total)
            if proposed.question is not None:
                written.append(proposed.question)
    finally:
        progress.clear()
    say_questions(written, as_json=as_json)
    if not as_json and written:
        say("Read them, then: donjon library experiment questions approve NUMBER …")
