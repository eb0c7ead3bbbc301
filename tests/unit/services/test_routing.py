"""Routing of answers: who answers is said truthfully, and nothing leaves that must not."""

import json
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from pathlib import Path

import pytest

from app.adapters.data_class_file import DataClassFile
from app.adapters.sqlite_chats import SqliteChats
from app.adapters.sqlite_ledger import SqliteLedger
from app.adapters.system_clock import SystemClock
from app.domain.cancel import Cancel
from app.domain.chat import PromptMessage
from app.domain.data_class import DataClass
from app.domain.errors import AppError, ErrorCode
from app.domain.events import AnswerEvent, Finished, Routed
from app.domain.models import GenerationRequest, InstalledModel, Sampling
from app.domain.routing import Bounds, Task
from app.services.audit import Audit
from app.services.chat import Chat
from app.services.gateway import Gateway, GatewaySettings
from app.services.grounding import Grounding
from app.services.guard import Guard
from app.services.models import Models
from app.services.projects import Projects
from app.services.survey import Survey
from app.services.turn import ChatSettings
from app.services.turn_routing import TurnRouting
from tests.fakes.generator import FakeGenerator
from tests.fakes.passages import FakePassages
from tests.fakes.projects import FakeProjectStore
from tests.fakes.prompts import PROMPTS
from tests.unit.services.conftest import (
    FakeInspector,
    FakeKeptStates,
    FakeProbe,
    FakeStore,
    add_document,
    loaded_models,
)

SECRET = "AKIA" + "A2B3C4D5E6F7G2H3"


class NoSecrets:
    """Implements `ports.secrets.Secrets`: a machine without a keyring."""

    def seal(self, name: str, value: str, passphrase: str) -> None:
        """See the port."""

    def unlock(self, passphrase: str) -> None:
        """See the port."""

    def get(self, name: str) -> str:
        return ""

    def set(self, name: str, value: str) -> bool:
        return False

    def delete(self, name: str) -> None:
        pass


@dataclass
class Routes:
    """A chat with a model on the device and one at the gateway."""

    folder: Path
    local: FakeGenerator = field(default_factory=lambda: FakeGenerator(["Here."]))
    remote: FakeGenerator = field(default_factory=lambda: FakeGenerator(["There."]))
    store: FakeStore = field(default_factory=FakeStore)
    passages: FakePassages = field(default_factory=FakePassages)
    ceiling: DataClass = "internal"
    local_only: bool = False
    tasks: dict[Task, str] = field(default_factory=dict)
    probe: FakeProbe = field(default_factory=FakeProbe)

    def __post_init__(self) -> None:
        clock = SystemClock()
        self.ledger = SqliteLedger(self.folder / "ledger.db", clock)
        self.classes = DataClassFile(self.folder / "classes.json")
        guard = Guard(Audit(self.ledger), lambda: self.settings().bounds)
        self.gateway = Gateway(self.settings, NoSecrets, lambda _name: self.remote, guard)
        loaded = loaded_models(lambda _model, _load: self.local, self.probe)
        self.models = Models(self.store, FakeInspector(), loaded, lambda: "", FakeKeptStates(), self.gateway)
        chats = SqliteChats(self.folder / "chats.db", clock)
        self.chat = Chat(
            chats,
            Grounding(self.passages, guard, PROMPTS),
            self.models,
            guard,
            PROMPTS,
            clock,
            lambda: ChatSettings(Sampling(temperature=0.0, max_tokens=64), passages=3),
            TurnRouting(self.models, guard, self.classes),
            Survey(self.passages, guard, "{question} {passage}"),
            Projects(FakeProjectStore(), chats),
        )

    def settings(self) -> GatewaySettings:
        return GatewaySettings("https://llm.example/v1", ("large",), Bounds(self.local_only, self.ceiling), self.tasks)

    def ask(
        self, question: str = "Which flights?", model: str | None = None, *, send_anyway: bool = False
    ) -> tuple[Finished, list[Routed]]:
        events: Iterator[AnswerEvent] = self.chat.answer(
            question, model=model, send_anyway=send_anyway, cancel=Cancel()
        )
        listed = list(events)
        finished = listed[-1]
        assert isinstance(finished, Finished)
        return finished, [event for event in listed if isinstance(event, Routed)]

    def recorded(self, kind: str) -> list[dict[str, object]]:
        return [json.loads(entry.facts) for entry in self.ledger.entries() if entry.kind == kind]


