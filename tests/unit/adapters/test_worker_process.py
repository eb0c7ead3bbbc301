"""The conversation with a worker: whatever happens to either side, nobody waits for ever and nobody is orphaned."""

import os
import signal
import subprocess
import sys
import threading
import time
from pathlib import Path

import psutil
import pytest

import app.adapters.worker_process as worker_process
from app.adapters.worker_process import WorkerProcess
from app.domain.cancel import Cancel
from app.domain.errors import AppError, Cancelled, ErrorCode
from app.domain.models import LoadSettings
from app.wire.frames import FrameReader
from app.wire.messages import Counted, CountTokens, FromGenerate, Load, Loaded, Ready
from app.worker.serve import EXIT_PROTOCOL

SETTINGS = LoadSettings(context=256, threads=1)


def gone(pid: int, within: float) -> bool:
    deadline = time.monotonic() + within
    while time.monotonic() < deadline:
        if not psutil.pid_exists(pid) or psutil.Process(pid).status() == psutil.STATUS_ZOMBIE:
            return True
        time.sleep(0.02)
    return False


@pytest.fixture
def worker() -> "WorkerProcess[FromGenerate]":
    return WorkerProcess("generate", FromGenerate)


def count(worker: "WorkerProcess[FromGenerate]") -> None:
    worker.ask(CountTokens(worker.next_request(), ["a"]), Counted)


def script(monkeypatch: pytest.MonkeyPatch, body: str) -> None:
    """Have a program of our own in the worker's place; it starts with a greeting."""
    source = (
        "import sys, time, os, threading\n"
        "from app.wire.frames import *\nfrom app.wire.messages import *\nimport app\n"
        "writer = FrameWriter(sys.stdout.buffer)\n"
        f"writer.write(Ready('generate', 1, app.__version__))\n{body}"
    )
    monkeypatch.setattr(worker_process, "worker_command", lambda role: [sys.executable, "-c", source])


def test_an_error_of_the_worker_arrives_with_its_code(worker: "WorkerProcess[FromGenerate]", tmp_path: Path) -> None:
    path = tmp_path / "text.gguf"
    path.write_text("not a model")
    with pytest.raises(AppError) as caught:
        worker.ask(Load(worker.next_request(), str(path), SETTINGS), Loaded)
    assert caught.value.code is ErrorCode.MODEL_INVALID
    worker.stop()


def test_stop_ends_the_process_and_the_next_request_starts_another(worker: "WorkerProcess[FromGenerate]") -> None:
    with pytest.raises(AppError):
        count(worker)
    first = worker.pid
    assert first is not None
    worker.stop()
    assert worker.pid is None
    assert gone(first, within=0.5)
    with pytest.raises(AppError):
        count(worker)
    assert worker.pid not in (None, first)
    worker.stop()


def test_a_death_is_told_with_its_last_words(
    worker: "WorkerProcess[FromGenerate]", monkeypatch: pytest.MonkeyPatch
) -> None:
    script(monkeypatch, "sys.stdin.buffer.read(1); print('out of castle', file=sys.stderr); os._exit(7)")
    with pytest.raises(AppError) as caught:
        count(worker)
    assert caught.value.code is ErrorCode.WORKER_DIED
    assert caught.value.facts["exit"] == 7
    assert caught.value.facts["detail"] == "out of castle"


def test_a_death_at_any_moment_never_leaves_a_request_waiting(
    worker: "WorkerProcess[FromGenerate]", monkeypatch: pytest.MonkeyPatch
) -> None:
    script(monkeypatch, "threading.Timer(float(os.environ['LIFE']), os._exit, [9]).start(); sys.stdin.buffer.read()")
    for life in ("0.0", "0.001", "0.005", "0.02"):
        dying: WorkerProcess[FromGenerate] = WorkerProcess("generate", FromGenerate, {"LIFE": life}.copy)
        with pytest.raises(AppError) as caught:
            count(dying)
        assert caught.value.code is ErrorCode.WORKER_DIED


def test_the_end_of_one_process_is_not_told_to_requests_of_the_next(
    worker: "WorkerProcess[FromGenerate]", test_chat_model: Path
) -> None:
    for _ in range(3):
        worker.ask(Load(worker.next_request(), str(test_chat_model), SETTINGS), Loaded)
        assert worker.pid is not None
        os.kill(worker.pid, signal.SIGKILL)
        while worker.pid is not None:
            time.sleep(0.001)
    worker.stop()


