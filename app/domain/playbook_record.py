"""The record of a run as Markdown: what was asked, answered and found, by whom, and what is to be done."""

from collections.abc import Iterator

from app.domain.playbook import AnyStep, Finish, LookUp, Playbook
from app.domain.playbook_run import Done, Run, advice, fill, position, said

DISCLOSURE = (
    "Parts of this record were written or judged by AI ({models}), on this device. Check them before you rely on them."
)
NO_AI = "No AI had a part in this record."


def record(playbook: Playbook, run: Run) -> str:
    """The record of a run, ended or not."""
    return "\n".join(_lines(playbook, run)).rstrip() + "\n"


def _lines(playbook: Playbook, run: Run) -> Iterator[str]:
    yield f"# {_plain(playbook.title)}"
    yield ""
    yield f"Started {run.started_at or '–'}, last changed {run.changed_at or '–'}."
    yield ""
    models = sorted({done.model for done in run.path if done.model})
    yield f"**AI:** {DISCLOSURE.format(models=_plain(', '.join(models))) if models else NO_AI}"
    yield ""
    end = position(playbook, run)
    if isinstance(end, Finish):
        yield from _end(playbook, run, end)
    else:
        yield f"Not finished: the next step is “{_plain(end.title)}”."
        yield ""
    yield "## What was answered"
    yield ""
    for number, done in enumerate(run.path, 1):
        step = playbook.step(done.step)
        if step is not None:
            yield from _answered(number, fill(step.title, playbook, run.path[: number - 1]), step, done)


def _end(playbook: Playbook, run: Run, end: Finish) -> Iterator[str]:
    yield f"## {_plain(fill(end.title, playbook, run.path))}"
    yield ""
    if end.help:
        yield _plain(fill(end.help, playbook, run.path))
        yield ""
    for line in advice(playbook, run.path, end):
        yield f"- {_plain(line)}"
    yield ""


def _answered(number: int, title: str, step: AnyStep, done: Done) -> Iterator[str]:
    by = f" *(AI: {_plain(done.model)}{_sure(done)})*" if done.model else ""
    yield f"{number}. **{_plain(title)}**{by}"
    yield ""
    yield from _quoted(said(step, done))
    if done.text and not isinstance(step, LookUp):
        yield from _quoted(done.text)
    for quote in done.quotes:
        page = f", page {quote.page}" if quote.page else ""
        place = f" – {quote.document}{page}" if quote.document else ""
        yield f"   - “{_plain(' '.join(quote.text.split()))}”{_plain(place)}"
    yield ""


def _sure(done: Done) -> str:
    return f", {done.confidence:.0%} sure" if done.confidence is not None else ""


def _quoted(text: str) -> Iterator[str]:
    yield from (f"   > {_plain(line)}".rstrip() for line in text.splitlines())


def _plain(text: str) -> str:
    """Text that no reader of Markdown takes for HTML or a picture to load."""
    return text.replace("<", "&lt;").replace("![", "!\\[")
