"""Whether a model fits into this machine's memory: an estimate from its header, a verdict, the one change that helps.

The estimate is of the generate worker's peak resident memory once the whole context is in use. Weights are mapped from
the file and count in full; on a processor llama.cpp keeps a second, rearranged copy of some quantisations.
"""

from collections.abc import Collection, Sequence
from dataclasses import dataclass, replace
from typing import Final, Literal

from app.domain.models import CatalogueEntry, KvType, LoadSettings, ModelHeader

Fits = Literal["fits", "slow", "too_large"]

PROGRAM: Final = 48 * 2**20  # the worker itself: interpreter and libraries
TOKEN: Final = 330  # bytes that the tokenizer keeps for each token of the vocabulary
BATCH: Final = 128  # tokens evaluated at once; the worker's own choice
REPACKED: Final = ("Q4_0", "Q4_K", "IQ4_NL")  # kept a second time, rearranged for the processor
VALUE_BYTES: Final[dict[KvType, float]] = {"f16": 2.0, "q8_0": 34 / 32}
SMALLEST_CONTEXT: Final = 2048
RESERVE: Final = 512 * 2**20  # left to everything else
TIGHT = 0.75  # of what is free: beyond that other programs are pushed out of memory
GPU_RESERVE: Final = 512 * 2**20  # of a GPU's memory, for its own buffers and the screen
TYPICAL_KV_SHARE = 131072 / 4.9e9  # of a model's size, per token at f16: that of an 8B model with grouped heads


@dataclass(frozen=True, slots=True)
class Device:
    """Something that llama.cpp computes on, with its memory in bytes."""

    name: str
    description: str
    kind: Literal["cpu", "gpu", "integrated", "accelerator"]
    free: int
    total: int

    @property
    def backend(self) -> str:
        """What llama.cpp drives it with, as people know it: CUDA, Vulkan, Metal …"""
        name = self.name.rstrip("0123456789")
        return {"MTL": "Metal"}.get(name, name)


@dataclass(frozen=True, slots=True)
class Machine:
    """What there is to compute on; `available` is the main memory that programs can still have, in bytes."""

    available: int
    total: int
    devices: tuple[Device, ...] = ()
    offload: bool = False  # whether this build of llama.cpp can use a GPU

    def gpu(self) -> Device | None:
        """The graphics card with the most free memory."""
        cards = [device for device in self.devices if device.kind in ("gpu", "integrated")]
        return max(cards, key=lambda device: device.free) if self.offload and cards else None


@dataclass(frozen=True, slots=True)
class Need:
    """What a model takes, in bytes."""

    weights: int
    kv: int
    buffers: int  # the worker, its tokenizer and what it computes in

    @property
    def total(self) -> int:
        """All of it."""
        return self.weights + self.kv + self.buffers


@dataclass(frozen=True, slots=True)
class Verdict:
    """How a model fits, and the change to its settings that would make it fit better, if one does."""

    fits: Fits
    need: Need
    available: int
    settings: LoadSettings
    device: str  # where it would run
    reason: str = ""  # why it runs on the processor, or why it may be slow or does not fit
    remedy: LoadSettings | None = None
    backend: str = "CPU"
    layers: int = 0  # of the model in all, the one that holds the output among them; 0: not known
    why_cpu: str = ""  # why nothing of it is on a graphics card
    reduced: bool = False  # its settings are smaller than those asked for, which did not fit
    instead: str = ""  # the id of a smaller model that fits where this one does not with any settings


def need(header: ModelHeader, settings: LoadSettings) -> Need:
    """The memory that a model takes with these settings, when its whole context is used."""
    context = used_context(header, settings)
    repacked = sum(header.bytes_by_type.get(kind, 0) for kind in REPACKED) if settings.extra_buffers else 0
    kv = round(context * header.kv_width * VALUE_BYTES[settings.kv_type])
    compute = BATCH * max(header.vocabulary, 4 * header.embedding) * 4
    return Need(header.file_size + repacked, kv, PROGRAM + TOKEN * header.vocabulary + compute)


def used_context(header: ModelHeader, settings: LoadSettings) -> int:
    """The context that is loaded: what was asked for, at most what the model was trained on."""
    trained = header.context or settings.context
    return min(settings.context, trained) if settings.context > 0 else trained


