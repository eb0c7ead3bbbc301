"""What is refused before anything is looked at: other hosts, web pages, wrong tokens."""

import http.client

import httpx2
import pytest

from app.domain.access import Scope
from tests.unit.api.conftest import ORIGIN, World

CHAT = {"model": "fake", "messages": [{"role": "user", "content": "Hi"}]}


def error(response: httpx2.Response) -> dict[str, str | None]:
    found = response.json()["error"]
    assert set(found) == {"message", "type", "param", "code"}
    assert "Traceback" not in response.text
    return dict(found)


@pytest.mark.parametrize("host", ["127.0.0.1:{}", "localhost:{}", "LOCALHOST:{}", "[::1]:{}"])
def test_its_own_names_are_answered(world: World, client: httpx2.Client, host: str) -> None:
    assert client.get("models", headers={"Host": host.format(world.port)}).status_code == 200


@pytest.mark.parametrize(
    "host",
    ["evil.example", "evil.example:{}", "127.0.0.1", "127.0.0.1:1", "localhost.evil.example:{}", "0.0.0.0:{}", ""],
)
def test_any_other_host_is_refused_even_with_a_token(world: World, client: httpx2.Client, host: str) -> None:
    response = client.get("models", headers={"Host": host.format(world.port)})
    assert response.status_code == 421
    assert error(response)["code"] == "wrong_host"


def test_a_request_without_a_host_is_refused(world: World) -> None:
    connection = http.client.HTTPConnection("127.0.0.1", world.port, timeout=10)
    connection.putrequest("GET", "/v1/models", skip_host=True)
    connection.endheaders()
    assert connection.getresponse().status in (400, 421)
    connection.close()


@pytest.mark.parametrize("origin", ["https://evil.example", "null", "http://127.0.0.1:11435", ORIGIN + ".evil.example"])
def test_a_web_page_is_refused_even_with_a_token(client: httpx2.Client, origin: str) -> None:
    for method in ("GET", "OPTIONS"):
        response = client.request(method, "models", headers={"Origin": origin})
        assert response.status_code == 403
        assert error(response)["code"] == "wrong_origin"
        assert not [name for name in response.headers if name.startswith("access-control")]


def test_an_origin_that_was_allowed_by_name_is_answered(world: World, client: httpx2.Client) -> None:
    preflight = httpx2.options(f"{world.server.base_url}/models", headers={"Origin": ORIGIN}, trust_env=False)
    assert preflight.status_code == 204
    response = client.get("models", headers={"Origin": ORIGIN})
    assert response.status_code == 200
    assert preflight.headers["access-control-allow-origin"] == response.headers["access-control-allow-origin"] == ORIGIN
    without = httpx2.get(f"{world.server.base_url}/models", headers={"Origin": ORIGIN}, trust_env=False)
    assert without.status_code == 401


@pytest.mark.parametrize(
    "path", ["/v1/models", "/v1/chat/completions", "/v1/embeddings", "/donjon/v1/models", "/x", "/"]
)
@pytest.mark.parametrize("authorization", [None, "Bearer", "Bearer donjon-x", "Basic eDp5", "Bearer \xe9"])
def test_no_path_is_open_without_a_token(world: World, path: str, authorization: str | None) -> None:
    headers = [] if authorization is None else [(b"Authorization", authorization.encode("latin-1"))]
    response = httpx2.post(f"http://127.0.0.1:{world.port}{path}", headers=headers, trust_env=False)
    assert response.status_code == 401
    assert error(response)["code"] == "invalid_api_key"
    assert response.headers["www-authenticate"] == "Bearer"


def test_a_token_opens_its_scopes_only(world: World) -> None:
    with world.client(Scope.MODELS) as client:
        assert client.get("models").status_code == 200
        for path in ("chat/completions", "embeddings"):
            response = client.post(path, json=CHAT)
            assert response.status_code == 403
            assert error(response)["code"] == "missing_scope"


def test_the_library_is_a_scope_of_its_own(world: World) -> None:
    with world.client(Scope.CHAT) as client:
        for beside in ({"collection": "Documents"}, {"whole": [1]}, {"all": True}):
            response = client.post("chat/completions", json={**CHAT, "donjon": beside})
            assert response.status_code == 403
            assert error(response)["param"] == "donjon"


def test_a_revoked_token_is_refused_from_the_next_request_on(world: World) -> None:
    with world.client(name="short-lived") as client:
        assert client.get("models").status_code == 200
        world.access.revoke("short-lived")
        assert client.get("models").status_code == 401


def test_an_apps_token_does_not_open_the_command_lines_routes(world: World, client: httpx2.Client) -> None:
    base = f"http://127.0.0.1:{world.port}/donjon/v1"
    assert client.get(f"{base}/models").status_code == 403
    assert client.post(f"{base}/ask", json={}).status_code == 403
    assert client.delete(f"{base}/ask/x").status_code == 403


def test_an_unknown_path_and_method_are_errors_in_the_same_shape(client: httpx2.Client) -> None:
    assert error(client.get("nothing"))["code"] == "not_found"
    assert error(client.delete("models"))["code"] == "method_not_allowed"
    assert client.get("../openapi.json").status_code == 404
