"""The generate worker: one model per process, answering several requests at once."""

import time
from collections.abc import Sequence
from pathlib import Path
from typing import BinaryIO

from app.domain.chat import PromptMessage
from app.domain.errors import AppError, ErrorCode
from app.domain.models import GenerationRequest, LoadedModel, LoraAdapter
from app.wire.messages import (
    Counted,
    CountPrompt,
    CountTokens,
    Embed,
    Forget,
    Forgotten,
    Generate,
    Load,
    Loaded,
    ModelVectors,
    Prefill,
    Ranked,
    RankPassages,
    Score,
    ToGenerate,
)
from app.worker.answer import Answer, ReadAhead
from app.worker.batching import Batching
from app.worker.chat_template import ChatTemplate, Segment
from app.worker.gguf_embedder import GgufEmbedder
from app.worker.gguf_header import read_header
from app.worker.interruption import Interruption
from app.worker.kv_slots import KvSlots
from app.worker.kv_states import KvStates, state_key
from app.worker.llama_engine import SEQUENCES, LlamaEngine, device_name, load_model
from app.worker.score import Scoring
from app.worker.serve import Job, Server

IDLE_S = 3.0  # without work, before conversations are written to disk

Request = Load | CountTokens | CountPrompt | Generate | Prefill | Forget | Score | Embed | RankPassages


def run(pipes: tuple[BinaryIO, BinaryIO]) -> None:
    """Serve until the app goes away."""
    worker = GenerateWorker()
    server: Server[Request] = Server(
        "generate", ToGenerate, worker.handle, pipes, worker.step, worker.close, worker.interruption.set
    )
    server.run()


class GenerateWorker:
    """Handles the requests of `wire.messages` for generation."""

    def __init__(self) -> None:
        self.interruption = Interruption()
        self._model: ChatModel | None = None
        self._worked = 0.0  # when something was evaluated last
        self._embedder: GgufEmbedder | None = None

    def handle(self, message: Request, job: Job) -> None:
        """Answer a request, or begin to. Raises AppError or Cancelled, which the server sends on."""
        if isinstance(message, Load):
            self._load(message, job)
            return
        if isinstance(message, Embed | RankPassages):
            self._embed(message, job)
            return
        if isinstance(message, Forget) and self._embedder is not None:
            job.send(Forgotten(request=job.request))  # it holds no conversations
            return
        model = self._model
        if model is None:
            raise AppError(ErrorCode.MODEL_LOAD_FAILED, model="", reason="no model has been loaded")
        match message:
            case CountTokens():
                counts = [len(model.engine.tokenise(text, special=False)) for text in message.texts]
                job.send(Counted(request=job.request, counts=counts))
            case CountPrompt():
                job.send(Counted(request=job.request, counts=[len(model.prompt(message.messages))]))
            case Generate(generation=request, threads=threads):
                model.engine.use_threads(threads)
                model.use_adapters(request.adapters)
                model.batching.add(Answer(model.engine, model.prompt_of(request), request, job))
            case Prefill():
                model.engine.use_threads(message.threads)
                model.batching.add(ReadAhead(job, message.conversation, model.beginning(message.messages)))
            case Forget():
                model.slots.forget(message.conversation)
                job.send(Forgotten(request=job.request))
            case Score():
                continuations = [model.engine.tokenise(text, special=False) for text in message.continuations]
                prompt = model.prompt(message.messages)
                Scoring(model.engine, job, prompt, continuations, model.batching.add).go_on()

    def step(self) -> float | None:
        """Go on with what is being answered; says how long to wait for the next request, see `Server`."""
        model = self._model
        if model is None:
            return None
        if model.batching.step():
            self._worked = time.monotonic()
            return 0
        if not model.slots.is_unkept():
            return None
        rest = self._worked + IDLE_S - time.monotonic()
        if rest > 0:
            return rest
        model.slots.keep_next()
        return 0

    def close(self) -> None:
        """The app has gone: keep what is worth keeping."""
        while self._model is not None and self._model.slots.is_unkept():
            self._model.slots.keep_next()

    def _load(self, message: Load, job: Job) -> None:
        if self._model is not None or self._embedder is not None:
            raise AppError(
                ErrorCode.MODEL_LOAD_FAILED, model=Path(message.path).stem, reason="a model is loaded already"
            )
        started = time.monotonic()
        header = read_header(Path(message.path))
        name = header.name or Path(message.path).stem
        purpose = message.settings.purpose
        if purpose != "chat":
            native = load_model(message.path, name, message.settings, job.is_cancelled)
            self._embedder = GgufEmbedder(native, name, message.settings, purpose, job.is_cancelled, self.interruption)
            seconds = round(time.monotonic() - started, 3)
            device = device_name(message.settings)
            loaded = LoadedModel(name, self._embedder.longest, device, can_chat=False, load_s=seconds)
            job.send(Loaded(request=job.request, model=loaded))
            return
        engine = LlamaEngine(message.path, name, message.settings, job.is_cancelled, self.interruption)
        store = None
        if message.store is not None and message.sha256:
            store = KvStates(message.store, state_key(message.sha256, message.settings))
        self._model = ChatModel(engine, name, store)
        loaded = LoadedModel(
            name, engine.context, engine.device, header.has_chat_template, round(time.monotonic() - started, 3)
        )
        job.send(Loaded(request=job.request, model=loaded))

    def _embed(self, message: Embed | RankPassages, job: Job) -> None:
        embedder = self._embedder
        if embedder is None:
            raise AppError(ErrorCode.MODEL_LOAD_FAILED, model="", reason="no model has been loaded to embed or to rank")
        embedder.watch(job.is_cancelled)
        if isinstance(message, Embed):
            job.send(ModelVectors(request=job.request, vectors=embedder.embed(message.texts)))
        else:
            job.send(Ranked(request=job.request, scores=embedder.rank(message.query, message.passages)))


