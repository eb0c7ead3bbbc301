"""Titles of conversations, by a model of this device, once the first answer is there."""

import re
from collections.abc import Callable
from typing import Final

from app.domain.cancel import Cancel
from app.domain.chat import Message, PromptMessage
from app.domain.events import Token
from app.domain.models import GenerationRequest, Sampling, conversation_of
from app.domain.prompting import title
from app.ports.chats import Chats
from app.services.guard import Guard
from app.services.models import Models
from app.services.turn_routing import TurnRouting

MAX_TOKENS: Final = 16
EXCERPT: Final = 240  # characters of the question and of the answer that say what it is about
SHORTEST: Final = 40  # characters: a shorter question is its own title


class Titles:
    """Names conversations that nobody has named."""

    def __init__(
        self, chats: Chats, models: Models, guard: Guard, routes: TurnRouting, prompt: str, wanted: Callable[[], bool]
    ) -> None:
        """`prompt` has the fields question and answer; `wanted` says whether titles are to be made."""
        self._chats = chats
        self._models = models
        self._guard = guard
        self._routes = routes
        self._prompt = prompt
        self._wanted = wanted

    def give(self, conversation_id: str, cancel: Cancel) -> str:
        """Name a conversation after its first answer; "" if it has a name, is longer, or no model here is free.

        It is on the ledger as any answer. Raises Cancelled, and what `Guard.generate` raises.
        """
        messages = self._chats.messages(conversation_id)
        if not self._wanted() or not self._is_unnamed(conversation_id, messages):
            return ""
        question, answer = messages[0], messages[-1]
        routing = self._routes.route_task("title", messages)
        if routing.model.where == "gateway":
            return ""  # a title is not worth that anything leaves this device
        prompt = self._prompt.format(question=question.text[:EXCERPT], answer=answer.text[:EXCERPT])
        request = GenerationRequest(
            conversation_of("titles", conversation_id),
            (PromptMessage("user", prompt),),
            Sampling(temperature=0.0, max_tokens=MAX_TOKENS),
            data_class=self._routes.class_of(messages),
        )
        generator = self._models.generator(routing.model)
        context = {"purpose": "title", "conversation": conversation_id}
        pieces = [
            event.text
            for event in self._guard.generate(generator, routing.model, request, dict(context), cancel)
            if isinstance(event, Token)
        ]
        generator.forget(request.conversation)
        named = tidy("".join(pieces))
        if named and self._is_unnamed(conversation_id, self._chats.messages(conversation_id)):
            self._chats.rename(conversation_id, named)
            return named
        return ""

    def _is_unnamed(self, conversation_id: str, messages: list[Message]) -> bool:
        """Whether it has one answer, and still the title that its question gave it."""
        if len(messages) != 2 or messages[1].status != "complete" or len(messages[0].text) < SHORTEST:
            return False
        called = next((c.title for c in self._chats.conversations() if c.id == conversation_id), "")
        return called == title(messages[0].text)


def tidy(text: str) -> str:
    """A title as a model writes it, without quotation marks, labels and a full stop; "" if it is none."""
    line = next((line.strip() for line in text.splitlines() if line.strip()), "")
    line = re.sub(r"^(?:title|titel)\s*:\s*", "", line, flags=re.IGNORECASE).strip("\"'“”„»«*# .")
    return line if 3 <= len(line) <= 80 else ""
