"""An OpenAI-shaped server on loopback that answers well, or misbehaves in one named way."""

import json
import ssl
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

PIECES = tuple(f"piece {n} " for n in range(40))


@dataclass
class Script:
    """How the server behaves, and what it was asked. `faults` are taken in order, the last one stays."""

    faults: list[str] = field(default_factory=lambda: ["none"])
    retry_after: str = ""
    keys: list[str] = field(default_factory=list)
    bodies: list[dict[str, Any]] = field(default_factory=list)
    seen: dict[str, str] = field(default_factory=dict)
    gone: threading.Event = field(default_factory=threading.Event)  # a client has gone in the middle of an answer
    over: threading.Event = field(default_factory=threading.Event)

    def next_fault(self) -> str:
        """What goes wrong this time."""
        return self.faults.pop(0) if len(self.faults) > 1 else self.faults[0]


class _Handler(BaseHTTPRequestHandler):
    script: Script

    def do_POST(self) -> None:
        body = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
        self.script.bodies.append(body)
        self.script.keys.append(self.headers.get("Authorization", ""))
        fault = self.script.next_fault()
        try:
            if fault.isdecimal():
                self._refuse(int(fault))
            elif fault == "silent":
                self.script.over.wait(10)
            else:
                self._stream(body, fault)
        except OSError:
            self.script.gone.set()

    def _refuse(self, status: int) -> None:
        words = json.dumps({"error": {"message": "no\x1b[31m sk-abcdef123456 here"}}).encode()
        self.send_response(status)
        if self.script.retry_after:
            self.send_header("Retry-After", self.script.retry_after)
        self.send_header("Location", "http://127.0.0.1:9/v1/chat/completions")
        self.send_header("Content-Type", "application/json")
        self.send_header("Content-Length", str(len(words)))
        self.end_headers()
        self.wfile.write(words)

    def _stream(self, body: dict[str, Any], fault: str) -> None:
        self.send_response(200)
        self.send_header("Content-Type", "text/html" if fault == "html" else "text/event-stream; charset=utf-8")
        self.end_headers()
        if fault == "large event":
            self.wfile.write(b"data: " + b"x" * (2 << 20))
            return
        if fault == "no json":
            self.wfile.write(b"data: {]\n\n")
            return
        if fault == "comments":
            while not self.script.over.wait(0.02):
                self.wfile.write(b": still here\n\n")
            return
        most, endless = body["max_tokens"], fault == "endless"
        for number, piece in enumerate(PIECES[:most] if not endless else iter(lambda: "word " * 20, "")):
            if number == 2 and fault == "drop":
                return
            if number == 2 and fault == "stall":
                self.script.over.wait(10)
                return
            if number == 2 and fault == "error":
                self._event({"error": {"message": "out of memory"}})
                return
            logprobs = {"content": [{"token": piece, "logprob": -0.1}]} if body.get("logprobs") else None
            self._event({"choices": [{"index": 0, "delta": {"content": piece}, "logprobs": logprobs}]})
            if fault == "slow" and self.script.over.wait(0.02):
                return
        reason = "length" if most < len(PIECES) else "stop"
        self._event({"choices": [{"index": 0, "delta": {}, "finish_reason": reason}]})
        self._event({"choices": [], "usage": self._usage(body)})
        self.wfile.write(b"data: [DONE]\n\n")

    def _usage(self, body: dict[str, Any]) -> dict[str, Any]:
        """Counts as the adapter estimates, so that the port's contract can compare them."""
        messages = body["messages"]
        sizes = [-(-len(m["content"].encode()) // 3) + 4 for m in messages]
        beginning = messages[0]["content"]
        cached = sum(sizes[:-1]) if beginning in self.script.seen else 0
        self.script.seen[beginning] = ""
        written = min(body["max_tokens"], len(PIECES))
        details = {"cached_tokens": cached}
        return {"prompt_tokens": sum(sizes), "completion_tokens": written, "prompt_tokens_details": details}

    def _event(self, content: dict[str, Any]) -> None:
        self.wfile.write(b"data: " + json.dumps(content).encode() + b"\r\n\r\n")

    def log_message(self, *words: object) -> None:
        """Tests say only what fails."""


@contextmanager
def gateway_server(script: Script, tls: ssl.SSLContext | None = None) -> Iterator[str]:
    """Serve the script; its base URL."""
    handler = type("Handler", (_Handler,), {"script": script})
    server = ThreadingHTTPServer(("127.0.0.1", 0), handler)
    server.daemon_threads = True
    if tls is not None:
        server.socket = tls.wrap_socket(server.socket, server_side=True)
    threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02}, daemon=True).start()
    try:
        yield f"{'https' if tls else 'http'}://127.0.0.1:{server.server_port}/v1"
    finally:
        script.over.set()
        server.shutdown()
        server.server_close()
