"""The only file that says which adapter serves which port."""

import os
import sys
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING, Final

from app.adapters.access_files import AddressFile, TokenFiles
from app.adapters.catalogue import Catalogue
from app.adapters.combined_passages import CombinedDataClasses, CombinedPassages
from app.adapters.data_class_file import DataClassFile
from app.adapters.device_process import DeviceProcess
from app.adapters.docx_writer import DocxWriter
from app.adapters.file_source import FileSource
from app.adapters.home_lock import HomeLock
from app.adapters.kv_folder import KvFolder
from app.adapters.library_process import LibraryProcess
from app.adapters.llama_process import LlamaProcess
from app.adapters.local_folders import LocalFolders
from app.adapters.model_bundle import SignedBundles
from app.adapters.model_source import Source
from app.adapters.model_store import FolderModelStore
from app.adapters.package_index import PackageIndexSource
from app.adapters.page_renderer_process import PageRendererProcess
from app.adapters.parser_process import ParserProcess
from app.adapters.playbook_files import PlaybookFolders
from app.adapters.prompt_files import PromptFiles
from app.adapters.side_indexes import ProcessSideIndexes
from app.adapters.sqlite_appeals import SqliteAppeals
from app.adapters.sqlite_chats import SqliteChats
from app.adapters.sqlite_experiments import SqliteExperiments
from app.adapters.sqlite_folders import SqliteFolders
from app.adapters.sqlite_judgements import SqliteJudgements
from app.adapters.sqlite_ledger import SqliteLedger
from app.adapters.sqlite_playbook_runs import SqlitePlaybookRuns
from app.adapters.sqlite_projects import SqliteProjects
from app.adapters.system_clock import SystemClock
from app.adapters.system_power import look_at_power
from app.adapters.team_door import TeamDoor
from app.adapters.template_files import TemplateFiles
from app.adapters.temporary_chats import TemporaryChats
from app.domain.access import Address
from app.domain.audit import Connection
from app.domain.circuit import Circuit
from app.domain.data_class import CLASSES
from app.domain.errors import AppError, ErrorCode
from app.domain.models import InstalledModel, KvStore, LoadSettings, Sampling
from app.domain.power import thread_count
from app.domain.prompting import Prompts
from app.domain.ranking import FUSION_METHODS, Fusion
from app.domain.retention import Periods
from app.domain.routing import Bounds, read_task_models
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
from app.services.gateway import KEY_NAME, Gateway, GatewaySettings
from app.services.grounding import Grounding
from app.services.guard import Guard
from app.services.hygiene import Hygiene
from app.services.judge import Judge
from app.services.judge_exports import JudgeExports
from app.services.judge_tables import JudgeTables
from app.services.judging import JudgePrompts, Judging
from app.services.library import Library
from app.services.loaded_models import LoadedModels, MemorySettings
from app.services.models import Models
from app.services.playbooks import PlaybookPrompts, Playbooks
from app.services.projects import Projects
from app.services.prompt_library import PromptLibrary
from app.services.questions import Questions
from app.services.reranking import Reranking
from app.services.retention import Retention
from app.services.survey import Survey
from app.services.team import Team
from app.services.titles import Titles
from app.services.turn import ChatSettings
from app.services.turn_routing import TurnRouting
from app.services.viewing import Viewing
from app.settings.file import Settings, read_settings
from app.settings.table import (
    CHAT_RETENTION_DAYS,
    CHAT_TITLES,
    CHAT_WITHHOLD,
    COPILOT_MODEL,
    GATEWAY_CLASS_CEILING,
    GATEWAY_CONTEXT,
    GATEWAY_LOCAL_ONLY,
    GATEWAY_MODELS,
    GATEWAY_PROXY,
    GATEWAY_URL,
    JUDGE_RETENTION_DAYS,
    JUDGE_TEMPLATES,
    LIBRARY_CHUNK_WORDS,
    LIBRARY_EMBEDDER,
    LIBRARY_EMBEDDER_RUNTIME,
    LIBRARY_FUSION,
    LIBRARY_OCR,
    LIBRARY_PASSAGES,
    LIBRARY_RERANK,
    LIBRARY_RETENTION_DAYS,
    MODEL_ADAPTERS,
    MODEL_CHAT,
    MODEL_CONTEXT,
    MODEL_IDLE_MINUTES,
    MODEL_KEEP_MEGABYTES,
    MODEL_KEEP_READ,
    MODEL_MAX_TOKENS,
    MODEL_MEMORY,
    MODEL_PINNED,
    MODEL_TEMPERATURE,
    MODEL_THINKS,
    MODELS_CATALOGUES,
    MODELS_MIRROR,
    MODELS_SHARED_FOLDER,
    MODELS_TRUSTED_KEYS,
    NETWORK_EXTRA_CA,
    PLAYBOOKS_RETENTION_DAYS,
    PLAYBOOKS_SHARED_FOLDER,
    POWER_SAVE,
    POWER_THREADS,
    PROMPTS_COMPANY,
    ROUTING_TASKS,
    TEAM_CA,
    TEAM_URL,
    Setting,
)

