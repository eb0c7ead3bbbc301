"""The routes that OpenAI's clients know."""

from collections.abc import AsyncIterator

import msgspec
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route
from starlette.types import ASGIApp

from app.api import replies
from app.api.bodies import ChatBody, EmbeddingBody, Extension, PlainBody, TextBody, read
from app.api.endpoints import json_reply, one, open_to
from app.api.refusals import Refusal, as_refusal
from app.api.replies import Answer, ChatAnswer, TextAnswer
from app.api.services import Services
from app.api.work import Stream, Streamed, WorkPool, stopped_with_its_client
from app.domain.access import AppToken, Scope
from app.domain.errors import AppError, ErrorCode
from app.domain.events import GenerationEnded, PassageRead, PromptProgress, Token
from app.services.completions import CompletionEvent, CompletionRequest


class OpenAiRoutes:
    """`/v1/…` over the services."""

    def __init__(self, services: Services, pool: WorkPool) -> None:
        self._services = services
        self._pool = pool

    def routes(self) -> list[Route]:
        """Paths, and what a token must open for them."""
        return [
            Route("/v1/models", open_to(Scope.MODELS, self.models), methods=["GET"]),
            Route("/v1/models/{model:path}", open_to(Scope.MODELS, self.model), methods=["GET"]),
            Route("/v1/chat/completions", open_to(Scope.CHAT, self.chat), methods=["POST"]),
            Route("/v1/completions", open_to(Scope.CHAT, self.plain), methods=["POST"]),
            Route("/v1/embeddings", open_to(Scope.EMBEDDINGS, self.embeddings), methods=["POST"]),
        ]

    async def models(self, request: Request, _token: AppToken) -> Response:
        """The models that are here."""
        installed = await one(self._pool, request, lambda _cancel: self._services.models.installed())
        return json_reply(replies.model_list(installed))

    async def model(self, request: Request, _token: AppToken) -> Response:
        """One of them."""
        wanted = request.path_params["model"]
        installed = await one(self._pool, request, lambda _cancel: self._services.models.installed())
        for found in installed:
            if found.id == wanted:
                return json_reply(replies.model(found))
        raise AppError(ErrorCode.UNKNOWN_MODEL, model=wanted)

    async def chat(self, request: Request, token: AppToken) -> ASGIApp:
        """A chat's next message."""
        body = await read(request, ChatBody)
        beside = body.donjon or Extension()
        if beside.opens_library() and not token.opens(Scope.LIBRARY):
            raise Refusal(403, "This token does not open “library”.", "missing_scope", "donjon")
        wanted = CompletionRequest(
            app=token.name,
            model=body.model,
            messages=body.prompt(),
            sampling=body.sampling(self._services.completions.sampling()),
            stop=body.stops(),
            logprobs=bool(body.logprobs),
            collection=beside.collection,
            everywhere=beside.collection is None and beside.opens_library(),
            whole=tuple(beside.whole or ()),
            exhaustive=bool(beside.all),
            schema=body.schema(),
        )
        return await self._answered(request, body, wanted, ChatAnswer(body.model, wanted.logprobs))

    async def plain(self, request: Request, token: AppToken) -> ASGIApp:
        """A text, gone on with."""
        body = await read(request, PlainBody)
        wanted = CompletionRequest(
            app=token.name,
            model=body.model,
            messages=(),
            sampling=body.sampling(self._services.completions.sampling()),
            stop=body.stops(),
            logprobs=body.logprobs is not None,
            text=body.text(),
        )
        return await self._answered(request, body, wanted, TextAnswer(body.model, wanted.logprobs))

    async def _answered(self, request: Request, body: TextBody, wanted: CompletionRequest, answer: Answer) -> ASGIApp:
        stream = self._pool.start(lambda cancel: self._services.completions.complete(wanted, cancel))
        if body.stream:
            events = _server_sent(stream, answer, usage=body.wants_usage())
            return Streamed(stream, events, "text/event-stream; charset=utf-8")
        async with stopped_with_its_client(stream, request.receive):
            async for event in stream:
                answer.note(event)
        return json_reply(answer.whole())

    async def embeddings(self, request: Request, token: AppToken) -> Response:
        """Texts as vectors."""
        body = await read(request, EmbeddingBody)
        texts = body.texts()
        made = await one(
            self._pool,
            request,
            lambda cancel: self._services.completions.embed(token.name, body.model, texts, cancel),
        )
        return json_reply(replies.embedding_list(body.model, made, body.encoding_format))


async def _server_sent(stream: Stream[CompletionEvent], answer: Answer, *, usage: bool) -> AsyncIterator[bytes]:
    """The answer as server-sent events; nothing before the prompt is accepted, so that a refusal has its status."""
    accepted = False
    try:
        async for event in stream:
            answer.note(event)
            if not accepted and isinstance(event, PromptProgress | PassageRead | Token | GenerationEnded):
                accepted = True
                yield _data(answer.opening())
            match event:
                case Token():
                    yield _data(answer.piece(event))
                case PromptProgress(done=done, total=total):
                    yield f": {done} of {total} prompt tokens read\n\n".encode()
                case PassageRead(done=done, total=total):
                    yield f": {done} of {total} passages read\n\n".encode()
                case _:
                    pass
    except Exception as error:
        if not accepted:
            raise
        yield _data(as_refusal(error).body())
        return
    yield _data(answer.ending())
    if usage:
        yield _data(answer.cost())
    yield b"data: [DONE]\n\n"


def _data(value: object) -> bytes:
    """One event; a comment where there is nothing to say."""
    return b": accepted\n\n" if value is None else b"data: " + msgspec.json.encode(value) + b"\n\n"
