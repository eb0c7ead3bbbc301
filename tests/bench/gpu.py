"""`make bench-gpu`: the figures of generation and of the local API, with all layers on the graphics card.

Needs a llama-cpp-python built for the card (`CMAKE_ARGS=-DGGML_CUDA=ON`, or VULKAN, before the first set-up), the
starter model, and DONJON_HOME, the folder that has it. Writes `tests/bench/results_gpu.md`. Never run: there was no
machine with a card yet.
"""

import os
import platform
import sys
import tempfile
from pathlib import Path

import psutil

import app
from app.adapters.catalogue import Catalogue
from app.adapters.device_process import DeviceProcess
from app.adapters.file_source import FileSource
from app.adapters.model_store import FolderModelStore
from app.composition import resources_folder
from tests.bench import api, generation
from tests.bench.__main__ import MODEL
from tests.bench.table import Row, as_markdown

RESULTS = Path(__file__).parent / "results_gpu.md"


def main() -> int:
    """Measure, print, keep; 1 if a goal was missed, 2 if there is no card to measure on."""
    machine = DeviceProcess().look()
    card = machine.gpu()
    if card is None:
        why = "llama.cpp sees no graphics card" if machine.offload else "this llama.cpp is built for the processor only"
        print(f"Nothing was measured: {why}.")
        return 2
    models = Path(os.environ["DONJON_HOME"]) / "models"
    store = FolderModelStore(models, Catalogue(resources_folder() / "models.toml"), lambda _: FileSource())
    model = next(model for model in store.installed() if model.id == MODEL)
    threads = psutil.cpu_count(logical=False) or 1
    with tempfile.TemporaryDirectory() as folder:
        rows: list[Row] = generation.measure(model, Path(folder) / "quarantine.json", threads)
        rows += api.measure(model, models, Path(folder))
    report = (
        f"# Speed on a graphics card\n\nWritten by `make bench-gpu`; Donjon {app.__version__}, {model.name}, "
        f"{platform.system()} {platform.machine()}, {card.description} ({card.backend}), all layers on it.\n\n"
        f"{as_markdown(rows)}"
    )
    print(report)
    RESULTS.write_text(report, encoding="utf-8")
    return 0 if all(row.met for row in rows) else 1


if __name__ == "__main__":
    sys.exit(main())
