"""What the command line is given from outside: the services, the shipped files and the window."""

from collections.abc import Callable, Iterator, Sequence
from contextlib import AbstractContextManager
from dataclasses import dataclass
from pathlib import Path
from typing import Protocol

from app.domain.cancel import Cancel
from app.domain.errors import AppError
from app.domain.events import AnswerEvent
from app.domain.library import Document
from app.domain.models import CatalogueEntry, InstalledModel
from app.domain.query import EVERYWHERE, Search
from app.services.access import Access
from app.services.appeals import Appeals
from app.services.audit import Audit
from app.services.bundles import ModelBundles
from app.services.chat import Chat
from app.services.chat_transfer import Transfer
from app.services.completions import Completions
from app.services.conversations import Conversations
from app.services.copilot import Copilot
from app.services.diagnostics import Diagnostics
from app.services.ensemble import Ensemble
from app.services.experiments import Experiments
from app.services.folders import Folders
from app.services.gateway import Gateway
from app.services.hygiene import Hygiene
from app.services.judge import Judge
from app.services.judge_exports import JudgeExports
from app.services.judge_tables import JudgeTables
from app.services.library import Library
from app.services.models import Models
from app.services.playbooks import Playbooks
from app.services.projects import Projects
from app.services.prompt_library import PromptLibrary
from app.services.questions import Questions
from app.services.retention import Retention
from app.services.showing import Showing
from app.services.team import Team


class Services(Protocol):
    """The use cases of one home."""

    @property
    def chat(self) -> Chat:
        """Conversations."""

    @property
    def conversations(self) -> Conversations:
        """What is done with conversations beside asking."""

    @property
    def projects(self) -> Projects:
        """What conversations have in common."""

    @property
    def transfer(self) -> Transfer:
        """Conversations as files."""

    @property
    def completions(self) -> Completions:
        """Answers that nothing is kept of."""

    @property
    def ensemble(self) -> Ensemble:
        """Several answers, and the choice of one."""

    @property
    def library(self) -> Library:
        """The person's documents."""

    @property
    def hygiene(self) -> Hygiene:
        """Looking through the library."""

    @property
    def questions(self) -> Questions:
        """What search is tested with."""

    @property
    def prompt_library(self) -> PromptLibrary:
        """Prompts to fill in."""

    @property
    def experiments(self) -> Experiments:
        """Ways of searching, compared."""

    @property
    def judge(self) -> Judge:
        """Judgements."""

    @property
    def judge_tables(self) -> JudgeTables:
        """Folders of judgements."""

    @property
    def judge_exports(self) -> JudgeExports:
        """Judgements as files."""

    @property
    def playbooks(self) -> Playbooks:
        """Guided decision trees."""

    @property
    def copilot(self) -> Copilot:
        """Next steps for what is shown."""

    @property
    def showing(self) -> Showing:
        """What a person shows, as text."""

    @property
    def folders(self) -> Folders:
        """Folders that the library keeps in step with."""

    @property
    def retention(self) -> Retention:
        """How long things are kept."""

    @property
    def models(self) -> Models:
        """The models of this machine."""

    @property
    def bundles(self) -> ModelBundles:
        """Models for machines without a network."""

    @property
    def gateway(self) -> Gateway:
        """The models beyond this device."""

    @property
    def team(self) -> Team:
        """The library that a team shares."""

    @property
    def audit(self) -> Audit:
        """The ledger."""

    @property
    def appeals(self) -> Appeals:
        """Objections to verdicts of rails."""

    @property
    def diagnostics(self) -> Diagnostics:
        """What may be told to somebody who helps."""


class Answering(Protocol):
    """Who answers a question: the chat of this process, or of the one that holds the home."""

    def answer(
        self,
        question: str,
        *,
        search: Search | None = EVERYWHERE,
        model: str | None = None,
        send_anyway: bool = False,
        schema: str = "",
        adapters: Sequence[str] = (),
        cancel: Cancel,
    ) -> Iterator[AnswerEvent]:
        """Answer `question`, streaming."""


class ModelList(Protocol):
    """Who knows the models."""

    def installed(self) -> list[InstalledModel]:
        """The models that are here."""

    def catalogue(self) -> list[CatalogueEntry]:
        """All models that can be fetched."""

    def catalogue_problems(self) -> list[AppError]:
        """What is wrong with an administrator's catalogue."""

    def current(self) -> InstalledModel | None:
        """The chat model that answers when none is named."""


class DocumentList(Protocol):
    """Who knows the documents."""

    def documents(self, collection: str | None = None) -> list[Document]:
        """All documents, by name."""


class Reader(Protocol):
    """What works while another process holds the home, too."""

    @property
    def chat(self) -> Answering:
        """Who answers."""

    @property
    def models(self) -> ModelList:
        """Who knows the models."""

    @property
    def library(self) -> DocumentList:
        """Who knows the documents."""


class OpenServices(Protocol):
    """Opens the services of a home, whose models may lie elsewhere; raises AppError HOME_IN_USE and others."""

    def __call__(self, home: Path, role: str, *, models_folder: Path | None = None) -> AbstractContextManager[Services]:
        """Take the home's lock and wire everything."""


@dataclass(frozen=True, slots=True)
class Doors:
    """All that the commands need."""

    open_services: OpenServices
    open_reader: Callable[[Path, str], AbstractContextManager[Reader]]
    open_access: Callable[[Path], Access]
    serve: Callable[[Path, int | None], AbstractContextManager[str]]
    resources: Path
    open_window: Callable[[Path], int]
    has_display: bool
