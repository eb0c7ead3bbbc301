"""The real library worker and its embedders: what it does not load, and how one embedder takes over from another."""

import os
import signal
import sys
from pathlib import Path

import psutil
import pytest

from app.adapters.library_process import LibraryProcess
from app.domain.cancel import Cancel
from app.domain.errors import AppError, ErrorCode
from app.domain.library import Block, ParsedDocument, Source
from app.domain.query import Query
from app.worker.embedder import model_hash
from app.worker.embedder_loader import EXPORTS
from app.worker.onnx_export import export
from tests.unit.worker.tiny_embedders import DIMENSION, make

PARAGRAPH = "Parents take {n} weeks of parental leave on full pay, and tell the personnel office in writing. " * 4
QUESTION = Query("time off after having a baby")
DOCUMENTS = 300


def add_documents(library: LibraryProcess, count: int) -> None:
    for number in range(count):
        text = PARAGRAPH.format(n=number)
        parsed = ParsedDocument(f"Leave {number}", text, (Block("paragraph", 0, len(text), 1),))
        library.add(Source(f"/{number}", f"{number}.txt", "Documents", f"h{number}", 1), parsed, Cancel())


@pytest.mark.skipif(sys.platform != "linux", reason="elsewhere a process's libraries are not listed without rights")
def test_the_everyday_worker_loads_no_torch(tmp_path: Path, embedder: Path) -> None:
    library = LibraryProcess(tmp_path, lambda: embedder)
    add_documents(library, 3)
    list(library.await_vectors(Cancel()))
    assert "vector" in library.search(QUESTION, 1)[0].scores
    loaded = {Path(file.path).name for file in psutil.Process(library.pid).memory_maps()}
    library.close()
    assert any("onnxruntime" in name for name in loaded)
    assert not any("torch" in name for name in loaded)


def test_another_embedder_takes_over_while_the_first_serves_even_through_a_kill(tmp_path: Path, embedder: Path) -> None:
    other = make("bert", tmp_path)
    digest = model_hash(other)
    export(other, digest, other / EXPORTS / digest[:32], lambda _step: None)
    chosen = [embedder]
    library = LibraryProcess(tmp_path / "library", lambda: chosen[0])
    add_documents(library, DOCUMENTS)
    list(library.await_vectors(Cancel()))
    before = library.search(QUESTION, 1)[0]

    chosen[0] = other
    assert library.search(QUESTION, 1)[0].scores["vector"] == pytest.approx(before.scores["vector"], abs=1e-3)
    assert library.check().embedder.endswith("384 dimensions")
    with pytest.raises(AppError) as died:
        for _ in library.await_vectors(Cancel()):
            assert library.pid is not None
            os.kill(library.pid, signal.SIGKILL)
    assert died.value.code is ErrorCode.WORKER_DIED
    assert "vector" in library.search(QUESTION, 1)[0].scores

    list(library.await_vectors(Cancel()))
    report = library.check()
    assert (report.embedder, report.waiting, report.problems) == (f"onnx-int8, {DIMENSION} dimensions", 0, ())
    assert library.search(QUESTION, 1)[0].scores["vector"] != pytest.approx(before.scores["vector"], abs=1e-3)
    library.close()
