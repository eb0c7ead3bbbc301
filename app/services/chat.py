"""Conversations: answer a question, grounded in the library, and keep what was said."""

import time
import uuid
from collections.abc import Callable, Iterator, Sequence
from dataclasses import replace

from app.domain.cancel import Cancel
from app.domain.chat import (
    Conversation,
    Message,
    PromptMessage,
    Role,
    Style,
    Timing,
    branch,
    is_temporary,
    latest_leaf,
)
from app.domain.errors import AppError, Cancelled, ErrorCode
from app.domain.events import (
    AnswerEvent,
    Cited,
    ConversationStarted,
    Finished,
    GenerationEnded,
    RailVerdict,
    Recorded,
    Thought,
    Token,
)
from app.domain.guard import Finding
from app.domain.json_schema import read_schema
from app.domain.models import GenerationRequest
from app.domain.projects import model_of
from app.domain.prompt_library import PromptUse
from app.domain.prompting import Prompts, history, title
from app.domain.query import EVERYWHERE, Search
from app.domain.routing import Destination
from app.domain.support import Checked, check
from app.domain.trace import flags_of
from app.ports.chats import Chats
from app.ports.clock import Clock
from app.ports.generator import Generator
from app.services.grounding import Grounding
from app.services.guard import Guard
from app.services.models import Models
from app.services.projects import Projects
from app.services.survey import Survey
from app.services.turn import ChatSettings, Turn
from app.services.turn_routing import TurnRouting
from app.services.turn_sources import TurnSources

SAVE_EVERY_S = 1.0  # how much of a streaming answer a crash may cost
VARIED_TEMPERATURE = 0.6  # another version is asked for to be different
NEW = "new"  # whose KV state a conversation begins with that has no name yet
NO_TIMING = Timing(0.0, 0.0, 0, 0)


