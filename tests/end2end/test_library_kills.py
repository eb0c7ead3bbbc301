"""kill -9 to the library worker at random moments of its work: nothing committed is lost, and it repairs itself.

Documents are added, changed and removed, their vectors are made, changed to those of another embedder, and the index
is made anew. DONJON_KILLS says how often the worker is killed: 3 in the suite, 200 for the record. Prints how long it
takes from a kill to the next answer, and to an index that is whole again.
"""

import os
import random
import shutil
import signal
import statistics
import threading
import time
from pathlib import Path
from typing import Final

import pytest

from app.adapters.library_process import LibraryProcess
from app.domain.cancel import Cancel
from app.domain.errors import AppError, ErrorCode
from app.domain.library import Block, LibraryReport, ParsedDocument, Source
from app.domain.query import Query
from app.worker.embedder import model_hash
from app.worker.embedder_loader import EXPORTS
from app.worker.onnx_embedder import RECORD_FILE

KILLS = int(os.environ.get("DONJON_KILLS", "3"))
SEED = 20261122
BATCH: Final = 20  # documents between two waits for their vectors
HELD: Final = 300  # documents from which on more are removed than added
WHOLE_S: Final = 120.0  # after which an index that is not whole counts as lost


def numbered(number: int, version: int) -> tuple[Source, ParsedDocument]:
    """A version of a document, which a search for its own code word finds."""
    paragraphs = [f"Document {number} has the code word {code_word(number, version)}.", f"It is of day {number}."]
    text = "\n\n".join(paragraphs)
    blocks, start = [], 0
    for paragraph in paragraphs:
        blocks.append(Block("paragraph", start, start + len(paragraph), 1))
        start += len(paragraph) + 2
    source = Source(f"/d/{number}", f"{number}.txt", "Documents", f"{number}/{version}", 1)
    return source, ParsedDocument(str(number), text, tuple(blocks))


def code_word(number: int, version: int) -> str:
    """What stands in one version of one document alone."""
    return f"kestrel{number}x{version}"


class Person:
    """Works with the library without end, and knows what was committed: by number, the versions that may be there.

    There is one version, None for no document, but for the change that a kill cut off: committed, or not, and nobody
    was told.
    """

    def __init__(
        self, library: LibraryProcess, embedders: tuple[Path, Path], current: list[Path], chance: random.Random
    ) -> None:
        """`current` has the embedder that the library is opened with next."""
        self.may: dict[int, set[int | None]] = {}
        self.done: dict[str, int] = {}
        self._library = library
        self._embedders = embedders
        self._current = current
        self._chance = chance

    def work(self, killer: threading.Timer) -> None:
        """Until the worker is killed, whether or not that was noticed: what only reads asks again by itself."""
        while killer.is_alive():
            name, act = self._chance.choices(
                (("change", self._change), ("embed", self._embed), ("rebuild", self._rebuild), ("other", self._other)),
                (6, 3, 1, 1),
            )[0]
            act()
            self.done[name] = self.done.get(name, 0) + 1

    def _change(self) -> None:
        """Add, change or remove some documents."""
        for _ in range(BATCH):
            there = [number for number, versions in self.may.items() if versions != {None}]
            kind = self._chance.choices(("add", "update", "remove"), (4, 2, 1 + 6 * (len(there) > HELD)))[0]
            if kind == "remove" and there:
                self._commit(self._chance.choice(there), None)
            elif kind == "update" and there:
                number = self._chance.choice(there)
                self._commit(number, 1 + max(version or 0 for version in self.may[number]))
            else:
                self._commit(len(self.may) + 1, 0)

    def _commit(self, number: int, version: int | None) -> None:
        before = self.may.get(number, {None})
        self.may[number] = before | {version}
        if version is not None:
            self._library.add(*numbered(number, version), Cancel())
        else:
            found = self._library.find(f"/d/{number}", "Documents")
            if found is not None:
                self._library.remove(found.id)
        self.may[number] = {version}

    def _embed(self) -> None:
        list(self._library.await_vectors(Cancel()))

    def _rebuild(self) -> None:
        self._library.rebuild()

    def _other(self) -> None:
        """Another embedder from now on: everything is embedded anew."""
        self._current[0] = self._embedders[self._current[0] == self._embedders[0]]


def twin(embedder: Path, folder: Path) -> Path:
    """The same embedder with another hash, and its export: one to change to that need not be made first."""
    other = folder / "twin"
    shutil.copytree(embedder, other)
    (other / "twin.txt").touch()
    before, after = model_hash(embedder), model_hash(other)
    export = other / EXPORTS / before[:32]
    export.rename(other / EXPORTS / after[:32])
    record = other / EXPORTS / after[:32] / RECORD_FILE
    record.write_text(record.read_text().replace(before, after))
    return other


def settled(library: LibraryProcess) -> LibraryReport:
    """The library when everything is embedded and the index whole."""
    deadline = time.monotonic() + WHOLE_S
    while True:
        list(library.await_vectors(Cancel()))
        report = library.check()
        if report.index_state == "ready" and not report.waiting and not report.problems:
            return report
        assert time.monotonic() < deadline, report
        time.sleep(0.1)


@pytest.mark.timeout(60 + 30 * KILLS)
def test_nothing_committed_is_lost(tmp_path: Path, embedder: Path) -> None:
    chance = random.Random(SEED)
    with_embedder = [embedder]
    library = LibraryProcess(tmp_path / "library", lambda: with_embedder[0])
    library.add(*numbered(1, 0), Cancel())
    settled(library)  # from here on the embedder has its export
    person = Person(library, (embedder, twin(embedder, tmp_path)), with_embedder, chance)
    person.may[1] = {0}
    answers: list[float] = []
    repairs: list[float] = []
    for kill in range(1, KILLS + 1):
        library.search(Query("warm"), 1)  # the embedder is loaded: the kill hits the work, not the start
        victim = library.pid
        assert victim is not None
        killer = threading.Timer(chance.uniform(0.0, 2.0), os.kill, (victim, signal.SIGKILL))
        killer.start()
        try:
            person.work(killer)
        except AppError as error:
            assert error.code is ErrorCode.WORKER_DIED
        killer.join()
        started = time.perf_counter()
        held = {document.path: document.content_hash for document in library.documents()}
        answers.append(time.perf_counter() - started)
        for number, versions in person.may.items():
            found = held.get(f"/d/{number}")
            assert found in {None if version is None else f"{number}/{version}" for version in versions}
            person.may[number] = {None if found is None else int(found.partition("/")[2])}
        assert held.keys() <= {f"/d/{number}" for number in person.may}
        report = settled(library)
        repairs.append(time.perf_counter() - started)
        assert (report.documents, report.indexed) == (len(held), report.chunks)
        if kill % 20 == 0:
            print(f"{kill} kills, {len(held)} documents, {person.done}", flush=True)
    there = {number: version for number, versions in person.may.items() for version in versions if version is not None}
    for number in chance.sample(sorted(there), min(10, len(there))):
        assert library.search(Query(code_word(number, there[number])), 1)[0].document == f"{number}.txt"
    library.close()
    print(f"{KILLS} kills, {person.done}, {len(there)} documents kept, 0 lost")
    print(f"answers again: median {statistics.median(answers):.2f} s, at worst {max(answers):.2f} s")
    print(f"all embedded and the index whole: median {statistics.median(repairs):.2f} s, worst {max(repairs):.2f} s")
