"""The connection under a running request: cut at once when its work is cancelled or its server keeps silent."""

import socket
import threading
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager, suppress
from typing import Final

from app.domain.cancel import Cancel

_LOOK_S: Final = 0.1  # how often the watch looks at the clock


class Line:
    """Pass `trace` to the client as the request's extension "trace"; then `cut` works from any thread."""

    def __init__(self) -> None:
        self.silent = False  # cut because nothing came in time
        self._socket: socket.socket | None = None
        self._cut = False
        self._deadline = float("inf")
        self._closed = threading.Event()

    def trace(self, event: str, facts: Mapping[str, object]) -> None:
        """Called by the client at each step; the steps that make or reuse a connection tell its socket."""
        stream = facts.get("return_value")
        if event in ("connection.connect_tcp.complete", "connection.start_tls.complete") and stream is not None:
            self._socket = stream.get_extra_info("socket")  # type: ignore[attr-defined]
            if self._cut:
                self.cut()

    def expect_within(self, seconds: float) -> None:
        """From now on, the server has so long before it counts as silent."""
        self._deadline = time.monotonic() + seconds

    def cut(self) -> None:
        """End the connection under whoever waits for it."""
        self._cut = True
        if self._socket is not None:
            with suppress(OSError):  # it has ended by itself
                socket.socket.shutdown(self._socket, socket.SHUT_RDWR)

    def watch(self) -> None:
        """Cut when the deadline passes; runs in a thread of its own until `close`."""
        while not self._closed.wait(_LOOK_S):
            if time.monotonic() >= self._deadline:
                self.silent = True
                self.cut()
                return

    def close(self) -> None:
        """The request is over."""
        self._closed.set()


@contextmanager
def line_until(cancel: Cancel) -> Iterator[Line]:
    """A line that is cut when the work is cancelled."""
    line = Line()
    threading.Thread(target=line.watch, name="http line", daemon=True).start()
    cancel.subscribe(line.cut)
    try:
        yield line
    finally:
        cancel.unsubscribe(line.cut)
        line.close()
