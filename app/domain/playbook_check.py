"""Checks where a playbook's steps lead: unknown and unreachable steps, ways that never end, texts that name nothing."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass

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
    choices,
    outcomes,
    targets,
)
from app.domain.playbook_file import Fault, Lines, meant, read_raw
from app.domain.playbook_run import PLACEHOLDER


@dataclass(frozen=True, slots=True)
class Reading:
    """A playbook that can be run; or none, and why: every fault, by line."""

    playbook: Playbook | None
    faults: tuple[Fault, ...]


def read_playbook(text: str, playbook_id: str) -> Reading:
    """Read and check a playbook's file."""
    raw = read_raw(text, playbook_id)
    faults = list(raw.faults)
    if raw.playbook is not None:
        faults += _Check(raw.playbook, raw.lines).faults(whole=not faults)
    unique = sorted(dict.fromkeys(faults), key=lambda fault: fault.line)
    return Reading(None if unique else raw.playbook, tuple(unique))


class _Check:
    """One playbook, looked through."""

    def __init__(self, playbook: Playbook, lines: Lines) -> None:
        self._playbook = playbook
        self._lines = lines
        self._ids = [step.id for step in playbook.steps]
        self._steps: dict[str, AnyStep] = {}
        for step in playbook.steps:
            self._steps.setdefault(step.id, step)

    def faults(self, *, whole: bool) -> Iterator[Fault]:
        """Everything that is wrong; ways are walked only if the file is `whole`, else they end where a fault is."""
        known = list(self._names())
        yield from known
        if whole and not known:
            yield from self._ways()

    def _names(self) -> Iterator[Fault]:
        for number, step in enumerate(self._playbook.steps):
            if step.id in self._ids[:number]:
                yield Fault(self._lines.within(step.line, "id"), f"step “{step.id}” is there twice")
            for target in targets(step):
                if target not in self._steps:
                    reason = f"step “{step.id}” leads to “{target}”, which is no step{meant(target, self._ids)}"
                    yield self._at(step, f'"{target}"', reason)
            yield from self._texts(step)
            yield from self._ends(step)
            yield from self._looks_at(step)

    def _texts(self, step: AnyStep) -> Iterator[Fault]:
        """Every placeholder names a step that has an answer."""
        for text in _texts_of(step):
            for match in PLACEHOLDER.finditer(text):
                named = self._steps.get(match[1])
                if named is None:
                    reason = f"step “{step.id}” names {match[0]}, which is no step{meant(match[1], self._ids)}"
                    yield self._at(step, match[0], reason)
                elif isinstance(named, Branch | Finish):
                    yield self._at(step, match[0], f"step “{step.id}” names {match[0]}, which has no answer")

    def _ends(self, step: AnyStep) -> Iterator[Fault]:
        """Every answer leads somewhere, and only an end leads nowhere."""
        if isinstance(step, Finish):
            if step.next:
                yield self._at(step, "next", f"step “{step.id}” is an end and cannot lead on")
            return
        needs = step.next or (choices(step) and all(option.next for option in choices(step)))
        if not needs:
            open_ends = [option.id for option in choices(step) if not option.next]
            which = f" with “{open_ends[0]}”" if open_ends else ""
            yield self._at(step, "", f"step “{step.id}” leads nowhere{which}: it has no next")

    def _looks_at(self, step: AnyStep) -> Iterator[Fault]:
        """What a branch looks at is a step, and its cases are answers of it."""
        named = step.on if isinstance(step, Branch) else step.shows if isinstance(step, Ask) else ""
        if not named:
            return
        seen = self._steps.get(named)
        if seen is None or isinstance(seen, Branch | Finish):
            yield self._at(
                step, f'"{named}"', f"step “{step.id}” looks at “{named}”, which has no answer{meant(named, self._ids)}"
            )
        elif isinstance(step, Branch):
            possible = outcomes(seen)
            for answer in (one for case in step.cases for one in case.answers if possible and one not in possible):
                reason = f"step “{step.id}” has a case for “{answer}”, which “{named}” is never answered with"
                yield self._at(step, f'"{answer}"', f"{reason}{meant(answer, possible)}")
            if not possible:
                yield self._at(step, "on", f"step “{step.id}” looks at “{named}”, whose answers are free text")

    def _ways(self) -> Iterator[Fault]:
        reached = _reach([self._playbook.steps[0].id], lambda one: targets(self._steps[one]))
        for step in self._playbook.steps:
            if step.id not in reached:
                yield self._at(step, "", f"nothing leads to step “{step.id}”")
        sources: dict[str, list[str]] = {one: [] for one in self._steps}
        for step in self._playbook.steps:
            for target in targets(step):
                sources[target].append(step.id)
        ends = [step.id for step in self._playbook.steps if isinstance(step, Finish)]
        ending = _reach(ends, lambda one: sources[one])
        for step in self._playbook.steps:
            if step.id in reached and step.id not in ending:
                yield self._at(step, "", f"from step “{step.id}” no way leads to an end")
        yield from self._circles()

    def _circles(self) -> Iterator[Fault]:
        """What goes on by itself must not come back to itself: nobody could ever step in."""
        for step in self._playbook.steps:
            if not isinstance(step, Ask | Draft):
                through = _reach(list(targets(step)), self._by_itself)
                if step.id in through:
                    yield self._at(step, "", f"step “{step.id}” leads back to itself with nobody asked between")

    def _by_itself(self, step_id: str) -> tuple[str, ...]:
        step = self._steps[step_id]
        return () if isinstance(step, Ask | Draft) else targets(step)

    def _at(self, step: AnyStep, words: str, reason: str) -> Fault:
        return Fault(self._lines.within(step.line, words), reason)


def _reach(start: list[str], then: Callable[[str], tuple[str, ...] | list[str]]) -> set[str]:
    reached, waiting = set(start), list(start)
    while waiting:
        for one in then(waiting.pop()):
            if one not in reached:
                reached.add(one)
                waiting.append(one)
    return reached


def _texts_of(step: AnyStep) -> tuple[str, ...]:
    match step:
        case LookUp():
            return step.title, step.help, step.query
        case Classify():
            return step.title, step.help, step.text
        case Judge():
            return step.title, step.help, step.question, step.text
        case Draft():
            return step.title, step.help, step.instruction
        case Finish():
            return step.title, step.help, *step.advice
        case _:
            return step.title, step.help
