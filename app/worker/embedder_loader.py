"""Gets an embedder ready beside the library's work: hash the model, find its export or have it made, load it.

A model whose export is refused is served by sentence-transformers, and the refusal is said.
"""

import os
import subprocess
import sys
import threading
from collections.abc import Callable
from pathlib import Path
from typing import Final, Literal

from tokenizers import Tokenizer

from app.domain.errors import AppError, ErrorCode
from app.worker.embedder import TextEmbedder, model_hash
from app.worker.onnx_embedder import RUNTIME as ONNX
from app.worker.onnx_embedder import TOKENIZER_FILE, ExportRecord, OnnxEmbedder, read_record
from app.worker.priority import give_way
from app.worker.static_vectors import STATIC_FILE, StaticVectors

EXPORTS: Final = ".onnx-int8"  # the folder of exports beside a model's files
STEPS: Final = 100  # of an export

Stage = Literal["loading", "unprepared", "preparing", "ready", "failed"]


class EmbedderLoader:
    """One embedder on its way. Loads at once what can be loaded in a moment; an export is made when it is asked for."""

    def __init__(self, folder: Path, runtime: str, home_exports: Path) -> None:
        """`home_exports` is where an export goes when the model's folder cannot be written."""
        self.folder = folder
        self.stage: Stage = "loading"
        self.refused = ""  # why sentence-transformers serves instead, if it does
        self.progress = 0  # steps of the export
        self.static: StaticVectors | None = None
        self._runtime = runtime
        self._home_exports = home_exports
        self._hash = ""
        self._embedder: TextEmbedder | None = None
        self.error: AppError | None = None
        self._child: subprocess.Popen[bytes] | None = None
        self._settled = threading.Event()  # it is no longer loading
        self._start(self._find)

    def sibling(self, folder: Path, runtime: str) -> "EmbedderLoader":
        """Another embedder of the same library."""
        return EmbedderLoader(folder, runtime, self._home_exports)

    def ready(self) -> TextEmbedder | None:
        """The embedder, if it is loaded."""
        return self._embedder if self.stage == "ready" else None

    def loaded(self) -> TextEmbedder | None:
        """As `ready`, but waits for what takes a moment: for loading, not for an export."""
        self._settled.wait()
        return self.ready()

    def require(self) -> TextEmbedder | None:
        """As `ready`. Raises AppError EMBEDDER_MISSING if it cannot be had."""
        if self.error is not None:
            raise self.error
        return self.ready()

    def prepare(self) -> None:
        """See to it that it gets ready; `progress` says how far it is."""
        if self.stage == "unprepared":
            self.stage = "preparing"
            self._start(self._export)

    def problems(self) -> list[str]:
        """What is wrong with it, in words."""
        refused = f"the int8 form of the embedder is not used: {self.refused}" if self.refused else ""
        failed = f"the embedder cannot be had: {self.error.facts['reason']}" if self.error is not None else ""
        return [problem for problem in (refused, failed) if problem]

    def close(self) -> None:
        """End the export that runs, if one does, and let go of what is loaded: that is memory outside Python."""
        if self._child is not None:
            self._child.kill()
        self._embedder = self.static = None

    # --- in a thread ---------------------------------------------------------------------------------------------

    def _start(self, work: Callable[[], None]) -> None:
        def guarded() -> None:
            give_way()  # so do the threads that the embedder starts, and the export
            try:
                work()
            except Exception as error:
                self.error = AppError(ErrorCode.EMBEDDER_MISSING, reason=f"{type(error).__name__}: {error}"[:300])
                self.stage = "failed"
            finally:
                self._settled.set()

        threading.Thread(target=guarded, name="embedder", daemon=True).start()

    def _find(self) -> None:
        self._hash = model_hash(self.folder)
        found = self._exported()
        if self._runtime != ONNX:
            self._load_original()
        elif found is None:
            self.stage = "unprepared"
        else:
            self._load(*found)

    def _export(self) -> None:
        target = self._target()
        command = [*_worker_command(), "export", str(self.folder), self._hash, str(target)]
        with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE) as child:
            self._child = child
            assert child.stdout is not None
            while step := child.stdout.read(1):
                self.progress += len(step)
        found = self._exported()
        if found is None:
            raise RuntimeError(f"the export ended with {child.returncode}")
        self._load(*found)

    def _load(self, folder: Path, record: ExportRecord) -> None:
        if record.refused:
            self.refused = record.refused
            print(f"embedder {self.folder.name}: no int8 form: {record.refused}", file=sys.stderr)
            self._load_original()
            return
        self._load_static(folder)
        self._embedder = OnnxEmbedder(folder, record)
        self.stage = "ready"

    def _load_original(self) -> None:
        from app.worker.torch_embedder import TorchEmbedder  # here: torch, which the everyday runtime does not need

        self._embedder = TorchEmbedder(self.folder, self._hash)
        self.stage = "ready"

    def _load_static(self, folder: Path) -> None:
        if (folder / STATIC_FILE).exists():
            self.static = StaticVectors(folder, Tokenizer.from_file(str(folder / TOKENIZER_FILE)), self._hash)

    # --- where an export lies ------------------------------------------------------------------------------------

    def _exported(self) -> tuple[Path, ExportRecord] | None:
        for folder in self._places():
            record = read_record(folder)
            if record is not None and record.model == self._hash:
                return folder, record
        return None

    def _target(self) -> Path:
        beside, at_home = self._places()
        return beside if os.access(self.folder, os.W_OK) else at_home

    def _places(self) -> tuple[Path, Path]:
        name = self._hash[:32]
        return self.folder / EXPORTS / name, self._home_exports / name


def _worker_command() -> list[str]:
    """The command line of a worker, as the app starts this one."""
    if getattr(sys, "frozen", False):
        return [sys.executable, "worker"]
    return [sys.executable, "-P", "-m", "app", "worker"]
