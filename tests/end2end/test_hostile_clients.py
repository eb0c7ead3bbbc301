"""`donjon serve` among clients that mean it no good: each is refused or left waiting, and nobody else notices."""

import json
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import ExitStack
from dataclasses import dataclass
from pathlib import Path

import pytest

from app.api.bodies import MAX_BYTES
from app.api.server import CONNECTIONS
from app.composition import open_access
from app.domain.access import Scope
from tests.end2end.test_command_line import with_models
from tests.end2end.test_local_api import start

PATIENCE_S = 9  # less than the server gives a slow head or body: whoever is answered by then did not wait for one
JSON = "Content-Type: application/json"
CHAT = "/v1/chat/completions"


@dataclass(frozen=True)
class Served:
    """A running server, and a token."""

    port: int
    token: str
    process: "subprocess.Popen[str]"

    def head(self, *lines: str, host: str | None = "127.0.0.1:{}", path: str = "/v1/models") -> bytes:
        """The head of a request; a POST unless it is for the models."""
        method = "GET" if path == "/v1/models" else "POST"
        named = [f"Host: {host.format(self.port)}"] if host is not None else []
        return "\r\n".join(
            [f"{method} {path} HTTP/1.1", *named, f"Authorization: Bearer {self.token}", *lines, "", ""]
        ).encode()

    def connect(self) -> socket.socket:
        """A new connection."""
        return socket.create_connection(("127.0.0.1", self.port), timeout=PATIENCE_S)

    def answer(self, request: bytes) -> bytes:
        """What is replied until the server ends the connection."""
        with self.connect() as connection:
            connection.sendall(request)
            return read_all(connection)

    def assert_serves(self) -> None:
        """Somebody who means well is answered."""
        assert self.answer(self.head("Connection: close")).startswith(b"HTTP/1.1 200")


@pytest.fixture(scope="module")
def served(tmp_path_factory: pytest.TempPathFactory, models_folder: Path) -> Iterator[Served]:
    home = with_models(tmp_path_factory.mktemp("served") / "home", models_folder)
    process, base_url = start(home)
    token = open_access(home).create("tests", [Scope.MODELS, Scope.CHAT])
    yield Served(int(base_url.rpartition(":")[2].partition("/")[0]), token, process)
    process.send_signal(signal.SIGTERM)
    assert process.wait(30) == 0


def read_all(connection: socket.socket) -> bytes:
    received = b""
    try:
        while piece := connection.recv(65536):
            received += piece
    except ConnectionResetError:
        pass  # it was still sending when the server had heard enough
    return received


def test_a_name_that_was_bound_to_this_machine_opens_nothing(served: Served) -> None:
    for host in ("evil.example:{}", "evil.example", "127.0.0.1.evil.example:{}", "127.0.0.1", "user@127.0.0.1:{}"):
        assert served.answer(served.head(host=host)).startswith(b"HTTP/1.1 421"), host
    assert served.answer(served.head(host=None)).startswith(b"HTTP/1.1 400")
    assert served.answer(served.head("Host: evil.example")).startswith(b"HTTP/1.1 400"), "two of them"
    served.assert_serves()


def test_a_web_page_opens_nothing(served: Served) -> None:
    for origins in (["https://evil.example"], ["null"], [""], ["https://evil.example"] * 2, ["http://127.0.0.1"]):
        reply = served.answer(served.head(*(f"Origin: {origin}" for origin in origins)))
        assert reply.startswith(b"HTTP/1.1 403"), origins
        assert b"access-control" not in reply.lower()
    upgrade = ("Origin: https://evil.example", "Connection: Upgrade", "Upgrade: websocket")
    assert served.answer(served.head(*upgrade)).startswith(b"HTTP/1.1 403")


def test_bodies_above_the_cap_are_refused_before_they_have_come(served: Served) -> None:
    announced = served.head(JSON, f"Content-Length: {MAX_BYTES + 1}", path=CHAT)
    assert served.answer(announced).startswith(b"HTTP/1.1 413")
    for absurd in ("9" * 19, "9" * 5000, "-1", "1, 2"):
        assert served.answer(served.head(JSON, f"Content-Length: {absurd}", path=CHAT))[9:12] in (b"413", b"400")
    with served.connect() as connection:
        connection.sendall(served.head(JSON, "Transfer-Encoding: chunked", path=CHAT))
        for _ in range(MAX_BYTES // 65536 + 1):
            connection.sendall(b"10000\r\n" + b"x" * 65536 + b"\r\n")
        assert read_all(connection).startswith(b"HTTP/1.1 413")
    served.assert_serves()


def test_pipelined_requests_are_answered_in_turn(served: Served) -> None:
    replies = served.answer(served.head() * 20 + served.head("Connection: close"))
    assert replies.count(b"HTTP/1.1 200") == 21
    refused = served.answer(served.head(host="evil.example") + served.head("Connection: close"))
    assert refused.count(b"HTTP/1.1") == 1, "nothing is answered after a refusal"


@pytest.mark.skipif(sys.platform != "linux", reason="reads the memory from /proc")
def test_a_flood_of_pipelined_requests_takes_no_memory(served: Served) -> None:
    before = peak_mib(served)
    flood = served.head() * 2000
    sent = 0
    with served.connect() as connection:
        connection.settimeout(1)  # the server may also just not read on
        try:
            while sent < 128 * 2**20:
                sent += connection.send(flood)
        except (TimeoutError, ConnectionError):
            pass
        served.assert_serves()
    assert sent < 128 * 2**20
    assert peak_mib(served) - before < 48


def test_slow_and_idle_clients_hold_up_nobody(served: Served) -> None:
    slow_body = served.head(JSON, "Content-Length: 1000", path=CHAT) + b"{"
    with ExitStack() as open_ones:
        for beginning in (slow_body, served.head()[:30], b""):
            for _ in range(60):
                open_ones.enter_context(served.connect()).sendall(beginning)
            served.assert_serves()
        asked = {"model": "smollm2-135m", "messages": [{"role": "user", "content": "Hi"}], "max_tokens": 2}
        body = json.dumps(asked).encode()
        request = served.head(JSON, "Connection: close", f"Content-Length: {len(body)}", path=CHAT) + body
        with socket.create_connection(("127.0.0.1", served.port), timeout=120) as asking:  # it loads a model
            asking.sendall(request)
            assert read_all(asking).startswith(b"HTTP/1.1 200")


def test_idle_connections_make_room_for_those_that_want_something(served: Served) -> None:
    with ExitStack() as open_ones:
        idle = [open_ones.enter_context(served.connect()) for _ in range(CONNECTIONS + 44)]
        served.assert_serves()
        started = time.monotonic()
        assert read_all(idle[0]) == b"", "the first had to go"
        assert time.monotonic() - started < PATIENCE_S
        idle[-1].sendall(served.head("Connection: close"))
        assert read_all(idle[-1]).startswith(b"HTTP/1.1 200"), "the last had not"


def peak_mib(served: Served) -> int:
    status = Path(f"/proc/{served.process.pid}/status").read_text()
    return int(status.split("VmHWM:")[1].split()[0]) // 1024