class Chat:
    """Answers questions and keeps conversations."""

    def __init__(
        self,
        chats: Chats,
        grounding: Grounding,
        models: Models,
        guard: Guard,
        prompts: Prompts,
        clock: Clock,
        settings: Callable[[], ChatSettings],
        routes: TurnRouting,
        survey: Survey,
        projects: Projects,
    ) -> None:
        self._chats = chats
        self._grounding = grounding
        self._models = models
        self._guard = guard
        self._prompts = prompts
        self._clock = clock
        self._settings = settings
        self._routes = routes
        self._sources = TurnSources(grounding, survey, prompts, routes)
        self._projects = projects

    def conversations(self) -> list[Conversation]:
        """All conversations, the last touched first."""
        return self._chats.conversations()

    def messages(self, conversation_id: str) -> list[Message]:
        """All messages of a conversation's tree, oldest first."""
        return self._grounding.refilled(self._chats.messages(conversation_id))

    def rename(self, conversation_id: str, new_title: str) -> None:
        """Give a conversation another title."""
        self._chats.rename(conversation_id, new_title)

    def delete(self, conversation_id: str) -> None:
        """Delete a conversation, its messages, and what models remember of it."""
        self._chats.delete(conversation_id)
        self._models.forget(conversation_id)

    def answer(
        self,
        question: str,
        *,
        conversation_id: str | None = None,
        parent_id: str | None = None,
        instead_of: str | None = None,
        search: Search | None = EVERYWHERE,
        model: str | None = None,
        send_anyway: bool = False,
        schema: str = "",
        adapters: Sequence[str] = (),
        temporary: bool = False,
        project: str = "",
        prompt: PromptUse | None = None,
        cancel: Cancel,
    ) -> Iterator[AnswerEvent]:
        """Answer `question` after `parent_id` (else after the newest answer), streaming.

        It may be another version of a question, `instead_of` it: a branch of its own. Of a `temporary` conversation
        nothing is written to disk; another new one may belong to a `project`, by its id. Without `search` the model is
        asked alone. `adapters` change the model instead of those that are set. `prompt` is the one of the library that
        the question was filled into. With a JSON Schema given, the answer is JSON that fits it, or SCHEMA_UNSUPPORTED,
        ANSWER_INCOMPLETE or ANSWER_INVALID is raised.
        Both messages are kept from the start; what was written stays when the answer is stopped or fails. Raises
        AppError: EMPTY_QUESTION, UNKNOWN_CONVERSATION, UNKNOWN_PROJECT, UNKNOWN_DOCUMENT, CONTEXT_OVERFLOW,
        ADAPTER_UNKNOWN, ADAPTERS_NEED_DEVICE, LEDGER_UNWRITABLE, ONLY_THOUGHT, a model's or a worker's.
        """
        structure = read_schema(schema) if schema else None
        clean, findings = self._guard.screen_question(question)
        if not clean.strip():
            raise AppError(ErrorCode.EMPTY_QUESTION)
        before = self._before(conversation_id, parent_id, instead_of)
        leaf = before[-1].id if before else None
        within = self._projects.of(conversation_id, project)
        asked = replace(
            self._message("", leaf, "user", clean),
            search=search,
            prompt_used=prompt,
            instructions=within.instructions if within else "",
        )
        routing = self._routes.route([*before, asked], model or model_of(within))
        settings = self._settings()
        if adapters:
            if routing.model.where == "gateway":
                raise AppError(ErrorCode.ADAPTERS_NEED_DEVICE, model=routing.model.name)
            settings = replace(settings, adapters=tuple(adapters))
        if routing.model.where == "device":
            self._models.adapters(settings.adapters)  # a wrong name is told before anything is kept
        conversation_id = conversation_id or self._chats.create(title(clean), temporary=temporary, project=project).id
        asked = replace(asked, conversation_id=conversation_id)
        self._chats.save(asked)
        wording = self._prompts.structured(clean, schema)
        turn = Turn(
            asked, before, routing, settings, wording, schema, structure, send_anyway, adapters_asked=bool(adapters)
        )
        yield from self._run(turn, cancel, findings, search)

    def prefill(
        self,
        typed: str,
        *,
        conversation_id: str | None = None,
        parent_id: str | None = None,
        use_library: bool = True,
        model: str | None = None,
        project: str = "",
        cancel: Cancel,
    ) -> None:
        """Let the model read what is certain of the next prompt: the conversation so far, and what is typed already.

        With the library, passages will stand before the question, so then what is typed is not certain. Loads the
        model; with nothing typed in a new conversation that and the system prompt are all. Raises AppError: a model's
        or a worker's.
        """
        before = self._before(conversation_id, parent_id)
        within = self._projects.of(conversation_id, project)
        prompt = history(self._prompts.system_with(within.instructions if within else ""), before)
        if typed and not (use_library and self._grounding.documents(EVERYWHERE)):
            prompt += (PromptMessage("user", typed),)
        routing = self._routes.route(before, model or model_of(within))
        if routing.model.where == "gateway":
            return
        generator = self._models.generator(routing.model)
        adapters = self._models.adapters(self._settings().adapters)
        self._guard.prefill(generator, GenerationRequest(conversation_id or NEW, prompt, adapters=adapters), cancel)

    def regenerate(
        self,
        conversation_id: str,
        answer_id: str,
        *,
        model: str | None = None,
        style: Style = "",
        exhaustive: bool = False,
        cancel: Cancel,
    ) -> Iterator[AnswerEvent]:
        """Another version of an answer, to the same question and passages, in a style; raises as `answer` does.

        If it is to be `exhaustive`, every passage that may hold a part of it is read instead.
        """
        before, asked, _ = self._path_to(conversation_id, answer_id)
        settings = self._settings()
        sampling = replace(
            settings.sampling,
            temperature=max(settings.sampling.temperature, VARIED_TEMPERATURE),
            seed=uuid.uuid4().int % 2**31,
        )
        routing = self._routes.route([*before, asked], model or model_of(self._projects.of(conversation_id)))
        turn = Turn(asked, before, routing, replace(settings, sampling=sampling), asked.text, style=style)
        # A question that never got as far as a prompt is searched for again.
        search = replace(asked.search or EVERYWHERE, exhaustive=True) if exhaustive else asked.search
        yield from self._run(turn, cancel, (), None if asked.prompt and not exhaustive else search)

    def resume(
        self, conversation_id: str, answer_id: str, *, model: str | None = None, cancel: Cancel
    ) -> Iterator[AnswerEvent]:
        """Go on with an answer that broke off or was stopped: what comes is appended; raises as `answer` does."""
        before, asked, answer = self._path_to(conversation_id, answer_id)
        written = answer.prompt or answer.text
        routing = self._routes.route([*before, asked], model or model_of(self._projects.of(conversation_id)))
        turn = Turn(asked, before, routing, self._settings(), asked.text, text=written, style=answer.style)
        yield from self._run(turn, cancel, (), None, replace(answer, text=written))

    def preview(
        self,
        typed: str,
        *,
        conversation_id: str | None = None,
        parent_id: str | None = None,
        collections: Sequence[str] = (),
        model: str | None = None,
        project: str = "",
    ) -> Destination:
        """Where the question would go, if it were asked as `answer` is, of these collections. Nothing is sent."""
        model = model or model_of(self._projects.of(conversation_id, project))
        return self._routes.destination(self._before(conversation_id, parent_id), typed, collections, model)

    def _before(
        self, conversation_id: str | None, parent_id: str | None, instead_of: str | None = None
    ) -> list[Message]:
        """The messages that come before the next question, or before the one that it stands for."""
        messages = self._chats.messages(conversation_id) if conversation_id else []
        if instead_of is not None:
            return branch(messages, instead_of)[:-1]
        leaf = parent_id or latest_leaf(messages)
        return branch(messages, leaf) if leaf else []

    def _path_to(self, conversation_id: str, answer_id: str) -> tuple[list[Message], Message, Message]:
        """What comes before an answer's question, the question, and the answer."""
        path = branch(self.messages(conversation_id), answer_id)
        if len(path) < 2 or path[-1].role != "assistant":
            raise AppError(ErrorCode.UNKNOWN_CONVERSATION, conversation=conversation_id)
        return path[:-2], path[-2], path[-1]

    # --- one turn ------------------------------------------------------------------------------------------------

    def _run(
        self,
        turn: Turn,
        cancel: Cancel,
        findings: tuple[Finding, ...],
        search: Search | None,
        answer: Message | None = None,
    ) -> Iterator[AnswerEvent]:
        """Retrieve, generate, cite, keep. Whatever happens, what was written so far is kept.

        With `answer` that one is gone on with.
        """
        turn.answer = answer or self._message(turn.asked.conversation_id, turn.asked.id, "assistant", "")
        turn.take(turn.routing)
        yield ConversationStarted(turn.asked.conversation_id, turn.asked.id, turn.answer.id)
        yield turn.routed()
        if findings:
            turn.flags += flags_of("question", [finding.kind for finding in findings])
            yield RailVerdict("question", findings)
        try:
            try:
                yield from self._attempt(turn, cancel, search)
            except AppError as error:
                messages = [*turn.before, turn.asked]
                other = self._models.fallback("answer", self._routes.class_of(messages), turn.routing, error)
                if other is None or turn.adapters_asked or len(turn.text) > turn.kept:
                    raise
                turn.take(other)
                yield turn.routed()
                yield from self._attempt(turn, cancel, None if turn.asked.prompt else search)
        except Cancelled:
            turn.stopped = True
        finally:
            if not turn.ended and not turn.stopped:  # failed, or the caller went away
                self._chats.save(replace(turn.answer, text=turn.text, prompt=turn.text, status="failed"))
        yield from self._finish(turn)

    def _attempt(self, turn: Turn, cancel: Cancel, search: Search | None) -> Iterator[AnswerEvent]:
        """Have the model of the turn's route answer."""
        self._chats.save(turn.answer)
        generator = self._models.generator(turn.model)
        if search is not None and search.exhaustive and turn.structure is None:
            yield from self._sources.survey(turn, generator, search, cancel)
            if turn.ended:
                self._chats.save(turn.asked)
                return
        if search is not None:
            yield from self._sources.retrieve(turn, generator, search, cancel)
        if not turn.asked.prompt:
            turn.asked = replace(turn.asked, prompt=turn.wording)
        self._chats.save(turn.asked)
        yield from self._generate(turn, generator, cancel)

    def _generate(self, turn: Turn, generator: Generator, cancel: Cancel) -> Iterator[AnswerEvent]:
        asked = self._prompts.styled(turn.asked.prompt, turn.style)
        system = self._prompts.system_with(turn.asked.instructions)
        messages = (*history(system, turn.before), PromptMessage("user", asked))
        request = GenerationRequest(
            conversation=turn.asked.conversation_id,
            messages=(*messages, PromptMessage("assistant", turn.text)) if turn.kept else messages,
            sampling=turn.settings.sampling,
            data_class=self._routes.class_of([*turn.before, turn.asked]),
            keep=not turn.reads_the_teams and not is_temporary(turn.asked.conversation_id),
            logprobs=True,
            goes_on=bool(turn.kept),
            thinks=turn.settings.thinks,
            schema=turn.schema,
            adapters=self._models.adapters(turn.adapters),
        )
        context = turn.ledger_context()
        began = saved_at = time.monotonic()
        for event in self._guard.generate(
            generator, turn.model, request, context, cancel, send_anyway=turn.send_anyway
        ):
            match event:
                case Recorded(seq=seq):
                    turn.ledger_entries += (seq,)
                case GenerationEnded(reason=reason, timing=timing):
                    turn.ended, turn.timing = True, timing
                    turn.context = generator.load().context if generator.is_loaded else 0
                    turn.stopped, turn.cut_off = reason == "cancelled", reason == "length"
                case Thought(text=text):
                    turn.thought += text
                    turn.thought_s = time.monotonic() - began
                    yield event
                case Token(text=text, logprob=logprob):
                    turn.text += text
                    turn.confidence.take(text, logprob)
                    if turn.withholds:
                        continue  # nothing is shown before it is checked
                    if time.monotonic() - saved_at > SAVE_EVERY_S:
                        self._chats.save(replace(turn.answer, text=turn.text))
                        saved_at = time.monotonic()
                    yield event
                case _:
                    yield event

    def _finish(self, turn: Turn) -> Iterator[AnswerEvent]:
        """Hold the answer against its passages and keep it."""
        text, findings = self._guard.screen_answer(turn.text)
        turn.flags += flags_of("answer", [finding.kind for finding in findings])
        checked: Checked | None = None
        if turn.structure is None and turn.asked.grounded is not None:
            checked = check(text, turn.asked.passages, turn.asked.text, withhold=turn.withholds)
            text = checked.text
            yield Cited(checked.citations, checked.support)
        answer = replace(
            turn.answer,
            text=text,
            prompt=turn.text,
            status="stopped" if turn.stopped else "complete",
            citations=checked.citations if checked else (),
            support=checked.support if checked else (),
            grounded=checked.grounded if checked else None,
            withheld=checked.withheld if checked else 0,
            timing=turn.timing,
            passages_found=turn.asked.passages_found,
            documents_searched=turn.asked.documents_searched,
            read_whole=turn.asked.read_whole,
            surveyed=turn.asked.surveyed,
            asks_for_all=turn.asked.asks_for_all,
            trace=turn.trace(),
            thought=turn.thought,
            thought_s=turn.thought_s,
        )
        failure = turn.failure(text)
        self._chats.save(replace(answer, status="failed") if failure else answer)
        if failure:
            raise failure
        yield Finished(
            answer.id,
            text,
            turn.model.name,
            answer.grounded,
            turn.stopped,
            turn.timing or NO_TIMING,
            turn.ledger_entries,
            turn.model.where,
            turn.routing.route.because,
            answer.withheld,
        )

    def _message(self, conversation_id: str, parent_id: str | None, role: Role, text: str) -> Message:
        return Message(str(uuid.uuid4()), conversation_id, parent_id, role, text, self._clock.now())
