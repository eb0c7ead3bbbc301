"""Who answers a turn: decided in one place, for the answer and for what is said of it before it is asked."""

from collections.abc import Sequence

from app.domain.chat import Message, PromptMessage
from app.domain.data_class import DataClass, class_of, class_of_prompt, highest
from app.domain.errors import AppError
from app.domain.models import GenerationRequest
from app.domain.prompting import history
from app.domain.routing import Destination, Task
from app.ports.data_classes import DataClasses
from app.services.guard import Guard
from app.services.models import Models, Routing


class TurnRouting:
    """Finds the class of what is in a turn, and from it the model that may answer."""

    def __init__(self, models: Models, guard: Guard, data_classes: DataClasses) -> None:
        self._models = models
        self._guard = guard
        self._data_classes = data_classes

    def class_of(self, messages: Sequence[Message]) -> DataClass:
        """The class of a prompt made of these messages: what people type, and the passages in it."""
        passages = [passage for message in messages for passage in message.passages]
        return class_of_prompt(
            (passage.collection for passage in passages),
            self._data_classes.all(),
            [
                *(passage.data_class for passage in passages),
                *(message.prompt_used.data_class for message in messages if message.prompt_used is not None),
            ],
        )

    def route_task(self, task: Task, messages: Sequence[Message]) -> Routing:
        """Who does a task beside the answer to these messages; raises as `Models.route` does."""
        return self._models.route(task, self.class_of(messages))

    def route(self, messages: Sequence[Message], picked: str | None) -> Routing:
        """Who answers after these messages; raises as `Models.route` does."""
        return self._models.route("answer", self.class_of(messages), picked)

    def destination(
        self, before: Sequence[Message], typed: str, collections: Sequence[str], picked: str | None
    ) -> Destination:
        """Where a question would go, asked after these messages and of these collections. Nothing is sent or kept."""
        data_class = self.class_of(before)
        classes = self._data_classes.all()
        reach = highest([data_class, *(class_of(collection, classes) for collection in collections)])
        try:
            routing = self.route(before, picked)
        except AppError as error:
            return Destination(data_class, reach, refused=error)
        messages = (*history("", before), PromptMessage("user", typed))
        model = routing.model
        return Destination(
            data_class,
            reach,
            routing.route,
            model.name,
            self._models.gateway_host() if model.where == "gateway" else "",
            self._guard.refusal(model, GenerationRequest("", messages, data_class=data_class)),
            self._guard.refusal(model, GenerationRequest("", (), data_class=reach)),
        )
