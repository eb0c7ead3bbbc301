"""The routes of Donjon's own command line, for when another process holds the home; nobody else's token opens them."""

from collections.abc import AsyncIterator, Iterator

import msgspec
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from app.api.bodies import read
from app.api.endpoints import json_reply, one, open_to
from app.api.refusals import Refusal
from app.api.services import Services
from app.api.work import Stream, Streamed, WorkPool
from app.domain.access import AppToken
from app.domain.cancel import Cancel
from app.domain.errors import AppError
from app.domain.events import AnswerEvent
from app.domain.query import Search


class AskBody(msgspec.Struct):
    """What `Chat.answer` takes, and a name by which it can be stopped."""

    id: str
    question: str
    search: Search | None
    model: str | None
    send_anyway: bool
    schema: str
    adapters: list[str] = []


class OwnRoutes:
    """`/donjon/v1/…`: events as JSON lines, each a pair of the event's class name and its fields."""

    def __init__(self, services: Services, pool: WorkPool) -> None:
        self._services = services
        self._pool = pool
        self._asked: dict[str, Cancel] = {}

    def routes(self) -> list[Route]:
        """Paths; all of them open to the command line alone."""
        return [
            Route("/donjon/v1/ask", open_to(None, self.ask), methods=["POST"]),
            Route("/donjon/v1/ask/{id}", open_to(None, self.stop), methods=["DELETE"]),
            Route("/donjon/v1/documents", open_to(None, self.documents), methods=["GET"]),
            Route("/donjon/v1/models", open_to(None, self.models), methods=["GET"]),
        ]

    async def ask(self, request: Request, _token: AppToken) -> Streamed:
        """Answer a question, and keep the conversation."""
        body = await read(request, AskBody)

        def answer(gone: Cancel) -> Iterator[AnswerEvent]:
            stopped = Cancel()
            gone.subscribe(stopped.set)
            if self._asked.setdefault(body.id, stopped) is not stopped:
                raise Refusal(409, "A question with this id is being answered; give it another.", "id_taken", "id")
            try:
                yield from self._services.chat.answer(
                    body.question,
                    search=body.search,
                    model=body.model,
                    send_anyway=body.send_anyway,
                    adapters=body.adapters,
                    schema=body.schema,
                    cancel=stopped,
                )
            finally:
                del self._asked[body.id]

        stream = self._pool.start(answer)
        return Streamed(stream, _lines(stream), "application/x-ndjson")

    async def stop(self, request: Request, _token: AppToken) -> Response:
        """Stop an answer; it ends as one that was stopped, with what was written."""
        cancel = self._asked.get(request.path_params["id"])
        if cancel is not None:
            cancel.set()
        return json_reply({"stopped": cancel is not None})

    async def documents(self, request: Request, _token: AppToken) -> Response:
        """All documents, by name."""
        return json_reply(await one(self._pool, request, lambda _cancel: self._services.library.documents()))

    async def models(self, request: Request, _token: AppToken) -> Response:
        """The models that are here and those that can be fetched."""
        return json_reply(await one(self._pool, request, lambda _cancel: self._models()))

    def _models(self) -> dict[str, object]:
        models = self._services.models
        problems = [{"code": problem.code, "facts": problem.facts} for problem in models.catalogue_problems()]
        return {
            "installed": models.installed(),
            "catalogue": models.catalogue(),
            "problems": problems,
            "current": models.current(),
        }


async def _lines(stream: Stream[AnswerEvent]) -> AsyncIterator[bytes]:
    """Events line by line; an expected failure is the last line."""
    try:
        async for event in stream:
            yield _line(type(event).__name__, event)
    except AppError as error:
        yield _line("AppError", {"code": error.code, "facts": error.facts})


def _line(kind: str, content: object) -> bytes:
    return msgspec.json.encode((kind, content)) + b"\n"
