"""The way out by HTTP: what it refuses, whom it asks first, and what it says when it fails."""

import ssl
import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import httpx2
import pytest

from app.adapters.http_client import Timeouts, failure, http_client


class Greeter(BaseHTTPRequestHandler):
    """Says ok; sends whoever asks for /moved elsewhere; keeps silent at /silent."""

    def do_GET(self) -> None:
        if self.path == "/silent":
            self.server.done.wait(10)  # type: ignore[attr-defined]
            return
        self.send_response(302 if self.path == "/moved" else 200)
        self.send_header("Location", "/other")
        self.send_header("Content-Length", "2")
        self.end_headers()
        self.wfile.write(b"ok")

    def log_message(self, *words: object) -> None:
        """Tests say only what fails."""


def served(certificate: Path | None) -> Iterator[str]:
    server = ThreadingHTTPServer(("127.0.0.1", 0), Greeter)
    server.daemon_threads = True
    server.done = threading.Event()  # type: ignore[attr-defined]
    if certificate is not None:
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        context.load_cert_chain(certificate)
        server.socket = context.wrap_socket(server.socket, server_side=True)
    threading.Thread(target=server.serve_forever, args=(0.05,), daemon=True).start()
    yield f"{'https' if certificate else 'http'}://127.0.0.1:{server.server_port}"
    server.done.set()  # type: ignore[attr-defined]
    server.shutdown()
    server.server_close()


@pytest.fixture
def plain() -> Iterator[str]:
    yield from served(None)


@pytest.fixture
def encrypted(certificate: Path) -> Iterator[str]:
    yield from served(certificate)


def test_this_machine_is_reached_without_a_proxy(plain: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("http_proxy", "http://127.0.0.1:9")
    with http_client("test") as client:
        assert client.get(plain).text == "ok"


def test_a_redirect_is_handed_back(plain: str) -> None:
    with http_client("test") as client:
        assert client.get(f"{plain}/moved").status_code == 302


def test_plain_http_does_not_leave_the_machine() -> None:
    with http_client("test") as client, pytest.raises(httpx2.TransportError, match="only https"):
        client.get("http://models.example/x")


def test_the_permit_is_asked_before_anything_is_sent(plain: str) -> None:
    asked: list[tuple[str, str]] = []

    def refuse(host: str, purpose: str) -> None:
        asked.append((host, purpose))
        raise PermissionError

    with http_client("fetching a model", permit=refuse) as client, pytest.raises(PermissionError):
        client.get("http://127.0.0.1:9")
    assert asked == [("127.0.0.1", "fetching a model")]


def test_an_unknown_certificate_is_refused_and_the_company_s_own_is_taken(encrypted: str, certificate: Path) -> None:
    with http_client("test") as client, pytest.raises(httpx2.ConnectError) as refused:
        client.get(encrypted)
    assert "not trusted" in failure(refused.value)
    with http_client("test", extra_ca=certificate) as client:
        assert client.get(encrypted).text == "ok"


def test_a_silent_server_is_given_up(plain: str) -> None:
    with http_client("test", timeouts=Timeouts(read=0.2)) as client, pytest.raises(httpx2.ReadTimeout) as gone:
        client.get(f"{plain}/silent")
    assert failure(gone.value) == "the server went silent"


def test_nobody_there_is_said() -> None:
    with http_client("test") as client, pytest.raises(httpx2.ConnectError) as gone:
        client.get("http://127.0.0.1:9")
    assert failure(gone.value).startswith("no connection: ")
    assert "Errno" not in failure(gone.value)
