"""The real LiteLLM proxy on loopback, before a server of our own making and before `donjon serve` itself.

`make test-gateway` installs and runs it.
"""

import json
import os
import signal
import socket
import sqlite3
import subprocess
import sys
import time
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest
from httpx2 import TransportError

from app.adapters.http_client import Timeouts, http_client
from app.adapters.openai_gateway import Endpoint, OpenAiGateway
from app.composition import open_access
from app.domain.access import Scope
from app.domain.cancel import Cancel
from app.domain.chat import PromptMessage
from app.domain.circuit import Circuit
from app.domain.events import GenerationEnded, GenerationEvent, Token
from app.domain.models import GenerationRequest, Sampling
from tests.end2end.test_command_line import with_models
from tests.end2end.test_local_api import start
from tests.fakes.gateway_server import PIECES, Script, gateway_server
from tests.unit.adapters.test_openai_gateway import Log

LITELLM = os.environ.get("DONJON_LITELLM", "")  # the program
KEY = "sk-loopback-test"
APP = "litellm"  # what it is called where it has a token

pytestmark = pytest.mark.skipif(not LITELLM, reason="DONJON_LITELLM names no LiteLLM proxy; see `make test-gateway`")


@dataclass
class Proxy:
    """A running proxy, the script of the one server behind it, and the home that `donjon serve` has, the other."""

    url: str
    upstream: Script
    home: Path

    def generations(self) -> list[tuple[str, dict[str, object]]]:
        """What the ledger of that home says of what the proxy asked for: kinds and facts."""
        with sqlite3.connect(f"file:{self.home}/ledger.db?mode=ro", uri=True) as ledger:
            rows = ledger.execute("SELECT kind, facts FROM entries ORDER BY seq").fetchall()
        return [(kind, json.loads(facts)) for kind, facts in rows]


@pytest.fixture(scope="module")
def served(tmp_path_factory: pytest.TempPathFactory, models_folder: Path) -> Iterator[tuple[Path, str, str]]:
    """The home, the address and a token of a running `donjon serve`."""
    home = with_models(tmp_path_factory.mktemp("served") / "home", models_folder)
    process, base_url = start(home)
    yield home, base_url, open_access(home).create(APP, [Scope.CHAT])
    process.send_signal(signal.SIGTERM)
    assert process.wait(30) == 0


@pytest.fixture(scope="module")
def proxy(tmp_path_factory: pytest.TempPathFactory, served: tuple[Path, str, str]) -> Iterator[Proxy]:
    folder, script = tmp_path_factory.mktemp("litellm"), Script()
    home, ours, token = served
    with gateway_server(script) as upstream, socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
        behind = {
            "large": {"model": "openai/large", "api_base": upstream, "api_key": "upstream"},
            "small": {"model": "openai/smollm2-135m", "api_base": ours, "api_key": token},
            "locked": {"model": "openai/smollm2-135m", "api_base": ours, "api_key": "donjon-wrong"},
        }
        config = {
            "model_list": [{"model_name": name, "litellm_params": model} for name, model in behind.items()],
            "general_settings": {"master_key": KEY},
            "litellm_settings": {"num_retries": 0, "telemetry": False},
        }
        (folder / "config.yaml").write_text(json.dumps(config))
        free.close()
        command = [LITELLM, "--config", "config.yaml", "--host", "127.0.0.1", "--port", str(port)]
        environment = {"PATH": os.environ["PATH"], "HOME": str(folder), "LITELLM_LOCAL_MODEL_COST_MAP": "True"}
        with (folder / "log").open("wb") as log:
            process = subprocess.Popen(command, cwd=folder, env=environment, stdout=log, stderr=log)
        try:
            _wait_for(f"http://127.0.0.1:{port}/health/liveliness", process, folder / "log")
            yield Proxy(f"http://127.0.0.1:{port}/v1", script, home)
        finally:
            process.terminate()
            process.wait(20)


def _wait_for(url: str, process: subprocess.Popen[bytes], log: Path) -> None:
    deadline = time.monotonic() + 120
    with http_client("test") as client:
        while time.monotonic() < deadline and process.poll() is None:
            try:
                if client.get(url).status_code == 200:
                    return
            except TransportError:
                time.sleep(0.5)
    pytest.fail(log.read_text()[-3000:])


def donjon(home: Path, *arguments: str, key: str = KEY, given: str = "") -> tuple[int, dict[str, object]]:
    environment = os.environ | {"DONJON_GATEWAY_KEY": key, "PYTHON_KEYRING_BACKEND": "keyring.backends.fail.Keyring"}
    command = [sys.executable, "-m", "app", "--home", str(home), *arguments, "--json"]
    done = subprocess.run(command, env=environment, input=given, capture_output=True, text=True, timeout=120)
    printed: dict[str, object] = json.loads(done.stdout or done.stderr)
    return done.returncode, printed


@pytest.fixture
def ready(home: Path, proxy: Proxy) -> Path:
    home.mkdir()
    (home / "settings.toml").write_text(f'[gateway]\nurl = "{proxy.url}"\nmodels = "large missing small locked"\n')
    proxy.upstream.faults = ["none"]
    return home


