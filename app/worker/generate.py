"""The generate worker: one model per process, answering several requests at once."""

import time
from collections.abc import Sequence
from pathlib import Path
from typing import BinaryIO

from app.domain.chat import PromptMessage
from app.domain.errors import AppError, ErrorCode
from app.domain.models import GenerationRequest, LoadedModel
from app.wire.messages import Counted, CountPrompt, CountTokens, Generate, Load, Loaded, Prefill, ToGenerate
from app.worker.answer import Answer, ReadAhead
from app.worker.batching import Batching
from app.worker.chat_template import ChatTemplate, Segment
from app.worker.gguf_header import read_header
from app.worker.kv_slots import KvSlots
from app.worker.llama_engine import SEQUENCES, LlamaEngine
from app.worker.serve import Job, Server

Request = Load | CountTokens | CountPrompt | Generate | Prefill


def run(pipes: tuple[BinaryIO, BinaryIO]) -> None:
    """Serve until the app goes away."""
    worker = GenerateWorker()
    server: Server[Request] = Server("generate", ToGenerate, worker.handle, pipes, worker.step)
    server.run()


class GenerateWorker:
    """Handles the requests of `wire.messages` for generation."""

    def __init__(self) -> None:
        self._model: ChatModel | None = None

    def handle(self, message: Request, job: Job) -> None:
        """Answer a request, or begin to. Raises AppError or Cancelled, which the server sends on."""
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
                job.send(Counted(request=job.request, counts=[len(model.prompt(message.messages))]))
            case Generate(generation=request):
                model.batching.add(Answer(model.engine, model.prompt_of(request), request, job))
            case Prefill():
                model.batching.add(ReadAhead(job, message.conversation, model.beginning(message.messages)))

    def step(self) -> float | None:
        """Go on with what is being answered; says how long to wait for the next request, see `Server`."""
        return 0 if self._model is not None and self._model.batching.step() else None

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
        self.batching = Batching(engine, KvSlots(engine, SEQUENCES, engine.context))
        self._template: ChatTemplate | None = None

    def prompt(self, messages: Sequence[PromptMessage]) -> list[int]:
        """The tokens of a prompt, ready for the answer.

        Raises AppError MODEL_NO_CHAT_TEMPLATE, MODEL_TEMPLATE_FAILED.
        """
        return self._tokens(self._rendered(messages))

    def prompt_of(self, request: GenerationRequest) -> list[int]:
        """The tokens of a request's prompt; raises as `prompt` does, unless it is plain text."""
        if request.text is not None:
            return self._tokens([Segment(request.text, is_content=True)])
        return self.prompt(request.messages)

    def beginning(self, messages: Sequence[PromptMessage]) -> list[int]:
        """The tokens of a prompt whose last message may yet grow; raises as `prompt` does, and CONTEXT_OVERFLOW."""
        segments = self._rendered(messages)
        while segments and not segments[-1].is_content:
            segments.pop()
        tokens = self._tokens(segments)
        if len(tokens) > self.engine.context:
            raise AppError(ErrorCode.CONTEXT_OVERFLOW, needed=len(tokens), available=self.engine.context)
        return tokens

    def _rendered(self, messages: Sequence[PromptMessage]) -> list[Segment]:
        if self._template is None:
            source = self.engine.chat_template()
            if source is None:
                raise AppError(ErrorCode.MODEL_NO_CHAT_TEMPLATE, model=self.name)
            bos, eos = self.engine.special_text("bos"), self.engine.special_text("eos")
            self._template = ChatTemplate(source, self.name, bos, eos)
        return self._template.render(messages)

    def _tokens(self, segments: list[Segment]) -> list[int]:
        """The segments' tokens; only the template's own words may be control tokens."""
        tokens: list[int] = []
        for segment in segments:
            tokens += self.engine.tokenise(segment.text, special=not segment.is_content)
        if self.engine.adds_bos and tokens[:1] != [self.engine.bos]:
            tokens.insert(0, self.engine.bos)
        return tokens