if TYPE_CHECKING:
    from app.adapters.local_api_client import LocalApiClient
    from app.adapters.openai_gateway import OpenAiGateway
    from app.adapters.vault_secrets import VaultSecrets

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


def resources_folder() -> Path:
    """Where the shipped files lie: beside the code in a checkout, inside the bundle when frozen."""
    bundle = getattr(sys, "_MEIPASS", None)
    return (Path(bundle) if bundle else Path(__file__).parent.parent) / "resources"


@contextmanager
def open_services(home: Path, role: str, *, models_folder: Path | None = None) -> Iterator[Services]:
    """Take the home's lock, wire everything, and close it again at the end; worker processes start when first needed.

    `models_folder` is where the models lie, if not in the home.

    Raises AppError HOME_IN_USE, HOME_NOT_WRITABLE, CHATS_NEWER, SETTINGS_INVALID.
    """
    with HomeLock(home, role):
        settings = read_settings(home / "settings.toml")
        clock = SystemClock()
        ledger = SqliteLedger(home / "ledger.db", clock)
        kept_chats = SqliteChats(home / "chats.db", clock)
        chats = TemporaryChats(kept_chats, clock)
        audit = Audit(ledger)
        store = _model_store(models_folder or home / "models", settings, audit)
        parser = ParserProcess(wants_ocr=lambda: settings.get(LIBRARY_OCR))

        def embedders() -> list[InstalledModel]:
            installed = [model for model in store.installed() if model.role == "embed" and Path(model.path).is_dir()]
            return sorted(installed, key=lambda model: model.id != settings.get(LIBRARY_EMBEDDER))

        def embedder() -> Path | None:
            return next((Path(model.path) for model in embedders()), None)

        def runtime() -> str:
            return settings.get(LIBRARY_EMBEDDER_RUNTIME)

        kv_store = KvStore(str(home / "cache" / "kv"), settings.get(MODEL_KEEP_MEGABYTES) * 1024 * 1024)
        kept_states = KvFolder(kv_store)
        if not settings.get(MODEL_KEEP_READ):
            kept_states.clear()

        def threads() -> int:
            return thread_count(look_at_power(), settings.get(POWER_THREADS), save=settings.get(POWER_SAVE))

        def open_generator(model: InstalledModel, load: LoadSettings) -> LlamaProcess:
            kept = kv_store if settings.get(MODEL_KEEP_READ) else None
            return LlamaProcess(model, load, home / "quarantine.json", kept, threads)

        @cache
        def secrets() -> "VaultSecrets":
            from app.adapters.keyring_secrets import KeyringSecrets  # 0.1 s to import, and seldom needed
            from app.adapters.vault_secrets import VaultSecrets

            keyring = KeyringSecrets({KEY_NAME: os.environ.get("DONJON_GATEWAY_KEY", "")})
            return VaultSecrets(keyring, home / "vault.json", lambda: os.environ.get("DONJON_VAULT_PASSPHRASE", ""))

        guard = Guard(audit, lambda: _gateway_settings(settings).bounds)
        gateway = Gateway(
            lambda: _gateway_settings(settings),
            secrets,
            _gateway_opener(settings, lambda: secrets().get(KEY_NAME), audit),
            guard,
        )
        device_library = LibraryProcess(
            home / "library",
            embedder,
            runtime,
            lambda: settings.get(LIBRARY_CHUNK_WORDS),
            lambda: Fusion(next(one for one in FUSION_METHODS if one == settings.get(LIBRARY_FUSION))),
            lambda: settings.get(POWER_SAVE),
        )

        def embedder_name() -> str:
            folder = embedder()
            return folder.name if folder is not None else ""

        def team_address() -> tuple[str, str]:
            return settings.get(TEAM_URL), settings.get(TEAM_CA)

        team = TeamDoor(
            team_address,
            secrets,
            audit,
            device_library,
            embedder_name,
            resources_folder() / "team",
            lambda: settings.get(GATEWAY_LOCAL_ONLY),
        )
        passages = CombinedPassages(device_library, team.passages)
        data_classes = CombinedDataClasses(DataClassFile(home / "data_classes.json"), passages.classes)
        tried = SqliteExperiments(home / "experiments.db")
        judgements = SqliteJudgements(home / "judgements.db")
        playbook_runs = SqlitePlaybookRuns(home / "playbooks.db")
        loaded = LoadedModels(parser, DeviceProcess(), open_generator, lambda: _memory_settings(settings, threads()))
        models = Models(store, parser, loaded, lambda: settings.get(MODEL_CHAT), kept_states, gateway)
        bundles = ModelBundles(
            store, SignedBundles(store, home / "bundle_key.pem"), lambda: settings.get(MODELS_TRUSTED_KEYS)
        )
        prompts = Prompts(*map(_prompt, PROMPTS))
        reranking = Reranking(passages, models, guard, lambda: settings.get(LIBRARY_RERANK))
        grounding = Grounding(passages, guard, prompts, reranking)
        routes = TurnRouting(models, guard, data_classes)
        survey = Survey(passages, guard, _prompt("survey"))
        appeal_store = SqliteAppeals(home / "appeals.db")
        project_store = SqliteProjects(home / "projects.db")
        projects = Projects(project_store, chats)
        chat = Chat(
            chats, grounding, models, guard, prompts, clock, lambda: _chat_settings(settings), routes, survey, projects
        )
        completions = Completions(
            grounding, device_library, models, guard, prompts, lambda: _chat_settings(settings), data_classes, survey
        )
        classifier = Classifier(models, guard, _prompt("classify"))
        library = Library(
            passages, parser, audit, data_classes, Forgetting(chats, models, tried, judgements), reranking
        )
        templates = TemplateFiles(
            resources_folder() / "judge", lambda: _path(settings, JUDGE_TEMPLATES), home / "judge"
        )
        judging = Judging(guard, JudgePrompts(_prompt("judge"), _prompt("judge_merge")))
        judge = Judge(judgements, templates, judging, models, parser, device_library, data_classes)
        prompt_files = PromptFiles(
            resources_folder() / "prompt_library", _path(settings, PROMPTS_COMPANY), home / "prompts"
        )
        watched = SqliteFolders(home / "folders.db")

        def is_saving() -> bool:
            return settings.get(POWER_SAVE) and look_at_power().on_battery

        folders = Folders(watched, LocalFolders(), library, parser, clock, is_saving)

        def periods() -> Periods:
            return Periods(
                settings.get(LIBRARY_RETENTION_DAYS),
                settings.get(CHAT_RETENTION_DAYS),
                settings.get(JUDGE_RETENTION_DAYS),
                settings.get(PLAYBOOKS_RETENTION_DAYS),
            )

        retention = Retention(library, chat, judgements, playbook_runs, watched, audit, clock, periods)
        renderer = PageRendererProcess()
        viewing = Viewing(passages, renderer)
        try:
            yield Services(
                chat,
                Conversations(chats, grounding, prompts, clock),
                projects,
                Transfer(chats, grounding, DocxWriter(), clock, projects),
                completions,
                Ensemble(completions, models, guard, _prompt("compare_answers")),
                Titles(chats, models, guard, routes, _prompt("title"), lambda: settings.get(CHAT_TITLES)),
                library,
                Hygiene(passages, library),
                folders,
                PromptLibrary(prompt_files, library.documents, chat, clock),
                Questions(tried, device_library, models, guard, data_classes, _prompt("test_question")),
                Experiments(
                    tried,
                    device_library,
                    ProcessSideIndexes(home / "cache" / "experiments", embedders, runtime),
                    settings,
                ),
                judge,
                JudgeTables(judgements, judge, parser),
                JudgeExports(judgements, DocxWriter()),
                Playbooks(
                    PlaybookFolders(_playbook_folders(home, settings)),
                    playbook_runs,
                    completions,
                    classifier,
                    grounding,
                    models,
                    PlaybookPrompts(_prompt("playbook_judge"), _prompt("playbook_draft")),
                ),
                Copilot(
                    models, completions, classifier, parser, _prompt("copilot"), lambda: settings.get(COPILOT_MODEL)
                ),
                retention,
                viewing,
                models,
                bundles,
                gateway,
                Team(team, device_library, secrets, audit),
                audit,
                Diagnostics(settings, models, library, audit),
                Appeals(appeal_store, audit, clock),
                open_access(home),
                settings,
                home,
            )
        finally:
            models.close()
            passages.close()
            team.close()
            parser.close()
            renderer.close()
            kept_chats.close()
            project_store.close()
            appeal_store.close()
            watched.close()
            tried.close()
            judgements.close()
            playbook_runs.close()
            ledger.close()


