"""Errors in the shape that OpenAI's clients understand: what went wrong and what to do, never where in us."""

import logging
import re
from typing import Final

import msgspec
from starlette.exceptions import HTTPException
from starlette.responses import Response

from app.domain.error_texts import explain
from app.domain.errors import AppError, Cancelled, ErrorCode, Fact, Kind

_log = logging.getLogger(__name__)

_STATUS: Final = {Kind.MISTAKE: 400, Kind.REFUSED: 403, Kind.UNAVAILABLE: 503, Kind.BUG: 500}
_NOT_FOUND: Final = frozenset({ErrorCode.UNKNOWN_MODEL, ErrorCode.MODEL_NOT_INSTALLED, ErrorCode.UNKNOWN_COLLECTION})
_TYPES: Final = {401: "authentication_error", 403: "permission_error", 429: "rate_limit_error"}
# What clients look for by name, and the parameter that is to blame.
_CODES: Final[dict[ErrorCode, tuple[str, str]]] = {
    ErrorCode.UNKNOWN_MODEL: ("model_not_found", "model"),
    ErrorCode.MODEL_NOT_INSTALLED: ("model_not_found", "model"),
    ErrorCode.UNKNOWN_COLLECTION: ("unknown_collection", "donjon.collection"),
    ErrorCode.CONTEXT_OVERFLOW: ("context_length_exceeded", "messages"),
    ErrorCode.EMBEDDING_TOO_LONG: ("context_length_exceeded", "input"),
    ErrorCode.EMPTY_QUESTION: ("empty_question", "messages"),
}
# Facts that may hold a slash, as "maker/model" does; yet a model's file gives its own name, which may be a path.
_NAMES: Final = frozenset({"model", "collection"})
_ABSOLUTE: Final = re.compile(r"(?:^|[^\w/\\])(?:[/\\~]|[A-Za-z]:[/\\]|file:)")


class Refusal(Exception):
    """A request that gets an error instead of an answer."""

    def __init__(self, status: int, message: str, code: str, param: str | None = None) -> None:
        super().__init__(message)
        self.status = status
        self.message = message
        self.code = code
        self.param = param

    def body(self) -> dict[str, dict[str, str | None]]:
        """The error object."""
        fallback = "server_error" if self.status >= 500 else "invalid_request_error"
        kind = _TYPES.get(self.status, fallback)
        return {"error": {"message": self.message, "type": kind, "param": self.param, "code": self.code}}

    def response(self) -> Response:
        """The whole reply; the connection ends with it, for the request's body may not have been read."""
        headers = {"Connection": "close", "Cache-Control": "no-store"}
        if self.status == 401:
            headers["WWW-Authenticate"] = "Bearer"
        return Response(msgspec.json.encode(self.body()), self.status, headers, media_type="application/json")


def as_refusal(error: Exception) -> Refusal:
    """What a client is told of an error; a mistake of ours is logged here and not described there."""
    match error:
        case Refusal():
            return error
        case AppError():
            return _explained(error)
        case Cancelled():
            return Refusal(503, "The answer was stopped: the server is closing.", "stopped")
        case HTTPException(status_code=404):
            return Refusal(404, "There is nothing at this address; the API's paths begin with /v1/.", "not_found")
        case HTTPException(status_code=status):
            return Refusal(status, "This address does not take that method.", "method_not_allowed")
        case _:
            _log.error("the local API failed", exc_info=error)
            return Refusal(500, "Something in Donjon itself went wrong. Try again.", "internal")


def _explained(error: AppError) -> Refusal:
    """The error in a person's words, without the places of this machine that they may name."""
    facts: dict[str, Fact] = {name: _without_places(name, value) for name, value in error.facts.items()}
    said = explain(AppError(error.code, **facts))
    status = 404 if error.code in _NOT_FOUND else _STATUS[error.kind]
    code, param = _CODES.get(error.code, (error.code.value, None))
    return Refusal(status, f"{said.what} {said.advice}", code, param)


def _without_places(name: str, value: Fact) -> Fact:
    if name == "pointer" or not isinstance(value, str):  # it points into a schema or an answer, at no file
        return value
    names_place = bool(_ABSOLUTE.search(value)) if name in _NAMES else "/" in value or "\\" in value
    return "…" if names_place else value
