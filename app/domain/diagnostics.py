"""What may be told of this Donjon when something is wrong: only what is known to hold no content, no secret, no name.

Everything passes by an allow-list: numbers, known words, known codes. What a person typed, a name or a text never does,
whatever it looks like.
"""

import re
from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Final

from app.domain.audit import JsonValue
from app.domain.errors import ErrorCode
from app.domain.fit import Machine
from app.domain.models import InstalledModel

MOST_ERRORS: Final = 10
SET: Final = "set"  # in place of what a person typed
OWN: Final = "own"  # in place of the name of what is in no catalogue
_VERSION: Final = re.compile(r"\d{1,5}(?:\.\d{1,5}){1,3}(?!\d)")
_SYSTEMS: Final = ("Linux", "Windows", "Darwin")
_PROCESSORS: Final = ("x86_64", "AMD64", "arm64", "aarch64")
_BACKENDS: Final = ("CPU", "CUDA", "Vulkan", "Metal", "ROCm", "SYCL", "BLAS")
_MAKERS: Final = ("NVIDIA", "AMD", "Intel", "Apple", "Qualcomm")


@dataclass(frozen=True, slots=True)
class ChangedSetting:
    """A setting that is not at its default; `choices` are what the table offers, none for a free text."""

    key: str
    value: str | int | float | bool
    choices: tuple[str | int | float | bool, ...] = ()


@dataclass(frozen=True, slots=True)
class LibraryCounts:
    """How much the library holds."""

    documents: int
    passages: int
    collections: int
    unreadable: int


@dataclass(frozen=True, slots=True)
class Failure:
    """Something that went wrong."""

    at: str  # ISO 8601
    code: str


@dataclass(frozen=True, slots=True)
class Findings:
    """All that was found out, as it is: nothing of it may be shown before `diagnostics` has looked at it."""

    versions: Mapping[str, str]
    system: str
    system_version: str
    processor: str
    cores: int
    machine: Machine | None = None
    settings: tuple[ChangedSetting, ...] = ()
    models: tuple[InstalledModel, ...] = ()
    catalogue: Collection[str] = ()  # ids of the models that can be fetched
    library: LibraryCounts | None = None
    failures: tuple[Failure, ...] = ()
    broken: Mapping[str, str] = field(default_factory=dict)  # parts that could not be asked, and the code why


def diagnostics(found: Findings) -> dict[str, JsonValue]:
    """What may be told, as JSON."""
    return {
        "versions": {name: _version(version) for name, version in found.versions.items()},
        "platform": {
            "system": _known(found.system, _SYSTEMS),
            "version": _version(found.system_version),
            "processor": _known(found.processor, _PROCESSORS),
            "cores": found.cores,
        },
        "hardware": _hardware(found.machine),
        "settings": {one.key: _setting(one) for one in found.settings},
        "models": [_model(model, found.catalogue) for model in found.models],
        "library": _library(found.library),
        "errors": _failures(found.failures),
        "broken": {part: _code(code) for part, code in found.broken.items()},
    }


def as_text(told: Mapping[str, JsonValue]) -> str:
    """The same for people: a heading for each part, a line for each fact."""
    lines: list[str] = []
    for part, content in told.items():
        if content:
            lines += [f"[{part}]", *_lines(content), ""]
    return "\n".join(lines)


def _lines(content: JsonValue) -> Iterable[str]:
    if isinstance(content, dict):
        return [f"{name}: {_words(value)}" for name, value in content.items()]
    if isinstance(content, list):
        return [_words(one) for one in content]
    return [_words(content)]


def _words(value: JsonValue) -> str:
    if isinstance(value, dict):
        return ", ".join(f"{name} {_words(one)}" for name, one in value.items())
    if isinstance(value, list):
        return "; ".join(map(_words, value)) or "none"
    return {True: "yes", False: "no", None: "unknown"}[value] if isinstance(value, bool | None) else str(value)


def _version(text: str) -> str:
    match = _VERSION.match(text)
    return match.group() if match else "unknown"


def _known(word: str, words: Iterable[str]) -> str:
    return word if word in words else "other"


def _hardware(machine: Machine | None) -> JsonValue:
    if machine is None:
        return None
    devices: list[JsonValue] = [
        {
            "kind": _known(device.kind, ("cpu", "gpu", "integrated", "accelerator")),
            "backend": _known(device.backend, _BACKENDS),
            "maker": next((maker for maker in _MAKERS if maker.casefold() in device.description.casefold()), "other"),
            "megabytes": device.total // 2**20,
        }
        for device in machine.devices
    ]
    return {
        "memory_megabytes": machine.total // 2**20,
        "free_megabytes": machine.available // 2**20,
        "graphics_usable": machine.offload,
        "devices": devices,
    }


def _setting(changed: ChangedSetting) -> JsonValue:
    """Numbers and choices as they are; the ledger's JSON has no fractions, so they are told in words."""
    if isinstance(changed.value, str):
        return changed.value if changed.value in changed.choices else SET
    return str(changed.value) if isinstance(changed.value, float) else changed.value


def _model(model: InstalledModel, catalogue: Collection[str]) -> JsonValue:
    return {
        "id": model.id if model.id in catalogue else OWN,
        "role": _known(model.role, ("chat", "embed", "rerank", "route", "guard", "adapter")),
        "runs": _known(model.where, ("device", "gateway")),
        "megabytes": model.size // 2**20,
    }


def _library(counts: LibraryCounts | None) -> JsonValue:
    if counts is None:
        return None
    return {
        "documents": counts.documents,
        "passages": counts.passages,
        "collections": counts.collections,
        "unreadable": counts.unreadable,
    }


def _failures(failures: Iterable[Failure]) -> JsonValue:
    newest = sorted(failures, key=lambda failure: failure.at)[-MOST_ERRORS:]
    return [{"at": _moment(failure.at), "code": _code(failure.code)} for failure in newest]


def _moment(text: str) -> str:
    try:
        return datetime.fromisoformat(text).isoformat(timespec="seconds")
    except ValueError:
        return "unknown"


def _code(text: str) -> str:
    return text if text in {code.value for code in ErrorCode} else ErrorCode.INTERNAL.value