def _model_store(folder: Path, settings: Settings, audit: Audit) -> FolderModelStore:
    """The models of this home, where more come from, and those that the machine's users share."""

    def permit(host: str, purpose: str) -> None:
        audit.network_opened(Connection(host, purpose, "public", 0))

    def source_for(scheme: str) -> Source:
        if scheme == "index":
            return PackageIndexSource(
                lambda package: permit("the package index of this machine", f"fetching {package}")
            )
        if scheme == "file":
            return FileSource()
        from app.adapters.http_client import http_client  # 0.1 s to import, and seldom needed
        from app.adapters.https_source import HttpsSource

        extra_ca = _path(settings, NETWORK_EXTRA_CA)
        mirror = settings.get(MODELS_MIRROR)
        return HttpsSource(lambda: http_client("fetching a model", permit=permit, extra_ca=extra_ca), mirror)

    catalogue = Catalogue(resources_folder() / "models.toml", _path(settings, MODELS_CATALOGUES))
    return FolderModelStore(folder, catalogue, source_for, _path(settings, MODELS_SHARED_FOLDER))


def _playbook_folders(home: Path, settings: Settings) -> list[Path]:
    """Where playbooks lie: the shipped ones, an administrator's, the person's own."""
    shared = _path(settings, PLAYBOOKS_SHARED_FOLDER)
    return [resources_folder() / "playbooks", *([shared] if shared else []), home / "playbooks"]


