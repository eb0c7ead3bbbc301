"""Conversations: answer a question, grounded in the library, and keep what was said."""

import time
import uuid
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field, replace

from app.domain.audit import JsonValue
from app.domain.cancel import Cancel
from app.domain.chat import Citation, Conversation, Message, PromptMessage, Role, Timing, branch, latest_leaf
from app.domain.citations import resolve
from app.domain.errors import AppError, Cancelled, ErrorCode
from app.domain.events import (
    AnswerEvent,
    Cited,
    ConversationStarted,
    Finished,
    GenerationEnded,
    RailVerdict,
    Recorded,
    Token,
)
from app.domain.guard import Finding
from app.domain.models import GenerationRequest, InstalledModel, Sampling
from app.domain.prompting import Prompts, history, search_query, title
from app.ports.chats import Chats
from app.ports.clock import Clock
from app.ports.generator import Generator
from app.services.audit import digest
from app.services.grounding import Grounded, Grounding, Question
from app.services.guard import Guard
from app.services.models import Models

SAVE_EVERY_S = 1.0  # how much of a streaming answer a crash may cost
VARIED_TEMPERATURE = 0.6  # another version is asked for to be different
NO_TIMING = Timing(0.0, 0.0, 0, 0)


@dataclass(frozen=True, slots=True)
class ChatSettings:
    """What a person can set about answers."""

    sampling: Sampling
    passages: int  # put into a prompt, at most


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
    ) -> None:
        self._chats = chats
        self._grounding = grounding
        self._models = models
        self._guard = guard
        self._prompts = prompts
        self._clock = clock
        self._settings = settings

    def conversations(self) -> list[Conversation]:
        """All conversations, the last touched first."""
        return self._chats.conversations()

    def messages(self, conversation_id: str) -> list[Message]:
        """All messages of a conversation's tree, oldest first."""
        return self._chats.messages(conversation_id)

    def rename(self, conversation_id: str, new_title: str) -> None:
        """Give a conversation another title."""
        self._chats.rename(conversation_id, new_title)

    def delete(self, conversation_id: str) -> None:
        """Delete a conversation and its messages."""
        self._chats.delete(conversation_id)

    def answer(
        self,
        question: str,
        *,
        conversation_id: str | None = None,
        parent_id: str | None = None,
        collection: str | None = None,
        use_library: bool = True,
        model: str | None = None,
        cancel: Cancel,
    ) -> Iterator[AnswerEvent]:
        """Answer `question` after `parent_id` (else after the newest answer), streaming.

        Both messages are kept from the start; what was written stays when the answer is stopped or fails. Raises
        AppError: EMPTY_QUESTION, UNKNOWN_CONVERSATION, CONTEXT_OVERFLOW, LEDGER_UNWRITABLE, a model's or a worker's.
        """
        clean, findings = self._guard.screen_question(question)
        if not clean.strip():
            raise AppError(ErrorCode.EMPTY_QUESTION)
        installed = self._models.find("chat", model)
        if conversation_id is None:
            conversation_id = self._chats.create(title(clean)).id
        messages = self._chats.messages(conversation_id)
        leaf = parent_id or latest_leaf(messages)
        before = branch(messages, leaf) if leaf else []
        asked = self._message(conversation_id, leaf, "user", clean)
        self._chats.save(asked)
        turn = _Turn(asked, before, installed, self._settings())
        yield from self._run(turn, cancel, findings, _Search(collection) if use_library else None)

    def regenerate(self, conversation_id: str, answer_id: str, *, cancel: Cancel) -> Iterator[AnswerEvent]:
        """Another version of an answer, to the same question and passages; raises as `answer` does."""
        messages = self._chats.messages(conversation_id)
        path = branch(messages, answer_id)
        if len(path) < 2 or path[-1].role != "assistant":
            raise AppError(ErrorCode.UNKNOWN_CONVERSATION, conversation=conversation_id)
        asked, before = path[-2], path[:-2]
        settings = self._settings()
        sampling = replace(
            settings.sampling,
            temperature=max(settings.sampling.temperature, VARIED_TEMPERATURE),
            seed=uuid.uuid4().int % 2**31,
        )
        turn = _Turn(asked, before, self._models.find("chat"), replace(settings, sampling=sampling))
        # A question that never got as far as a prompt is searched for again.
        yield from self._run(turn, cancel, (), None if asked.prompt else _Search(None))

    # --- one turn ------------------------------------------------------------------------------------------------

    def _run(
        self, turn: "_Turn", cancel: Cancel, findings: tuple[Finding, ...], search: "_Search | None"
    ) -> Iterator[AnswerEvent]:
        """Retrieve, generate, cite, keep. Whatever happens, what was written so far is kept."""
        turn.answer = self._message(turn.asked.conversation_id, turn.asked.id, "assistant", "")
        turn.answer = replace(turn.answer, status="streaming", model=turn.model.name)
        yield ConversationStarted(turn.asked.conversation_id, turn.asked.id, turn.answer.id)
        if findings:
            yield RailVerdict("question", findings)
        try:
            self._chats.save(turn.answer)
            generator = self._models.generator(turn.model)
            if search is not None:
                yield from self._retrieve(turn, generator, search, cancel)
            if not turn.asked.prompt:
                turn.asked = replace(turn.asked, prompt=turn.asked.text)
            self._chats.save(turn.asked)
            yield from self._generate(turn, generator, cancel)
        except Cancelled:
            turn.stopped = True
        finally:
            if not turn.ended and not turn.stopped:  # failed, or the caller went away
                self._chats.save(replace(turn.answer, text=turn.text, prompt=turn.text, status="failed"))
        yield from self._finish(turn)

    def _retrieve(
        self, turn: "_Turn", generator: Generator, search: "_Search", cancel: Cancel
    ) -> Iterator[AnswerEvent]:
        """Find passages and freeze those that fit, best first, into the question's prompt."""
        if not self._grounding.has_documents(search.collection):
            return
        question = Question(
            text=turn.asked.text,
            query=search_query(turn.asked.text, [m.text for m in turn.before if m.role == "user"]),
            collection=search.collection,
            before=history(self._prompts.system, turn.before),
            passages=turn.settings.passages,
            max_tokens=turn.settings.sampling.max_tokens,
            fence_seed=turn.answer.id,
        )
        for event in self._grounding.ground(question, generator, turn.model.name, cancel):
            if isinstance(event, Grounded):
                turn.asked = replace(
                    turn.asked,
                    prompt=event.prompt,
                    passages=event.used,
                    passages_found=event.found,
                    grounded=bool(event.used),
                )
            else:
                yield event

    def _generate(self, turn: "_Turn", generator: Generator, cancel: Cancel) -> Iterator[AnswerEvent]:
        request = GenerationRequest(
            conversation=turn.asked.conversation_id,
            messages=(*history(self._prompts.system, turn.before), PromptMessage("user", turn.asked.prompt)),
            sampling=turn.settings.sampling,
        )
        saved_at = time.monotonic()
        for event in self._guard.generate(generator, turn.model, request, turn.ledger_context(), cancel):
            match event:
                case Recorded(seq=seq):
                    turn.ledger_entries += (seq,)
                case GenerationEnded(reason=reason, timing=timing):
                    turn.ended, turn.timing = True, timing
                    turn.stopped = reason == "cancelled"
                case Token(text=text):
                    turn.text += text
                    if time.monotonic() - saved_at > SAVE_EVERY_S:
                        self._chats.save(replace(turn.answer, text=turn.text))
                        saved_at = time.monotonic()
                    yield event
                case _:
                    yield event

    def _finish(self, turn: "_Turn") -> Iterator[AnswerEvent]:
        """Resolve citations and keep the answer."""
        text, _ = self._guard.screen_answer(turn.text)
        citations: tuple[Citation, ...] = ()
        grounded = turn.asked.grounded
        if grounded is not None:
            resolved = resolve(text, turn.asked.passages, turn.asked.text)
            text, citations, grounded = resolved.text, resolved.citations, resolved.grounded
            yield Cited(citations)
        answer = replace(
            turn.answer,
            text=text,
            prompt=turn.text,
            status="stopped" if turn.stopped else "complete",
            citations=citations,
            grounded=grounded,
            timing=turn.timing,
            passages_found=turn.asked.passages_found,
        )
        self._chats.save(answer)
        yield Finished(
            answer.id, text, turn.model.name, grounded, turn.stopped, turn.timing or NO_TIMING, turn.ledger_entries
        )

    def _message(self, conversation_id: str, parent_id: str | None, role: Role, text: str) -> Message:
        return Message(str(uuid.uuid4()), conversation_id, parent_id, role, text, self._clock.now())


@dataclass(frozen=True, slots=True)
class _Search:
    """Where to search; None means everywhere."""

    collection: str | None


@dataclass(slots=True)
class _Turn:
    """One question and the answer that is being made to it."""

    asked: Message
    before: list[Message]
    model: InstalledModel
    settings: ChatSettings
    answer: Message = field(init=False)
    text: str = ""
    ended: bool = False
    stopped: bool = False
    timing: Timing | None = None
    ledger_entries: tuple[int, ...] = ()

    def ledger_context(self) -> dict[str, JsonValue]:
        """What the ledger says of this turn: which documents, by their hash, and whose turn it is."""
        return {
            "purpose": "answer",
            "conversation": self.asked.conversation_id,
            "answer": self.answer.id,
            "question_sha256": digest(self.asked.text),
            "documents": list(dict.fromkeys(passage.content_hash for passage in self.asked.passages)),
        }
