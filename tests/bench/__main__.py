"""`make bench`: every figure of speed and memory that Donjon claims, taken in one run, printed and kept.

Writes `tests/bench/results.md`. Needs the starter model and the embedder; DONJON_HOME names the folder that has them.
"""

import os
import platform
import sys
import tempfile
from pathlib import Path

import psutil

import app
from app.adapters.catalogue import Catalogue
from app.adapters.file_source import FileSource
from app.adapters.model_store import FolderModelStore
from app.composition import resources_folder
from tests.bench import api, generation, indexing, memory, window
from tests.bench.table import Row, as_markdown

MODEL = "qwen2.5-coder-1.5b"
SMALL = "smollm2-135m"
RESULTS = Path(__file__).parent / "results.md"


def main() -> int:
    """Measure, print, keep; non-zero if a goal was missed."""
    models = Path(os.environ["DONJON_HOME"]) / "models"
    store = FolderModelStore(models, Catalogue(resources_folder() / "models.toml"), lambda _: FileSource())
    installed = {model.id: model for model in store.installed()}
    threads = psutil.cpu_count(logical=False) or 1
    with tempfile.TemporaryDirectory() as folder:
        rows: list[Row] = generation.measure(installed[MODEL], Path(folder) / "quarantine.json", threads)
        rows += memory.measure([installed[MODEL], installed[SMALL]], Path(folder) / "quarantine.json")
        rows += indexing.measure(installed[MODEL], models, Path(folder), threads)
        rows += window.measure(models)
        rows += api.measure(installed[MODEL], models, Path(folder))
    report = (
        f"# Speed and memory\n\nWritten by `make bench`; Donjon {app.__version__}, {installed[MODEL].name}, "
        f"{platform.system()} {platform.machine()}, {threads} threads, no GPU.\n\n{as_markdown(rows)}"
    )
    print(report)
    RESULTS.write_text(report, encoding="utf-8")
    return 0 if all(row.met for row in rows) else 1


if __name__ == "__main__":
    sys.exit(main())
