"""Answers from the library: find passages, keep what fits the model, and put them before the question."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace

from app.domain.cancel import Cancel
from app.domain.chat import Citation, Message, PromptMessage
from app.domain.errors import AppError, ErrorCode
from app.domain.events import ModelLoading, RailVerdict, Retrieved
from app.domain.exhaustive import asks_for_all
from app.domain.library import Passage
from app.domain.prompting import Prompts, fit, passage_block
from app.domain.query import Filter, Query, Search
from app.domain.relevance import any_relevant
from app.domain.team import is_teams_document
from app.ports.generator import Generator
from app.ports.passages import Passages
from app.services.guard import Guard
from app.services.reranking import Reranking

SEARCH_LIMIT = 8  # passages looked at, of which the best go into the prompt
MIN_ANSWER_TOKENS = 256  # room that is kept for an answer when passages are packed
MOST_PER_TOKEN = 8  # characters: hardly a text has more, so a longer one need not be counted


@dataclass(frozen=True, slots=True)
class Question:
    """A question that is to be answered from the library, and what is already in the prompt before it."""

    text: str
    query: str  # what to search for
    search: Search
    documents: int  # to search; see `Grounding.documents`
    before: tuple[PromptMessage, ...]
    passages: int  # at most, where passages are picked
    max_tokens: int  # of the answer
    fence_seed: str  # any string of this turn that is not in the documents


@dataclass(frozen=True, slots=True)
class Grounded:
    """The question as the model will see it, and the passages in it, numbered from 1."""

    prompt: str
    used: tuple[Passage, ...]
    found: int
    documents: int  # that were searched
    whole: bool = False  # the documents were read from start to end
    asks_for_all: bool = False  # and they were not: the best passages cannot answer it rightly


class Grounding:
    """Finds passages and freezes those that fit, best first, into a question's prompt."""

    def __init__(self, passages: Passages, guard: Guard, prompts: Prompts, reranking: Reranking | None = None) -> None:
        """Without `reranking`, passages are ranked as the library ranks them."""
        self._passages = passages
        self._reranking = reranking
        self._guard = guard
        self._prompts = prompts

    def documents(self, search: Search) -> int:
        """How many documents there are to search. Raises AppError UNKNOWN_DOCUMENT for one that is named and gone."""
        held = [
            document
            for document in self._passages.documents()
            if not search.collections or document.collection in search.collections
        ]
        missing = set(search.documents) - {document.id for document in held}
        if missing:
            raise AppError(ErrorCode.UNKNOWN_DOCUMENT, document=min(missing))
        return len(search.documents) or len(held)

    def refilled(self, messages: Sequence[Message]) -> list[Message]:
        """Messages with the words that only the team's library keeps, as far as the person may still read them."""
        texts: dict[int, str] = {}

        def words(place: Passage | Citation) -> str:
            if place.document_id not in texts:
                try:
                    texts[place.document_id] = self._passages.text(place.document_id)
                except AppError:
                    texts[place.document_id] = ""  # gone, out of reach, or no longer theirs: the place alone is shown
            return texts[place.document_id][place.start : place.end]

        return [
            replace(
                message,
                passages=tuple(
                    replace(p, text=words(p)) if is_teams_document(p.document_id) else p for p in message.passages
                ),
                citations=tuple(
                    replace(c, quote=words(c)) if is_teams_document(c.document_id) else c for c in message.citations
                ),
            )
            for message in messages
        ]

    def ground(
        self, question: Question, generator: Generator, model: str, cancel: Cancel
    ) -> Iterator[RailVerdict | ModelLoading | Retrieved | Grounded]:
        """Search, screen and pack; the last item is Grounded. Raises Cancelled, and what either worker raises.

        Documents that are named are read whole where they fit.
        """
        yield ModelLoading(model)
        context = generator.load().context
        cancel.check()
        passages, findings = self._guard.screen_passages(self._whole(question.search, context))
        found, fitting = len(passages), self._fitting(question, generator, passages, context)
        whole = 0 < found == fitting
        if not whole:
            found, best = self._best(question, cancel)
            cancel.check()
            passages, findings = self._guard.screen_passages(best)
            fitting = self._fitting(question, generator, passages, context)
        if findings:
            yield RailVerdict("passage", findings)
        used = tuple(passages[:fitting])
        asks = not whole and asks_for_all(question.text)
        yield Retrieved(found, used, question.documents, whole, asks_for_all=asks, left_out=self._passages.left_out())
        prompt = self._prompts.question(question.text, used, question.fence_seed)
        yield Grounded(prompt, used, found, question.documents, whole, asks)

    def _whole(self, search: Search, context: int) -> list[Passage]:
        """The documents that are named, from start to end; none if they cannot fit into so many tokens."""
        passages = [passage for document in search.documents for passage in self._passages.whole(document)]
        return passages if sum(len(passage.text) for passage in passages) < context * MOST_PER_TOKEN else []

    def _best(self, question: Question, cancel: Cancel) -> tuple[int, list[Passage]]:
        """How many passages were found, and the best of them, best first.

        Of documents that nobody named, only what is about the question counts.
        """
        search = question.search
        where = Filter(search.collections, documents=search.documents)
        limit = max(SEARCH_LIMIT, question.passages)
        query = Query(question.query, filter=where)
        ranked = self._reranking
        found = ranked.search(query, limit, cancel) if ranked else self._passages.search(query, limit)
        worth = search.documents or any_relevant(found)
        return len(found), found[: question.passages] if worth else []

    def _fitting(self, question: Question, generator: Generator, passages: list[Passage], context: int) -> int:
        """How many passages leave room for what is before them and an answer, by the model's own token count."""
        if not passages:
            return 0
        bare = (*question.before, PromptMessage("user", question.text))
        frame, *blocks = generator.count_tokens(
            [self._prompts.grounded_question, *(passage_block(n, p, "0" * 8) for n, p in enumerate(passages, 1))]
        )
        reserve = min(question.max_tokens, MIN_ANSWER_TOKENS)
        return fit(blocks, context - generator.count_prompt(bare) - frame - reserve)
