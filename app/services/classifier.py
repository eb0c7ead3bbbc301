"""Which class a text is of, by how likely a model of this device finds the letter of each; with a confidence."""

import math
import uuid
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

from app.domain.audit import JsonValue
from app.domain.cancel import Cancel
from app.domain.chat import PromptMessage
from app.domain.models import GenerationRequest, Sampling, conversation_of
from app.domain.prompting import fence_of
from app.services.guard import Guard
from app.services.models import Models

LETTERS: Final = "ABCDEFGHIJKLMNOPQRSTUVWXYZ"


@dataclass(frozen=True, slots=True)
class Classified:
    """The likeliest class, and how the model's belief is shared among all of them, in their order."""

    best: int
    shares: tuple[float, ...]
    model: str

    @property
    def confidence(self) -> float:
        """The share of the likeliest."""
        return self.shares[self.best]


class Classifier:
    """Asks the chat model of this device; nothing is generated, and nothing leaves the machine."""

    def __init__(self, models: Models, guard: Guard, prompt: str) -> None:
        """`prompt` has the fields question, classes, fence and text; what is the same each time stands first."""
        self._models = models
        self._guard = guard
        self._prompt = prompt

    def classify(
        self, question: str, untrusted_text: str, classes: Sequence[str], purpose: str, cancel: Cancel
    ) -> Classified:
        """Which of up to 26 classes a text is of. Raises Cancelled, and what `Guard.score` and `Models.find` raise."""
        model = self._models.find("chat")
        letters = LETTERS[: len(classes)]
        listed = "\n".join(f"{letter}: {text}" for letter, text in zip(letters, classes, strict=True))
        content = self._prompt.format(
            question=question, classes=listed, text=untrusted_text, fence=fence_of(uuid.uuid4().hex)
        )
        request = GenerationRequest(
            conversation_of("classifier", purpose), (PromptMessage("user", content),), Sampling(temperature=0.0)
        )
        context: dict[str, JsonValue] = {"purpose": purpose, "classes": len(classes)}
        scores = self._guard.score(self._models.generator(model), model, request, list(letters), context, cancel)
        shares = softmax([score.logprob for score in scores])
        return Classified(shares.index(max(shares)), shares, model.name)


def softmax(logprobs: Sequence[float]) -> tuple[float, ...]:
    """Shares that add up to 1."""
    top = max(logprobs)
    weights = [math.exp(one - top) for one in logprobs]
    return tuple(weight / sum(weights) for weight in weights)
