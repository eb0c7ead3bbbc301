"""Catalogues of models: the shipped one, and those that an administrator adds.

A catalogue is a TOML file of [[model]] tables, and of [redirects]: for a hub's host, the hosts it may send us on to.
"""

import re
import tomllib
from collections.abc import Iterator, Mapping
from dataclasses import replace
from pathlib import Path
from typing import Final
from urllib.parse import urlsplit

import msgspec

from app.adapters import file_source, package_index
from app.domain.errors import AppError, ErrorCode
from app.domain.models import CatalogueEntry

_ID: Final = re.compile(r"[a-z0-9][a-z0-9._-]{0,63}")
_FILE: Final = re.compile(r"[\w][\w .+-]{0,127}", re.ASCII)
_THIS_MACHINE: Final = ("127.0.0.1", "localhost", "::1")
_NETWORK_FORM: Final = "a source on the network is https://HOST/PATH"
_SHA256: Final = re.compile(r"[0-9a-f]{64}")


class _File(msgspec.Struct, forbid_unknown_fields=True):
    """A catalogue as it is written."""

    model: list[dict[str, object]]
    redirects: dict[str, tuple[str, ...]] = {}


class Catalogue:
    """The models that can be fetched; a catalogue that does not hold is left out, and why is said."""

    def __init__(self, shipped: Path, added: Path | None = None) -> None:
        entries, redirects = _read(shipped, {})
        self._entries = {entry.id: entry for entry in entries}
        self._problems: list[AppError] = []
        for path in sorted(added.glob("*.toml")) if added is not None else []:
            self._add(path, redirects)
        if added is not None and not added.is_dir():
            self._problems.append(_invalid(added, "there is no such folder"))

    def entries(self) -> list[CatalogueEntry]:
        """All models, hidden ones included, the shipped ones first."""
        return list(self._entries.values())

    def problems(self) -> list[AppError]:
        """What is wrong with catalogues that were added."""
        return list(self._problems)

    def _add(self, path: Path, redirects: Mapping[str, tuple[str, ...]]) -> None:
        try:
            entries, _ = _read(path, redirects)
            for entry in entries:
                if entry.id in self._entries:
                    raise _invalid(path, f"the id {entry.id} is already another catalogue's; give yours another")
        except AppError as problem:
            self._problems.append(problem)
            return
        self._entries.update((entry.id, entry) for entry in entries)


def _read(
    path: Path, redirects: Mapping[str, tuple[str, ...]]
) -> tuple[list[CatalogueEntry], Mapping[str, tuple[str, ...]]]:
    """A catalogue's models and redirects, those known already included. Raises AppError CATALOGUE_INVALID."""
    try:
        file = msgspec.convert(tomllib.loads(path.read_text("utf-8")), _File)
        known = {**file.redirects, **redirects}
        entries = [_entry(table, path.parent, known) for table in file.model]
        ids = [entry.id for entry in entries]
        if len(set(ids)) < len(ids):
            raise ValueError("an id is there twice")
    except (OSError, ValueError, msgspec.ValidationError) as error:
        raise _invalid(path, str(error)) from error
    return entries, known


def _entry(table: dict[str, object], folder: Path, redirects: Mapping[str, tuple[str, ...]]) -> CatalogueEntry:
    """One model, whatever is wrong with it said with its id. Raises ValueError."""
    name = table.get("id", "without an id")
    unknown = set(table) - set(CatalogueEntry.__dataclass_fields__) | ({"redirects"} & set(table))
    try:
        entry = msgspec.convert({"size": 0, "sha256": "", **table}, CatalogueEntry)
        problems = [f"{sorted(unknown)[0]} is not a field"] if unknown else list(_problems(entry))
        if problems:
            raise ValueError(problems[0])
        return _located(entry, folder, redirects)
    except ValueError as error:
        raise ValueError(f"model {name}: {error}") from error


def _problems(entry: CatalogueEntry) -> Iterator[str]:
    if not _ID.fullmatch(entry.id):
        yield "an id is lower-case letters, digits, dots and hyphens"
    if not _FILE.fullmatch(entry.file):
        yield "file is a name without folders"
    if entry.sha256 and not _SHA256.fullmatch(entry.sha256):
        yield "sha256 is 64 hexadecimal digits, in lower case"
    if entry.size < 0:
        yield "size is a number of bytes"
    if not entry.licence:
        yield "it has no licence"
    if entry.source.startswith(("file:", "index:")) and not (entry.sha256 and entry.size):
        yield "sha256 and size may be left out for https sources only"


def _located(entry: CatalogueEntry, folder: Path, redirects: Mapping[str, tuple[str, ...]]) -> CatalogueEntry:
    """The entry with what its source needs. Raises ValueError for a source that is not well formed."""
    scheme, _, rest = entry.source.partition(":")
    match scheme:
        case "index":
            package_index.parts(entry.source)
            return entry
        case "file":
            return replace(entry, source=f"{file_source.SCHEME}{folder / rest}")
        case "https" | "http":
            host = _host(entry.source)
            if scheme == "http" and host not in _THIS_MACHINE:
                raise ValueError(_NETWORK_FORM)
            return replace(entry, redirects=redirects.get(host, ()))
    raise ValueError("a source begins with https://, file: or index:")


def _host(source: str) -> str:
    """The host of an address. Raises ValueError for what is none, or names a user."""
    parts = urlsplit(source)
    if not parts.hostname or "@" in parts.netloc or not parts.path.strip("/"):
        raise ValueError(_NETWORK_FORM)
    return parts.hostname


def _invalid(path: Path, reason: str) -> AppError:
    return AppError(ErrorCode.CATALOGUE_INVALID, path=str(path), reason=reason)
