"""The newer instructions of this processor are used where it has them, and given up where processes die."""

import importlib.util
import sys
from pathlib import Path

import pytest

from app.adapters.llama_process import LlamaProcess
from app.domain.models import InstalledModel, LoadSettings
from app.worker.processor import LIBRARY, has_newer_instructions

FACTS = Path("/proc/cpuinfo")
TIGER_LAKE = "processor\t: 0\nflags\t\t: fpu avx avx2 f16c fma bmi1 bmi2 avx512f avx512dq avx512cd avx512bw avx512vl "


def test_a_processor_has_all_of_them_or_is_not_asked_for_any() -> None:
    assert has_newer_instructions(f"{TIGER_LAKE}avx512vbmi avx512_vnni\nbugs\t:\n")
    assert not has_newer_instructions(f"{TIGER_LAKE}avx512vbmi\nbugs\t: avx512_vnni\n")
    assert not has_newer_instructions("")


@pytest.mark.skipif(sys.platform != "linux", reason="built for Linux alone")
@pytest.mark.parametrize("deaths", [0, 1, 2])
def test_a_process_computes_with_them_until_it_has_died_twice(
    test_chat_model: Path, tmp_path: Path, deaths: int
) -> None:
    if not has_newer_instructions(FACTS.read_text(encoding="utf-8")):
        pytest.skip("this processor has none")
    package = importlib.util.find_spec("llama_cpp")
    assert package is not None and package.origin is not None
    if not (Path(package.origin).parent / "lib" / LIBRARY).is_file():
        pytest.skip("it could not be built here, as packaging/setup.sh said")
    model = InstalledModel("small", "Small", "chat", str(test_chat_model), 1, "0" * 64, "")
    process = LlamaProcess(model, LoadSettings(context=512, threads=1), tmp_path / "quarantine.json")
    process._rung = deaths
    try:
        process.load()
        maps = Path(f"/proc/{process.pid}/maps").read_text(encoding="utf-8")
    finally:
        process.close()
    assert (LIBRARY in maps) is (deaths < 2)
    assert ("libggml-cpu.so" in maps) is (deaths == 2), "never both"
