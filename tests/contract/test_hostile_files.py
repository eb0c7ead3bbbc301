"""Damaged files of every format, and the collection of real ones, in the real process: each ends with a reason."""

import os
import random
from collections.abc import Iterator
from pathlib import Path

import pytest

from app.adapters.parser_process import ParserProcess
from app.domain.cancel import Cancel
from app.domain.errors import AppError, ErrorCode
from tests.bench.documents import ENOUGH, is_fault, outcomes, words_found
from tests.fakes.documents import SAMPLES, WORDS

DAMAGES = int(os.environ.get("DONJON_FUZZ", "1"))  # of each sample
DATA = os.environ.get("DONJON_DATA")
# What docling writes of its own into the expected text, formulas in LaTeX and targets of links, is not in the file.
MATCHING = 0.75  # of the files with an expected text
DEATHS = (ErrorCode.PARSE_CRASHED, ErrorCode.PARSE_TIMEOUT)


@pytest.fixture(scope="module")
def parser() -> Iterator[ParserProcess]:
    process = ParserProcess()
    yield process
    process.close()


def damaged(content: bytes, chance: random.Random) -> bytes:
    """Cut off, or with some bytes changed, or with a piece of it somewhere else."""
    data = bytearray(content)
    match chance.randrange(3):
        case 0:
            del data[chance.randrange(len(data)) :]
        case 1:
            for _ in range(chance.randrange(1, 20)):
                data[chance.randrange(len(data))] = chance.randrange(256)
        case _:
            start = chance.randrange(len(data))
            piece = data[start : start + chance.randrange(1, 200)]
            place = chance.randrange(len(data))
            data[place:place] = piece * chance.randrange(1, 5)
    return bytes(data)


@pytest.mark.parametrize("suffix", SAMPLES)
def test_a_sample_is_read_and_a_damaged_one_ends(parser: ParserProcess, tmp_path: Path, suffix: str) -> None:
    chance = random.Random(suffix)
    path = tmp_path / f"a{suffix}"
    path.write_bytes(SAMPLES[suffix]())
    assert WORDS in parser.parse(path, Cancel()).text
    for number in range(DAMAGES):
        path.write_bytes(damaged(SAMPLES[suffix](), chance))
        try:
            parser.parse(path, Cancel())
        except AppError as error:
            assert error.code not in DEATHS, (suffix, number, error)
            assert error.code.value.startswith("parse_")
    assert [p.name for p in tmp_path.iterdir()] == [path.name]


@pytest.mark.skipif(DATA is None, reason="DONJON_DATA names no folder of unpacked data")
@pytest.mark.timeout(900)
def test_real_files_end_as_they_should() -> None:
    ends = list(outcomes(Path(DATA or "") / "documents"))
    assert [one.path.name for one in ends if is_fault(one)] == []
    matches = [found for one in ends if (found := words_found(one)) is not None]
    assert sum(match >= ENOUGH for match in matches) >= MATCHING * len(matches)
