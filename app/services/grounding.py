"""Answers from the library: find passages, keep what fits the model, and put them before the question."""

from collections.abc import Iterator
from dataclasses import dataclass

from app.domain.cancel import Cancel
from app.domain.chat import PromptMessage
from app.domain.events import ModelLoading, RailVerdict, Retrieved
from app.domain.library import Passage
from app.domain.prompting import Prompts, fit, passage_block
from app.domain.query import Filter, Query
from app.domain.relevance import any_relevant
from app.ports.generator import Generator
from app.ports.passages import Passages
from app.services.guard import Guard

SEARCH_LIMIT = 8  # passages looked at, of which the best go into the prompt
MIN_ANSWER_TOKENS = 256  # room that is kept for an answer when passages are packed


@dataclass(frozen=True, slots=True)
class Question:
    """A question that is to be answered from the library, and what is already in the prompt before it."""

    text: str
    query: str  # what to search for
    collection: str | None  # None: everywhere
    before: tuple[PromptMessage, ...]
    passages: int  # at most
    max_tokens: int  # of the answer
    fence_seed: str  # any string of this turn that is not in the documents


@dataclass(frozen=True, slots=True)
class Grounded:
    """The question as the model will see it, and the passages in it, numbered from 1."""

    prompt: str
    used: tuple[Passage, ...]
    found: int


class Grounding:
    """Finds passages and freezes those that fit, best first, into a question's prompt."""

    def __init__(self, passages: Passages, guard: Guard, prompts: Prompts) -> None:
        self._passages = passages
        self._guard = guard
        self._prompts = prompts

    def has_documents(self, collection: str | None) -> bool:
        """Whether there is anything to search."""
        return bool(self._passages.documents(collection))

    def ground(
        self, question: Question, generator: Generator, model: str, cancel: Cancel
    ) -> Iterator[RailVerdict | ModelLoading | Retrieved | Grounded]:
        """Search, screen and pack; the last item is Grounded. Raises Cancelled, and what either worker raises."""
        where = Filter((question.collection,)) if question.collection is not None else Filter()
        found = self._passages.search(Query(question.query, filter=where), max(SEARCH_LIMIT, question.passages))
        cancel.check()
        worth = found[: question.passages] if any_relevant(found) else []
        passages, findings = self._guard.screen_passages(worth)
        if findings:
            yield RailVerdict("passage", findings)
        yield ModelLoading(model)
        context = generator.load().context
        used = tuple(passages[: self._fitting(question, generator, passages, context)])
        yield Retrieved(len(found), used)
        yield Grounded(self._prompts.question(question.text, used, question.fence_seed), used, len(found))

    def _fitting(self, question: Question, generator: Generator, passages: list[Passage], context: int) -> int:
        """How many passages leave room for what is before them and an answer, by the model's own token count."""
        bare = (*question.before, PromptMessage("user", question.text))
        frame, *blocks = generator.count_tokens(
            [self._prompts.grounded_question, *(passage_block(n, p, "0" * 8) for n, p in enumerate(passages, 1))]
        )
        reserve = min(question.max_tokens, MIN_ANSWER_TOKENS)
        return fit(blocks, context - generator.count_prompt(bare) - frame - reserve)