@pytest.fixture
def routes(tmp_path: Path) -> Routes:
    return Routes(tmp_path)


def refused(act: Callable[[], object]) -> AppError:
    with pytest.raises(AppError) as caught:
        act()
    return caught.value


def test_the_device_answers_and_says_so(routes: Routes) -> None:
    finished, (routed,) = routes.ask()
    assert (finished.text, finished.ran, routed.where) == ("Here.", "device", "device")
    assert finished.because == routed.because == "the model on the device comes first"
    assert [entry["ran"] for entry in routes.recorded("generation.started")] == ["device"]
    assert routes.remote.requests == []


def test_the_gateway_answers_when_it_is_picked(routes: Routes) -> None:
    finished, _ = routes.ask(model="gateway:large")
    assert (finished.text, finished.model, finished.ran) == ("There.", "large", "gateway")
    (entry,) = routes.recorded("generation.started")
    assert (entry["ran"], entry["data_class"], entry["because"]) == ("gateway", "internal", "you chose it to answer")
    (message,) = [m for c in routes.chat.conversations() for m in routes.chat.messages(c.id) if m.role == "assistant"]
    assert message.ran == "gateway"


def test_the_table_of_tasks_can_name_it(routes: Routes) -> None:
    routes.tasks = {"answer": "gateway:large"}
    assert routes.ask()[0].ran == "gateway"


def test_it_steps_in_where_no_model_is_installed(routes: Routes) -> None:
    routes.store.models.clear()
    finished, (routed,) = routes.ask()
    assert finished.ran == "gateway"
    assert routed.because == "no model is installed on this device"


@pytest.mark.parametrize("code", [ErrorCode.WORKER_DIED, ErrorCode.MODEL_LOAD_FAILED])
def test_it_steps_in_when_the_local_model_gives_up(routes: Routes, code: ErrorCode) -> None:
    routes.local = FakeGenerator(failure=AppError(code, worker="generate", exit=1))
    finished, routed = routes.ask()
    assert (finished.text, finished.ran) == ("There.", "gateway")
    assert [one.where for one in routed] == ["device", "gateway"]
    assert routed[1].because.startswith("the model on this device")


def test_it_does_not_step_in_once_something_is_written_or_a_model_was_picked(routes: Routes) -> None:
    died = AppError(ErrorCode.WORKER_DIED, worker="generate", exit=1)
    routes.local = FakeGenerator(["one ", "two"], failure=died, fails_after=1)
    assert refused(routes.ask).code is ErrorCode.WORKER_DIED
    routes.local = FakeGenerator(failure=died)
    assert refused(lambda: routes.ask(model="fake")).code is ErrorCode.WORKER_DIED
    assert routes.remote.requests == []


def test_nothing_leaves_when_local_only(routes: Routes) -> None:
    routes.local_only = True
    assert refused(lambda: routes.ask(model="gateway:large")).code is ErrorCode.GATEWAY_NOT_ALLOWED
    routes.local = FakeGenerator(failure=AppError(ErrorCode.WORKER_DIED, worker="generate", exit=1))
    assert refused(routes.ask).code is ErrorCode.WORKER_DIED
    assert refused(lambda: list(routes.gateway.test(Cancel()))).code is ErrorCode.GATEWAY_NOT_ALLOWED
    assert routes.remote.requests == []


def test_a_confidential_passage_stays(routes: Routes) -> None:
    add_document(routes.passages)
    (document,) = routes.passages.documents()
    assert routes.ask("Which flights may be premium economy?", "gateway:large")[0].ran == "gateway"
    routes.classes.put(document.collection, "confidential")
    error = refused(lambda: routes.ask("Which flights may be premium economy?", "gateway:large"))
    assert error.code is ErrorCode.GATEWAY_NOT_ALLOWED
    assert "confidential" in str(error.facts["because"])
    assert len(routes.remote.requests) == 1
    assert routes.ask("Which flights may be premium economy?")[0].ran == "device"
    routes.ceiling = "confidential"
    assert routes.ask("Which flights may be premium economy?", "gateway:large")[0].ran == "gateway"
    assert routes.recorded("generation.started")[-1]["data_class"] == "confidential"


