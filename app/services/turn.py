"""One question and the answer that is being made to it, while it is made."""

from dataclasses import dataclass, field, replace

from app.domain.audit import JsonValue
from app.domain.chat import Message, Style, Timing
from app.domain.errors import AppError, ErrorCode
from app.domain.events import Routed
from app.domain.json_check import problems_of_text
from app.domain.json_shapes import Schema
from app.domain.library import Passage
from app.domain.models import InstalledModel, Sampling
from app.domain.prompting import search_query
from app.domain.query import Search
from app.domain.team import is_teams_document
from app.domain.trace import Confidence, Flag, Trace
from app.services.audit import digest
from app.services.grounding import Grounded
from app.services.models import Routing
from app.services.survey import Surveyed, SurveyPlan


@dataclass(frozen=True, slots=True)
class ChatSettings:
    """What a person can set about answers."""

    sampling: Sampling
    passages: int  # put into a prompt, at most
    withhold: bool = False  # sentences that the passages do not say
    thinks: bool = False  # first, if the model can
    adapters: tuple[str, ...] = ()  # of the model on this device: ID, or ID=SCALE


@dataclass(slots=True)
class Turn:
    """One question and the answer that is being made to it."""

    asked: Message
    before: list[Message]
    routing: Routing
    settings: ChatSettings
    wording: str  # the question as the model is asked it, but for its passages
    schema: str = ""
    structure: Schema | None = None
    send_anyway: bool = False
    style: Style = ""  # how the answer is to differ from the first
    flags: tuple[Flag, ...] = ()  # what rails have found
    confidence: Confidence = field(default_factory=Confidence)
    context: int = 0  # tokens that the model can read, once that is known
    adapters_asked: bool = False  # the person named adapters: a model that they cannot change is not asked instead
    text: str = ""  # of the answer; of one that is gone on with, what there is of it already
    answer: Message = field(init=False)
    kept: int = field(init=False)  # length of what there was already
    ended: bool = False
    stopped: bool = False
    cut_off: bool = False
    timing: Timing | None = None
    thought: str = ""
    thought_s: float = 0.0
    ledger_entries: tuple[int, ...] = ()

    def __post_init__(self) -> None:
        self.kept = len(self.text)

    @property
    def model(self) -> InstalledModel:
        """Who answers."""
        return self.routing.model

    @property
    def adapters(self) -> tuple[str, ...]:
        """What changes the model; nothing does at the gateway."""
        return self.settings.adapters if self.model.where == "device" else ()

    @property
    def query(self) -> str:
        """What to search for."""
        return search_query(self.asked.text, [message.text for message in self.before if message.role == "user"])

    def read_whole(self, search: Search) -> tuple[Passage, ...]:
        """The passages of these very documents, if the model has read them whole earlier in the conversation."""
        for message in reversed(self.before):
            if message.read_whole and {passage.document_id for passage in message.passages} == set(search.documents):
                return message.passages
        return ()

    @property
    def reads_the_teams(self) -> bool:
        """Whether the prompt holds passages of the team's library, of which nothing is kept here."""
        messages = (*self.before, self.asked)
        return any(is_teams_document(passage.document_id) for one in messages for passage in one.passages)

    @property
    def withholds(self) -> bool:
        """Whether only what the passages say is shown."""
        return self.settings.withhold and self.structure is None and self.asked.grounded is not None

    def take(self, routing: Routing) -> None:
        """Have it answered by another model."""
        self.routing = routing
        model = routing.model
        self.answer = replace(self.answer, status="streaming", model=model.name, ran=model.where, style=self.style)

    def retrieved(self, grounded: Grounded) -> None:
        """Freeze what was found into the question."""
        self.asked = replace(
            self.asked,
            prompt=grounded.prompt,
            passages=grounded.used,
            passages_found=grounded.found,
            documents_searched=grounded.documents,
            read_whole=grounded.whole,
            asks_for_all=grounded.asks_for_all,
            grounded=bool(grounded.used),
        )

    def surveyed(self, plan: SurveyPlan, found: Surveyed) -> None:
        """Take what was found so far for the answer. The question keeps no prompt: none can hold all that was read."""
        self.text = found.text
        self.asked = replace(
            self.asked,
            passages=found.used,
            passages_found=len(plan.passages),
            documents_searched=plan.documents,
            surveyed=found.read,
            asks_for_all=False,
            grounded=bool(found.used),
        )

    def trace(self) -> Trace:
        """How the answer came to be."""
        sampling = self.settings.sampling
        return Trace(
            query=self.query if self.asked.grounded is not None else "",
            because=self.routing.route.because,
            context=self.context,
            temperature=sampling.temperature,
            seed=sampling.seed,
            max_tokens=sampling.max_tokens,
            adapters=self.adapters,
            flags=self.flags,
            confidence=self.confidence.mean,
            doubts=self.confidence.doubts,
        )

    def routed(self) -> Routed:
        """Who answers, where and why."""
        return Routed(self.model.name, self.model.where, self.routing.route.because)

    def ledger_context(self) -> dict[str, JsonValue]:
        """What the ledger says of this turn: which documents, by their hash, and whose turn it is."""
        return {
            "purpose": "answer",
            "because": self.routing.route.because,
            "conversation": self.asked.conversation_id,
            "answer": self.answer.id,
            "question_sha256": digest(self.asked.text),
            "documents": list(dict.fromkeys(passage.content_hash for passage in self.asked.passages)),
            "schema_sha256": digest(self.schema) if self.schema else "",
            "adapters": list(self.adapters),
            "prompt": self.asked.prompt_used.reference if self.asked.prompt_used else "",
        }

    def failure(self, text: str) -> AppError | None:
        """Why an answer is none: it is all thought, or does not fit the schema that it had to fit."""
        written = self.timing.answer_tokens if self.timing else 0
        if self.cut_off and self.thought and not text.strip():
            return AppError(ErrorCode.ONLY_THOUGHT, model=self.model.name, tokens=written)
        if self.structure is None or self.stopped:
            return None
        if self.cut_off:
            return AppError(ErrorCode.ANSWER_INCOMPLETE, model=self.model.name, tokens=written)
        for problem in problems_of_text(self.structure, text):
            place = {"pointer": problem.pointer, "reason": problem.reason}
            return AppError(ErrorCode.ANSWER_INVALID, model=self.model.name, **place)
        return None
