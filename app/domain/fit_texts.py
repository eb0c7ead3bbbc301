"""What a verdict on memory means, in words for people."""

from typing import Final

from app.domain.fit import Fits, Verdict
from app.domain.models import LoadSettings
from app.domain.texts import Text

LABELS: Final[dict[Fits, str]] = {"fits": "fits", "slow": "may be slow", "too_large": "does not fit"}

REASONS: Final = {
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


def why(verdict: Verdict) -> Text:
    """Why it is so, "" where nothing needs saying."""
    return Text(REASONS.get(verdict.reason, ""), available=size_text(verdict.available))


def device_text(verdict: Verdict) -> Text:
    """What a model computes on, in a few words."""
    layers, threads = verdict.settings.gpu_layers, verdict.settings.threads
    if verdict.why_cpu or not layers:
        return Text("CPU · 1 thread") if threads == 1 else Text("CPU · {n} threads", n=threads)
    return Text("{backend} · {n} of {all} layers", backend=verdict.backend, n=layers, all=verdict.layers)


def device_reason(verdict: Verdict) -> Text:
    """Why it computes there, and with which settings if those asked for did not fit."""
    reason = REASONS.get(verdict.why_cpu, "")
    where = Text("Computes on {device}.", device=verdict.device)
    if reason:
        where = Text("Computes on the processor: {reason}.", reason=Text(reason))
    if not verdict.reduced:
        return where
    fitting = settings_text(verdict.settings)
    return Text("{where} Loads with {settings}, as more does not fit.", where=where, settings=fitting)


def remedy(verdict: Verdict) -> Text:
    """The one change that would make it fit."""
    if verdict.remedy is not None:
        return Text("It would fit with {settings}.", settings=settings_text(verdict.remedy))
    if verdict.instead:
        return Text("Choose a smaller model or a smaller quantisation: {model} would fit.", model=verdict.instead)
    return Text("Choose a smaller model or a smaller quantisation." if verdict.fits == "too_large" else "")


def settings_text(settings: LoadSettings) -> Text:
    """Context, KV state and layers of these settings."""
    text = Text("a context of {n} tokens", n=settings.context)
    if settings.kv_type == "q8_0":
        text = Text("{settings} and its KV state in eight bits", settings=text)
    if not settings.extra_buffers:
        text = Text("{settings} and its weights kept once (slower to read prompts)", settings=text)
    return text
