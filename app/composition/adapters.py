"""What a home's services stand on: its databases, its worker processes, and the ways out of this machine.

Each part is made when it is first asked for, after the parts that it needs; in the end they are closed the other way
round, so that nothing is used after it was closed.
"""

import os
import sys
from contextlib import ExitStack
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING, Protocol, TypeVar

from app.adapters.catalogue import Catalogue
from app.adapters.combined_passages import CombinedDataClasses, CombinedPassages
from app.adapters.data_class_file import DataClassFile
from app.adapters.file_source import FileSource
from app.adapters.kv_folder import KvFolder
from app.adapters.library_process import LibraryProcess
from app.adapters.llama_process import LlamaProcess
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
from app.adapters.translated_files import ENGLISH, read_translations
from app.composition.values import content_language, fusion, path_of
from app.domain.audit import Connection
from app.domain.circuit import Circuit
from app.domain.models import InstalledModel, KvStore, LoadSettings
from app.domain.power import thread_count
from app.domain.texts import Say, say_in
from app.services.audit import Audit
from app.services.gateway import KEY_NAME
from app.settings.file import Settings
from app.settings.table import (
    GATEWAY_CONTEXT,
    GATEWAY_LOCAL_ONLY,
    GATEWAY_PROXY,
    GATEWAY_URL,
    JUDGE_TEMPLATES,
    LIBRARY_CHUNK_WORDS,
    LIBRARY_EMBEDDER,
    LIBRARY_EMBEDDER_RUNTIME,
    LIBRARY_OCR,
    MODEL_KEEP_MEGABYTES,
    MODEL_KEEP_READ,
    MODELS_CATALOGUES,
    MODELS_MIRROR,
    MODELS_SHARED_FOLDER,
    NETWORK_EXTRA_CA,
    PLAYBOOKS_SHARED_FOLDER,
    POWER_SAVE,
    POWER_THREADS,
    PROMPTS_COMPANY,
    TEAM_CA,
    TEAM_URL,
)

if TYPE_CHECKING:
    from app.adapters.openai_gateway import OpenAiGateway
    from app.adapters.vault_secrets import VaultSecrets


class _Closable(Protocol):
    def close(self) -> None: ...


Part = TypeVar("Part", bound=_Closable)


def resources_folder() -> Path:
    """Where the shipped files lie: beside the code in a checkout, inside the bundle when frozen."""
    bundle = getattr(sys, "_MEIPASS", None)
    return (Path(bundle) if bundle else Path(__file__).parents[2]) / "resources"