def test_a_follow_up_carries_the_class_of_what_was_said_before(routes: Routes) -> None:
    add_document(routes.passages)
    (document,) = routes.passages.documents()
    routes.ask("Which flights may be premium economy?")
    routes.classes.put(document.collection, "restricted")
    (conversation,) = routes.chat.conversations()
    answer = routes.chat.answer(
        "And why?", conversation_id=conversation.id, search=None, model="gateway:large", cancel=Cancel()
    )
    assert refused(lambda: list(answer)).code is ErrorCode.GATEWAY_NOT_ALLOWED
    assert routes.remote.requests == []


def test_a_removed_collection_keeps_its_class(routes: Routes) -> None:
    add_document(routes.passages)
    (document,) = routes.passages.documents()
    routes.classes.put(document.collection, "restricted")
    routes.ask("Which flights may be premium economy?")
    routes.passages.remove(document.id)
    (conversation,) = routes.chat.conversations()
    answer = routes.chat.answer(
        "And why?", conversation_id=conversation.id, search=None, model="gateway:large", cancel=Cancel()
    )
    assert "restricted" in str(refused(lambda: list(answer)).facts["because"])
    add_document(routes.passages)  # a new collection of the same name is not less than the old one
    assert (
        refused(lambda: routes.ask("Premium economy flights?", "gateway:large")).code is ErrorCode.GATEWAY_NOT_ALLOWED
    )
    assert routes.remote.requests == []


def test_a_secret_leaves_only_knowingly(routes: Routes) -> None:
    error = refused(lambda: routes.ask(f"Is {SECRET} a key?", "gateway:large"))
    assert (error.code, error.facts["kinds"]) == (ErrorCode.EGRESS_BLOCKED, "AWS access key")
    assert routes.remote.requests == []
    assert routes.recorded("egress.blocked")[0]["kinds"] == ["AWS access key"]
    assert routes.ask(f"Is {SECRET} a key?", "gateway:large", send_anyway=True)[0].ran == "gateway"
    assert routes.recorded("generation.started")[-1]["sent_anyway"] is True
    assert routes.ask(f"Is {SECRET} a key?")[0].ran == "device", "what stays is not held back"
    assert SECRET not in str(list(routes.ledger.entries()))


def test_what_is_not_set_up_is_not_there(tmp_path: Path) -> None:
    loaded = loaded_models(lambda _model, _load: FakeGenerator())
    models = Models(FakeStore(), FakeInspector(), loaded, lambda: "", FakeKeptStates())
    assert refused(lambda: models.route("answer", "public", "gateway:large")).code is ErrorCode.GATEWAY_NOT_CONFIGURED
    routes = Routes(tmp_path)
    assert refused(lambda: routes.ask(model="gateway:other")).code is ErrorCode.UNKNOWN_MODEL


def test_a_key_that_cannot_be_kept_is_told(routes: Routes) -> None:
    assert refused(lambda: routes.gateway.set_key("k")).code is ErrorCode.KEYRING_MISSING


def test_the_gateway_can_be_tried(routes: Routes) -> None:
    (tried,) = routes.gateway.test(Cancel())
    assert (tried.model, tried.answer) == ("large", "There.")
    assert routes.recorded("generation.started")[0]["purpose"] == "gateway test"


def test_models_know_where_they_run() -> None:
    assert InstalledModel("a", "A", "chat", "", 0, "", "").where == "device"


def test_no_caller_gets_past_the_bounds(tmp_path: Path) -> None:
    routes = Routes(tmp_path)
    remote = InstalledModel("gateway:large", "large", "chat", "", 0, "", "", where="gateway")
    request = GenerationRequest("c", (PromptMessage("user", "Plans"),), data_class="restricted")
    guard = Guard(Audit(routes.ledger), lambda: routes.settings().bounds)
    assert (
        refused(lambda: list(guard.generate(routes.remote, remote, request, {}, Cancel()))).code
        is ErrorCode.GATEWAY_NOT_ALLOWED
    )
    assert routes.recorded("egress.blocked")[-1]["data_class"] == "restricted"
    assert routes.remote.requests == []


