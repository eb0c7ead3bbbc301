"""kill -9 to the library worker at random moments of adding and embedding: nothing committed is lost, all is embedded.

DONJON_KILLS says how often; 3 in the suite, 50 for the record. Prints the time from a kill to the next answer.
"""

import os
import random
import signal
import statistics
import threading
import time
from pathlib import Path

from app.adapters.library_process import LibraryProcess
from app.domain.cancel import Cancel
from app.domain.errors import AppError, ErrorCode
from app.domain.library import Block, ParsedDocument, Source
from app.domain.query import Query

KILLS = int(os.environ.get("DONJON_KILLS", "3"))
SEED = 20261122
BATCH = 40  # documents between two waits for their vectors


def numbered(number: int) -> tuple[Source, ParsedDocument]:
    """A document that a search for its own code word finds."""
    paragraphs = [f"Document {number} has the code word kestrel{number}.", f"It was written on day {number}."]
    text = "\n\n".join(paragraphs)
    blocks, start = [], 0
    for paragraph in paragraphs:
        blocks.append(Block("paragraph", start, start + len(paragraph), 1))
        start += len(paragraph) + 2
    return Source(f"/d/{number}", f"{number}.txt", "Documents", f"h{number}", 1), ParsedDocument(
        str(number), text, tuple(blocks)
    )


def test_nothing_committed_is_lost(tmp_path: Path, embedder: Path) -> None:
    chance = random.Random(SEED)
    library = LibraryProcess(tmp_path, lambda: embedder)
    committed: set[str] = set()
    repairs: list[float] = []
    number = 0
    for _ in range(KILLS):
        library.search(Query("warm"), 1)  # the embedder is loaded: the kill hits the work, not the start
        victim = library.pid
        assert victim is not None
        killer = threading.Timer(chance.uniform(0.0, 1.5), os.kill, (victim, signal.SIGKILL))
        killer.start()
        try:
            while True:
                for _ in range(BATCH):
                    number += 1
                    committed.add(library.add(*numbered(number), Cancel()).name)
                list(library.await_vectors(Cancel()))
        except AppError as error:
            assert error.code is ErrorCode.WORKER_DIED
        killer.join()
        started = time.perf_counter()
        held = {document.name for document in library.documents()}
        repairs.append(time.perf_counter() - started)
        # The add that was cut off may have been committed though nobody was told.
        assert committed <= held <= committed | {f"{number}.txt"}
        committed = held
    assert committed
    list(library.await_vectors(Cancel()))
    deadline = time.monotonic() + 60
    while (report := library.check()).index_state != "ready" and time.monotonic() < deadline:
        time.sleep(0.2)
    assert report.index_state == "ready"
    assert report.problems == ()
    assert (report.indexed, report.waiting) == (report.chunks, 0)
    for name in chance.sample(sorted(committed), min(10, len(committed))):
        assert library.search(Query(f"kestrel{name.removesuffix('.txt')}"), 1)[0].document == name
    library.close()
    median, worst = statistics.median(repairs), max(repairs)
    print(f"{KILLS} kills, {len(committed)} documents kept, 0 lost; back in {median:.2f} s, at worst {worst:.2f} s")
