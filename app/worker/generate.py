"""The generate worker: one model per process, answering one request at a time."""

import time
from pathlib import Path
from typing import BinaryIO, Literal

from app.domain.chat import Timing
from app.domain.errors import AppError, Cancelled, ErrorCode
from app.domain.models import GenerationRequest, LoadedModel
from app.wire.messages import (
    Counted,
    CountPrompt,
    CountTokens,
    Ended,
    Generate,
    Generated,
    Load,
    Loaded,
    Prefilled,
    ToGenerate,
)
from app.worker.chat_template import ChatTemplate, Segment
from app.worker.detokenise import Detokeniser, StopStrings
from app.worker.gguf_header import read_header
from app.worker.kv_slots import KvSlots, Slot
from app.worker.llama_engine import BATCH, SEQUENCES, LlamaEngine
from app.worker.serve import Job, Server

Reason = Literal["stop", "length", "cancelled"]


def run(pipes: tuple[BinaryIO, BinaryIO]) -> None:
    """Serve until the app goes away."""
    worker = GenerateWorker()
    server: Server[Load | CountTokens | CountPrompt | Generate] = Server("generate", ToGenerate, worker.handle, pipes)
    server.run()


class GenerateWorker:
    """Handles the requests of `wire.messages` for generation."""

    def __init__(self) -> None:
        self._model: ChatModel | None = None

    def handle(self, message: Load | CountTokens | CountPrompt | Generate, job: Job) -> None:
        """Answer one request. Raises AppError or Cancelled, which the server sends on."""
        if isinstance(message, Load):
            self._load(message, job)
            return
        model = self._model
        if model is None:
            raise AppError(ErrorCode.MODEL_LOAD_FAILED, model="", reason="no model has been loaded")
        match message:
            case CountTokens():
                counts = [len(model.engine.tokenise(text, special=False)) for text in message.texts]
                job.send(Counted(request=job.request, counts=counts))
            case CountPrompt():
                segments = model.template().render(message.messages)
                job.send(Counted(request=job.request, counts=[len(model.prompt_tokens(segments))]))
            case Generate():
                model.engine.watch(job.is_cancelled)
                Answer(model, message.generation, job).run()

    def _load(self, message: Load, job: Job) -> None:
        if self._model is not None:
            raise AppError(ErrorCode.MODEL_LOAD_FAILED, model=self._model.name, reason="a model is loaded already")
        started = time.monotonic()
        header = read_header(Path(message.path))
        name = header.name or Path(message.path).stem
        engine = LlamaEngine(message.path, name, message.settings, job.is_cancelled)
        self._model = ChatModel(engine, name)
        loaded = LoadedModel(
            name, engine.context, engine.device, header.has_chat_template, round(time.monotonic() - started, 3)
        )
        job.send(Loaded(request=job.request, model=loaded))


class ChatModel:
    """A loaded model with its chat template and the conversations it remembers."""

    def __init__(self, engine: LlamaEngine, name: str) -> None:
        self.engine = engine
        self.name = name
        self.slots = KvSlots(engine, SEQUENCES, engine.context)
        self._template: ChatTemplate | None = None

    def template(self) -> ChatTemplate:
        """The model's chat template. Raises AppError MODEL_NO_CHAT_TEMPLATE, MODEL_TEMPLATE_FAILED."""
        if self._template is None:
            source = self.engine.chat_template()
            if source is None:
                raise AppError(ErrorCode.MODEL_NO_CHAT_TEMPLATE, model=self.name)
            bos, eos = self.engine.special_text("bos"), self.engine.special_text("eos")
            self._template = ChatTemplate(source, self.name, bos, eos)
        return self._template

    def prompt_tokens(self, segments: list[Segment]) -> list[int]:
        """The prompt's tokens; only the template's own words may be control tokens."""
        tokens: list[int] = []
        for segment in segments:
            tokens += self.engine.tokenise(segment.text, special=not segment.is_content)
        if self.engine.adds_bos and tokens[:1] != [self.engine.bos]:
            tokens.insert(0, self.engine.bos)
        return tokens


class Answer:
    """One generation, from prompt to last token."""

    def __init__(self, model: ChatModel, request: GenerationRequest, job: Job) -> None:
        self._engine = model.engine
        self._model = model
        self._request = request
        self._job = job
        self._detokeniser = Detokeniser(self._engine.piece)
        self._stops = StopStrings(request.stop)
        self._answered = 0
        self._started = time.monotonic()
        self._first = self._last = 0.0

    def run(self) -> None:
        """Generate and send. Raises AppError CONTEXT_OVERFLOW before anything is evaluated, or the template's."""
        prompt = self._model.prompt_tokens(self._model.template().render(self._request.messages))
        room = self._engine.context - len(prompt)
        if room < 1:
            raise AppError(ErrorCode.CONTEXT_OVERFLOW, needed=len(prompt) + 1, available=self._engine.context)
        slot = self._model.slots.open(self._request.conversation, prompt)
        cached = len(slot.tokens)
        try:
            self._prefill(slot, prompt, cached)
            reason = self._generate(slot, prompt, min(self._request.sampling.max_tokens, room))
        except Cancelled:
            reason = "cancelled"
        self._end(reason, len(prompt), cached)

    def _prefill(self, slot: Slot, prompt: list[int], cached: int) -> None:
        total = len(prompt)
        self._job.send(Prefilled(self._job.request, cached, total, cached))
        for start in range(cached, total, BATCH):
            self._job.check()
            self._evaluate(slot, prompt[start : start + BATCH])
            self._job.send(Prefilled(self._job.request, len(slot.tokens), total, cached))

    def _generate(self, slot: Slot, prompt: list[int], limit: int) -> Reason:
        wants_logprobs = self._request.logprobs
        with self._engine.sampler(self._request.sampling, prompt) as sample:
            while self._answered < limit:
                self._job.check()
                token = sample()
                self._last = time.monotonic()
                self._first = self._first or self._last
                if self._engine.ends_answer(token):
                    return "stop"
                self._answered += 1
                text = self._stops.push(self._detokeniser.push(token))
                if text or wants_logprobs:
                    logprob = self._engine.logprob(token) if wants_logprobs else None
                    self._job.send(Generated(self._job.request, text, logprob))
                if self._stops.found:
                    return "stop"
                if self._answered < limit:
                    self._evaluate(slot, [token])
        return "length"

    def _evaluate(self, slot: Slot, tokens: list[int]) -> None:
        """Decode and remember; whatever goes wrong, memory and record agree afterwards."""
        held = len(slot.tokens)
        self._model.slots.make_room(slot, len(tokens))
        evaluated = False
        try:
            self._engine.decode(slot.sequence, held, tokens)
            evaluated = True
        finally:
            if evaluated:
                slot.tokens += tokens
            else:
                self._model.slots.cut(slot, held)

    def _end(self, reason: Reason, prompt_tokens: int, cached: int) -> None:
        rest = self._stops.push(self._detokeniser.flush()) + self._stops.flush()
        if rest:
            self._job.send(Generated(self._job.request, rest))
        spent = self._last - self._first
        timing = Timing(
            first_token_s=round(self._first - self._started, 4) if self._first else 0.0,
            tokens_per_s=round((self._answered - 1) / spent, 2) if self._answered > 1 and spent > 0 else 0.0,
            prompt_tokens=prompt_tokens,
            cached_tokens=cached,
            answer_tokens=self._answered,
        )
        self._job.send(Ended(self._job.request, reason, timing))
