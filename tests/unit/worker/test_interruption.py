"""Native work stops when it is told to, from another thread, and goes on when it is wanted again."""

import threading
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from app.domain.errors import Cancelled
from app.domain.models import LoadSettings
from app.worker.interruption import Interruption
from app.worker.llama_engine import BATCH, LlamaEngine, Part


class Request:
    """As a job: marked first, then interrupted."""

    cancelled = False

    def is_cancelled(self) -> bool:
        return self.cancelled


@pytest.fixture(scope="module")
def asked() -> Request:
    return Request()


@pytest.fixture(scope="module")
def interruption() -> Interruption:
    return Interruption()


@pytest.fixture(scope="module")
def engine(test_chat_model: Path, asked: Request, interruption: Interruption) -> Iterator[LlamaEngine]:
    settings = LoadSettings(context=4096, threads=1)
    yield LlamaEngine(str(test_chat_model), "small", settings, asked.is_cancelled, interruption)


def read(engine: LlamaEngine) -> float:
    """Seconds to evaluate a full batch."""
    engine.clear(0)
    started = time.perf_counter()
    engine.decode([Part(0, 0, [engine.bos] * BATCH, 1)])
    return time.perf_counter() - started


def test_what_runs_is_stopped_in_the_middle(engine: LlamaEngine, asked: Request, interruption: Interruption) -> None:
    usual = min(read(engine) for _ in range(3))

    def cancel() -> None:
        asked.cancelled = True
        interruption.set()

    timer = threading.Timer(usual / 4, cancel)
    timer.start()
    started = time.perf_counter()
    with pytest.raises(Cancelled):
        read(engine)
        read(engine)  # on a machine that is busy elsewhere, the timer may be late
    timer.join()
    assert time.perf_counter() - started < 2 * usual + 1


def test_what_is_not_wanted_does_not_begin(engine: LlamaEngine, asked: Request) -> None:
    asked.cancelled = True
    with pytest.raises(Cancelled):
        read(engine)


def test_an_interruption_of_before_does_not_count(
    engine: LlamaEngine, asked: Request, interruption: Interruption
) -> None:
    interruption.set()
    asked.cancelled = False
    read(engine)