class Adapters:
    """Those of one home, whose lock is held; they are closed with `closing`."""

    def __init__(
        self, home: Path, settings: Settings, models_folder: Path, closing: ExitStack, language: str = ENGLISH
    ) -> None:
        """`language` is the system's, of two letters."""
        self._language = language
        self._home = home
        self._settings = settings
        self._models_folder = models_folder
        self._closing = closing
        self.clock = SystemClock()
        self._circuit = Circuit()  # of the gateway, whose models share it

    def closed(self, part: Part) -> Part:
        """The part, which is closed in the end before all that were made earlier."""
        self._closing.callback(part.close)
        return part

    # --- databases and files of the home ---------------------------------------------------------------------------

    @cached_property
    def audit(self) -> Audit:
        """The record of what happened."""
        return Audit(self.closed(SqliteLedger(self._home / "ledger.db", self.clock)))

    @cached_property
    def chats(self) -> TemporaryChats:
        """Conversations, and those that are never written."""
        return TemporaryChats(self.closed(SqliteChats(self._home / "chats.db", self.clock)), self.clock)

    @cached_property
    def projects(self) -> SqliteProjects:
        """What conversations have in common."""
        return self.closed(SqliteProjects(self._home / "projects.db"))

    @cached_property
    def appeals(self) -> SqliteAppeals:
        """Objections to verdicts of rails."""
        return self.closed(SqliteAppeals(self._home / "appeals.db"))

    @cached_property
    def folders(self) -> SqliteFolders:
        """The folders that the library is kept in step with."""
        return self.closed(SqliteFolders(self._home / "folders.db"))

    @cached_property
    def experiments(self) -> SqliteExperiments:
        """Test questions, and what ways of searching made of them."""
        return self.closed(SqliteExperiments(self._home / "experiments.db"))

    @cached_property
    def judgements(self) -> SqliteJudgements:
        """What was judged, in versions."""
        return self.closed(SqliteJudgements(self._home / "judgements.db"))

    @cached_property
    def playbook_runs(self) -> SqlitePlaybookRuns:
        """How far playbooks have been followed."""
        return self.closed(SqlitePlaybookRuns(self._home / "playbooks.db"))

    def _spoken(self) -> str:
        return content_language(self._settings, self._language)

    @cached_property
    def say(self) -> Say:
        """Puts texts of the code in that language; it is read once, as the window's is."""
        path = resources_folder() / "translations" / f"{self._spoken()}.toml"
        return say_in(read_translations(path)) if path.exists() else str

    @cached_property
    def templates(self) -> TemplateFiles:
        """What can be judged."""
        return TemplateFiles(
            resources_folder() / "judge",
            lambda: path_of(self._settings, JUDGE_TEMPLATES),
            self._home / "judge",
            self._spoken,
        )

    @cached_property
    def playbooks(self) -> PlaybookFolders:
        """Guided decision trees: the shipped ones, an administrator's, the person's own."""
        shared = path_of(self._settings, PLAYBOOKS_SHARED_FOLDER)
        folders = [resources_folder() / "playbooks", *([shared] if shared else []), self._home / "playbooks"]
        return PlaybookFolders(folders, self._spoken)

    @cached_property
    def prompts(self) -> PromptFiles:
        """Prompts to fill in."""
        company = path_of(self._settings, PROMPTS_COMPANY)
        return PromptFiles(resources_folder() / "prompt_library", company, self._home / "prompts", self._spoken)

    @cached_property
    def secrets(self) -> "VaultSecrets":
        """Keys and passwords."""
        from app.adapters.keyring_secrets import KeyringSecrets  # 0.1 s to import, and seldom needed
        from app.adapters.vault_secrets import VaultSecrets

        keyring = KeyringSecrets({KEY_NAME: os.environ.get("DONJON_GATEWAY_KEY", "")})
        return VaultSecrets(keyring, self._home / "vault.json", lambda: os.environ.get("DONJON_VAULT_PASSPHRASE", ""))

    # --- models on this machine ------------------------------------------------------------------------------------

    @cached_property
    def models(self) -> FolderModelStore:
        """The models of this home, where more come from, and those that the machine's users share."""
        settings = self._settings
        catalogue = Catalogue(resources_folder() / "models.toml", path_of(settings, MODELS_CATALOGUES))
        shared = path_of(settings, MODELS_SHARED_FOLDER)
        return FolderModelStore(self._models_folder, catalogue, self._model_source, shared)

    def _model_source(self, scheme: str) -> Source:
        def permit(host: str, purpose: str) -> None:
            self.audit.network_opened(Connection(host, purpose, "public", 0))

        if scheme == "index":
            return PackageIndexSource(
                lambda package: permit("the package index of this machine", f"fetching {package}")
            )
        if scheme == "file":
            return FileSource()
        from app.adapters.http_client import http_client  # 0.1 s to import, and seldom needed
        from app.adapters.https_source import HttpsSource

        extra_ca = path_of(self._settings, NETWORK_EXTRA_CA)
        mirror = self._settings.get(MODELS_MIRROR)
        return HttpsSource(lambda: http_client("fetching a model", permit=permit, extra_ca=extra_ca), mirror)

    @cached_property
    def bundles(self) -> SignedBundles:
        """Models as signed files."""
        return SignedBundles(self.models, self._home / "bundle_key.pem")

    @cached_property
    def kv_store(self) -> KvStore:
        """Where conversations are kept as models have read them."""
        return KvStore(str(self._home / "cache" / "kv"), self._settings.get(MODEL_KEEP_MEGABYTES) * 1024 * 1024)

    @cached_property
    def kept_states(self) -> KvFolder:
        """What lies there; emptied where nothing is to be kept."""
        folder = KvFolder(self.kv_store)
        if not self._settings.get(MODEL_KEEP_READ):
            folder.clear()
        return folder

    def threads(self) -> int:
        """How many threads a model computes with now."""
        settings = self._settings
        return thread_count(look_at_power(), settings.get(POWER_THREADS), save=settings.get(POWER_SAVE))

    def is_saving_power(self) -> bool:
        """Whether work that nobody waits for is to wait for the mains."""
        return self._settings.get(POWER_SAVE) and look_at_power().on_battery

    def open_generator(self, model: InstalledModel, load: LoadSettings) -> LlamaProcess:
        """A process for a model."""
        kept = self.kv_store if self._settings.get(MODEL_KEEP_READ) else None
        return LlamaProcess(model, load, self._home / "quarantine.json", kept, self.threads)

    # --- documents -------------------------------------------------------------------------------------------------

    @cached_property
    def parser(self) -> ParserProcess:
        """Reads files that nobody vouches for."""
        return self.closed(ParserProcess(wants_ocr=lambda: self._settings.get(LIBRARY_OCR)))

    @cached_property
    def renderer(self) -> PageRendererProcess:
        """Draws pages of documents."""
        return self.closed(PageRendererProcess())

    def _embedders(self) -> list[InstalledModel]:
        """The embedders here, the chosen one first."""
        installed = [model for model in self.models.installed() if model.role == "embed" and Path(model.path).is_dir()]
        return sorted(installed, key=lambda model: model.id != self._settings.get(LIBRARY_EMBEDDER))

    def _embedder(self) -> Path | None:
        return next((Path(model.path) for model in self._embedders()), None)

    def _embedder_name(self) -> str:
        folder = self._embedder()
        return folder.name if folder is not None else ""

    def _embedder_runtime(self) -> str:
        return self._settings.get(LIBRARY_EMBEDDER_RUNTIME)

    @cached_property
    def device_library(self) -> LibraryProcess:
        """The documents on this device; closed with `passages`."""
        settings = self._settings
        return LibraryProcess(
            self._home / "library",
            self._embedder,
            self._embedder_runtime,
            lambda: settings.get(LIBRARY_CHUNK_WORDS),
            lambda: fusion(settings),
            lambda: settings.get(POWER_SAVE),
        )

    @cached_property
    def side_indexes(self) -> ProcessSideIndexes:
        """Indexes beside the library's own, to compare ways of searching."""
        return ProcessSideIndexes(self._home / "cache" / "experiments", self._embedders, self._embedder_runtime)

    @cached_property
    def team(self) -> TeamDoor:
        """The documents of a team."""
        settings = self._settings
        return self.closed(
            TeamDoor(
                lambda: (settings.get(TEAM_URL), settings.get(TEAM_CA)),
                lambda: self.secrets,
                self.audit,
                self.device_library,
                self._embedder_name,
                resources_folder() / "team",
                lambda: settings.get(GATEWAY_LOCAL_ONLY),
            )
        )

    @cached_property
    def passages(self) -> CombinedPassages:
        """The documents of this device and of the team."""
        return self.closed(CombinedPassages(self.device_library, self.team.passages))

    @cached_property
    def data_classes(self) -> CombinedDataClasses:
        """The classes of collections."""
        return CombinedDataClasses(DataClassFile(self._home / "data_classes.json"), self.passages.classes)

    # --- beyond this machine ---------------------------------------------------------------------------------------

    def open_gateway(self, model: str) -> "OpenAiGateway":
        """A model of the gateway."""
        from app.adapters.http_client import Timeouts, http_client  # 0.1 s to import, and seldom needed
        from app.adapters.openai_gateway import PURPOSE, Endpoint, OpenAiGateway

        settings = self._settings
        return OpenAiGateway(
            Endpoint(settings.get(GATEWAY_URL), model, settings.get(GATEWAY_CONTEXT)),
            lambda: http_client(
                PURPOSE,
                extra_ca=path_of(settings, NETWORK_EXTRA_CA),
                proxy=settings.get(GATEWAY_PROXY),
                timeouts=Timeouts(connect=10.0),
            ),
            lambda: self.secrets.get(KEY_NAME),
            self.audit,
            self._circuit,
        )
