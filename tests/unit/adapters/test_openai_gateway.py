"""The gateway's adapter against a server that misbehaves: the right error, in time, and what was written is kept."""

import json
import ssl
import threading
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from app.adapters.gateway_faults import plain, retry_after
from app.adapters.http_client import Timeouts, http_client
from app.adapters.openai_gateway import GO_ON, Endpoint, OpenAiGateway, Patience, _body
from app.domain.audit import Connection
from app.domain.cancel import Cancel
from app.domain.chat import PromptMessage
from app.domain.circuit import Circuit
from app.domain.errors import AppError, ErrorCode
from app.domain.events import GenerationEnded, GenerationEvent, Token
from app.domain.models import GenerationRequest, Sampling
from tests.fakes.gateway_server import PIECES, Script, gateway_server

REQUEST = GenerationRequest("c", (PromptMessage("user", "Name animals."),), Sampling(max_tokens=64))
HASTE = Patience(first_token_s=0.6, between_tokens_s=0.4, waits_s=(0.01, 0.01), longest_wait_s=1.0)


class Log:
    """Implements `ports.network.NetworkLog`."""

    def __init__(self) -> None:
        self.opened: list[Connection] = []
        self.closed: list[tuple[int, str, int]] = []

    def network_opened(self, connection: Connection) -> int:
        self.opened.append(connection)
        return len(self.opened)

    def network_closed(self, opened: int, outcome: str, received: int) -> None:
        self.closed.append((opened, outcome, received))


class Bench:
    """A gateway with its server, and what came of asking it."""

    def __init__(self, script: Script, url: str, *, circuit: Circuit | None = None, key: str = "k1") -> None:
        self.script, self.log = script, Log()
        self.gateway = OpenAiGateway(
            Endpoint(url, "large", 4096),
            lambda: http_client("test", timeouts=Timeouts(connect=2.0, read=5.0)),
            lambda: key,
            self.log,
            circuit or Circuit(failures=100),
            HASTE,
        )
        self.events: list[GenerationEvent] = []

    def ask(self, cancel: Cancel | None = None) -> str:
        self.events = []
        for event in self.gateway.generate(REQUEST, cancel or Cancel()):
            self.events.append(event)
        return self.text

    def fails(self) -> AppError:
        with pytest.raises(AppError) as caught:
            self.ask()
        return caught.value

    @property
    def text(self) -> str:
        return "".join(event.text for event in self.events if isinstance(event, Token))


@pytest.fixture
def bench(request: pytest.FixtureRequest) -> Iterator[Bench]:
    script = Script()
    with gateway_server(script) as url:
        made = Bench(script, url)
        yield made
        made.gateway.close()


def test_an_answer_streams_and_is_on_the_network_ledger_before_and_after(bench: Bench) -> None:
    assert bench.ask() == "".join(PIECES)
    (opened,) = bench.log.opened
    assert (opened.purpose, opened.data_class) == ("answering", "internal")
    assert opened.host.startswith("127.0.0.1:")
    assert opened.size > 100
    ((number, outcome, received),) = bench.log.closed
    assert (number, outcome) == (1, "done")
    assert received > 1000
    assert bench.script.keys == ["Bearer k1"]


@pytest.mark.parametrize(
    ("fault", "code", "attempts"),
    [
        ("401", ErrorCode.GATEWAY_SIGN_IN, 1),
        ("403", ErrorCode.GATEWAY_FORBIDDEN, 1),
        ("404", ErrorCode.GATEWAY_UNKNOWN_MODEL, 1),
        ("400", ErrorCode.GATEWAY_REFUSED, 1),
        ("302", ErrorCode.GATEWAY_PROTOCOL, 1),
        ("429", ErrorCode.GATEWAY_BUSY, 3),
        ("500", ErrorCode.GATEWAY_FAILED, 3),
        ("503", ErrorCode.GATEWAY_FAILED, 3),
        ("silent", ErrorCode.GATEWAY_SILENT, 3),
        ("comments", ErrorCode.GATEWAY_SILENT, 3),
        ("html", ErrorCode.GATEWAY_PROTOCOL, 1),
        ("large event", ErrorCode.GATEWAY_PROTOCOL, 1),
        ("no json", ErrorCode.GATEWAY_PROTOCOL, 1),
    ],
)
def test_each_failure_before_the_first_token_has_its_error(
    bench: Bench, fault: str, code: ErrorCode, attempts: int
) -> None:
    bench.script.faults = [fault]
    began = time.monotonic()
    error = bench.fails()
    assert error.code is code
    assert len(bench.script.bodies) == len(bench.log.opened) == len(bench.log.closed) == attempts
    assert all(outcome == code.value for _, outcome, _ in bench.log.closed)
    assert time.monotonic() - began < 10
    assert "sk-abcdef" not in str(error.facts)
    assert "\x1b" not in str(error.facts)


