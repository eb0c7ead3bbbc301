"""What every request passes first: Host, Origin and token.

A web page that a person visits can send requests to this machine and, by DNS rebinding, under a name of its own. So a
Host that is not ours and any Origin that was not allowed by name are refused before anything else is looked at, there
are no CORS headers for anybody else, and no route is open without a token.
"""

from collections.abc import Callable, Collection

from starlette.datastructures import Headers, MutableHeaders
from starlette.responses import Response
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from app.api.refusals import Refusal
from app.domain.access import AppToken


class Gate:
    """ASGI middleware; the token that opened it is left in the request's state."""

    def __init__(
        self,
        app: ASGIApp,
        port: Callable[[], int],
        origins: Collection[str],
        check: Callable[[str], AppToken | None],
    ) -> None:
        self._app = app
        self._port = port
        self._origins = frozenset(origins)
        self._check = check

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Let the request in, or answer it here."""
        if scope["type"] != "http":
            return
        headers = Headers(scope=scope)
        origin = headers.get("origin")
        if origin in self._origins:
            send = _naming(origin, send)
        try:
            self._check_sender(headers, origin)
            if scope["method"] == "OPTIONS" and origin is not None:
                await _preflight()(scope, receive, send)
                return
            scope.setdefault("state", {})["token"] = self._token(headers)
        except Refusal as refusal:
            await refusal.response()(scope, receive, send)
            return
        await self._app(scope, receive, send)

    def _check_sender(self, headers: Headers, origin: str | None) -> None:
        hosts = headers.getlist("host")
        if len(hosts) != 1 or hosts[0].lower() not in self._hosts():
            raise Refusal(421, "This server answers only under its own address on this machine.", "wrong_host")
        if origin is not None and origin not in self._origins:
            raise Refusal(403, "This web origin is not allowed; see the setting api.origins.", "wrong_origin")

    def _hosts(self) -> tuple[str, ...]:
        port = self._port()
        return f"127.0.0.1:{port}", f"localhost:{port}", f"[::1]:{port}"

    def _token(self, headers: Headers) -> AppToken:
        scheme, _, secret = headers.get("authorization", "").partition(" ")
        token = self._check(secret.strip()) if scheme.lower() == "bearer" and secret else None
        if token is None:
            raise Refusal(
                401,
                "A valid token is needed: make one with `donjon serve token create NAME`, and send it as "
                "`Authorization: Bearer …` (the API key of an OpenAI client).",
                "invalid_api_key",
            )
        return token


def _preflight() -> Response:
    allowed = {
        "Access-Control-Allow-Methods": "GET, POST",
        "Access-Control-Allow-Headers": "authorization, content-type",
    }
    return Response(status_code=204, headers=allowed)


def _naming(origin: str, send: Send) -> Send:
    """Tell the browser that this one origin may read the reply."""

    async def send_with_origin(message: Message) -> None:
        if message["type"] == "http.response.start":
            MutableHeaders(scope=message).update({"Access-Control-Allow-Origin": origin, "Vary": "Origin"})
        await send(message)

    return send_with_origin
