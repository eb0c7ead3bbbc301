"""`donjon playbook list|check|run|runs|record`."""

import sys
from collections.abc import Callable, Sequence
from dataclasses import asdict
from pathlib import Path
from typing import Final

from app.cli.doors import Services
from app.cli.terminal import EXIT_CODES, note, say, say_json
from app.domain.cancel import Cancel
from app.domain.error_texts import explain
from app.domain.errors import AppError, ErrorCode, Kind
from app.domain.events import Token
from app.domain.playbook import NOTHING, Ask, Draft, Finish, LookUp, choices
from app.domain.playbook_check import read_playbook
from app.domain.playbook_file import Fault
from app.domain.playbook_run import Run, advice, said
from app.services.playbooks import Standing

BACK: Final = "b"


def say_playbooks(services: Services, *, as_json: bool) -> None:
    """List playbooks and the files that cannot be used."""
    playbooks, problems = services.playbooks.all(), services.playbooks.problems()
    if as_json:
        rows = [{"id": p.id, "title": p.title, "description": p.description, "steps": len(p.steps)} for p in playbooks]
        say_json({"playbooks": rows, "problems": [explain(problem).what for problem in problems]})
        return
    for one in playbooks:
        say(f"{one.id:<24} {one.title}\n{'':<24} {one.description}")
    for problem in problems:
        note(explain(problem).what)


def check(files: Sequence[Path], *, as_json: bool) -> int:
    """Say all that is wrong with files; the exit code says whether anything is."""
    found = {str(path): _faults(path) for path in files}
    wrong = any(found.values())
    if as_json:
        say_json({"files": [{"path": path, "faults": [asdict(f) for f in faults]} for path, faults in found.items()]})
    else:
        for path, faults in found.items():
            for fault in faults:
                say(f"{path}:{fault.line}: {fault.reason}")
            if not faults:
                say(f"{path}: in order")
    return EXIT_CODES[Kind.MISTAKE] if wrong else 0


def _faults(path: Path) -> tuple[Fault, ...]:
    try:
        return read_playbook(path.read_text(encoding="utf-8-sig"), path.stem).faults
    except OSError as error:
        raise AppError(ErrorCode.FILE_NOT_FOUND, path=str(path)) from error
    except UnicodeDecodeError:
        return (Fault(1, "it is not text in UTF-8"),)


def say_runs(services: Services, *, as_json: bool) -> None:
    """List runs."""
    runs = services.playbooks.runs()
    if as_json:
        say_json({"runs": [_shape(run) for run in runs]})
        return
    for run in runs:
        say(f"{run.id:>5}  {run.changed_at}  {run.title}  ({len(run.path)} answers)")
    if not runs:
        say("No run yet. `donjon playbook run NAME` starts one.")


def say_record(services: Services, run_id: int) -> None:
    """Print a record."""
    say(services.playbooks.record(run_id), end="")


def run(services: Services, at: Standing, out: Path | None, cancel: Cancel, *, as_json: bool) -> int:
    """Ask step by step until an end is reached; then print the end, and write the record if it is wanted."""
    tell = note if as_json else say
    tell(f"{at.playbook.title}: run {at.run.id}")
    while not isinstance(at.step, Finish):
        at = _model_step(services, at, tell, cancel) if at.waits_for_model else _own_step(services, at, tell)
    if out is not None:
        _write(out, services.playbooks.record(at.run.id))
    if as_json:
        say_json(
            {**_shape(at.run), "end": at.step.id, "title": at.title, "record": services.playbooks.record(at.run.id)}
        )
    else:
        say(f"\n{at.title}\n{at.help}".rstrip())
        for line in advice(at.playbook, at.run.path, at.step):
            say(f"  - {line}")
        say(f"The record: donjon playbook record {at.run.id}" if out is None else f"The record is in {out}.")
    return 0


def _model_step(services: Services, at: Standing, tell: Callable[[str], None], cancel: Cancel) -> Standing:
    """Let a model or a search do its step; if it cannot be had, the person answers."""
    note(f"{_counter(at)} {at.title} …")
    try:
        for event in services.playbooks.work(at.run.id, cancel):
            if isinstance(event, Token):
                print(end=".", file=sys.stderr, flush=True)
            if isinstance(event, Standing):
                at = event
    except AppError as error:
        note(f"{explain(error).what} Answer this step yourself.")
        return _own_step(services, at, tell)
    if at.run.proposal is None and at.run.path:
        done = at.run.path[-1]
        step = at.playbook.step(done.step)
        tell(f"  AI: {said(step, done)}" if step else "")
        for quote in done.quotes:
            tell(f"      “{quote.text}” {quote.document}")
    return at


def _own_step(services: Services, at: Standing, tell: Callable[[str], None]) -> Standing:
    """Ask the person, until the answer fits."""
    options = choices(at.step)
    proposal = at.run.proposal
    tell(f"\n{_counter(at)} {at.title}\n{at.help}".rstrip())
    for number, option in enumerate(options, 1):
        probably = f"  (probably, {proposal.confidence:.0%})" if _is_proposed(at, option.id) and proposal else ""
        tell(f"  {number}  {option.text}{probably}")
    if isinstance(at.step, Draft) and proposal is not None:
        tell(f"\n{proposal.answer}\n\nEnter takes it over; or write another.")
    if isinstance(at.step, LookUp):
        tell("Enter goes on without.")
    typed = _typed()
    if typed == BACK:
        return services.playbooks.back(at.run.id)
    answer = options[int(typed) - 1].id if typed.isdigit() and 1 <= int(typed) <= len(options) else typed
    if not typed and proposal is not None:
        answer = proposal.answer
    if isinstance(at.step, LookUp):
        answer = NOTHING
    try:
        return services.playbooks.answer(at.run.id, answer)
    except AppError as error:
        if error.code is not ErrorCode.PLAYBOOK_ANSWER_UNFIT:
            raise
        note(explain(error).advice)
        return at


def _is_proposed(at: Standing, option: str) -> bool:
    proposal = at.run.proposal
    return proposal is not None and proposal.answer == option and proposal.confidence is not None


def _typed() -> str:
    """What was typed; the end of the input stops the run, which is kept."""
    line = sys.stdin.readline()
    if not line:
        raise KeyboardInterrupt
    return line.strip()


def _counter(at: Standing) -> str:
    about = "" if isinstance(at.step, Ask) and at.progress.at == at.progress.of else "about "
    return f"[step {at.progress.at} of {about}{at.progress.of}]"


def _shape(run: Run) -> dict[str, object]:
    answers = [{"step": one.step, "answer": one.answer, "model": one.model} for one in run.path]
    return {
        "run": run.id,
        "playbook": run.playbook,
        "started_at": run.started_at,
        "changed_at": run.changed_at,
        "answers": answers,
    }


def _write(path: Path, text: str) -> None:
    try:
        path.write_text(text, encoding="utf-8")
    except OSError as error:
        reason = error.strerror or str(error)
        raise AppError(ErrorCode.HOME_NOT_WRITABLE, path=str(path), reason=reason) from error
