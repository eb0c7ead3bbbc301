"""A playbook on its way, as a value: what is answered, where it stands, and what becomes of it when that changes.

path      the answers that count, in order; they alone say where the run stands
spare     answers that were given and are not on the path now: they come back by themselves once it leads there
          again, so that changing an early answer costs only what really depends on it
proposal  what a model made of the step at hand, until the person takes it over
"""

import re
from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Final

from app.domain.playbook import (
    AnyStep,
    Ask,
    Branch,
    Classify,
    Draft,
    Finish,
    Judge,
    LookUp,
    Playbook,
    branch_to,
    choices,
    is_work,
    leads_to,
    outcomes,
)

LONGEST_ANSWER: Final = 20_000  # characters
LONGEST_RUN: Final = 200  # answers: more is a loop that nobody means
PLACEHOLDER: Final = re.compile(r"\{([a-z][a-z0-9_]*)\}")
MISSING: Final = "–"  # in a text, for what was not asked on this way


@dataclass(frozen=True, slots=True)
class Quote:
    """A place in a document, or in an answer of the person, that a result rests on."""

    text: str
    document: str = ""
    page: int = 0
    document_id: int = 0


@dataclass(frozen=True, slots=True)
class Done:
    """A step that was answered."""

    step: str
    answer: str  # an option's id, a verdict, "found" or "nothing"; else the text itself
    text: str = ""  # what a document or a model said, where the answer is one of several
    confidence: float | None = None  # of a model; None: a person answered
    model: str = ""  # that had a part in it
    quotes: tuple[Quote, ...] = ()
    of: str = ""  # what a model was given: another input wants another result


@dataclass(frozen=True, slots=True)
class Run:
    """One use of a playbook."""

    playbook: str
    digest: str  # of the playbook it was last moved on with
    path: tuple[Done, ...] = ()
    spare: tuple[Done, ...] = ()
    proposal: Done | None = None
    id: int = 0
    started_at: str = ""
    changed_at: str = ""
    title: str = ""  # the playbook's, as it was then


@dataclass(frozen=True, slots=True)
class Progress:
    """How far a run is: the step that is at hand counts as begun."""

    at: int
    of: int  # about
    share: float


def position(playbook: Playbook, run: Run) -> AnyStep:
    """The step that is to be done next, or the end that was reached."""
    return _settle(playbook, run.path, _after(playbook, run.path))


def _after(playbook: Playbook, path: Sequence[Done]) -> AnyStep:
    if not path:
        return playbook.steps[0]
    last = path[-1]
    done = playbook.step(last.step)
    step = playbook.step(leads_to(done, last.answer, last.confidence)) if done else None
    return step or playbook.steps[0]


def _settle(playbook: Playbook, path: Sequence[Done], step: AnyStep) -> AnyStep:
    """Go through branches: they take nobody's time."""
    for _ in playbook.steps:
        if not isinstance(step, Branch):
            break
        seen = _latest(path, step.on)
        step = playbook.step(branch_to(step, seen.answer if seen else "", seen.confidence if seen else None)) or step
    return step


def progress(playbook: Playbook, run: Run) -> Progress:
    """Which step this is, of about how many."""
    step = position(playbook, run)
    done = len(run.path)
    if not is_work(step):
        return Progress(done, done, 1.0)
    left = playbook.left()[step.id]
    return Progress(done + 1, max(done + 1, round(done + left)), done / (done + left))


def fill(template: str, playbook: Playbook, path: Sequence[Done]) -> str:
    """A text with the answers so far in its braces."""

    def put(match: re.Match[str]) -> str:
        done = _latest(path, match[1])
        step = playbook.step(match[1])
        return said(step, done) if done is not None and step is not None else MISSING

    return PLACEHOLDER.sub(put, template)


def advice(playbook: Playbook, path: Sequence[Done], end: Finish) -> tuple[str, ...]:
    """What is to be done at an end; a line that speaks of what was not asked on this way is left out."""
    answered = {done.step for done in path if done.answer.strip()}
    lines = (line for line in end.advice if answered.issuperset(PLACEHOLDER.findall(line)))
    return tuple(fill(line, playbook, path) for line in lines)


