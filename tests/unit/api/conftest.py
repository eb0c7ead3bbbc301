"""The real server on a free port, over services on fakes."""

import threading
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from pathlib import Path

import httpx2
import pytest
import tomlkit

from app.adapters.access_files import AddressFile, TokenFiles
from app.adapters.data_class_file import DataClassFile
from app.adapters.sqlite_chats import SqliteChats
from app.adapters.sqlite_ledger import SqliteLedger
from app.adapters.system_clock import SystemClock
from app.api.server import ApiServer
from app.domain.access import Scope
from app.domain.cancel import Cancel
from app.domain.chat import Timing
from app.domain.errors import AppError, ErrorCode
from app.domain.events import GenerationEnded, GenerationEvent, PromptProgress, Token
from app.domain.models import GenerationRequest, InstalledModel, LoadSettings, Sampling
from app.services.access import Access
from app.services.audit import Audit
from app.services.chat import Chat
from app.services.completions import Completions
from app.services.grounding import Grounding
from app.services.guard import Guard
from app.services.library import Library
from app.services.models import Models
from app.services.projects import Projects
from app.services.survey import Survey
from app.services.turn import ChatSettings
from app.services.turn_routing import TurnRouting
from app.settings.file import Settings
from tests.fakes.generator import FakeGenerator
from tests.fakes.passages import FakePassages
from tests.fakes.projects import FakeProjectStore
from tests.fakes.prompts import PROMPTS
from tests.unit.services.conftest import (
    FakeInspector,
    FakeKeptStates,
    FakeStore,
    add_document,
    loaded_models,
    make_forgetting,
)
from tests.unit.services.test_library import LineParser

ORIGIN = "https://notes.example.com"


class EndlessGenerator(FakeGenerator):
    """Goes on until it is cancelled, and says when it was; each piece is as long as `piece`."""

    def __init__(self, piece: str = "on and ") -> None:
        super().__init__()
        self.piece = piece
        self.said = 0
        self.started = threading.Event()
        self.cancelled = threading.Event()

    def generate(self, request: GenerationRequest, cancel: Cancel) -> Iterator[GenerationEvent]:
        """See `Generator.generate`."""
        stopped = threading.Event()
        cancel.subscribe(stopped.set)
        yield PromptProgress(1, 1, 0)
        self.started.set()
        while not stopped.is_set():
            yield Token(self.piece)
            self.said += 1
            stopped.wait(0.001 if len(self.piece) < 100 else 0)
        self.cancelled.set()
        yield GenerationEnded("cancelled", Timing(0.0, 0.0, 1, 0, self.said))


class SilentGenerator(EndlessGenerator):
    """Reads its prompt until it is cancelled."""

    def generate(self, request: GenerationRequest, cancel: Cancel) -> Iterator[GenerationEvent]:
        """See `Generator.generate`."""
        stopped = threading.Event()
        cancel.subscribe(stopped.set)
        self.started.set()
        stopped.wait(60)
        self.cancelled.set()
        yield GenerationEnded("cancelled", Timing(0.0, 0.0, 1, 0, 0))


LISTED = "Flights over six hours may be booked in premium economy"
GENERATORS: dict[str, Callable[[], FakeGenerator]] = {
    "fake": lambda: FakeGenerator(("All ", "is ", "well.")),
    "lister": lambda: FakeGenerator((f'{{"items": ["{LISTED}"]}}',)),
    "endless": EndlessGenerator,
    "silent": SilentGenerator,
    "torrent": lambda: EndlessGenerator("x" * 20_000),
    "dying": lambda: FakeGenerator(failure=AppError(ErrorCode.WORKER_DIED, worker="generate", exit=-6), fails_after=2),
    "unreadable": lambda: FakeGenerator(
        failure=AppError(ErrorCode.MODEL_INVALID, path="/home/anna/secret.gguf", reason="no magic in /home/anna")
    ),
    "faulty": lambda: FakeGenerator(failure=ZeroDivisionError("/home/anna/oops")),  # type: ignore[arg-type]
}


@dataclass
class World:
    """A running server and what it stands on."""

    server: ApiServer
    access: Access
    chat: Chat
    completions: Completions
    models: Models
    library: Library
    passages: FakePassages
    ledger: SqliteLedger
    home: Path
    settings: Settings
    generators: dict[str, FakeGenerator] = field(default_factory=dict)

    def client(self, *scopes: Scope, name: str = "", **options: object) -> httpx2.Client:
        """A client with a new token for these scopes; for all without any."""
        secret = self.access.create(name or f"app-{len(self.access.tokens())}", scopes or tuple(Scope))
        headers = {"Authorization": f"Bearer {secret}"}
        return httpx2.Client(base_url=self.server.base_url, headers=headers, timeout=20, trust_env=False)

    @property
    def port(self) -> int:
        """Where it listens."""
        return int(self.server.base_url.rpartition(":")[2].partition("/")[0])


@pytest.fixture(scope="module")
def world(tmp_path_factory: pytest.TempPathFactory) -> Iterator[World]:
    home = tmp_path_factory.mktemp("home")
    clock = SystemClock()
    ledger, chats = SqliteLedger(home / "ledger.db", clock), SqliteChats(home / "chats.db", clock)
    passages = FakePassages()
    add_document(passages)
    installed = [InstalledModel(name, name, "chat", "/x", 1, "0" * 64, "MIT") for name in GENERATORS]
    installed.append(InstalledModel("fake-embed", "Fake", "embed", "/x", 1, "1" * 64, "MIT"))
    generators: dict[str, FakeGenerator] = {}

    def open_generator(model: InstalledModel, _load: LoadSettings) -> FakeGenerator:
        return generators.setdefault(model.id, GENERATORS[model.id]())

    models = Models(FakeStore(installed), FakeInspector(), loaded_models(open_generator), lambda: "", FakeKeptStates())
    guard = Guard(Audit(ledger))
    grounding = Grounding(passages, guard, PROMPTS)
    settings = ChatSettings(Sampling(temperature=0.0, max_tokens=10**6), passages=3)
    classes = DataClassFile(home / "data_classes.json")
    routes = TurnRouting(models, guard, classes)
    survey = Survey(passages, guard, "{question} {passage}")
    projects = Projects(FakeProjectStore(), chats)
    chat = Chat(chats, grounding, models, guard, PROMPTS, clock, lambda: settings, routes, survey, projects)
    completions = Completions(grounding, passages, models, guard, PROMPTS, lambda: settings, classes, survey)
    person = Settings(home / "settings.toml", tomlkit.document(), {"api.port": 0, "api.origins": ORIGIN})
    library = Library(passages, LineParser(), Audit(ledger), classes, make_forgetting(home)[0])
    access = Access(TokenFiles(home / "api"), AddressFile(home / "api" / "address.json"), clock)
    made = World(None, access, chat, completions, models, library, passages, ledger, home, person, generators)  # type: ignore[arg-type]
    made.server = ApiServer(made)
    made.server.start()
    yield made
    made.server.stop()
    ledger.close()
    chats.close()


@pytest.fixture(scope="module")
def client(world: World) -> Iterator[httpx2.Client]:
    """A client that may use everything."""
    with world.client() as made:
        yield made
