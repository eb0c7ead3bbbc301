"""The services on fakes and real SQLite files, as tests of use cases need them."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Protocol

import pytest

from app.adapters.data_class_file import DataClassFile
from app.adapters.docx_writer import DocxWriter
from app.adapters.sqlite_chats import SqliteChats
from app.adapters.sqlite_experiments import SqliteExperiments
from app.adapters.sqlite_judgements import SqliteJudgements
from app.adapters.sqlite_ledger import SqliteLedger
from app.adapters.system_clock import SystemClock
from app.adapters.temporary_chats import TemporaryChats
from app.domain.cancel import Cancel
from app.domain.errors import AppError
from app.domain.events import AnswerEvent, DownloadProgress, Finished
from app.domain.fit import Machine
from app.domain.library import Block, ParsedDocument, Source
from app.domain.models import CatalogueEntry, InstalledModel, LoadSettings, ModelHeader, Sampling
from app.services.audit import Audit
from app.services.chat import Chat
from app.services.chat_transfer import Transfer
from app.services.completions import Completions
from app.services.conversations import Conversations
from app.services.forgetting import Forgetting
from app.services.grounding import Grounding
from app.services.guard import Guard
from app.services.loaded_models import LoadedModels, MemorySettings
from app.services.models import Models
from app.services.projects import Projects
from app.services.survey import Survey
from app.services.turn import ChatSettings
from app.services.turn_routing import TurnRouting
from tests.fakes.generator import FakeGenerator
from tests.fakes.passages import FakePassages
from tests.fakes.projects import FakeProjectStore
from tests.fakes.prompts import PROMPTS

MODEL = InstalledModel("fake", "Fake", "chat", "/fake.gguf", 1, "0" * 64, "MIT")
RULE = "Flights over six hours may be booked in premium economy."


@dataclass
class FakeStore:
    """Implements `ports.model_store.ModelStore`: what is installed is a list."""

    models: list[InstalledModel] = field(default_factory=lambda: [MODEL])
    entries: list[CatalogueEntry] = field(default_factory=list)
    wrong: list[AppError] = field(default_factory=list)

    def catalogue(self) -> list[CatalogueEntry]:
        return self.entries

    def problems(self) -> list[AppError]:
        return self.wrong

    def installed(self) -> list[InstalledModel]:
        return self.models

    def fetch(self, entry: CatalogueEntry, cancel: Cancel) -> Iterator[DownloadProgress | InstalledModel]:
        yield DownloadProgress(entry.id, entry.size, entry.size)
        model = InstalledModel(entry.id, entry.name, entry.role, "/x", entry.size, entry.sha256, entry.licence)
        self.models.append(model)
        yield model

    def remove(self, model: InstalledModel) -> None:
        self.models.remove(model)

    def adopt(self, path: Path, header: ModelHeader) -> InstalledModel:
        raise FileNotFoundError(path)


class FakeInspector:
    """Implements `ports.inspector.Inspector`."""

    def inspect(self, path: Path) -> ModelHeader:
        return ModelHeader("fake", "Fake", 1, "Q4_0", 8192, 1, True, "MIT", 1, 1)


@dataclass
class FakeProbe:
    """Implements `ports.machine.MachineProbe`: a machine of so many bytes."""

    available: int = 8 << 30

    def look(self) -> Machine:
        return Machine(self.available, 16 << 30)


def loaded_models(
    open_generator: Callable[[InstalledModel, LoadSettings], FakeGenerator], probe: FakeProbe | None = None
) -> LoadedModels:
    """Loaded models on a machine, a roomy one if none is given."""
    settings = MemorySettings(LoadSettings(), 0, 0.0)
    return LoadedModels(FakeInspector(), probe or FakeProbe(), open_generator, lambda: settings)


class FakeMemories:
    """Remembers which conversations were forgotten."""

    def __init__(self) -> None:
        self.forgotten: list[str] = []

    def forget(self, conversation: str) -> None:
        self.forgotten.append(conversation)


def make_forgetting(folder: Path) -> tuple[Forgetting, SqliteChats, FakeMemories]:
    """Forgetting over real conversations."""
    chats, memories = SqliteChats(folder / "forgetting.db", SystemClock()), FakeMemories()
    tried, judgements = SqliteExperiments(folder / "experiments.db"), SqliteJudgements(folder / "judgements.db")
    return Forgetting(chats, memories, tried, judgements), chats, memories


@dataclass
class FakeKeptStates:
    """Implements `ports.kept_states.KeptStates`."""

    forgotten: list[str] = field(default_factory=list)

    def forget(self, conversation: str) -> None:
        self.forgotten.append(conversation)


@dataclass
class World:
    """A chat service and all that it stands on."""

    chat: Chat
    conversations: Conversations
    transfer: Transfer
    completions: Completions
    chats: TemporaryChats
    ledger: SqliteLedger
    passages: FakePassages
    generator: FakeGenerator
    models: Models
    states: FakeKeptStates
    classes: DataClassFile
    projects: Projects

    def ask(self, question: str, **options: object) -> tuple[list[AnswerEvent], Finished]:
        """Ask, and return the events with the last of them."""
        events = list(self.chat.answer(question, cancel=Cancel(), **options))  # type: ignore[arg-type]
        assert isinstance(events[-1], Finished)
        return events, events[-1]


class MakeWorld(Protocol):
    """Makes a world around a model; with `withhold`, only what documents say is shown."""

    def __call__(self, generator: FakeGenerator, *, withhold: bool = False) -> World: ...


@pytest.fixture
def make_world(tmp_path: Path) -> MakeWorld:
    def make(generator: FakeGenerator, *, withhold: bool = False) -> World:
        clock = SystemClock()
        ledger = SqliteLedger(tmp_path / "ledger.db", clock)
        chats = TemporaryChats(SqliteChats(tmp_path / "chats.db", clock), clock)
        passages = FakePassages()
        states = FakeKeptStates()
        loaded = loaded_models(lambda _model, _load: generator)
        models = Models(FakeStore(), FakeInspector(), loaded, lambda: "", states)
        settings = ChatSettings(Sampling(temperature=0.0, max_tokens=64), passages=3, withhold=withhold)
        guard = Guard(Audit(ledger))
        grounding = Grounding(passages, guard, PROMPTS)
        classes = DataClassFile(tmp_path / "data_classes.json")
        routes = TurnRouting(models, guard, classes)
        survey = Survey(passages, guard, "{question} {passage}")
        projects = Projects(FakeProjectStore(), chats)
        chat = Chat(
            chats,
            grounding,
            models,
            guard,
            PROMPTS,
            clock,
            lambda: settings,
            routes,
            survey,
            projects,
        )
        completions = Completions(grounding, passages, models, guard, PROMPTS, lambda: settings, classes, survey)
        conversations = Conversations(chats, models, grounding, PROMPTS, clock)
        transfer = Transfer(chats, grounding, DocxWriter(), clock, projects)
        services = (chat, conversations, transfer, completions)
        return World(*services, chats, ledger, passages, generator, models, states, classes, projects)

    return make


def add_document(passages: FakePassages, text: str = RULE, name: str = "travel.pdf") -> None:
    """Put a one-paragraph document into the fake library."""
    parsed = ParsedDocument(name, text, (Block("paragraph", 0, len(text), 3),), 5)
    passages.add(Source(f"/{name}", name, "Documents", f"hash of {name}", len(text)), parsed, Cancel())
