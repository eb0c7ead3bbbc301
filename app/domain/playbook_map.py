"""The map of a playbook: every step that somebody has to do and every end, and how each stands to a run."""

from dataclasses import dataclass
from typing import Literal

from app.domain.playbook import Branch, Finish, Playbook, targets
from app.domain.playbook_run import Run, fill, position

State = Literal["done", "now", "ahead", "off"]  # off: no way leads there any more, unless an answer is changed


@dataclass(frozen=True, slots=True)
class Place:
    """One step on the map."""

    step: str
    title: str
    state: State
    is_end: bool = False


def playbook_map(playbook: Playbook, run: Run) -> tuple[Place, ...]:
    """The steps in the order of the file."""
    now = position(playbook, run)
    done = {one.step for one in run.path}
    ahead = _ahead(playbook, now.id)
    places = []
    for step in playbook.steps:
        if isinstance(step, Branch):
            continue
        state: State = "now" if step.id == now.id else "done" if step.id in done else "off"
        if state == "off" and step.id in ahead:
            state = "ahead"
        places.append(Place(step.id, fill(step.title, playbook, run.path), state, isinstance(step, Finish)))
    return tuple(places)


def _ahead(playbook: Playbook, start: str) -> set[str]:
    reached, waiting = {start}, [start]
    while waiting:
        step = playbook.step(waiting.pop())
        for target in targets(step) if step else ():
            if target not in reached:
                reached.add(target)
                waiting.append(target)
    return reached
