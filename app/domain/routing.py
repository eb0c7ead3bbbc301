"""Which model does a task, and where: on the device first, beyond it only where every rule allows.

Pure: what there is and what is allowed goes in, a route or the reason against one comes out.
"""

from dataclasses import dataclass
from typing import Final, Literal, get_args

from app.domain.data_class import DataClass, exceeds
from app.domain.errors import AppError
from app.domain.texts import Text

Task = Literal["answer", "rewrite", "title", "classify", "summarise", "rerank", "judge"]
Place = Literal["device", "gateway"]

TASKS: Final[tuple[Task, ...]] = get_args(Task)
GATEWAY_PREFIX: Final = "gateway:"  # before the name of a model that runs there


@dataclass(frozen=True, slots=True)
class Route:
    """Who does a task, and where."""

    model: str
    where: Place
    because: str  # follows "answered by … because"


@dataclass(frozen=True, slots=True)
class Destination:
    """Where a question would go if it were sent now, as far as that is known before passages are found for it."""

    data_class: DataClass  # of what is in the turn already
    reach: DataClass  # the highest that passages found for it may bring
    route: Route | None = None
    model: str = ""  # its name
    host: str = ""  # of the gateway
    refused: AppError | None = None  # why it would not be sent
    beyond: AppError | None = None  # why it would not be sent with passages of the class `reach`


@dataclass(frozen=True, slots=True)
class Forbidden:
    """Why nothing may leave the machine, in words that follow "because"."""

    because: str


@dataclass(frozen=True, slots=True)
class Bounds:
    """What may leave the machine."""

    local_only: bool
    ceiling: DataClass


@dataclass(frozen=True, slots=True)
class Availability:
    """What could do a task: a model's id each, "" for none. `lacking` is why there is none on the device."""

    device: str
    gateway: str
    lacking: str = ""


NOTHING_LEAVES: Final = Bounds(local_only=True, ceiling="public")


def may_leave(data_class: DataClass, bounds: Bounds) -> Forbidden | None:
    """Why data of this class must stay on the device; None if it may leave."""
    if bounds.local_only:
        return Forbidden(Text("this Donjon is set to stay on the device"))
    if exceeds(data_class, bounds.ceiling):
        held = Text(
            "it holds {held} data, and only {ceiling} data or lower may leave the device",
            held=Text(data_class),
            ceiling=Text(bounds.ceiling),
        )
        return Forbidden(held)
    return None


def choose(
    task: Task, data_class: DataClass, picked: str, there: Availability, bounds: Bounds
) -> Route | Forbidden | None:
    """The route of a task. `picked` is the model that the person, or the table of tasks, names; "" for none.

    Forbidden where only the gateway could do it and must not; None where nothing could do it at all.
    """
    if there.device and not picked.startswith(GATEWAY_PREFIX):
        named = f"you chose it to {task}" if picked else "the model on the device comes first"
        return Route(there.device, "device", named)
    if not there.gateway:
        return None
    forbidden = may_leave(data_class, bounds)
    if forbidden is not None:
        return forbidden
    return Route(there.gateway, "gateway", f"you chose it to {task}" if picked else there.lacking)


def read_task_models(text: str) -> dict[Task, str]:
    """The table "task=model, …". Raises ValueError with the reason."""
    table: dict[Task, str] = {}
    for pair in filter(None, (part.strip() for part in text.split(","))):
        name, sign, model = (part.strip() for part in pair.partition("="))
        task = next((task for task in TASKS if task == name), None)
        if task is None or not sign or not model:
            raise ValueError(f"has “{pair}” where TASK=MODEL belongs; a task is one of {', '.join(TASKS)}")
        table[task] = model
    return table