@pytest.mark.parametrize("installed", [True, False])
@pytest.mark.parametrize("picked", [None, "gateway:large", "fake"])
@pytest.mark.parametrize("ceiling", ["public", "internal"])
@pytest.mark.parametrize("question", ["Which flights?", f"Is {SECRET} a key?"])
def test_what_is_said_before_is_what_happens(
    tmp_path: Path, installed: bool, picked: str | None, ceiling: DataClass, question: str
) -> None:
    routes = Routes(tmp_path, ceiling=ceiling)
    if not installed:
        routes.store.models.clear()
    said = routes.chat.preview(question, model=picked)
    assert list(routes.ledger.entries()) == [], "nothing is asked and nothing refused yet"
    try:
        finished, _ = routes.ask(question, picked)
    except AppError as error:
        assert said.refused is not None
        assert (said.refused.code, said.refused.facts) == (error.code, error.facts)
    else:
        assert said.refused is None
        assert said.route is not None
        assert (said.model, said.route.where, said.route.because) == (finished.model, finished.ran, finished.because)
        assert said.host == ("llm.example" if finished.ran == "gateway" else "")


def test_the_class_of_earlier_passages_is_known_before_and_of_others_how_high_it_may_be(routes: Routes) -> None:
    add_document(routes.passages, "Flights are booked by the desk.")
    routes.classes.put("Documents", "restricted")
    first = routes.chat.preview("Which flights?", collections=["Documents"], model="gateway:large")
    assert (first.data_class, first.reach, first.refused) == ("internal", "restricted", None)
    assert first.beyond is not None
    assert first.beyond.code is ErrorCode.GATEWAY_NOT_ALLOWED
    routes.ask()
    conversation = routes.chat.conversations()[0].id
    second = routes.chat.preview("And trains?", conversation_id=conversation, model="gateway:large")
    assert (second.data_class, second.refused and second.refused.code) == (
        "restricted",
        ErrorCode.GATEWAY_NOT_ALLOWED,
    )


def test_a_model_that_does_not_fit_is_known_before_and_the_gateway_steps_in(tmp_path: Path) -> None:
    routes = Routes(tmp_path)
    routes.probe.available = 0
    said = routes.chat.preview("Which flights?")
    assert said.route is not None
    assert (said.route.where, said.route.because) == (
        "gateway",
        "the model on this device does not fit into its memory",
    )
    assert routes.ask()[0].because == said.route.because
    routes.local_only = True
    held = routes.chat.preview("Which flights?")
    assert held.refused is not None
    assert held.refused.code is refused(lambda: routes.ask()).code is ErrorCode.MODEL_DOES_NOT_FIT


def test_an_answer_that_broke_off_goes_on_where_it_ends(tmp_path: Path) -> None:
    gone = AppError(ErrorCode.GATEWAY_BROKE_OFF, model="large", reason="the connection was closed")
    routes = Routes(tmp_path, remote=FakeGenerator(["Flights ", "are "], failure=gone, fails_after=1))
    assert refused(lambda: routes.ask(model="gateway:large")).code is ErrorCode.GATEWAY_BROKE_OFF
    conversation = routes.chat.conversations()[0].id
    _, broken = routes.chat.messages(conversation)
    assert (broken.text, broken.status) == ("Flights ", "failed")
    again = routes.chat.resume(conversation, broken.id, model="gateway:large", cancel=Cancel())
    assert refused(lambda: list(again)).code is ErrorCode.GATEWAY_BROKE_OFF
    assert routes.chat.messages(conversation)[1].text == "Flights Flights "
    resumed = list(routes.chat.resume(conversation, broken.id, model="fake", cancel=Cancel()))
    request = routes.local.requests[-1]
    assert request.goes_on
    assert request.messages[-1] == PromptMessage("assistant", "Flights Flights ")
    _, answer = routes.chat.messages(conversation)
    assert (answer.id, answer.text, answer.status) == (broken.id, "Flights Flights Here.", "complete")
    assert isinstance(resumed[-1], Finished)
    assert resumed[-1].text == answer.text
