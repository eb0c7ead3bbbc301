"""Playbooks: guided decision trees whose steps are plain values, so that all ways through can be checked beforehand."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Final, Literal

JudgeVerdict = Literal["yes", "no", "unclear"]
VERDICTS: Final[tuple[JudgeVerdict, ...]] = ("yes", "no", "unclear")
FOUND: Final = "found"  # the outcomes of a look-up
NOTHING: Final = "nothing"
ROUNDS: Final = 60  # of the estimate below: enough for it to settle on any playbook of a size people write


@dataclass(frozen=True, slots=True)
class Option:
    """One of the answers to choose from, and where it leads; "" for where the step leads."""

    id: str
    text: str
    next: str = ""


@dataclass(frozen=True, slots=True)
class Step:
    """What all steps have: a name, what the person reads, and where it leads."""

    id: str
    line: int  # in the file
    title: str  # the question asked, or what is done
    help: str = ""  # why it matters, and how to find out
    next: str = ""


@dataclass(frozen=True, slots=True)
class Ask(Step):
    """The person answers: one of the options, or freely where there are none."""

    options: tuple[Option, ...] = ()
    shows: str = ""  # an earlier step whose result stands beside the question
    optional: bool = False  # a free answer may be left empty


@dataclass(frozen=True, slots=True)
class LookUp(Step):
    """The documents answer, with their sources; `otherwise` is where it leads if they do not."""

    query: str = ""
    collection: str = ""  # "": all of them
    otherwise: str = ""


@dataclass(frozen=True, slots=True)
class Classify(Step):
    """A model says which class a text is of; below the confidence the person does, or it leads to `unsure`."""

    text: str = ""
    classes: tuple[Option, ...] = ()
    confidence: float = 0.7
    unsure: str = ""


@dataclass(frozen=True, slots=True)
class Case:
    """One way out of a branch: the answers it is for, and how sure a model must have been of them."""

    answers: tuple[str, ...]
    next: str
    at_least: float = 0.0


@dataclass(frozen=True, slots=True)
class Branch(Step):
    """The way is settled by an earlier answer; `next` is where it leads otherwise."""

    on: str = ""
    cases: tuple[Case, ...] = ()


@dataclass(frozen=True, slots=True)
class Judge(Step):
    """A model answers a question about a text with yes, no or unclear, and quotes what it rests on."""

    question: str = ""
    text: str = ""
    outcomes: tuple[Option, ...] = ()  # yes, no, unclear


@dataclass(frozen=True, slots=True)
class Draft(Step):
    """A model writes a text, which the person reads, changes and takes over."""

    instruction: str = ""


@dataclass(frozen=True, slots=True)
class Finish(Step):
    """The end: what it came to, and what is to be done."""

    advice: tuple[str, ...] = ()


AnyStep = Ask | LookUp | Classify | Branch | Judge | Draft | Finish


@dataclass(frozen=True, slots=True)
class Playbook:
    """A decision tree, checked. It begins with its first step."""

    id: str  # the file's name
    title: str
    description: str
    steps: tuple[AnyStep, ...]
    digest: str = ""  # of the file: another one is another playbook

    def step(self, step_id: str) -> AnyStep | None:
        """The step of that name, if there is one."""
        return next((step for step in self.steps if step.id == step_id), None)

    def left(self) -> Mapping[str, float]:
        """How many steps are yet to be done from each one, itself included, if all ways are as likely."""
        steps = [(step, targets(step)) for step in self.steps]
        left = dict.fromkeys((step.id for step in self.steps), 0.0)
        for _ in range(ROUNDS):
            left = {
                step.id: is_work(step) + (sum(left[one] for one in then) / len(then) if then else 0.0)
                for step, then in steps
            }
        return left


def is_work(step: AnyStep) -> bool:
    """Whether somebody has to do it; branches and ends take nobody's time."""
    return not isinstance(step, Branch | Finish)


def choices(step: AnyStep) -> tuple[Option, ...]:
    """What can be chosen at a step, by the person or a model."""
    match step:
        case Ask():
            return step.options
        case Classify():
            return step.classes
        case Judge():
            return step.outcomes
        case _:
            return ()


def outcomes(step: AnyStep) -> tuple[str, ...]:
    """The answers that a step can have; none if it can have any."""
    if isinstance(step, LookUp):
        return FOUND, NOTHING
    return tuple(option.id for option in choices(step))


def targets(step: AnyStep) -> tuple[str, ...]:
    """Every step that this one can lead to, each once, in the order of its ways out."""
    return tuple(dict.fromkeys(one for one in _targets(step) if one))


def _targets(step: AnyStep) -> Iterator[str]:
    options = choices(step)
    for option in options:
        yield option.next or step.next
    match step:
        case LookUp():
            yield step.next
            yield step.otherwise
        case Classify():
            yield step.unsure
        case Branch():
            yield from (case.next for case in step.cases)
            yield step.next
        case Ask() | Draft() if not options:
            yield step.next


def leads_to(step: AnyStep, answer: str, confidence: float | None = None) -> str:
    """Where a step leads with this answer, "" for nowhere. A model that was not sure enough leads to `unsure`."""
    if isinstance(step, LookUp):
        return step.otherwise or step.next if answer == NOTHING else step.next
    if isinstance(step, Classify) and step.unsure and confidence is not None and confidence < step.confidence:
        return step.unsure
    if isinstance(step, Finish):
        return ""
    return next((option.next for option in choices(step) if option.id == answer), "") or step.next


def branch_to(branch: Branch, answer: str, confidence: float | None) -> str:
    """Where a branch leads, by the answer to the step it looks at; a person's own answer is sure."""
    sure = 1.0 if confidence is None else confidence
    return next((case.next for case in branch.cases if answer in case.answers and sure >= case.at_least), branch.next)
