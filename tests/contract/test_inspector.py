"""Mutated and hostile model files, read in the real disposable process: a header or MODEL_INVALID, nothing else."""

import os
import random
import sys
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from app.adapters.parser_process import ParserProcess
from app.domain.errors import AppError, ErrorCode
from tests.unit.worker.test_gguf_header import SOUND

MUTATIONS = int(os.environ.get("DONJON_MUTATIONS", "10"))
LONGEST_S = 60.0
PEAK_MIB = 256
EXTREMES = (b"\x00", b"\x7f", b"\x80", b"\xff", b"\xff" * 8, b"\x00" * 8, b"\xff" * 7 + b"\x7f")


class Inspector:
    """One process for all files of a test, watched: it must not end, hang or grow, whatever it reads."""

    def __init__(self) -> None:
        self.parser = ParserProcess()
        self.outcomes: list[str] = []
        self.slowest = 0.0
        self.pids: set[int | None] = set()

    def inspect(self, path: Path) -> None:
        """Read a file, and note what came of it."""
        started = time.monotonic()
        try:
            self.parser.inspect(path)
            self.outcomes.append("read")
        except AppError as error:
            assert error.code is ErrorCode.MODEL_INVALID
            assert error.facts["reason"] != "reading it failed", "the process died or fell silent"
            self.outcomes.append("refused")
        self.slowest = max(self.slowest, time.monotonic() - started)
        self.pids.add(self.parser._worker.pid)

    def finish(self) -> None:
        """Hold what was noted to its bounds."""
        read, refused = self.outcomes.count("read"), self.outcomes.count("refused")
        said = f"{read} read, {refused} refused, the slowest in {self.slowest:.2f} s"
        assert self.slowest < LONGEST_S, said
        assert len(self.pids) == 1, "a refusal ended the process"
        if sys.platform == "linux":
            status = Path(f"/proc/{self.pids.pop()}/status").read_text()
            peak = int(status.split("VmHWM:")[1].split()[0]) // 1024
            said += f", peak {peak} MiB"
            assert peak < PEAK_MIB, said
        print(said)


@pytest.fixture
def inspector() -> Iterator[Inspector]:
    made = Inspector()
    yield made
    made.parser.close()


def test_mutations_never_end_the_process(tmp_path: Path, inspector: Inspector) -> None:
    chance, path = random.Random(7), tmp_path / "mutated.gguf"
    for _ in range(MUTATIONS):
        data = bytearray(SOUND)
        for _ in range(chance.randint(1, 3)):
            data[chance.randrange(len(data))] = chance.randrange(256)
        path.write_bytes(data)
        inspector.inspect(path)
    inspector.finish()
    assert "refused" in inspector.outcomes


def test_mutations_of_a_real_header_never_end_the_process(
    tmp_path: Path, inspector: Inspector, test_chat_model: Path
) -> None:
    chance, path = random.Random(11), tmp_path / "mutated.gguf"
    with test_chat_model.open("rb") as stream:
        start = stream.read(8 * 1024 * 1024)
    header = start[: start.rindex(b".weight") + 64]  # past the last tensor's name: the rest is weights
    with path.open("w+b", buffering=0) as stream:
        stream.write(header)
        stream.truncate(test_chat_model.stat().st_size)  # weights nobody reads: a hole
        for _ in range(MUTATIONS):
            for _ in range(chance.randint(1, 3)):
                stream.seek(chance.randrange(chance.choice((600, len(header)))))  # the first facts, or anything
                stream.write(chance.choice(EXTREMES))
            inspector.inspect(path)
            stream.seek(0)
            stream.write(header)
    inspector.finish()
    assert set(inspector.outcomes) == {"read", "refused"}


@pytest.mark.skipif("DONJON_DATA" not in os.environ, reason="DONJON_DATA names no folder of unpacked data")
def test_hostile_files_never_end_the_process(inspector: Inspector) -> None:
    files = sorted(Path(os.environ["DONJON_DATA"], "gguf_hostile").glob("*.gguf"))
    for path in files:
        inspector.inspect(path)
    inspector.finish()
    assert len(inspector.outcomes) == len(files) >= 29