class ChatModel:
    """A loaded model with its chat template and the conversations it remembers."""

    def __init__(self, engine: LlamaEngine, name: str, store: KvStates | None = None) -> None:
        self.engine = engine
        self.name = name
        self._store = store
        self.renew()
        self._template: ChatTemplate | None = None

    def use_adapters(self, adapters: tuple[LoraAdapter, ...]) -> None:
        """Answer with these LoRA adapters from here on; another set than before lets go of all KV state.

        What is being answered comes to its end first. Raises AppError FILE_NOT_FOUND, ADAPTER_INVALID.
        """
        if adapters == self.engine.adapters:
            return
        while self.batching.step():
            pass
        while self.slots.is_unkept():
            self.slots.keep_next()
        try:
            self.engine.use_adapters(adapters)
        finally:
            self.renew()

    def renew(self) -> None:
        """Begin with an empty memory. Kept states are those of the bare model, so with adapters there is no store."""
        store = None if self.engine.adapters else self._store
        self.slots = KvSlots(self.engine, SEQUENCES, self.engine.context, store)
        self.batching = Batching(self.engine, self.slots)

    def prompt(self, messages: Sequence[PromptMessage], *, thinks: bool = False) -> list[int]:
        """The tokens of a prompt, ready for the answer; see `ChatTemplate.render`.

        Raises AppError MODEL_NO_CHAT_TEMPLATE, MODEL_TEMPLATE_FAILED.
        """
        return self._tokens(self._rendered(messages, thinks))

    def prompt_of(self, request: GenerationRequest) -> list[int]:
        """The tokens of a request's prompt; raises as `prompt` and `beginning` do, unless it is plain text."""
        if request.text is not None:
            return self._tokens([Segment(request.text, is_content=True)])
        if request.goes_on:
            return self.beginning(request.messages)
        return self.prompt(request.messages, thinks=request.thinks)

    def beginning(self, messages: Sequence[PromptMessage]) -> list[int]:
        """The tokens of a prompt whose last message may yet grow; raises as `prompt` does, and CONTEXT_OVERFLOW."""
        segments = self._rendered(messages, thinks=False)
        while segments and not segments[-1].is_content:
            segments.pop()
        tokens = self._tokens(segments)
        if len(tokens) > self.engine.context:
            raise AppError(ErrorCode.CONTEXT_OVERFLOW, needed=len(tokens), available=self.engine.context)
        return tokens

    def _rendered(self, messages: Sequence[PromptMessage], thinks: bool) -> list[Segment]:
        if self._template is None:
            source = self.engine.chat_template()
            if source is None:
                raise AppError(ErrorCode.MODEL_NO_CHAT_TEMPLATE, model=self.name)
            bos, eos = self.engine.special_text("bos"), self.engine.special_text("eos")
            self._template = ChatTemplate(source, self.name, bos, eos)
        return self._template.render(messages, thinks=thinks)

    def _tokens(self, segments: list[Segment]) -> list[int]:
        """The segments' tokens; only the template's own words may be control tokens."""
        tokens: list[int] = []
        for segment in segments:
            tokens += self.engine.tokenise(segment.text, special=not segment.is_content)
        if self.engine.adds_bos and tokens[:1] != [self.engine.bos]:
            tokens.insert(0, self.engine.bos)
        return tokens
