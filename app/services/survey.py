"""Questions about all of something: every passage is read by itself, and what is found in it put together."""

import json
import time
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Final

from app.domain.audit import JsonValue
from app.domain.cancel import Cancel
from app.domain.chat import PromptMessage
from app.domain.data_class import DataClass
from app.domain.events import PassageRead, RailVerdict, Recorded, Token
from app.domain.exhaustive import as_list, asks_for_count, stands_in
from app.domain.library import Passage
from app.domain.models import GenerationRequest, InstalledModel, Sampling, conversation_of
from app.domain.prompting import fence_of, passage_block
from app.domain.query import Filter, Query, Search
from app.domain.relevance import THRESHOLD, relevance
from app.domain.wording import content_words
from app.ports.generator import Generator
from app.ports.passages import Passages
from app.services.guard import Guard

CANDIDATES: Final = 100  # passages that say which documents are about the question
WORTH_A_LOOK: Final = THRESHOLD / 2  # relevance of a document's best passage: what is read can still be left aside
MAX_TOKENS: Final = 512  # of what is found in one passage
_SCHEMA: Final = (
    '{"type":"object","properties":{"items":{"type":"array","items":{"type":"string","minLength":1,"maxLength":200},'
    '"maxItems":40}},"required":["items"],"additionalProperties":false}'
)


@dataclass(frozen=True, slots=True)
class SurveyPlan:
    """What is to be read: all of the documents that are about a question."""

    question: str
    passages: tuple[Passage, ...]
    documents: int
    counted: bool  # the question asks for a number
    fence_seed: str


@dataclass(frozen=True, slots=True)
class Surveyed:
    """What was found so far: the answer as it would be now, and the passages it numbers from 1."""

    text: str
    used: tuple[Passage, ...]
    read: int  # passages


class Survey:
    """Goes through passages one by one."""

    def __init__(self, passages: Passages, guard: Guard, prompt: str) -> None:
        """`prompt` has the fields question and passage."""
        self._passages = passages
        self._guard = guard
        self._prompt = prompt

    def plan(self, question: str, query: str, search: Search, fence_seed: str) -> SurveyPlan | None:
        """What is to be read for a question; None if no document is about it."""
        documents = search.documents or self._about(query, search)
        passages = [passage for document in documents for passage in self._passages.whole(document)]
        if not passages:
            return None
        screened = tuple(self._guard.screen_passages(passages)[0])
        return SurveyPlan(question, screened, len(documents), asks_for_count(question), fence_seed)

    def run(
        self,
        plan: SurveyPlan,
        generator: Generator,
        model: InstalledModel,
        data_class: DataClass,
        context: dict[str, JsonValue],
        cancel: Cancel,
    ) -> Iterator[RailVerdict | Recorded | PassageRead | Surveyed]:
        """Read one passage after the other; after each, Surveyed tells all that was found until then.

        Raises Cancelled, and what `Guard.generate` raises.
        """
        items: dict[frozenset[str], str] = {}
        used: list[Passage] = []
        started = time.monotonic()
        for number, passage in enumerate(plan.passages, 1):
            cancel.check()
            pieces: list[str] = []
            request = self._request(plan, passage, data_class)
            for event in self._guard.generate(generator, model, request, {**context, "purpose": "survey"}, cancel):
                match event:
                    case Token(text=text):
                        pieces.append(text)
                    case RailVerdict() | Recorded():
                        yield event
                    case _:
                        pass
            cancel.check()
            found = [item for item in _items("".join(pieces)) if stands_in(item, passage.text)]
            new = {content_words(item): item for item in found if content_words(item) not in items}
            if new:
                used.append(passage)
                items.update({words: f"{item} [{len(used)}]" for words, item in new.items()})
            left_s = (time.monotonic() - started) / number * (len(plan.passages) - number)
            text = as_list(list(items.values()), counted=plan.counted) if items else ""
            yield Surveyed(text, tuple(used), number)
            yield PassageRead(number, len(plan.passages), len(items), left_s)

    def _about(self, query: str, search: Search) -> tuple[int, ...]:
        """The documents that are about a question, the most so first."""
        where = Filter(search.collections)
        found = self._passages.search(Query(query, filter=where), CANDIDATES)
        return tuple(dict.fromkeys(passage.document_id for passage in found if relevance(passage) >= WORTH_A_LOOK))

    def _request(self, plan: SurveyPlan, passage: Passage, data_class: DataClass) -> GenerationRequest:
        block = passage_block(1, passage, fence_of(plan.fence_seed))
        prompt = self._prompt.format(question=plan.question, passage=block)
        return GenerationRequest(
            conversation_of("survey", plan.fence_seed),
            (PromptMessage("user", prompt),),
            Sampling(temperature=0.0, max_tokens=MAX_TOKENS),
            data_class=data_class,
            schema=_SCHEMA,
        )


def _items(text: str) -> Sequence[str]:
    """The items that a model listed, also of a list that broke off; one item a line of its own."""
    try:
        items = json.loads(text)["items"]
    except json.JSONDecodeError:
        whole, ended, _ = text.rpartition('",')
        items = json.loads(f'{whole}"]}}')["items"] if ended else []
    return [" ".join(item.split()) for item in items if item.strip()]
