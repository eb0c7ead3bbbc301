"""The services of a home, wired to their adapters and to each other."""

from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING, Final

from app.adapters.access_files import AddressFile, TokenFiles
from app.adapters.device_process import DeviceProcess
from app.adapters.docx_writer import DocxWriter
from app.adapters.home_lock import HomeLock
from app.adapters.local_folders import LocalFolders
from app.adapters.system_clock import SystemClock
from app.adapters.translated_files import ENGLISH
from app.composition.adapters import Adapters, resources_folder
from app.composition.values import chat_settings, gateway_settings, memory_settings, periods
from app.domain.access import Address
from app.domain.errors import AppError, ErrorCode
from app.domain.prompting import Prompts
from app.services.access import Access
from app.services.appeals import Appeals
from app.services.audit import Audit
from app.services.bundles import ModelBundles
from app.services.chat import Chat
from app.services.chat_transfer import Transfer
from app.services.classifier import Classifier
from app.services.completions import Completions
from app.services.conversations import Conversations
from app.services.copilot import Copilot
from app.services.diagnostics import Diagnostics
from app.services.ensemble import Ensemble
from app.services.experiments import Experiments
from app.services.folders import Folders
from app.services.forgetting import Forgetting
from app.services.gateway import Gateway
from app.services.grounding import Grounding
from app.services.guard import Guard
from app.services.hygiene import Hygiene
from app.services.judge import Judge
from app.services.judge_exports import JudgeExports
from app.services.judge_tables import JudgeTables
from app.services.judging import JudgePrompts, Judging
from app.services.library import Library
from app.services.loaded_models import LoadedModels
from app.services.models import Models
from app.services.playbooks import PlaybookPrompts, Playbooks
from app.services.projects import Projects
from app.services.prompt_library import PromptLibrary
from app.services.questions import Questions
from app.services.reranking import Reranking
from app.services.retention import Retention
from app.services.showing import Showing
from app.services.survey import Survey
from app.services.team import Team
from app.services.titles import Titles
from app.services.turn_routing import TurnRouting
from app.services.viewing import Viewing
from app.settings.file import Settings, read_settings
from app.settings.table import (
    CHAT_TITLES,
    COPILOT_MODEL,
    LIBRARY_RERANK,
    MODEL_CHAT,
    MODELS_TRUSTED_KEYS,
)

if TYPE_CHECKING:
    from app.adapters.local_api_client import LocalApiClient

PROMPTS: Final = ("chat_system", "grounded_question", "structured_question", "shorter", "longer", "instructed")


@dataclass(frozen=True, slots=True)
class Services:
    """All that a door needs."""

    chat: Chat
    conversations: Conversations
    projects: Projects
    transfer: Transfer
    completions: Completions
    ensemble: Ensemble
    titles: Titles
    library: Library
    hygiene: Hygiene
    folders: Folders
    prompt_library: PromptLibrary
    questions: Questions
    experiments: Experiments
    judge: Judge
    judge_tables: JudgeTables
    judge_exports: JudgeExports
    playbooks: Playbooks
    copilot: Copilot
    showing: Showing
    retention: Retention
    viewing: Viewing
    models: Models
    bundles: ModelBundles
    gateway: Gateway
    team: Team
    audit: Audit
    diagnostics: Diagnostics
    appeals: Appeals
    access: Access
    settings: Settings
    home: Path


@contextmanager
def open_services(
    home: Path, role: str, *, models_folder: Path | None = None, language: str = ENGLISH
) -> Iterator[Services]:
    """Take the home's lock, wire everything, and close it again at the end; worker processes start when first needed.

    `models_folder` is where the models lie, if not in the home; `language` is the system's, as two letters, in which
    playbooks, templates and prompts are told unless a language is set.

    Raises AppError HOME_IN_USE, HOME_NOT_WRITABLE, CHATS_NEWER, SETTINGS_INVALID.
    """
    with HomeLock(home, role), ExitStack() as closing:
        settings = read_settings(home / "settings.toml")
        adapters = Adapters(home, settings, models_folder or home / "models", closing, language)
        yield _Wiring(home, settings, adapters).services()


