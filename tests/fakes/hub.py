"""A hub of models on this machine that can be told to misbehave."""

import hashlib
import ssl
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from email.message import Message
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any


@dataclass
class Hub:
    """What it serves under any path, how, and what it was asked; with a fault for the first `faults` requests."""

    content: bytes
    fault: str = ""
    faults: int = 1_000_000
    names_hash: bool = False  # in X-Linked-Etag and X-Linked-Size
    ranges: bool = True
    etag: str = '"v1"'
    block: int = 64 * 1024
    pause_s: float = 0.0  # after each block
    status: int = 503
    retry_after: str = ""
    location: str = ""  # redirect everything but /files/… to there
    break_after: int = 0  # bytes of each answer, for the fault "break"
    asked: list[tuple[str, str]] = field(default_factory=list)  # path, Range
    sent: int = 0  # bytes of the file
    url: str = ""
    stopping: threading.Event = field(default_factory=threading.Event)

    @property
    def sha256(self) -> str:
        """Of the content."""
        return hashlib.sha256(self.content).hexdigest()

    def answer(self, handler: BaseHTTPRequestHandler) -> None:
        """One request."""
        self.asked.append((handler.path, handler.headers.get("Range", "")))
        fault, self.faults = (self.fault if self.faults > 0 else ""), self.faults - 1
        if self.location and not handler.path.startswith("/files/"):
            self._redirect(handler)
        elif fault == "silent":
            self.stopping.wait(20)
        elif fault == "status":
            handler.send_response(self.status)
            if self.retry_after:
                handler.send_header("Retry-After", self.retry_after)
            handler.send_header("Content-Length", "0")
            handler.end_headers()
        elif fault == "page":
            _send(handler, 200, b"<html>Please sign in</html>", {"Content-Type": "text/html; charset=utf-8"})
        else:
            self._file(handler, fault)

    def _redirect(self, handler: BaseHTTPRequestHandler) -> None:
        _send(handler, 302, b"Found", {"Location": self.location, "Content-Type": "text/plain", **self._linked()})

    def _linked(self) -> dict[str, str]:
        known = {"X-Linked-Etag": f'"{self.sha256}"', "X-Linked-Size": str(len(self.content))}
        return known if self.names_hash else {}

    def _file(self, handler: BaseHTTPRequestHandler, fault: str) -> None:
        size, start = len(self.content), _start(handler.headers)
        condition = handler.headers.get("If-Range", self.etag)
        partial = self.ranges and start > 0 and condition == self.etag
        if partial and start >= size:
            _send(handler, 416, b"", {"Content-Range": f"bytes */{size}"})
            return
        body = memoryview(self.content)[start if partial else 0 :]
        headers = {"Content-Type": "application/octet-stream", "ETag": self.etag, **self._linked()}
        if partial:
            shift = 1 if fault == "other range" else 0
            headers["Content-Range"] = f"bytes {start - shift}-{size - 1 - shift}/{size}"
        if fault == "packed":
            headers["Content-Encoding"] = "gzip"
        if fault == "more":
            body = memoryview(bytes(body) + b"more")
        length = {"endless": None, "wrong length": len(body) + 7}.get(fault, len(body))
        handler.send_response(206 if partial else 200)
        for name, value in headers.items():
            handler.send_header(name, value)
        handler.send_header("Connection", "close")
        if length is not None:
            handler.send_header("Content-Length", str(length))
        handler.end_headers()
        self._body(handler, body, fault)

    def _body(self, handler: BaseHTTPRequestHandler, body: memoryview, fault: str) -> None:
        limit = min(len(body), self.break_after) if fault in ("break", "stall") else len(body)
        for at in range(0, limit, self.block):
            piece = body[at : min(at + self.block, limit)]
            try:
                handler.wfile.write(piece)
            except OSError:
                return  # whoever asked has gone
            self.sent += len(piece)
            if self.pause_s:
                time.sleep(self.pause_s)
        while fault == "endless" and not self.stopping.is_set():
            try:
                handler.wfile.write(b"\0" * self.block)
            except OSError:
                return
        if fault == "stall":
            self.stopping.wait(20)


def _start(headers: Message) -> int:
    asked = headers.get("Range", "")
    return int(asked.removeprefix("bytes=").removesuffix("-")) if asked else 0


def _send(handler: BaseHTTPRequestHandler, status: int, body: bytes, headers: dict[str, str]) -> None:
    handler.send_response(status)
    for name, value in {**headers, "Content-Length": str(len(body))}.items():
        handler.send_header(name, value)
    handler.end_headers()
    handler.wfile.write(body)


class _Server(ThreadingHTTPServer):
    """Does not wait for those it serves, nor complain when they go."""

    daemon_threads = True

    def handle_error(self, request: object, client_address: object) -> None:
        """Whoever asked has gone, as tests want it."""


@contextmanager
def serving(hub: Hub, certificate: Path | None = None) -> Iterator[Hub]:
    """The hub on a free port of this machine, in threads of its own; with a certificate, over TLS."""

    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"

        def do_GET(self) -> None:
            hub.answer(self)

        def log_message(self, *words: Any) -> None:
            """Tests say only what fails."""

    server = _Server(("127.0.0.1", 0), Handler)
    if certificate is not None:
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        context.load_cert_chain(certificate)
        server.socket = context.wrap_socket(server.socket, server_side=True)
    hub.url = f"{'https' if certificate else 'http'}://127.0.0.1:{server.server_port}"
    thread = threading.Thread(target=server.serve_forever, args=(0.02,), daemon=True)
    thread.start()
    try:
        yield hub
    finally:
        hub.stopping.set()
        server.shutdown()
        server.server_close()
        thread.join()
