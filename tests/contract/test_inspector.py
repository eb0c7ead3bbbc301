"""Mutated and hostile model files, read in the real disposable process: a header or MODEL_INVALID, nothing else."""

import os
import random
import time
from pathlib import Path

import pytest

from app.adapters.parser_process import ParserProcess
from app.domain.errors import AppError, ErrorCode
from tests.unit.worker.test_gguf_header import SOUND

MUTATIONS = int(os.environ.get("DONJON_MUTATIONS", "10"))
LONGEST_S = 60.0


def outcome(parser: ParserProcess, path: Path) -> str:
    started = time.monotonic()
    try:
        parser.inspect(path)
        return "read"
    except AppError as error:
        assert error.code is ErrorCode.MODEL_INVALID
        assert error.facts["reason"] != "reading it failed", "the process died or fell silent"
        return "refused"
    finally:
        assert time.monotonic() - started < LONGEST_S


def test_mutations_never_end_the_process(tmp_path: Path) -> None:
    chance, path, parser = random.Random(7), tmp_path / "mutated.gguf", ParserProcess()
    seen = set()
    try:
        for _ in range(MUTATIONS):
            data = bytearray(SOUND)
            for _ in range(chance.randint(1, 3)):
                data[chance.randrange(len(data))] = chance.randrange(256)
            path.write_bytes(data)
            seen.add(outcome(parser, path))
    finally:
        parser.close()
    assert "refused" in seen


@pytest.mark.skipif("DONJON_DATA" not in os.environ, reason="DONJON_DATA names no folder of unpacked data")
def test_hostile_files_never_end_the_process() -> None:
    parser = ParserProcess()
    try:
        for path in sorted(Path(os.environ["DONJON_DATA"], "gguf_hostile").glob("*.gguf")):
            outcome(parser, path)
    finally:
        parser.close()
