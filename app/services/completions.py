"""Generation and embedding for other programs: nothing of it is kept but what the ledger says."""

import uuid
from collections.abc import Callable, Iterator, Sequence
from collections.abc import Generator as Yielding
from dataclasses import dataclass, replace

from app.domain.audit import JsonValue
from app.domain.cancel import Cancel
from app.domain.chat import PromptMessage, Timing
from app.domain.data_class import DataClass, class_of_prompt
from app.domain.embeddings import Embeddings
from app.domain.errors import AppError, ErrorCode
from app.domain.events import GenerationEnded, GenerationEvent, PassageRead, RailVerdict, Recorded, Retrieved, Token
from app.domain.json_schema import read_schema
from app.domain.library import Passage
from app.domain.models import GenerationRequest, InstalledModel, Sampling, conversation_of
from app.domain.prompting import Prompts, search_query
from app.domain.query import Search
from app.domain.support import Checked, check
from app.ports.data_classes import DataClasses
from app.ports.embedder import Embedder
from app.ports.generator import Generator
from app.services.audit import digest
from app.services.grounding import Grounded, Grounding, Question
from app.services.guard import Guard
from app.services.models import Models
from app.services.survey import Survey, Surveyed
from app.services.turn import ChatSettings


@dataclass(frozen=True, slots=True)
class Completed:
    """The whole text, screened; one that is grounded is held against its passages."""

    text: str
    checked: Checked | None = None  # None: asked without the library


CompletionEvent = GenerationEvent | RailVerdict | Recorded | Retrieved | PassageRead | Completed


@dataclass(frozen=True, slots=True)
class CompletionRequest:
    """What an app wants to have written."""

    app: str  # the name of its token
    model: str
    messages: tuple[PromptMessage, ...]
    sampling: Sampling
    stop: tuple[str, ...] = ()
    logprobs: bool = False
    collection: str | None = None  # with one, the last message is answered from its documents
    everywhere: bool = False  # the last message is answered from the documents of all collections
    whole: tuple[int, ...] = ()  # from these documents alone, each read whole if that fits
    exhaustive: bool = False  # every passage of the documents that are about it is read
    purpose: str = "api"  # as the ledger names it
    text: str | None = None  # a text to go on from, instead of messages
    schema: str = ""  # a JSON Schema that the answer is held to

    def asked(self) -> str:
        """What is to be answered."""
        if self.text is not None:
            return self.text
        return self.messages[-1].content if self.messages else ""


