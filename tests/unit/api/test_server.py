"""One client never harms another: hanging up, slowness, floods, the end."""

import json
import socket
import threading
import time

import httpx2
import pytest

from app.api import server as server_module
from app.api import work
from app.api.server import ApiServer
from app.domain.access import Scope
from app.domain.errors import AppError, ErrorCode
from tests.unit.api.conftest import GENERATORS, EndlessGenerator, World
from tests.unit.api.test_gate import CHAT

PATIENCE_S = 20  # far more than any of this takes; only a fault waits so long


def endless(world: World, model: str) -> EndlessGenerator:
    """The generator of a model, made anew, so that what it tells is of this test."""
    made = GENERATORS[model]()
    assert isinstance(made, EndlessGenerator)
    world.models.close()
    world.generators[model] = made
    return made


@pytest.mark.parametrize(
    ("model", "stream"), [("endless", True), ("endless", False), ("silent", True), ("silent", False)]
)
def test_hanging_up_cancels(world: World, model: str, stream: bool) -> None:
    generator = endless(world, model)
    secret = world.access.create(f"hang-{model}-{stream}".lower(), [Scope.CHAT])
    with raw_request(world, secret, {**CHAT, "model": model, "stream": stream}):
        assert generator.started.wait(PATIENCE_S)
        assert not generator.cancelled.is_set()
    assert generator.cancelled.wait(PATIENCE_S)


def test_a_client_that_does_not_read_holds_up_nobody_and_is_left(
    world: World, client: httpx2.Client, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(work, "STALL_S", 0.5)
    generator = endless(world, "torrent")
    secret = world.access.create("deaf", [Scope.CHAT])
    with raw_request(world, secret, {**CHAT, "model": "torrent", "stream": True}):
        assert generator.started.wait(PATIENCE_S)
        assert client.get("models").status_code == 200
        assert generator.cancelled.wait(PATIENCE_S)
        assert generator.said < 5000  # it did not run on into memory while nobody read


def test_a_slow_head_is_cut_off_and_holds_up_nobody(
    world: World, client: httpx2.Client, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(server_module, "HEAD_S", 0.3)
    with socket.create_connection(("127.0.0.1", world.port), timeout=PATIENCE_S) as slow:
        slow.sendall(b"GET /v1/models HTTP/1.1\r\nHost: 127")
        assert client.get("models").status_code == 200
        assert received_until_closed(slow) == b""


def test_a_second_head_is_timed_as_well(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    secret = world.access.create("second", [Scope.MODELS])
    head = f"GET /v1/models HTTP/1.1\r\nHost: 127.0.0.1:{world.port}\r\nAuthorization: Bearer {secret}\r\n\r\n"
    with socket.create_connection(("127.0.0.1", world.port), timeout=PATIENCE_S) as slow:
        slow.sendall(head.encode())
        assert slow.recv(12) == b"HTTP/1.1 200"
        monkeypatch.setattr(server_module, "HEAD_S", 0.3)  # now: a busy machine may need longer for a whole one
        slow.sendall(head[:20].encode())
        received_until_closed(slow)


def test_a_slow_body_is_cut_off(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("app.api.bodies.BODY_S", 0.3)
    secret = world.access.create("slow-body", [Scope.CHAT])
    with socket.create_connection(("127.0.0.1", world.port), timeout=PATIENCE_S) as slow:
        slow.sendall(request_head(world, secret, 1000) + b'{"model"')
        assert received_until_closed(slow).startswith(b"HTTP/1.1 408")


def test_an_endless_head_is_refused(world: World) -> None:
    with socket.create_connection(("127.0.0.1", world.port), timeout=PATIENCE_S) as slow:
        slow.sendall(b"GET /v1/models HTTP/1.1\r\nX: " + b"x" * 40_000)
        assert received_until_closed(slow).startswith(b"HTTP/1.1 400")


def test_more_than_it_can_take_on_is_refused_at_once(
    world: World, client: httpx2.Client, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(world.server._pool, "_most", 0)
    assert client.post("chat/completions", json=CHAT).status_code == 429


def test_several_are_answered_at_once(world: World) -> None:
    answers: list[str] = []

    def ask() -> None:
        with world.client(name=threading.current_thread().name) as client:
            answers.append(client.post("chat/completions", json=CHAT).json()["choices"][0]["message"]["content"])

    threads = [threading.Thread(target=ask, name=f"client-{number}") for number in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert answers == ["All is well."] * 8


def test_stopping_ends_what_runs_and_forgets_the_address(world: World) -> None:
    other = ApiServer(world, 0)
    card = world.home / "api" / "address.json"
    before = card.read_bytes()
    other.start()
    assert card.read_bytes() != before
    generator = endless(world, "endless")
    secret = world.access.create("cut-off", [Scope.CHAT])
    port = int(other.base_url.split(":")[2].split("/")[0])
    with raw_request(world, secret, {**CHAT, "model": "endless"}, port=port):
        assert generator.started.wait(PATIENCE_S)
        other.stop()
        assert generator.cancelled.is_set()
    assert not card.exists()
    with pytest.raises(OSError):
        socket.create_connection(("127.0.0.1", port), timeout=1)
    world.access.announce(world.port)  # for the tests after this one


def test_a_port_that_is_taken_is_said(world: World) -> None:
    with pytest.raises(AppError) as caught:
        ApiServer(world, world.port).start()
    assert caught.value.code is ErrorCode.API_PORT_TAKEN


def test_it_listens_on_loopback_alone(world: World) -> None:
    sockets = world.server._server.servers[0].sockets
    assert [one.getsockname()[0] for one in sockets] == ["127.0.0.1"]


def request_head(world: World, secret: str, length: int, port: int | None = None) -> bytes:
    return (
        f"POST /v1/chat/completions HTTP/1.1\r\nHost: 127.0.0.1:{port or world.port}\r\n"
        f"Authorization: Bearer {secret}\r\nContent-Type: application/json\r\nContent-Length: {length}\r\n\r\n"
    ).encode()


def raw_request(world: World, secret: str, body: object, port: int | None = None) -> socket.socket:
    """A request whose reply nobody reads."""
    content = json.dumps(body).encode()
    connection = socket.create_connection(("127.0.0.1", port or world.port), timeout=PATIENCE_S)
    connection.sendall(request_head(world, secret, len(content), port) + content)
    return connection


def received_until_closed(connection: socket.socket) -> bytes:
    received = b""
    deadline = time.monotonic() + PATIENCE_S
    while time.monotonic() < deadline:
        try:
            piece = connection.recv(65536)
        except ConnectionResetError:
            return received
        if not piece:
            return received
        received += piece
    raise AssertionError("the connection was left open")
