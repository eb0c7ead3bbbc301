"""The record of a run as Markdown: what was asked, answered and found, by whom, and what is to be done."""

from collections.abc import Iterator

from app.domain.playbook import AnyStep, Finish, LookUp, Playbook
from app.domain.playbook_run import Done, Run, advice, fill, position, said
from app.domain.texts import Say, Text


def record(playbook: Playbook, run: Run, say: Say = str) -> str:
    """The record of a run, ended or not; `say` puts texts in the language that people read."""
    return "\n".join(_lines(playbook, run, say)).rstrip() + "\n"


def _lines(playbook: Playbook, run: Run, say: Say) -> Iterator[str]:
    yield f"# {_plain(playbook.title)}"
    yield ""
    yield say(
        Text("Started {start}, last changed {change}.", start=run.started_at or "–", change=run.changed_at or "–")
    )
    yield ""
    yield f"**{say(Text('AI:'))}** {say(_disclosure(run))}"
    yield ""
    end = position(playbook, run)
    if isinstance(end, Finish):
        yield from _end(playbook, run, end)
    else:
        yield say(Text("Not finished: the next step is “{step}”.", step=_plain(end.title)))
        yield ""
    yield f"## {say(Text('What was answered'))}"
    yield ""
    for number, done in enumerate(run.path, 1):
        step = playbook.step(done.step)
        if step is not None:
            yield from _answered(number, fill(step.title, playbook, run.path[: number - 1]), step, done, say)


def _disclosure(run: Run) -> Text:
    models = sorted({done.model for done in run.path if done.model})
    if not models:
        return Text("No AI had a part in this record.")
    return Text(
        "Parts of this record were written or judged by AI ({models}), on this device. Check them before you rely on"
        " them.",
        models=_plain(", ".join(models)),
    )


def _end(playbook: Playbook, run: Run, end: Finish) -> Iterator[str]:
    yield f"## {_plain(fill(end.title, playbook, run.path))}"
    yield ""
    if end.help:
        yield _plain(fill(end.help, playbook, run.path))
        yield ""
    for line in advice(playbook, run.path, end):
        yield f"- {_plain(line)}"
    yield ""


def _answered(number: int, title: str, step: AnyStep, done: Done, say: Say) -> Iterator[str]:
    by = f" *({say(Text('AI:'))} {_plain(done.model)}{say(_sure(done))})*" if done.model else ""
    yield f"{number}. **{_plain(title)}**{by}"
    yield ""
    yield from _quoted(said(step, done))
    if done.text and not isinstance(step, LookUp):
        yield from _quoted(done.text)
    for quote in done.quotes:
        page = say(Text(", page {n}", n=quote.page)) if quote.page else ""
        place = f" – {quote.document}{page}" if quote.document else ""
        yield f"   - “{_plain(' '.join(quote.text.split()))}”{_plain(place)}"
    yield ""


def _sure(done: Done) -> Text:
    return Text(", {share} sure", share=f"{done.confidence:.0%}") if done.confidence is not None else Text("")


def _quoted(text: str) -> Iterator[str]:
    yield from (f"   > {_plain(line)}".rstrip() for line in text.splitlines())


def _plain(text: str) -> str:
    """Text that no reader of Markdown takes for HTML or a picture to load."""
    return text.replace("<", "&lt;").replace("![", "!\\[")