def test_an_answer_comes_through_and_says_where_from(ready: Path) -> None:
    code, answer = donjon(ready, "ask", "Hello?", "--no-library", "--model", "gateway:large")
    assert code == 0, answer
    assert answer["answer"] == "".join(PIECES).strip() or answer["answer"] == "".join(PIECES)
    assert (answer["model"], answer["ran"], answer["because"]) == ("large", "gateway", "you chose it to answer")
    ledger = subprocess.run(
        [sys.executable, "-m", "app", "--home", str(ready), "ledger", "export"], capture_output=True, text=True
    ).stdout
    kinds = [json.loads(line)["kind"] for line in ledger.splitlines()]
    assert kinds == ["generation.started", "network.opened", "network.closed", "generation.ended"]


def test_it_steps_in_where_no_model_is_installed(ready: Path) -> None:
    code, answer = donjon(ready, "ask", "Hello?", "--no-library")
    assert (code, answer["ran"]) == (0, "gateway")
    assert answer["because"] == "no model is installed on this device"


@pytest.mark.parametrize(
    ("model", "key", "fault", "expected"),
    [
        ("large", "sk-wrong", "none", {"gateway_sign_in", "gateway_refused"}),
        ("missing", KEY, "none", {"gateway_refused", "gateway_unknown_model", "gateway_forbidden"}),
        ("large", KEY, "429", {"gateway_busy"}),
        ("large", KEY, "500", {"gateway_failed"}),
    ],
)
def test_its_refusals_are_understood(
    ready: Path, proxy: Proxy, model: str, key: str, fault: str, expected: set[str]
) -> None:
    proxy.upstream.faults = [fault]
    code, printed = donjon(ready, "ask", "Hello?", "--no-library", "--model", f"gateway:{model}", key=key)
    assert code != 0, printed
    error = printed["error"]
    assert isinstance(error, dict)
    assert error["code"] in expected, error


def test_it_hides_that_the_server_behind_it_broke_off(ready: Path, proxy: Proxy) -> None:
    proxy.upstream.faults = ["drop"]
    code, answer = donjon(ready, "ask", "Hello?", "--no-library", "--model", "gateway:large")
    assert (code, answer["answer"]) == (0, "".join(PIECES[:2])), "it ends such an answer as if it were whole"


# --- `donjon serve` behind it ------------------------------------------------------------------------------------


def asked(
    proxy: Proxy, text: str, cancel: Cancel, *, model: str = "small", max_tokens: int = 12
) -> Iterator[GenerationEvent]:
    """What our adapter makes of the proxy's answer."""
    gateway = OpenAiGateway(
        Endpoint(proxy.url, model, 8192),
        lambda: http_client("test", timeouts=Timeouts(connect=5.0, read=120.0)),
        lambda: KEY,
        Log(),
        Circuit(),
    )
    request = GenerationRequest("c", (PromptMessage("user", text),), Sampling(temperature=0.0, max_tokens=max_tokens))
    try:
        yield from gateway.generate(request, cancel)
    finally:
        gateway.close()


def test_our_own_api_streams_through_it(proxy: Proxy) -> None:
    events = list(asked(proxy, "Name three animals of a farm.", Cancel()))
    assert len([event for event in events if isinstance(event, Token) and event.text]) > 3, "in pieces"
    *_, ended = events
    assert isinstance(ended, GenerationEnded)
    assert (ended.reason, ended.timing.answer_tokens) == ("length", 12)
    assert ended.timing.prompt_tokens > 5, "our own count came through"
    (_, started), (_, finished) = proxy.generations()[-2:]
    assert (started["app"], started["ran"], finished["outcome"]) == (APP, "device", "length")


def test_a_schema_holds_through_it(ready: Path, tmp_path: Path) -> None:
    schema = {
        "type": "object",
        "properties": {"animal": {"enum": ["cow", "hen"]}, "legs": {"type": "integer", "minimum": 2, "maximum": 4}},
        "required": ["animal", "legs"],
        "additionalProperties": False,
    }
    (tmp_path / "schema.json").write_text(json.dumps(schema))
    code, said = donjon(
        ready, "ask", "A hen?", "--no-library", "--model", "gateway:small", "--schema", str(tmp_path / "schema.json")
    )
    assert code == 0, said
    value = json.loads(str(said["answer"]))
    assert value["animal"] in ("cow", "hen")
    assert 2 <= value["legs"] <= 4


def test_a_token_that_our_api_does_not_know_is_a_failure_to_sign_in(ready: Path) -> None:
    code, said = donjon(ready, "ask", "Hello?", "--no-library", "--model", "gateway:locked")
    error = said["error"]
    assert isinstance(error, dict)
    assert (code, error["code"]) == (2, "gateway_sign_in"), error


def test_stopping_in_the_middle_stops_our_own_api_behind_it(proxy: Proxy) -> None:
    cancel = Cancel()
    events = []
    started = time.monotonic()
    for event in asked(proxy, "Count from one to ten thousand.", cancel, max_tokens=4000):
        events.append(event)
        if isinstance(event, Token):
            cancel.set()
    assert isinstance(events[-1], GenerationEnded)
    assert events[-1].reason == "cancelled"
    assert time.monotonic() - started < 60
    deadline = time.monotonic() + 60
    while proxy.generations()[-1][0] != "generation.ended" and time.monotonic() < deadline:
        time.sleep(0.2)
    kind, facts = proxy.generations()[-1]
    assert (kind, facts["outcome"]) == ("generation.ended", "cancelled")
