"""What a verdict on memory means, in words for people."""

from typing import Final

from app.domain.fit import Fits, Verdict
from app.domain.models import LoadSettings

LABELS: Final[dict[Fits, str]] = {"fits": "fits", "slow": "may be slow", "too_large": "does not fit"}

_REASONS: Final = {
    "memory": "more than can be had: {available} of memory",
    "tight": "nearly all that can be had ({available}); other programs may be pushed aside",
    "gpu_memory": "the graphics card has room for a part of it only",
    "gpu_full": "the graphics card has no room for any of it",
    "no_gpu": "no graphics card was found",
    "no_gpu_build": "this build computes on the processor only",
}


def size_text(size: int) -> str:
    """Bytes as people read them."""
    return f"{size / 1e9:.1f} GB" if size >= 1e9 else f"{max(size, 0) / 1e6:.0f} MB"


def why(verdict: Verdict) -> str:
    """Why it is so, "" where nothing needs saying."""
    return _REASONS.get(verdict.reason, "").format(available=size_text(verdict.available))


def device_text(verdict: Verdict) -> str:
    """What a model computes on, in a few words."""
    layers, threads = verdict.settings.gpu_layers, verdict.settings.threads
    if verdict.why_cpu or not layers:
        return f"CPU · {threads} thread{'' if threads == 1 else 's'}"
    return f"{verdict.backend} · {layers} of {verdict.layers} layers"


def device_reason(verdict: Verdict) -> str:
    """Why it computes there, and with which settings if those asked for did not fit."""
    reason = _REASONS.get(verdict.why_cpu, "")
    where = f"Computes on the processor: {reason}." if reason else f"Computes on {verdict.device}."
    return f"{where} Loads with {settings_text(verdict.settings)}, as more does not fit." if verdict.reduced else where


def remedy(verdict: Verdict) -> str:
    """The one change that would make it fit."""
    if verdict.remedy is not None:
        return f"It would fit with {settings_text(verdict.remedy)}."
    return "Choose a smaller model or a smaller quantisation." if verdict.fits == "too_large" else ""


def settings_text(settings: LoadSettings) -> str:
    """Context, KV state and layers of these settings."""
    parts = [f"a context of {settings.context} tokens"]
    parts += ["its KV state in eight bits"] if settings.kv_type == "q8_0" else []
    parts += [] if settings.extra_buffers else ["its weights kept once (slower to read prompts)"]
    return " and ".join(parts)
