"""`make bench-7b`: speed and memory at the size people will use, on random weights in the shape of Llama-2-7B.

Writes 3.8 GB to a temporary folder, and `tests/bench/results_7b.md`. Needs about 12 GB of free memory.
"""

import platform
import sys
import tempfile
from pathlib import Path

import psutil

import app
from app.domain.models import InstalledModel, LoadSettings
from tests.bench import memory
from tests.bench.generation import decode_ratio
from tests.bench.random_gguf import write_random_llama
from tests.bench.table import Row, as_markdown

RESULTS = Path(__file__).parent / "results_7b.md"
TOKENS, LAUNCHES = 32, 3


def main() -> int:
    """Measure, print, keep; non-zero if a goal was missed."""
    threads = psutil.cpu_count(logical=False) or 1
    with tempfile.TemporaryDirectory() as folder:
        path, quarantine = Path(folder) / "random.gguf", Path(folder) / "quarantine.json"
        write_random_llama(path)
        size = path.stat().st_size
        model = InstalledModel("random-7b", "random weights", "chat", str(path), size, "0" * 64, "")
        rows: list[Row] = memory.measure([model], quarantine)
        settings = LoadSettings(context=2048, threads=threads, gpu_layers=0)
        rows.append(decode_ratio(model, settings, quarantine, TOKENS, LAUNCHES))
    report = (
        f"# Speed and memory at 7B\n\nWritten by `make bench-7b`; Donjon {app.__version__}, random weights of "
        f"Llama-2-7B's shape in Q4_0, {size / 1e9:.1f} GB, {platform.system()} {platform.machine()}, {threads} "
        f"threads, no GPU.\n\n{as_markdown(rows)}"
    )
    print(report)
    RESULTS.write_text(report, encoding="utf-8")
    return 0 if all(row.met for row in rows) else 1


if __name__ == "__main__":
    sys.exit(main())