def _path(settings: Settings, setting: Setting[str]) -> Path | None:
    """A setting that is a path, "" for none."""
    text = settings.get(setting)
    return Path(text).expanduser() if text else None


def _gateway_opener(settings: Settings, key: Callable[[], str], network: Audit) -> Callable[[str], "OpenAiGateway"]:
    """Opens the models of the gateway; all of them share its circuit."""
    circuit = Circuit()

    def open_generator(model: str) -> "OpenAiGateway":
        from app.adapters.http_client import Timeouts, http_client  # 0.1 s to import, and seldom needed
        from app.adapters.openai_gateway import PURPOSE, Endpoint, OpenAiGateway

        endpoint = Endpoint(settings.get(GATEWAY_URL), model, settings.get(GATEWAY_CONTEXT))
        return OpenAiGateway(
            endpoint,
            lambda: http_client(
                PURPOSE,
                extra_ca=_path(settings, NETWORK_EXTRA_CA),
                proxy=settings.get(GATEWAY_PROXY),
                timeouts=Timeouts(connect=10.0),
            ),
            key,
            network,
            circuit,
        )

    return open_generator


def _gateway_settings(settings: Settings) -> GatewaySettings:
    try:
        task_models = read_task_models(settings.get(ROUTING_TASKS))
    except ValueError as error:
        reason = f"{ROUTING_TASKS.key} {error}"
        raise AppError(
            ErrorCode.SETTINGS_INVALID,
            path="settings.toml",
            key=ROUTING_TASKS.key,
            reason=reason,
        ) from error
    ceiling = next(one for one in CLASSES if one == settings.get(GATEWAY_CLASS_CEILING))
    bounds = Bounds(settings.get(GATEWAY_LOCAL_ONLY), ceiling)
    return GatewaySettings(settings.get(GATEWAY_URL), tuple(settings.get(GATEWAY_MODELS).split()), bounds, task_models)


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


def _memory_settings(settings: Settings, threads: int) -> MemorySettings:
    return MemorySettings(
        load=LoadSettings(context=settings.get(MODEL_CONTEXT), threads=threads),
        budget=round(settings.get(MODEL_MEMORY) * 1e9),
        idle_s=settings.get(MODEL_IDLE_MINUTES) * 60.0,
        pinned=frozenset(settings.get(MODEL_PINNED).split()),
    )


def _chat_settings(settings: Settings) -> ChatSettings:
    return ChatSettings(
        sampling=Sampling(temperature=settings.get(MODEL_TEMPERATURE), max_tokens=settings.get(MODEL_MAX_TOKENS)),
        passages=settings.get(LIBRARY_PASSAGES),
        withhold=settings.get(CHAT_WITHHOLD),
        thinks=settings.get(MODEL_THINKS),
        adapters=tuple(settings.get(MODEL_ADAPTERS).split()),
    )
