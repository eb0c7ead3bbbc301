"""What the settings mean to the services that follow them."""

from pathlib import Path

from app.domain.data_class import CLASSES
from app.domain.errors import AppError, ErrorCode
from app.domain.models import LoadSettings, Sampling
from app.domain.ranking import FUSION_METHODS, Fusion
from app.domain.retention import Periods
from app.domain.routing import Bounds, read_task_models
from app.services.gateway import GatewaySettings
from app.services.loaded_models import MemorySettings
from app.services.turn import ChatSettings
from app.settings.file import Settings
from app.settings.table import (
    CHAT_RETENTION_DAYS,
    CHAT_WITHHOLD,
    GATEWAY_CLASS_CEILING,
    GATEWAY_LOCAL_ONLY,
    GATEWAY_MODELS,
    GATEWAY_URL,
    JUDGE_RETENTION_DAYS,
    LIBRARY_FUSION,
    LIBRARY_PASSAGES,
    LIBRARY_RETENTION_DAYS,
    MODEL_ADAPTERS,
    MODEL_CONTEXT,
    MODEL_IDLE_MINUTES,
    MODEL_MAX_TOKENS,
    MODEL_MEMORY,
    MODEL_PINNED,
    MODEL_TEMPERATURE,
    MODEL_THINKS,
    PLAYBOOKS_RETENTION_DAYS,
    ROUTING_TASKS,
    UI_LANGUAGE,
    Setting,
)


def path_of(settings: Settings, setting: Setting[str]) -> Path | None:
    """A setting that is a path, "" for none."""
    text = settings.get(setting)
    return Path(text).expanduser() if text else None


def content_language(settings: Settings, of_the_system: str) -> str:
    """The language that playbooks, templates and prompts are told in, as two letters."""
    named = {"english": "en", "deutsch": "de"}
    return named.get(settings.get(UI_LANGUAGE), of_the_system)


def chat_settings(settings: Settings) -> ChatSettings:
    """How chats are answered."""
    return ChatSettings(
        sampling=Sampling(temperature=settings.get(MODEL_TEMPERATURE), max_tokens=settings.get(MODEL_MAX_TOKENS)),
        passages=settings.get(LIBRARY_PASSAGES),
        withhold=settings.get(CHAT_WITHHOLD),
        thinks=settings.get(MODEL_THINKS),
        adapters=tuple(settings.get(MODEL_ADAPTERS).split()),
    )


def fusion(settings: Settings) -> Fusion:
    """How search by words and by meaning are put together."""
    return Fusion(next(one for one in FUSION_METHODS if one == settings.get(LIBRARY_FUSION)))


def gateway_settings(settings: Settings) -> GatewaySettings:
    """Where the gateway is and what may go there. Raises AppError SETTINGS_INVALID."""
    try:
        task_models = read_task_models(settings.get(ROUTING_TASKS))
    except ValueError as error:
        reason = f"{ROUTING_TASKS.key} {error}"
        raise AppError(
            ErrorCode.SETTINGS_INVALID, path="settings.toml", key=ROUTING_TASKS.key, reason=reason
        ) from error
    ceiling = next(one for one in CLASSES if one == settings.get(GATEWAY_CLASS_CEILING))
    bounds = Bounds(settings.get(GATEWAY_LOCAL_ONLY), ceiling)
    return GatewaySettings(settings.get(GATEWAY_URL), tuple(settings.get(GATEWAY_MODELS).split()), bounds, task_models)


def memory_settings(settings: Settings, threads: int) -> MemorySettings:
    """How models are loaded, and for how long."""
    return MemorySettings(
        load=LoadSettings(context=settings.get(MODEL_CONTEXT), threads=threads),
        budget=round(settings.get(MODEL_MEMORY) * 1e9),
        idle_s=settings.get(MODEL_IDLE_MINUTES) * 60.0,
        pinned=frozenset(settings.get(MODEL_PINNED).split()),
    )


def periods(settings: Settings) -> Periods:
    """How long things are kept, in days."""
    return Periods(
        settings.get(LIBRARY_RETENTION_DAYS),
        settings.get(CHAT_RETENTION_DAYS),
        settings.get(JUDGE_RETENTION_DAYS),
        settings.get(PLAYBOOKS_RETENTION_DAYS),
    )
