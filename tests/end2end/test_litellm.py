"""The real LiteLLM proxy between Donjon and a model's server, on loopback; `make test-gateway` installs and runs it."""

import json
import os
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest
from httpx2 import TransportError

from app.adapters.http_client import http_client
from tests.fakes.gateway_server import PIECES, Script, gateway_server

LITELLM = os.environ.get("DONJON_LITELLM", "")  # the program
KEY = "sk-loopback-test"

pytestmark = pytest.mark.skipif(not LITELLM, reason="DONJON_LITELLM names no LiteLLM proxy; see `make test-gateway`")


@dataclass
class Proxy:
    """A running proxy, and the script of the server behind it."""

    url: str
    upstream: Script


@pytest.fixture(scope="module")
def proxy(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Proxy]:
    folder, script = tmp_path_factory.mktemp("litellm"), Script()
    with gateway_server(script) as upstream, socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
        model = {"model": "openai/large", "api_base": upstream, "api_key": "upstream"}
        config = {
            "model_list": [{"model_name": "large", "litellm_params": model}],
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
            yield Proxy(f"http://127.0.0.1:{port}/v1", script)
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
    (home / "settings.toml").write_text(f'[gateway]\nurl = "{proxy.url}"\nmodels = "large missing"\n')
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
