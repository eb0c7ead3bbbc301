"""Playbooks in folders of TOML files; a later folder's file stands in for an earlier one's of the same name."""

from collections.abc import Callable, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Final

from app.adapters.translated_files import ENGLISH, originals, translation
from app.domain.errors import AppError, ErrorCode
from app.domain.playbook import Playbook
from app.domain.playbook_check import Reading, read_playbook
from app.domain.playbook_file import LARGEST, Fault
from app.domain.translation import PLAYBOOK_TEXTS, differences

MOST_FILES: Final = 200  # of a folder


class PlaybookFolders:
    """Implements `ports.playbooks.PlaybookFiles`. Files are read anew each time: whoever writes one sees it at once."""

    def __init__(self, folders: Sequence[Path], language: Callable[[], str] = lambda: ENGLISH) -> None:
        """`folders` in the order in which they count: shipped, an administrator's, the person's own."""
        self._folders = folders
        self._language = language

    def all(self) -> list[Playbook]:
        """See the port."""
        return sorted(self._look()[0].values(), key=lambda playbook: playbook.title.casefold())

    def problems(self) -> list[AppError]:
        """See the port."""
        return self._look()[1]

    def _look(self) -> tuple[dict[str, Playbook], list[AppError]]:
        found: dict[str, Playbook] = {}
        problems: list[AppError] = []
        for folder in self._folders:
            for path in originals(folder)[:MOST_FILES]:
                reading = _read(path, path.stem)
                if reading.playbook is None:
                    problems.append(_invalid(path, reading.faults))
                    continue
                found[path.stem] = reading.playbook
                translated = translation(path, self._language())
                if translated is not None:
                    said = _read_translation(translated, reading.playbook)
                    if said.playbook is not None:
                        found[path.stem] = said.playbook
                    else:
                        problems.append(_invalid(translated, said.faults))
        return found, problems


def _read_translation(path: Path, original: Playbook) -> Reading:
    """The same playbook in other words, or what is wrong with the file."""
    reading = _read(path, original.id)
    if reading.playbook is None:
        return reading
    faults = tuple(Fault(1, reason) for reason in differences(original, reading.playbook, PLAYBOOK_TEXTS))
    return Reading(None, faults) if faults else Reading(replace(reading.playbook, digest=original.digest), ())


def _read(path: Path, playbook_id: str) -> Reading:
    """One file's playbook, or what is wrong with it."""
    try:
        with path.open("rb") as file:
            untrusted_bytes = file.read(4 * LARGEST + 1)
        return read_playbook(untrusted_bytes.decode("utf-8-sig"), playbook_id)
    except OSError as error:
        return Reading(None, (Fault(1, f"it cannot be read: {error.strerror or error}"),))
    except UnicodeDecodeError:
        return Reading(None, (Fault(1, "it is not text in UTF-8"),))


def _invalid(path: Path, faults: Sequence[Fault]) -> AppError:
    """Why a file is left out, by its first fault."""
    more = f" (and {len(faults) - 1} more)" if len(faults) > 1 else ""
    return AppError(ErrorCode.PLAYBOOK_INVALID, path=path.name, line=faults[0].line, reason=faults[0].reason + more)