class _Wiring:
    """Which service needs which; those that several need are properties, made when first asked for."""

    def __init__(self, home: Path, settings: Settings, adapters: Adapters) -> None:
        self._home = home
        self._settings = settings
        self._adapters = adapters
        self._prompts = Prompts(*map(_prompt, PROMPTS))

    def services(self) -> Services:
        """All of them."""
        home, settings, adapters = self._home, self._settings, self._adapters
        clock, audit, models, guard = adapters.clock, adapters.audit, self._models, self._guard
        return Services(
            chat=self._chat,
            conversations=Conversations(adapters.chats, models, self._grounding, self._prompts, clock),
            projects=self._projects,
            transfer=Transfer(adapters.chats, self._grounding, DocxWriter(), clock, self._projects),
            completions=self._completions,
            ensemble=Ensemble(self._completions, models, guard, _prompt("compare_answers")),
            titles=Titles(
                adapters.chats, models, guard, self._routes, _prompt("title"), lambda: settings.get(CHAT_TITLES)
            ),
            library=self._library,
            hygiene=Hygiene(adapters.passages, self._library),
            folders=Folders(
                adapters.folders, LocalFolders(), self._library, adapters.parser, clock, adapters.is_saving_power
            ),
            prompt_library=PromptLibrary(adapters.prompts, self._library.documents, self._chat, clock),
            questions=Questions(
                adapters.experiments,
                adapters.device_library,
                models,
                guard,
                adapters.data_classes,
                _prompt("test_question"),
            ),
            experiments=Experiments(adapters.experiments, adapters.device_library, adapters.side_indexes, settings),
            judge=self._judge,
            judge_tables=JudgeTables(adapters.judgements, self._judge, adapters.parser),
            judge_exports=JudgeExports(adapters.judgements, adapters.templates, DocxWriter(), adapters.say),
            playbooks=self._playbooks(),
            copilot=Copilot(
                models,
                self._completions,
                self._classifier,
                _prompt("copilot"),
                lambda: settings.get(COPILOT_MODEL),
            ),
            showing=Showing(adapters.parser, adapters.parser),
            retention=self._retention(),
            viewing=Viewing(adapters.passages, adapters.renderer),
            models=models,
            bundles=ModelBundles(adapters.models, adapters.bundles, lambda: settings.get(MODELS_TRUSTED_KEYS)),
            gateway=self._gateway,
            team=Team(adapters.team, adapters.device_library, lambda: adapters.secrets, audit),
            audit=audit,
            diagnostics=Diagnostics(settings, models, self._library, audit),
            appeals=Appeals(adapters.appeals, audit, clock),
            access=open_access(home),
            settings=settings,
            home=home,
        )

    # --- models and the one way to them ----------------------------------------------------------------------------

    @cached_property
    def _guard(self) -> Guard:
        return Guard(self._adapters.audit, lambda: gateway_settings(self._settings).bounds)

    @cached_property
    def _gateway(self) -> Gateway:
        adapters = self._adapters
        return Gateway(
            lambda: gateway_settings(self._settings), lambda: adapters.secrets, adapters.open_gateway, self._guard
        )

    @cached_property
    def _models(self) -> Models:
        adapters, settings = self._adapters, self._settings
        loaded = LoadedModels(
            adapters.parser,
            DeviceProcess(),
            adapters.open_generator,
            lambda: memory_settings(settings, adapters.threads()),
        )
        return adapters.closed(
            Models(
                adapters.models,
                adapters.parser,
                loaded,
                lambda: settings.get(MODEL_CHAT),
                adapters.kept_states,
                self._gateway,
            )
        )

    @cached_property
    def _routes(self) -> TurnRouting:
        return TurnRouting(self._models, self._guard, self._adapters.data_classes)

    @cached_property
    def _classifier(self) -> Classifier:
        return Classifier(self._models, self._guard, _prompt("classify"))

    # --- documents -------------------------------------------------------------------------------------------------

    @cached_property
    def _reranking(self) -> Reranking:
        return Reranking(self._adapters.passages, self._models, self._guard, lambda: self._settings.get(LIBRARY_RERANK))

    @cached_property
    def _grounding(self) -> Grounding:
        return Grounding(self._adapters.passages, self._guard, self._prompts, self._reranking)

    @cached_property
    def _survey(self) -> Survey:
        return Survey(self._adapters.passages, self._guard, _prompt("survey"))

    @cached_property
    def _library(self) -> Library:
        adapters = self._adapters
        forgetting = Forgetting(adapters.chats, self._models, adapters.experiments, adapters.judgements)
        return Library(
            adapters.passages, adapters.parser, adapters.audit, adapters.data_classes, forgetting, self._reranking
        )

    # --- answers ---------------------------------------------------------------------------------------------------

    @cached_property
    def _projects(self) -> Projects:
        return Projects(self._adapters.projects, self._adapters.chats)

    @cached_property
    def _chat(self) -> Chat:
        adapters = self._adapters
        return Chat(
            adapters.chats,
            self._grounding,
            self._models,
            self._guard,
            self._prompts,
            adapters.clock,
            lambda: chat_settings(self._settings),
            self._routes,
            self._survey,
            self._projects,
        )

    @cached_property
    def _completions(self) -> Completions:
        adapters = self._adapters
        return Completions(
            self._grounding,
            adapters.device_library,
            self._models,
            self._guard,
            self._prompts,
            lambda: chat_settings(self._settings),
            adapters.data_classes,
            self._survey,
        )

    @cached_property
    def _judge(self) -> Judge:
        adapters = self._adapters
        judging = Judging(self._guard, JudgePrompts(_prompt("judge"), _prompt("judge_merge")))
        return Judge(
            adapters.judgements,
            adapters.templates,
            judging,
            self._models,
            adapters.parser,
            adapters.device_library,
            adapters.data_classes,
        )

    def _playbooks(self) -> Playbooks:
        adapters = self._adapters
        prompts = PlaybookPrompts(_prompt("playbook_judge"), _prompt("playbook_draft"))
        return Playbooks(
            adapters.playbooks,
            adapters.playbook_runs,
            self._completions,
            self._classifier,
            self._grounding,
            self._models,
            prompts,
            adapters.say,
        )

    def _retention(self) -> Retention:
        adapters = self._adapters
        return Retention(
            self._library,
            self._chat,
            adapters.judgements,
            adapters.playbook_runs,
            adapters.folders,
            adapters.audit,
            adapters.clock,
            lambda: periods(self._settings),
        )


@contextmanager
def open_reader(home: Path, role: str) -> "Iterator[Services | LocalApiClient]":
    """The services of the home, or those of the process that holds it, if its local API runs.

    Raises as `open_services` does, and AppError API_UNREACHABLE.
    """
    with ExitStack() as stack:
        reader: Services | LocalApiClient
        try:
            reader = stack.enter_context(open_services(home, role))
        except AppError as error:
            address = AddressFile(_address_file(home)).read() if error.code is ErrorCode.HOME_IN_USE else None
            if address is None:
                raise
            reader = _local_api(address)
        yield reader


def _local_api(address: Address) -> "LocalApiClient":
    from app.adapters.local_api_client import LocalApiClient  # 0.1 s to import, and seldom needed

    return LocalApiClient(address)


def open_access(home: Path) -> Access:
    """The tokens of the home's local API; changed without the home's lock, so while another process serves it."""
    return Access(TokenFiles(home / "api"), AddressFile(_address_file(home)), SystemClock())


def _address_file(home: Path) -> Path:
    return home / "api" / "address.json"


def _prompt(name: str) -> str:
    return (resources_folder() / "prompts" / f"{name}.txt").read_text(encoding="utf-8").strip()