def judge(header: ModelHeader, settings: LoadSettings, machine: Machine) -> Verdict:
    """How a model fits into a machine with these settings, and what would make it fit."""
    gpu = machine.gpu()
    layers = gpu_layers(header, settings, gpu) if gpu is not None else 0
    settings = replace(settings, gpu_layers=layers)
    needed = need(header, settings)
    verdict = Verdict("fits", needed, machine.available, settings, "CPU", layers=header.layers + 1)
    if gpu is not None and layers:
        verdict = replace(verdict, device=gpu.description, backend=gpu.backend)
    else:
        why_cpu = "gpu_full" if gpu is not None else "no_gpu" if machine.offload else "no_gpu_build"
        verdict = replace(verdict, why_cpu=why_cpu)
    if gpu is not None and layers > header.layers:
        return replace(verdict, available=gpu.free)
    room = machine.available - RESERVE + (gpu.free if gpu is not None and layers else 0)
    verdict = replace(verdict, available=room)
    if needed.total > room:
        return replace(verdict, fits="too_large", reason="memory", remedy=_remedy(header, settings, room))
    if gpu is not None:
        return replace(verdict, fits="slow", reason="gpu_memory" if layers else "gpu_full")
    if needed.total > TIGHT * room:
        remedy = _remedy(header, settings, round(TIGHT * room))
        return replace(verdict, fits="slow", reason="tight", remedy=remedy)
    return replace(verdict, reason=verdict.why_cpu)


def gpu_layers(header: ModelHeader, settings: LoadSettings, gpu: Device) -> int:
    """How many layers fit on a GPU with their share of the KV state; the layer beyond the last holds the output.

    Never run on a machine with a GPU.
    """
    needed = need(header, replace(settings, extra_buffers=False))
    parts = header.layers + 1
    each = (needed.weights + needed.kv) / parts
    fitting = max(0, int((gpu.free - GPU_RESERVE - needed.buffers) / each)) if each else 0
    fitting = min(fitting, parts)
    return fitting if settings.gpu_layers < 0 else min(fitting, settings.gpu_layers)


def judge_unseen(entry: CatalogueEntry, settings: LoadSettings, machine: Machine) -> Verdict:
    """The same before anything of the model is here: from its size alone, with the KV state of its kind."""
    context = min(settings.context, entry.context) if entry.context else settings.context
    kv = round(entry.size * TYPICAL_KV_SHARE * context * VALUE_BYTES[settings.kv_type] / VALUE_BYTES["f16"])
    repacked = entry.size // 2  # the usual Q4_K_M keeps about half of its weights in Q4_K
    needed = Need(entry.size + repacked, kv, PROGRAM + BATCH * 4 * 128_000)
    gpu, room = machine.gpu(), machine.available - RESERVE
    if gpu is not None and needed.total < gpu.free - GPU_RESERVE:
        return Verdict("fits", needed, gpu.free, settings, gpu.description)
    fits: Fits = "too_large" if needed.total > room else "slow" if needed.total > TIGHT * room else "fits"
    reason = {"too_large": "memory", "slow": "tight", "fits": ""}[fits]
    return Verdict(fits, needed, room, settings, "CPU", reason)


def best_instead(name: str, size: int, fitting: Sequence[CatalogueEntry], here: Collection[str]) -> str:
    """The id of the model to take in place of one that is too large, of those that fit; "" if there is none.

    One of the same family comes first (another quantisation of it, say), then one that is here, then the largest.
    """
    family = name.split(maxsplit=1)[:1]

    def merit(entry: CatalogueEntry) -> tuple[bool, bool, int]:
        return entry.name.split(maxsplit=1)[:1] == family, entry.id in here, entry.size

    smaller = [entry for entry in fitting if entry.size < size]
    return max(smaller, key=merit).id if smaller else ""


def best_settings(header: ModelHeader, settings: LoadSettings, machine: Machine) -> Verdict:
    """The verdict for the settings to load with: those asked for, or the nearest that fit."""
    verdict = judge(header, settings, machine)
    if verdict.fits == "too_large" and verdict.remedy is not None:
        return replace(judge(header, verdict.remedy, machine), reduced=True)
    return verdict


def smaller(settings: LoadSettings, context: int) -> Sequence[LoadSettings]:
    """Settings that take less memory, the least painful first: a KV state in eight bits, then less context."""
    steps = [replace(settings, kv_type="q8_0")] if settings.kv_type == "f16" else []
    while context // 2 >= SMALLEST_CONTEXT:
        context //= 2
        steps.append(replace(settings, kv_type="q8_0", context=context))
    return [*steps, replace(steps[-1], extra_buffers=False)] if steps else [replace(settings, extra_buffers=False)]


def _remedy(header: ModelHeader, settings: LoadSettings, room: int) -> LoadSettings | None:
    """The first of the smaller settings that fit."""
    context = used_context(header, settings)
    return next((step for step in smaller(settings, context) if need(header, step).total <= room), None)