def said(step: AnyStep, done: Done) -> str:
    """An answer in the words that a person reads."""
    label = next((option.text for option in choices(step) if option.id == done.answer), "")
    if isinstance(step, LookUp):
        return done.text or MISSING
    return label or done.answer or MISSING


def input_of(step: AnyStep, playbook: Playbook, path: Sequence[Done]) -> str:
    """What a model or a search is given at a step, "" where the person answers."""
    match step:
        case LookUp():
            return fill(step.query, playbook, path)
        case Classify():
            return fill(step.text, playbook, path)
        case Judge():
            return fill(step.text, playbook, path)
        case Draft():
            return f"{fill(step.instruction, playbook, path)}\n\n{facts(playbook, path)}"
        case _:
            return ""


def facts(playbook: Playbook, path: Sequence[Done]) -> str:
    """What is known so far, a question and its answer a line."""
    steps = ((playbook.step(done.step), done) for done in path)
    return "\n".join(f"- {fill(step.title, playbook, path)} {said(step, done)}" for step, done in steps if step)


def fits(step: AnyStep, answer: str) -> bool:
    """Whether a step can have this answer."""
    if len(answer) > LONGEST_ANSWER or isinstance(step, Branch | Finish):
        return False
    possible = outcomes(step)
    if possible:
        return answer in possible
    return bool(answer.strip()) or (isinstance(step, Ask) and step.optional)


def take(playbook: Playbook, run: Run, done: Done) -> Run:
    """Answer the step at hand, and go on as far as earlier answers still apply. The answer must fit."""
    spare = [one for one in run.spare if one.step != done.step]
    moved = replace(run, path=(*run.path, done), spare=tuple(spare), proposal=None, digest=playbook.digest)
    return _replay(playbook, moved)


def rewind(playbook: Playbook, run: Run, place: int) -> Run:
    """Stand again before the answer at `place` of the path (from 0); what came after is kept for where it applies."""
    place = max(0, min(place, len(run.path)))
    spare = (*run.path[place:], *run.spare)
    return replace(run, path=run.path[:place], spare=spare, proposal=None, digest=playbook.digest)


def back(playbook: Playbook, run: Run) -> Run:
    """Stand before the last answer that the person gave."""
    own = [place for place, done in enumerate(run.path) if _is_own(playbook.step(done.step), done)]
    return rewind(playbook, run, own[-1] if own else 0)


def _is_own(step: AnyStep | None, done: Done) -> bool:
    """Whether a person had to do with it: drafts are read before they are taken over."""
    return isinstance(step, Ask | Draft) or (isinstance(step, Classify | Judge) and not done.model)


def adapt(playbook: Playbook, run: Run) -> Run:
    """A run on a playbook that was changed meanwhile: the answers that still apply."""
    if run.digest == playbook.digest:
        return run
    empty = replace(run, path=(), spare=(*run.path, *run.spare), proposal=None, digest=playbook.digest)
    return _replay(playbook, empty)


def earlier(run: Run, step_id: str) -> Done | None:
    """The answer that this step had before the run went back behind it."""
    return next((one for one in run.spare if one.step == step_id), None)


def _replay(playbook: Playbook, run: Run) -> Run:
    """Go on by answers that were given before, up to the first step without one."""
    path, spare = list(run.path), list(run.spare)
    while spare and len(path) < LONGEST_RUN:
        step = _settle(playbook, path, _after(playbook, path))
        found = next((one for one in spare if one.step == step.id and _applies(step, one, playbook, path)), None)
        if found is None:
            break
        spare.remove(found)
        path.append(found)
    return replace(run, path=tuple(path), spare=tuple(spare))


def _applies(step: AnyStep, done: Done, playbook: Playbook, path: Sequence[Done]) -> bool:
    return fits(step, done.answer) and (not done.of or done.of == input_of(step, playbook, path))


def _latest(path: Sequence[Done], step_id: str) -> Done | None:
    return next((one for one in reversed(path) if one.step == step_id), None)
