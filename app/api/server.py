"""The server: the loopback address, its limits, and a thread that it runs in."""

import asyncio
import contextlib
import threading
from typing import Final

import h11
import uvicorn
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import Response
from uvicorn.protocols.http.h11_impl import H11Protocol

from app.api.gate import Gate
from app.api.openai_routes import OpenAiRoutes
from app.api.own_routes import OwnRoutes
from app.api.refusals import as_refusal
from app.api.services import Services
from app.api.work import WorkPool
from app.domain.errors import AppError, ErrorCode
from app.settings.table import API_ORIGINS, API_PORT

HOST: Final = "127.0.0.1"  # and nowhere else: there is no setting for it
HEAD_S: Final = 10.0  # the time a client has for sending a request's head
MAX_HEAD_BYTES: Final = 16 * 1024
MAX_AHEAD_BYTES: Final = 1024 * 1024  # of requests sent before the one at hand is answered
CONNECTIONS: Final = 256
STOP_S: Final = 5  # for replies under way when the server is told to stop


class ApiServer:
    """Serves until stopped, in a thread of its own, so that the window and the command line can have it alike."""

    def __init__(self, services: Services, port: int | None = None, *, for_others: bool = True) -> None:
        """`port` instead of the one that is set; 0 for any that is free. Else than `for_others`, it serves our own."""
        self._services = services
        self._port = services.settings.get(API_PORT) if port is None else port
        self._pool = WorkPool()
        routes = OwnRoutes(services, self._pool).routes()
        if for_others:
            routes += OpenAiRoutes(services, self._pool).routes()
        handlers = {404: _refuse, 405: _refuse}
        app = Gate(
            Starlette(routes=routes, exception_handlers=handlers),
            lambda: self._port,
            services.settings.get(API_ORIGINS).split(),
            services.access.check,
        )
        self._server = uvicorn.Server(
            uvicorn.Config(
                app,
                host=HOST,
                port=self._port,
                http=DeadlineProtocol,
                ws="none",
                lifespan="off",
                log_config=None,
                log_level="critical",  # errors of ours are told by `refusals`, those of clients are theirs
                access_log=False,
                server_header=False,
                proxy_headers=False,
                limit_concurrency=CONNECTIONS,
                h11_max_incomplete_event_size=MAX_HEAD_BYTES,
                timeout_graceful_shutdown=STOP_S,
            )
        )
        self._thread = threading.Thread(target=self._run, name="api", daemon=True)

    @property
    def base_url(self) -> str:
        """What an OpenAI client is pointed at."""
        return f"http://{HOST}:{self._port}/v1"

    def start(self) -> None:
        """Listen, and let the person's other processes know. Raises AppError API_PORT_TAKEN."""
        self._thread.start()
        while not self._server.started:
            self._thread.join(0.01)
            if not self._thread.is_alive():
                raise AppError(ErrorCode.API_PORT_TAKEN, port=self._port)
        self._port = int(self._server.servers[0].sockets[0].getsockname()[1])
        self._services.access.announce(self._port)

    def stop(self) -> None:
        """Stop what is being answered, and listen no more."""
        self._services.access.withdraw()
        self._server.should_exit = True
        self._pool.close()
        self._thread.join()

    def _run(self) -> None:
        with contextlib.suppress(SystemExit):  # that is how uvicorn says that it cannot listen
            self._server.run()


async def _refuse(_request: Request, error: Exception) -> Response:
    return as_refusal(error).response()


class DeadlineProtocol(H11Protocol):
    """Ends a connection that does not say what it wants in time, or says far too much before it is answered.

    A slow head would hold it forever otherwise, and idle connections would keep out those that want something.
    """

    _deadline: asyncio.TimerHandle | None = None  # while it is waited for a head

    def connection_made(self, transport: asyncio.Transport) -> None:  # type: ignore[override]
        """Start the clock."""
        super().connection_made(transport)
        if len(self.connections) >= CONNECTIONS:
            self._make_room()
        self._start_clock()

    def data_received(self, data: bytes) -> None:
        """Stop the clock once the head is whole; start it again when another begins."""
        super().data_received(data)
        if self.conn.their_state is not h11.IDLE:
            self._stop_clock()
        elif self._deadline is None:
            self._start_clock()
        if self.conn.their_state is h11.DONE and len(self.conn.trailing_data[0]) > MAX_AHEAD_BYTES:
            self.transport.abort()

    def connection_lost(self, exc: Exception | None) -> None:
        """Stop the clock."""
        self._stop_clock()
        super().connection_lost(exc)

    def _make_room(self) -> None:
        """Of the connections that ask for nothing, end the one that would be ended first anyway."""
        idle = [
            (timer.when(), one)
            for one in self.connections
            if isinstance(one, DeadlineProtocol) and (timer := one._deadline or one.timeout_keep_alive_task)
        ]
        if idle:
            _, first = min(idle, key=lambda pair: pair[0])
            first.transport.abort()
            self.connections.discard(first)  # at once: the loop tells it later

    def _start_clock(self) -> None:
        self._deadline = self.loop.call_later(HEAD_S, self.transport.abort)

    def _stop_clock(self) -> None:
        if self._deadline is not None:
            self._deadline.cancel()
            self._deadline = None
