"""Prompts as TOML files, one for each version."""

import tomllib
from collections.abc import Callable, Iterator
from dataclasses import asdict
from pathlib import Path
from typing import Final

import msgspec
import tomlkit

from app.adapters.translated_files import ENGLISH, originals, translation
from app.domain.errors import AppError, ErrorCode
from app.domain.prompt_library import OWN, Example, Origin, Prompt, PromptVersion, Variable, flaws
from app.domain.translation import PROMPT_TEXTS, differences

MAX_BYTES: Final = 100_000  # of a file
MAX_FILES: Final = 5_000  # of a folder
_FIELDS: Final = set(PromptVersion.__dataclass_fields__)
_PARTS: Final = {
    "variables": set(Variable.__dataclass_fields__),
    "examples": set(Example.__dataclass_fields__),
}


class PromptFiles:
    """Serves the `PromptStore` port."""

    def __init__(
        self, shipped: Path, company: Path | None, own: Path, language: Callable[[], str] = lambda: ENGLISH
    ) -> None:
        self._folders: dict[Origin, Path | None] = {"shipped": shipped, "company": company, "own": own}
        self._own = own
        self._language = language

    def all(self) -> tuple[list[Prompt], list[AppError]]:
        """See the port."""
        problems: list[AppError] = []
        found: dict[str, tuple[Origin, dict[int, PromptVersion]]] = {}
        for origin, folder in self._folders.items():
            if origin == "company" and folder is not None and not folder.is_dir():
                problems.append(_invalid(folder, "there is no such folder"))
            for path in originals(folder)[:MAX_FILES] if folder is not None else ():
                try:
                    version = self.read(path)
                    _claim(found, origin, version, path)
                    found[version.id][1][version.version] = self._translated(path, version)
                except AppError as problem:
                    problems.append(problem)
        prompts = [
            Prompt(origin, tuple(versions[number] for number in sorted(versions)))
            for origin, versions in found.values()
        ]
        return prompts, problems

    def _translated(self, path: Path, original: PromptVersion) -> PromptVersion:
        """The version in the person's language, if somebody translated it; raises AppError PROMPT_INVALID."""
        translated = translation(path, self._language())
        if translated is None:
            return original
        version = self.read(translated)
        for reason in differences(original, version, PROMPT_TEXTS):
            raise _invalid(translated, reason)
        return version

    def keep(self, version: PromptVersion) -> None:
        """See the port."""
        path = self._own / f"{version.id}@{version.version}.toml"
        for flaw in flaws(version):
            raise _invalid(path, flaw)
        facts = {name: value for name, value in asdict(version).items() if value not in ("", (), [], False)}
        try:
            self._own.mkdir(parents=True, exist_ok=True)
            with path.open("x", encoding="utf-8") as file:  # a version that is there never changes
                file.write(tomlkit.dumps(msgspec.to_builtins(facts)))
        except OSError as error:
            raise _unwritable(path, error) from error

    def remove(self, prompt_id: str) -> None:
        """See the port."""
        try:
            for path in sorted(self._own.glob("*.toml")):
                if path.name.rpartition("@")[0] == prompt_id:
                    path.unlink()
        except OSError as error:
            raise _unwritable(self._own, error) from error

    def read(self, path: Path) -> PromptVersion:
        """See the port."""
        try:
            with path.open("rb") as file:
                untrusted = file.read(MAX_BYTES + 1)
            if len(untrusted) > MAX_BYTES:
                raise ValueError(f"it has more than {MAX_BYTES} bytes")
            table = tomllib.loads(untrusted.decode("utf-8"))
            version = msgspec.convert(table, PromptVersion)
            for problem in (*_unknown(table), *flaws(version)):
                raise ValueError(problem)
        except (OSError, ValueError, RecursionError, msgspec.ValidationError) as error:
            raise _invalid(path, getattr(error, "strerror", None) or str(error)) from error
        return version


def _claim(
    found: dict[str, tuple[Origin, dict[int, PromptVersion]]], origin: Origin, version: PromptVersion, path: Path
) -> None:
    """Put a version where it belongs. Raises AppError PROMPT_INVALID for an id or a version that is taken."""
    if version.id.startswith(OWN) != (origin == "own"):
        raise _invalid(path, f"ids of people's own prompts begin with “{OWN}”, and no others")
    owner, versions = found.setdefault(version.id, (origin, {}))
    if owner != origin:
        raise _invalid(path, f"the id {version.id} is another prompt's already; give yours another")
    if version.version in versions:
        raise _invalid(path, f"{version.reference} is there twice")
    versions[version.version] = version


def _unknown(table: dict[str, object]) -> Iterator[str]:
    """Fields that no prompt has: a slip of the pen must not go unseen."""
    for name in sorted(set(table) - _FIELDS):
        yield f"{name} is not a field"
    for part, fields in _PARTS.items():
        rows = table.get(part)
        for row in rows if isinstance(rows, list) else ():
            for name in sorted(set(row) - fields):
                yield f"{name} is not a field of {part}"


def _invalid(path: Path, reason: str) -> AppError:
    return AppError(ErrorCode.PROMPT_INVALID, path=str(path), reason=reason)


def _unwritable(path: Path, error: OSError) -> AppError:
    return AppError(ErrorCode.HOME_NOT_WRITABLE, path=str(path), reason=error.strerror or str(error))
