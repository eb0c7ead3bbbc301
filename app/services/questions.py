"""The questions that search is tested with: typed, from a file, or written by a model and then approved by a person."""

import random
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Final

from app.domain.cancel import Cancel
from app.domain.chat import PromptMessage
from app.domain.data_class import class_of
from app.domain.errors import AppError, ErrorCode
from app.domain.events import Token
from app.domain.experiments import Question, resolve
from app.domain.library import Passage
from app.domain.models import GenerationRequest, Sampling, conversation_of
from app.domain.question_files import read_questions
from app.ports.data_classes import DataClasses
from app.ports.experiments import ExperimentStore
from app.ports.passages import Passages
from app.services.guard import Guard
from app.services.models import Models

MAX_TOKENS: Final = 64
SHORTEST: Final = 40  # words: a shorter passage rarely holds anything to ask about
EXCERPT: Final = 160  # words of a passage that the model reads: enough to ask about, and read in seconds


@dataclass(frozen=True, slots=True)
class Proposed:
    """A question that a model wrote, the `done`th of `total` passages; None if what it wrote is none."""

    question: Question | None
    done: int
    total: int


class Questions:
    """Keeps the question set. What a model wrote does not count before a person has approved it."""

    def __init__(
        self,
        store: ExperimentStore,
        passages: Passages,
        models: Models,
        guard: Guard,
        data_classes: DataClasses,
        prompt: str,
    ) -> None:
        """`prompt` has the fields title and passage."""
        self._store = store
        self._passages = passages
        self._models = models
        self._guard = guard
        self._data_classes = data_classes
        self._prompt = prompt

    def all(self) -> list[Question]:
        """All questions, those not yet approved too."""
        return self._store.questions()

    def add(self, text: str, documents: Sequence[str], page: int = 0) -> Question:
        """Keep a typed question. Raises AppError QUESTIONS_INVALID."""
        if not text.strip() or not documents:
            raise AppError(ErrorCode.QUESTIONS_INVALID, place="this question", reason="it needs a text and a document")
        question = Question(text.strip(), tuple(documents), page)
        return self._store.add_question(self._resolved(question, self._names(), "this question"))

    def import_file(self, path: Path) -> list[Question]:
        """Keep the questions of a file, all or none. Raises AppError FILE_NOT_FOUND, QUESTIONS_INVALID."""
        try:
            text = path.read_text(encoding="utf-8")
        except OSError as error:
            raise AppError(ErrorCode.FILE_NOT_FOUND, path=str(path)) from error
        except UnicodeDecodeError as error:
            raise AppError(ErrorCode.QUESTIONS_INVALID, place=path.name, reason="it is not text in UTF-8") from error
        read = read_questions(text, as_toml=path.suffix.lower() == ".toml")
        names = self._names()
        resolved = [self._resolved(question, names, f"question {number}") for number, question in enumerate(read, 1)]
        return [self._store.add_question(question) for question in resolved]

    def approve(self, question_id: int, text: str = "") -> None:
        """Let a question count, in other words if some are given. Raises AppError UNKNOWN_QUESTION."""
        before = next((one for one in self.all() if one.id == question_id), None)
        if before is None:
            raise AppError(ErrorCode.UNKNOWN_QUESTION, question=question_id)
        self._store.approve_question(question_id, text.strip() or before.text)

    def remove(self, question_id: int) -> None:
        """Forget a question. Raises AppError UNKNOWN_QUESTION."""
        self._store.remove_question(question_id)

    def generate(
        self, count: int, collection: str | None, cancel: Cancel, seed: int | None = None
    ) -> Iterator[Proposed]:
        """Have the chat model of this device write questions from passages drawn at random; they await approval.

        Raises Cancelled, AppError MODEL_NOT_INSTALLED, and what `Guard.generate` raises.
        """
        model = self._models.find("chat")
        drawn = self._draw(count, collection, random.Random(seed), cancel)  # noqa: S311  a sample, not a secret
        for done, passage in enumerate(drawn, 1):
            cancel.check()
            request = GenerationRequest(
                conversation_of("test questions", str(done)),
                (PromptMessage("user", self._prompt.format(title=passage.document, passage=_excerpt(passage.text))),),
                Sampling(temperature=0.3, max_tokens=MAX_TOKENS, seed=done),
                data_class=class_of(passage.collection, self._data_classes.all()),
            )
            generator = self._models.generator(model)
            pieces = [
                event.text
                for event in self._guard.generate(generator, model, request, {"purpose": "test question"}, cancel)
                if isinstance(event, Token)
            ]
            generator.forget(request.conversation)
            written = tidy("".join(pieces))
            origin = Question(
                written, (passage.document,), passage.page, "generated", approved=False, made_from=passage.content_hash
            )
            yield Proposed(self._store.add_question(origin) if written else None, done, len(drawn))

    def _draw(self, count: int, collection: str | None, draw: random.Random, cancel: Cancel) -> list[Passage]:
        """Passages of different documents as far as there are enough."""
        documents = self._passages.documents(collection)
        draw.shuffle(documents)
        drawn: list[Passage] = []
        for document in (documents * -(-count // max(1, len(documents))))[: 3 * count]:
            cancel.check()
            long = [one for one in self._passages.whole(document.id) if len(one.text.split()) >= SHORTEST]
            if long and len(drawn) < count:
                drawn.append(draw.choice(long))
        return drawn

    def _names(self) -> list[str]:
        return [document.name for document in self._passages.documents()]

    def _resolved(self, question: Question, names: Sequence[str], place: str) -> Question:
        """With its documents as the library names them."""
        found = [(named, resolve(named, names)) for named in question.documents]
        for named, document in found:
            if document is None:
                raise AppError(ErrorCode.QUESTIONS_INVALID, place=place, reason=f"no document is called {named[:200]}")
        return replace(question, documents=tuple(dict.fromkeys(document for _, document in found if document)))


def _excerpt(text: str) -> str:
    return " ".join(text.split()[:EXCERPT])


def tidy(text: str) -> str:
    """The one question that a model wrote; "" if it wrote none."""
    line = next((line.strip().strip("\"'“”„»«* ") for line in text.splitlines() if line.strip()), "")
    return line if line.endswith(("?", "？")) and 3 <= len(line.split()) <= 60 else ""