@pytest.mark.parametrize(
    ("fault", "reason"),
    [("drop", "the connection broke off"), ("stall", "the gateway went silent"), ("error", "reports an error")],
)
def test_a_failure_in_the_middle_keeps_what_was_written(bench: Bench, fault: str, reason: str) -> None:
    bench.script.faults = [fault]
    error = bench.fails()
    assert error.code is ErrorCode.GATEWAY_BROKE_OFF
    assert reason in str(error.facts["reason"])
    assert bench.text == "".join(PIECES[:2])
    assert len(bench.script.bodies) == 1, "what was half said is not asked again"


def test_an_answer_without_end_is_ended(bench: Bench) -> None:
    bench.script.faults = ["endless"]
    error = bench.fails()
    assert error.code is ErrorCode.GATEWAY_BROKE_OFF
    assert "longer than what was asked for" in str(error.facts["reason"])
    assert 0 < len(bench.text) <= 64 * 64


def test_a_passing_failure_is_tried_again_and_waits_as_asked(bench: Bench) -> None:
    bench.script.faults, bench.script.retry_after = ["429", "none"], "1"
    began = time.monotonic()
    assert bench.ask() == "".join(PIECES)
    assert time.monotonic() - began >= 1.0


def test_a_longer_wait_than_bearable_is_told_instead(bench: Bench) -> None:
    bench.script.faults, bench.script.retry_after = ["429"], "3600"
    error = bench.fails()
    assert (error.code, error.facts["seconds"]) == (ErrorCode.GATEWAY_BUSY, 3600)
    assert len(bench.script.bodies) == 1


@pytest.mark.parametrize("fault", ["silent", "slow"])
def test_cancel_closes_the_connection_at_once(bench: Bench, fault: str) -> None:
    bench.script.faults = [fault]
    cancel = Cancel()
    threading.Timer(0.15, cancel.set).start()
    began = time.monotonic()
    bench.ask(cancel)
    assert time.monotonic() - began < 0.55
    end = bench.events[-1]
    assert isinstance(end, GenerationEnded)
    assert end.reason == "cancelled"
    assert bench.log.closed[-1][1] == "cancelled"
    if fault == "slow":
        assert bench.script.gone.wait(5)


def test_after_failures_in_a_row_the_gateway_is_left_alone() -> None:
    script = Script(faults=["500"])
    with gateway_server(script) as url:
        bench = Bench(script, url, circuit=Circuit(failures=2, rest_s=60))
        assert bench.fails().code is ErrorCode.GATEWAY_PAUSED
        assert len(script.bodies) == 2
        assert bench.fails().code is ErrorCode.GATEWAY_PAUSED
        assert len(script.bodies) == 2
        bench.gateway.close()


def test_nobody_there_and_no_trust_are_told_apart(certificate: Path) -> None:
    assert Bench(Script(), "http://127.0.0.1:9/v1").fails().code is ErrorCode.GATEWAY_UNREACHABLE
    tls = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    tls.load_cert_chain(certificate)
    script = Script()
    with gateway_server(script, tls) as url:
        bench = Bench(script, url)
        assert bench.fails().code is ErrorCode.GATEWAY_UNTRUSTED
        assert script.bodies == []


def test_plain_http_does_not_leave_the_machine() -> None:
    bench = Bench(Script(), "http://192.0.2.1/v1")
    error = bench.fails()
    assert error.code is ErrorCode.GATEWAY_UNREACHABLE
    assert "only https" in str(error.facts["reason"])


def test_a_ledger_that_cannot_be_written_keeps_everything_here(bench: Bench, monkeypatch: pytest.MonkeyPatch) -> None:
    def refuse(connection: Connection) -> int:
        raise AppError(ErrorCode.LEDGER_UNWRITABLE, path="x", reason="full")

    monkeypatch.setattr(bench.log, "network_opened", refuse)
    assert bench.fails().code is ErrorCode.LEDGER_UNWRITABLE
    assert bench.script.bodies == []


def test_prefill_sends_nothing(bench: Bench) -> None:
    bench.gateway.prefill(REQUEST, Cancel())
    assert bench.script.bodies == []


def test_a_wait_may_be_a_date_and_words_of_strangers_are_plain() -> None:
    assert retry_after("12") == 12
    assert retry_after("Wed, 21 Oct 2015 07:28:00 GMT") == 0
    assert retry_after("soon") is None
    assert plain("a\x00b\u202e" + "c" * 999) == "a b " + "c" * 196


def test_a_gateway_is_asked_to_go_on_with_what_broke_off() -> None:
    request = GenerationRequest(
        "c", (PromptMessage("user", "Count."), PromptMessage("assistant", "One, ")), goes_on=True
    )
    body = json.loads(_body("large", request))
    assert [message["role"] for message in body["messages"]] == ["user", "assistant", "user"]
    assert body["messages"][-1]["content"] == GO_ON
