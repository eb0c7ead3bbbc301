"""The only file that says which adapter serves which port."""

import sys
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from app.adapters.access_files import AddressFile, TokenFiles
from app.adapters.catalogue import Catalogue
from app.adapters.device_process import DeviceProcess
from app.adapters.file_source import FileSource
from app.adapters.home_lock import HomeLock
from app.adapters.library_process import LibraryProcess
from app.adapters.llama_process import LlamaProcess
from app.adapters.model_bundle import SignedBundles
from app.adapters.model_source import Source
from app.adapters.model_store import FolderModelStore
from app.adapters.package_index import PackageIndexSource
from app.adapters.parser_process import ParserProcess
from app.adapters.sqlite_chats import SqliteChats
from app.adapters.sqlite_ledger import SqliteLedger
from app.adapters.system_clock import SystemClock
from app.domain.access import Address
from app.domain.errors import AppError, ErrorCode
from app.domain.models import InstalledModel, LoadSettings, Sampling
from app.domain.prompting import Prompts
from app.services.access import Access
from app.services.audit import Audit
from app.services.bundles import ModelBundles
from app.services.chat import Chat, ChatSettings
from app.services.completions import Completions
from app.services.grounding import Grounding
from app.services.guard import Guard
from app.services.library import Library
from app.services.loaded_models import LoadedModels, MemorySettings
from app.services.models import Models
from app.settings.file import Settings, read_settings
from app.settings.table import (
    LIBRARY_PASSAGES,
    MODEL_CHAT,
    MODEL_CONTEXT,
    MODEL_IDLE_MINUTES,
    MODEL_MAX_TOKENS,
    MODEL_MEMORY,
    MODEL_TEMPERATURE,
    MODELS_CATALOGUES,
    MODELS_MIRROR,
    MODELS_SHARED_FOLDER,
    MODELS_TRUSTED_KEYS,
    NETWORK_EXTRA_CA,
    Setting,
)

if TYPE_CHECKING:
    from app.adapters.local_api_client import LocalApiClient


@dataclass(frozen=True, slots=True)
class Services:
    """All that a door needs."""

    chat: Chat
    completions: Completions
    library: Library
    models: Models
    bundles: ModelBundles
    audit: Audit
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
        chats = SqliteChats(home / "chats.db", clock)
        audit = Audit(ledger)
        store = _model_store(models_folder or home / "models", settings)
        parser = ParserProcess()

        def embedder() -> Path | None:
            installed = [model for model in store.installed() if model.role == "embed" and Path(model.path).is_dir()]
            return Path(installed[0].path) if installed else None

        def open_generator(model: InstalledModel, load: LoadSettings) -> LlamaProcess:
            return LlamaProcess(model, load, home / "quarantine.json")

        passages = LibraryProcess(home / "library", embedder)
        loaded = LoadedModels(parser, DeviceProcess(), open_generator, lambda: _memory_settings(settings))
        models = Models(store, parser, loaded, lambda: settings.get(MODEL_CHAT))
        bundles = ModelBundles(
            store, SignedBundles(store, home / "bundle_key.pem"), lambda: settings.get(MODELS_TRUSTED_KEYS)
        )
        prompts = Prompts(*(_prompt(name) for name in ("chat_system", "grounded_question")))
        guard = Guard(audit)
        grounding = Grounding(passages, guard, prompts)
        chat = Chat(chats, grounding, models, guard, prompts, clock, lambda: _chat_settings(settings))
        completions = Completions(grounding, passages, models, guard, prompts, lambda: _chat_settings(settings))
        library = Library(passages, parser, audit)
        try:
            yield Services(chat, completions, library, models, bundles, audit, open_access(home), settings, home)
        finally:
            models.close()
            passages.close()
            parser.close()
            chats.close()
            ledger.close()


def _model_store(folder: Path, settings: Settings) -> FolderModelStore:
    """The models of this home, where more come from, and those that the machine's users share."""

    def source_for(scheme: str) -> Source:
        if scheme == "index":
            return PackageIndexSource()
        if scheme == "file":
            return FileSource()
        from app.adapters.http_client import http_client  # 0.1 s to import, and seldom needed
        from app.adapters.https_source import HttpsSource

        extra_ca = _path(settings, NETWORK_EXTRA_CA)
        return HttpsSource(lambda: http_client("fetching a model", extra_ca=extra_ca), settings.get(MODELS_MIRROR))

    catalogue = Catalogue(resources_folder() / "models.toml", _path(settings, MODELS_CATALOGUES))
    return FolderModelStore(folder, catalogue, source_for, _path(settings, MODELS_SHARED_FOLDER))


def _path(settings: Settings, setting: Setting[str]) -> Path | None:
    """A setting that is a path, "" for none."""
    text = settings.get(setting)
    return Path(text).expanduser() if text else None


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


def _memory_settings(settings: Settings) -> MemorySettings:
    return MemorySettings(
        load=LoadSettings(context=settings.get(MODEL_CONTEXT)),
        budget=round(settings.get(MODEL_MEMORY) * 1e9),
        idle_s=settings.get(MODEL_IDLE_MINUTES) * 60.0,
    )


def _chat_settings(settings: Settings) -> ChatSettings:
    return ChatSettings(
        sampling=Sampling(temperature=settings.get(MODEL_TEMPERATURE), max_tokens=settings.get(MODEL_MAX_TOKENS)),
        passages=settings.get(LIBRARY_PASSAGES),
    )
