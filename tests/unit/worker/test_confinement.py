"""The limits of a process that reads untrusted files, each tried in such a process."""

import subprocess
import sys
from pathlib import Path

import pytest

CONFINED = "from app.worker.confinement import allow_processor_time, confine\nconfine()\n"
COMPUTE = "import time\ndef compute(s):\n    end = time.process_time() + s\n    while time.process_time() < end: pass\n"

unix_only = pytest.mark.skipif(sys.platform == "win32", reason="Windows has no such caps")


def confined(source: str) -> subprocess.CompletedProcess[str]:
    """Run a program under the limits."""
    return subprocess.run(
        [sys.executable, "-c", CONFINED + source], capture_output=True, text=True, timeout=60, check=False
    )


@pytest.mark.parametrize(
    "source",
    [
        "import socket; socket.socket().connect(('127.0.0.1', 9))",
        "import socket; socket.getaddrinfo('localhost', 80)",
        "import subprocess; subprocess.Popen(['true'])",
        "import os; os.system('true')",
    ],
)
def test_network_and_child_processes_are_refused(source: str) -> None:
    assert "PermissionError" in confined(source).stderr


@unix_only
def test_nothing_can_be_written(tmp_path: Path) -> None:
    ended = confined(f"open({str(tmp_path / 'written')!r}, 'wb', buffering=0).write(b'x')")
    assert "File too large" in ended.stderr


@unix_only
def test_memory_is_capped() -> None:
    if sys.platform == "darwin":
        pytest.skip("macOS has no cap on address space")
    assert "MemoryError" in confined("bytearray(3 * 1024**3)").stderr


@unix_only
def test_a_file_that_computes_for_too_long_ends_the_process() -> None:
    assert confined(f"{COMPUTE}allow_processor_time(1)\ncompute(30)").returncode < 0


@unix_only
def test_a_file_does_not_pay_for_those_before_it() -> None:
    ended = confined(f"{COMPUTE}for _ in range(3):\n    allow_processor_time(2)\n    compute(1)\nprint('read')")
    assert (ended.returncode, ended.stdout) == (0, "read\n")