class Completions:
    """Answers programs as the window answers people: the same models, rails and ledger."""

    def __init__(
        self,
        grounding: Grounding,
        embedder: Embedder,
        models: Models,
        guard: Guard,
        prompts: Prompts,
        settings: Callable[[], ChatSettings],
        data_classes: DataClasses,
        survey: Survey,
    ) -> None:
        self._grounding = grounding
        self._embedder = embedder
        self._models = models
        self._guard = guard
        self._prompts = prompts
        self._settings = settings
        self._data_classes = data_classes
        self._survey = survey

    def sampling(self) -> Sampling:
        """The person's own settings, for what a request leaves open."""
        return self._settings().sampling

    def complete(self, request: CompletionRequest, cancel: Cancel) -> Iterator[CompletionEvent]:
        """Generate; the last item is Completed.

        Raises Cancelled, or AppError: UNKNOWN_MODEL, UNKNOWN_COLLECTION, EMPTY_QUESTION, SCHEMA_UNSUPPORTED,
        CONTEXT_OVERFLOW, LEDGER_UNWRITABLE, a model's or a worker's.
        """
        if request.schema:
            read_schema(request.schema)
        model = self._models.find("chat", request.model)
        asked = request.asked()
        if not asked.strip():
            raise AppError(ErrorCode.EMPTY_QUESTION)
        findings = self._guard.screen_question(asked)[1]
        if findings:
            yield RailVerdict("question", findings)
        generator = self._models.generator(model)
        if request.exhaustive and not request.schema and (yield from self._read_all(request, model, generator, cancel)):
            return
        grounded: Grounded | None = None
        if request.collection is not None or request.everywhere:
            for event in self._ground(request, model, generator, cancel):
                if isinstance(event, Grounded):
                    grounded = event
                else:
                    yield event
        withhold = grounded is not None and self._settings().withhold
        pieces: list[str] = []
        generation = self._generation(request, grounded)
        for item in self._guard.generate(generator, model, generation, _ledger_context(request, grounded), cancel):
            if isinstance(item, Token):
                pieces.append(item.text)
                if withhold:
                    continue  # nothing is shown before it is checked
            yield item
        text = self._guard.screen_answer("".join(pieces))[0]
        if grounded is None:
            yield Completed(text)
            return
        checked = check(text, grounded.used, asked, withhold=withhold)
        if withhold:
            yield Token(checked.text)
        yield Completed(checked.text, checked)

    def embed(self, app: str, model: str, texts: Sequence[str], cancel: Cancel) -> Embeddings:
        """Texts as vectors. Raises Cancelled, or AppError UNKNOWN_MODEL, EMBEDDING_TOO_LONG, a worker's."""
        installed = self._models.find("embed", model)
        context: dict[str, JsonValue] = {
            "purpose": "api",
            "app": app,
            "model": installed.id,
            "model_sha256": installed.sha256,
        }
        return self._guard.embed(self._embedder, texts, context, cancel)

    def _ground(
        self, request: CompletionRequest, model: InstalledModel, generator: Generator, cancel: Cancel
    ) -> Iterator[RailVerdict | Retrieved | GenerationEvent | Grounded]:
        search = _search(request)
        documents = self._grounding.documents(search)
        if not documents:
            if request.collection is None:
                return
            raise AppError(ErrorCode.UNKNOWN_COLLECTION, collection=request.collection)
        *before, asked = request.messages
        question = Question(
            text=asked.content,
            query=search_query(asked.content, [m.content for m in before if m.role == "user"]),
            search=search,
            documents=documents,
            before=self._with_system(tuple(before)),
            passages=self._settings().passages,
            max_tokens=request.sampling.max_tokens,
            fence_seed=uuid.uuid4().hex,
        )
        yield from self._grounding.ground(question, generator, model.name, cancel)

    def _read_all(
        self, request: CompletionRequest, model: InstalledModel, generator: Generator, cancel: Cancel
    ) -> Yielding[CompletionEvent, None, bool]:
        """Answer by going through every passage; false if nothing was found, so that the best passages have to do.

        What it cost is not counted: it is many short answers, of which the ledger has each.
        """
        asked, search = request.asked(), _search(request)
        if not self._grounding.documents(search):
            return False
        plan = self._survey.plan(asked, search_query(asked, []), search, uuid.uuid4().hex)
        if plan is None:
            return False
        found: Surveyed | None = None
        data_class = self._class_of(plan.passages)
        for event in self._survey.run(plan, generator, model, data_class, _ledger_context(request, None), cancel):
            if isinstance(event, Surveyed):
                found = event
            else:
                yield event
        if found is None or not found.text:
            return False
        yield Retrieved(len(plan.passages), found.used, plan.documents, surveyed=found.read)
        yield Token(found.text)
        yield GenerationEnded("stop", Timing(0.0, 0.0, 0, 0))
        yield Completed(found.text, check(found.text, found.used, asked))
        return True

    def _class_of(self, passages: Sequence[Passage]) -> DataClass:
        """How far a prompt with these passages may travel."""
        return class_of_prompt(
            {passage.collection for passage in passages},
            self._data_classes.all(),
            (passage.data_class for passage in passages),
        )

    def _with_system(self, messages: tuple[PromptMessage, ...]) -> tuple[PromptMessage, ...]:
        """Passages come with our own system prompt, which says how to use them, unless the app has one."""
        if messages and messages[0].role == "system":
            return messages
        return (PromptMessage("system", self._prompts.system), *messages)

    def _generation(self, request: CompletionRequest, grounded: Grounded | None) -> GenerationRequest:
        messages, used = request.messages, grounded.used if grounded is not None else ()
        if grounded is not None:
            messages = (*self._with_system(messages[:-1]), replace(messages[-1], content=grounded.prompt))
        return GenerationRequest(
            conversation_name(request),
            messages,
            request.sampling,
            request.stop,
            logprobs=request.logprobs,
            text=request.text,
            schema=request.schema,
            data_class=self._class_of(used),
        )


def _search(request: CompletionRequest) -> Search:
    return Search((request.collection,) if request.collection is not None else (), request.whole, request.exhaustive)


def conversation_name(request: CompletionRequest) -> str:
    """A name for the KV state: a follow-up begins as its conversation began, so it gets the same one."""
    beginning = next((m.content for m in request.messages if m.role == "user"), request.asked()[:200])
    return conversation_of(request.app, digest(beginning))


def _ledger_context(request: CompletionRequest, grounded: Grounded | None) -> dict[str, JsonValue]:
    used = grounded.used if grounded else ()
    return {
        "purpose": request.purpose,
        "app": request.app,
        "schema_sha256": digest(request.schema) if request.schema else "",
        "documents": list(dict.fromkeys(passage.content_hash for passage in used)),
    }
