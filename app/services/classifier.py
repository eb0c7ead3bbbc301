"""Which class a text is of, by how likely a model of this device finds the word for each; with a confidence."""

import math
from collections.abc import Sequence
from dataclasses import dataclass

from app.domain.audit import JsonValue
from app.domain.cancel import Cancel
from app.domain.chat import PromptMessage
from app.domain.models import GenerationRequest, Sampling, conversation_of
from app.services.guard import Guard
from app.services.models import Models


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
    """Asks the chat model of this device. Nothing is generated: what a text says can at most change its own class."""

    def __init__(self, models: Models, guard: Guard, prompt: str) -> None:
        """`prompt` has the fields question, words, classes and text; what is the same each time stands first."""
        self._models = models
        self._guard = guard
        self._prompt = prompt

    def classify(
        self, question: str, untrusted_text: str, classes: Sequence[tuple[str, str]], purpose: str, cancel: Cancel
    ) -> Classified:
        """Which class a text is of; a class is a word and what it means.

        Raises Cancelled, and AppError as `Guard.score` and `Models.find` do.
        """
        model = self._models.find("chat")
        words = [word for word, _ in classes]
        before, after = self._around(question, classes)
        request = _request(purpose, f"{before}{untrusted_text}{after}")
        context: dict[str, JsonValue] = {"purpose": purpose, "classes": len(classes)}
        scores = self._guard.score(self._models.generator(model), model, request, words, context, cancel)
        shares = softmax([score.logprob for score in scores])
        return Classified(shares.index(max(shares)), shares, model.name)

    def warm(self, question: str, classes: Sequence[tuple[str, str]], purpose: str, cancel: Cancel) -> None:
        """Let the model read what stands before every text, if it is loaded; then a text's class is told sooner.

        Raises Cancelled, and AppError as `Models.find` does.
        """
        generator = self._models.generator(self._models.find("chat"))
        if generator.is_loaded:
            self._guard.prefill(generator, _request(purpose, self._around(question, classes)[0]), cancel)

    def _around(self, question: str, classes: Sequence[tuple[str, str]]) -> tuple[str, str]:
        """What stands before the text, and after it."""
        before, _, after = self._prompt.partition("{text}")
        words = ", ".join(word for word, _ in classes)
        meanings = "\n".join(f"- {word}: {meaning}" for word, meaning in classes)
        return before.format(question=question, words=words, classes=meanings), after


def _request(purpose: str, content: str) -> GenerationRequest:
    messages = (PromptMessage("user", content),)
    return GenerationRequest(conversation_of("classifier", purpose), messages, Sampling(temperature=0.0))


def softmax(logprobs: Sequence[float]) -> tuple[float, ...]:
    """Shares that add up to 1."""
    top = max(logprobs)
    weights = [math.exp(one - top) for one in logprobs]
    return tuple(weight / sum(weights) for weight in weights)
