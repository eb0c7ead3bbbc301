"""What all routes share: a token that opens them, errors as replies, blocking work off the loop."""

from collections.abc import Awaitable, Callable
from typing import TypeVar

import msgspec
from starlette.requests import Request
from starlette.responses import Response
from starlette.types import ASGIApp

from app.api.refusals import Refusal, as_refusal
from app.api.work import WorkPool, stopped_with_its_client
from app.domain.access import AppToken, Scope
from app.domain.cancel import Cancel

T = TypeVar("T")
Answering = Callable[[Request, AppToken], Awaitable[ASGIApp]]


def open_to(scope: Scope | None, answer: Answering) -> Callable[[Request], Awaitable[ASGIApp]]:
    """The endpoint for tokens that open `scope`; None is for Donjon's own command line."""

    async def endpoint(request: Request) -> ASGIApp:
        token: AppToken = request.state.token
        try:
            if not (token.own if scope is None else token.opens(scope)):
                raise Refusal(403, f"This token does not open “{scope or 'internal'}”.", "missing_scope")
            return await answer(request, token)
        except Exception as error:  # noqa: BLE001  the client is told of each
            return as_refusal(error).response()

    return endpoint


def json_reply(value: object) -> Response:
    """A value as JSON."""
    return Response(msgspec.json.encode(value), headers={"Cache-Control": "no-store"}, media_type="application/json")


async def one(pool: WorkPool, request: Request, make: Callable[[Cancel], T]) -> T:
    """What a blocking call returns; it is stopped when the client hangs up."""
    stream = pool.start(lambda cancel: iter((make(cancel),)))
    async with stopped_with_its_client(stream, request.receive):
        return await stream.next()
