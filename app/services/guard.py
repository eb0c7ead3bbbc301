"""The rails that every generation passes, on its way in and on its way out."""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import replace

from app.domain.audit import JsonValue
from app.domain.cancel import Cancel
from app.domain.embeddings import Embeddings
from app.domain.errors import AppError, ErrorCode
from app.domain.events import GenerationEnded, GenerationEvent, RailVerdict, Recorded, Thought, Token
from app.domain.guard import Finding, find_sensitive, strip_invisible
from app.domain.library import Passage
from app.domain.models import GenerationRequest, InstalledModel, ScoredContinuation
from app.domain.routing import NOTHING_LEAVES, Bounds, may_leave
from app.domain.thinking import ThoughtSplitter
from app.ports.embedder import Embedder
from app.ports.generator import Generator
from app.ports.reranker import Reranker
from app.services.audit import Audit


class Guard:
    """Screens text, and is the only way to a model: nothing is generated past the rails and the ledger."""

    def __init__(self, audit: Audit, bounds: Callable[[], Bounds] = lambda: NOTHING_LEAVES) -> None:
        """`bounds` say what may leave the machine at all, now."""
        self._audit = audit
        self._bounds = bounds

    def screen_question(self, text: str) -> tuple[str, tuple[Finding, ...]]:
        """The question without invisible characters; secrets and personal numbers in it are flagged."""
        clean, stripped = strip_invisible(text)
        return clean, stripped + find_sensitive(clean)

    def screen_passages(self, passages: list[Passage]) -> tuple[list[Passage], tuple[Finding, ...]]:
        """The passages without invisible characters.

        A passage's span still covers its place in the document; its text may be shorter by what was stripped.
        """
        screened: list[Passage] = []
        findings: list[Finding] = []
        for passage in passages:
            clean, stripped = strip_invisible(passage.text)
            screened.append(replace(passage, text=clean) if stripped else passage)
            findings.extend(stripped)
        return screened, tuple(findings)

    def screen_answer(self, text: str) -> tuple[str, tuple[Finding, ...]]:
        """The answer without invisible characters; secrets and personal numbers in it are flagged."""
        return self.screen_question(text)

    def generate(
        self,
        generator: Generator,
        model: InstalledModel,
        request: GenerationRequest,
        context: dict[str, JsonValue],
        cancel: Cancel,
        *,
        send_anyway: bool = False,
    ) -> Iterator[GenerationEvent | RailVerdict | Recorded]:
        """Generate, with an entry on the ledger before the first token and after the last.

        `context` is what the ledger says of the request beside its size and model. What leaves the machine is within
        the bounds, and with secrets or personal numbers in it only if `send_anyway`. Raises AppError LEDGER_UNWRITABLE,
        GATEWAY_NOT_ALLOWED or EGRESS_BLOCKED before anything is generated, and what `Generator.generate` raises; then
        the ledger says how it ended.
        """
        request = _without_invisible(request)
        if model.where == "gateway":
            context = {**context, **self._check_egress(model, request, send_anyway)}
        started = self._audit.generation_started(model, request, context)
        yield Recorded(started.seq)
        pieces: list[str] = []
        outcome = "abandoned"
        try:
            for event in _told(request, generator.generate(request, cancel)):
                if isinstance(event, Token):
                    pieces.append(event.text)
                if isinstance(event, GenerationEnded):
                    outcome = event.reason
                    findings = self.screen_answer("".join(pieces))[1]
                    if findings:
                        yield RailVerdict("answer", findings)
                yield event
        except AppError as error:
            outcome = error.code.value
            raise
        finally:
            ended = self._audit.generation_ended(started, outcome, "".join(pieces))
        yield Recorded(ended.seq)

    def refusal(
        self, model: InstalledModel, request: GenerationRequest, *, send_anyway: bool = False
    ) -> AppError | None:
        """Why a request would not be sent to a model: GATEWAY_NOT_ALLOWED, EGRESS_BLOCKED; None if it would be."""
        if model.where == "device":
            return None
        forbidden = may_leave(request.data_class, self._bounds())
        if forbidden is not None:
            return AppError(ErrorCode.GATEWAY_NOT_ALLOWED, because=forbidden.because)
        sensitive = _kinds(request)
        if sensitive and not send_anyway:
            return AppError(ErrorCode.EGRESS_BLOCKED, kinds=", ".join(sensitive), model=model.name)
        return None

    def _check_egress(
        self, model: InstalledModel, request: GenerationRequest, send_anyway: bool
    ) -> dict[str, JsonValue]:
        """What the ledger says of a request that may leave; raises, on the ledger too, where it may not."""
        refused = self.refusal(model, request, send_anyway=send_anyway)
        sensitive = _kinds(request)
        if refused is not None:
            self._audit.egress_blocked(model, request, sensitive if refused.code is ErrorCode.EGRESS_BLOCKED else ())
            raise refused
        return {"sensitive": list(sensitive), "sent_anyway": bool(sensitive)}

    def prefill(self, generator: Generator, request: GenerationRequest, cancel: Cancel) -> None:
        """Let the model read ahead what may be asked. Nothing comes of it, so the ledger says nothing of it."""
        generator.prefill(_without_invisible(request), cancel)

    def score(
        self,
        generator: Generator,
        model: InstalledModel,
        request: GenerationRequest,
        continuations: list[str],
        context: dict[str, JsonValue],
        cancel: Cancel,
    ) -> list[ScoredContinuation]:
        """How likely each continuation is, with entries on the ledger before and after; raises as `generate` does."""
        request = _without_invisible(request)
        if model.where == "gateway":
            context = {**context, **self._check_egress(model, request, send_anyway=False)}
        started = self._audit.generation_started(model, request, context)
        outcome = "abandoned"
        try:
            scores = generator.score(request.messages, continuations, cancel)
            outcome = "scored"
        except AppError as error:
            outcome = error.code.value
            raise
        finally:
            self._audit.generation_ended(started, outcome, "")
        return scores

    def embed(
        self, embedder: Embedder, texts: Sequence[str], context: dict[str, JsonValue], cancel: Cancel
    ) -> Embeddings:
        """Embed, with an entry on the ledger before and after; raises what `Embedder.embed` does."""
        clean = [strip_invisible(text)[0] for text in texts]
        started = self._audit.embedding_started(clean, context)
        outcome = "cancelled"
        try:
            embeddings = embedder.embed(clean, cancel)
            outcome = "done"
        except AppError as error:
            outcome = error.code.value
            raise
        finally:
            self._audit.embedding_ended(started, outcome)
        return embeddings

    def rank(
        self, reranker: Reranker, model: InstalledModel, query: str, texts: Sequence[str], cancel: Cancel
    ) -> list[float]:
        """How well each text answers the query, with an entry on the ledger before and after; raises as `rank` does."""
        clean = [strip_invisible(text)[0] for text in (query, *texts)]
        started = self._audit.ranking_started(model, clean)
        outcome = "abandoned"
        try:
            scores = reranker.rank(clean[0], clean[1:], cancel)
            outcome = "ranked"
        except AppError as error:
            outcome = error.code.value
            raise
        finally:
            self._audit.ranking_ended(started, outcome)
        return scores


def _without_invisible(request: GenerationRequest) -> GenerationRequest:
    messages = tuple(replace(m, content=strip_invisible(m.content)[0]) for m in request.messages)
    return replace(request, messages=messages, text=None if request.text is None else strip_invisible(request.text)[0])


def _kinds(request: GenerationRequest) -> tuple[str, ...]:
    """What sensitive kinds of things a request contains, each once."""
    texts = (*(message.content for message in request.messages), request.text or "")
    return tuple(dict.fromkeys(finding.kind for text in texts for finding in find_sensitive(text)))


def _told(request: GenerationRequest, events: Iterator[GenerationEvent]) -> Iterator[GenerationEvent]:
    """What a reasoning model thinks first told from its answer; not in what goes on, is raw or has to fit a schema."""
    if request.goes_on or request.schema or request.text is not None:
        yield from events
        return
    splitter = ThoughtSplitter()
    for event in events:
        if isinstance(event, Token):
            for piece in splitter.take(event.text):
                yield Thought(piece.text) if piece.is_thought else Token(piece.text, event.logprob)
            continue
        if isinstance(event, GenerationEnded):
            yield from (Thought(one.text) if one.is_thought else Token(one.text) for one in splitter.end())
        yield event
