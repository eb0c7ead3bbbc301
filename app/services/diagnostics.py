"""Looking at this Donjon when something is wrong; what is found is told only as far as `domain.diagnostics` lets it."""

import os
import platform
import sqlite3
from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from datetime import UTC, datetime
from importlib.metadata import PackageNotFoundError, version
from typing import Any, Final, TypeVar

from app import __version__
from app.domain.audit import JsonValue
from app.domain.diagnostics import ChangedSetting, Failure, Findings, LibraryCounts, diagnostics
from app.domain.errors import AppError, ErrorCode
from app.services.audit import Audit
from app.services.library import Library
from app.services.models import Models
from app.settings.file import Settings
from app.settings.table import TABLE, Setting

PACKAGES: Final = ("PySide6-Essentials", "llama-cpp-python", "onnxruntime", "chromadb")
Found = TypeVar("Found")


class Diagnostics:
    """Tells of versions, the machine, settings, models, the library and the last errors."""

    def __init__(self, settings: Settings, models: Models, library: Library, audit: Audit) -> None:
        self._settings = settings
        self._models = models
        self._library = library
        self._audit = audit

    def tell(self, error: ErrorCode | None = None) -> dict[str, JsonValue]:
        """What may be told, with the error that somebody sees. A part that cannot be asked is told as broken."""
        broken: dict[str, str] = {}

        def ask(part: str, question: Callable[[], Found], without: Found) -> Found:
            try:
                return question()
            except AppError as failed:
                broken[part] = failed.code.value
                return without

        seen = (Failure(datetime.now(UTC).isoformat(), error.value),) if error is not None else ()
        found = replace(
            essentials(),
            machine=ask("hardware", self._models.machine, None),
            settings=self._changed_settings(),
            models=tuple(ask("models", self._models.installed, [])),
            catalogue=frozenset(entry.id for entry in self._models.catalogue()),
            library=ask("library", self._counts, None),
            failures=(*self._failures(), *seen),
        )
        return diagnostics(replace(found, broken=broken))

    def _changed_settings(self) -> tuple[ChangedSetting, ...]:
        rows: Sequence[Setting[Any]] = TABLE  # of whichever kind
        values = [(setting, self._settings.get(setting)) for setting in rows]
        return tuple(
            ChangedSetting(setting.key, value, tuple(setting.choices))
            for setting, value in values
            if value != setting.default
        )

    def _counts(self) -> LibraryCounts:
        documents = self._library.documents()
        return LibraryCounts(
            len(documents),
            sum(document.chunks for document in documents),
            len({document.collection for document in documents}),
            len(self._library.problems()),
        )

    def _failures(self) -> tuple[Failure, ...]:
        """How work ended that the ledger knows of, where it ended with an error."""
        codes = {code.value for code in ErrorCode}
        return tuple(Failure(entry.at, outcome) for entry, outcome in self._audit.outcomes() if outcome in codes)


def essentials(broken: Mapping[str, str] | None = None) -> Findings:
    """What can be found out without a home, and why there is no more."""
    versions = {"donjon": __version__, "python": platform.python_version(), "sqlite": sqlite3.sqlite_version}
    for package in PACKAGES:
        try:
            versions[package] = version(package)
        except PackageNotFoundError:
            versions[package] = ""
    return Findings(
        versions, platform.system(), platform.release(), platform.machine(), os.cpu_count() or 1, broken=broken or {}
    )