@pytest.mark.parametrize(
    "sent",
    [
        "b'hello, I am not a frame'",
        "b'DJ\\x01\\xff\\xff\\xff\\xff'",
        "b'DJ\\x09\\0\\0\\0\\0'",
        "b'DJ\\x01\\0\\0\\0\\x01\\xc1'",
    ],
    ids=["noise", "too large", "other version", "malformed"],
)
def test_a_frame_that_is_none_ends_the_worker(
    worker: "WorkerProcess[FromGenerate]", monkeypatch: pytest.MonkeyPatch, sent: str
) -> None:
    script(monkeypatch, f"sys.stdout.buffer.write({sent}); sys.stdout.buffer.flush(); time.sleep(60)")
    with pytest.raises(AppError) as caught:
        count(worker)
    assert caught.value.code is ErrorCode.WORKER_PROTOCOL
    assert worker.pid is None


def test_a_worker_ends_itself_at_a_frame_that_is_none() -> None:
    command = [sys.executable, "-m", "app", "worker", "generate"]
    with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE) as process:
        assert process.stdin and process.stdout
        assert isinstance(FrameReader[object](process.stdout, FromGenerate).read(), Ready)
        process.stdin.write(b"this is no frame at all")
        process.stdin.flush()
        assert process.wait(5) == EXIT_PROTOCOL


def test_a_worker_of_another_version_is_refused(
    worker: "WorkerProcess[FromGenerate]", monkeypatch: pytest.MonkeyPatch
) -> None:
    script(monkeypatch, "time.sleep(60)")
    monkeypatch.setattr("app.__version__", "0.0.other")
    with pytest.raises(AppError) as caught:
        count(worker)
    assert caught.value.code is ErrorCode.WORKER_PROTOCOL


def test_a_worker_that_ignores_a_cancel_is_ended(
    worker: "WorkerProcess[FromGenerate]", monkeypatch: pytest.MonkeyPatch
) -> None:
    script(monkeypatch, "import signal; signal.signal(signal.SIGTERM, signal.SIG_IGN); time.sleep(60)")
    monkeypatch.setattr(worker_process, "CANCEL_GRACE_S", 0.2)
    monkeypatch.setattr(worker_process, "TERMINATE_GRACE_S", 0.2)
    cancel = Cancel()
    threading.Timer(0.1, cancel.set).start()
    with pytest.raises(Cancelled):
        worker.ask(CountTokens(worker.next_request(), ["a"]), Counted, cancel)
    assert worker.pid is None


def test_a_worker_that_falls_silent_is_ended(
    worker: "WorkerProcess[FromGenerate]", monkeypatch: pytest.MonkeyPatch
) -> None:
    script(monkeypatch, "time.sleep(60)")
    monkeypatch.setattr(worker_process, "HEARTBEAT_S", 0.05)
    monkeypatch.setattr(worker_process, "SILENCE_S", 0.3)
    with pytest.raises(AppError) as caught:
        count(worker)
    assert caught.value.code is ErrorCode.WORKER_SILENT


def test_a_time_limit_ends_the_worker(worker: "WorkerProcess[FromGenerate]", monkeypatch: pytest.MonkeyPatch) -> None:
    script(monkeypatch, "time.sleep(60)")
    with pytest.raises(AppError) as caught:
        worker.ask(CountTokens(worker.next_request(), ["a"]), Counted, time_limit=0.2)
    assert caught.value.code is ErrorCode.WORKER_SILENT
    assert worker.pid is None


@pytest.mark.skipif(sys.platform == "win32", reason="SIGKILL")
def test_no_worker_outlives_an_app_that_is_killed(test_chat_model: Path) -> None:
    parent = (
        "import sys, time\nfrom app.adapters.worker_process import WorkerProcess\nfrom app.wire.messages import *\n"
        "from app.domain.models import LoadSettings\n"
        "worker = WorkerProcess('generate', FromGenerate)\n"
        "worker.ask(Load(worker.next_request(), sys.argv[1], LoadSettings(context=256)), Loaded)\n"
        "print(worker.pid, flush=True)\ntime.sleep(60)\n"
    )
    with subprocess.Popen([sys.executable, "-c", parent, str(test_chat_model)], stdout=subprocess.PIPE) as process:
        assert process.stdout
        child = int(process.stdout.readline())
        assert psutil.pid_exists(child)
        process.kill()
        assert gone(child, within=2.0)


def test_a_worker_imports_nothing_from_where_the_app_was_started(
    worker: "WorkerProcess[FromGenerate]", tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "msgspec.py").write_text("raise SystemExit(3)")
    monkeypatch.chdir(tmp_path)
    with pytest.raises(AppError) as caught:
        count(worker)
    assert caught.value.code is ErrorCode.MODEL_LOAD_FAILED
    worker.stop()
