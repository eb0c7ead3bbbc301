"""Work that nobody waits for gives way, and only that."""

import os
import sys
from concurrent.futures import ThreadPoolExecutor

import pytest

from app.worker.priority import give_way


@pytest.mark.skipif(sys.platform != "linux", reason="priorities of threads are read in another way elsewhere")
def test_the_thread_gives_way_and_those_it_starts_but_not_the_process() -> None:
    def priority() -> int:
        return os.getpriority(os.PRIO_PROCESS, 0)

    def of_a_thread_that_it_starts() -> int:
        with ThreadPoolExecutor(1) as inner:
            return inner.submit(priority).result()

    before = priority()
    with ThreadPoolExecutor(1, initializer=give_way) as aside:
        lowered = aside.submit(priority).result()
        assert aside.submit(of_a_thread_that_it_starts).result() == lowered
    assert priority() == before < lowered
