"""One process per home."""

import os
import stat
import subprocess
import sys
from pathlib import Path

import pytest

from app.adapters.home_lock import HomeLock
from app.domain.errors import AppError, ErrorCode

HOLDER = """
import sys
from pathlib import Path
from app.adapters.home_lock import HomeLock
with HomeLock(Path(sys.argv[1]), "window"):
    print("held", flush=True)
    sys.stdin.read()
"""


def hold(home: Path) -> "subprocess.Popen[str]":
    process = subprocess.Popen(
        [sys.executable, "-c", HOLDER, str(home)], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
    )
    assert process.stdout
    assert process.stdout.readline() == "held\n"
    return process


def test_the_second_is_told_who_holds_the_home(home: Path) -> None:
    with hold(home) as holder, pytest.raises(AppError) as refused, HomeLock(home, "command line"):
        pytest.fail("two hold one home")
    assert refused.value.code is ErrorCode.HOME_IN_USE
    assert refused.value.facts["pid"] == str(holder.pid)
    assert refused.value.facts["role"] == "window"
    assert refused.value.facts["since"]


def test_a_killed_holder_leaves_the_home_free(home: Path) -> None:
    holder = hold(home)
    holder.kill()
    holder.communicate()
    with HomeLock(home, "command line"):
        assert str(os.getpid()) in (home / "donjon.lock").read_text()


def test_a_home_is_free_again_afterwards(home: Path) -> None:
    for _ in range(2):
        with HomeLock(home, "window"):
            pass


@pytest.mark.skipif(sys.platform == "win32", reason="folders have no such rights there")
def test_a_home_that_cannot_be_made_says_so(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    with pytest.raises(AppError) as refused, HomeLock(tmp_path / "file" / "home", "window"):
        pytest.fail("a folder inside a file")
    assert refused.value.code is ErrorCode.HOME_NOT_WRITABLE


@pytest.mark.skipif(os.name == "nt", reason="Windows keeps a profile's folders private by access lists")
@pytest.mark.parametrize("there", [False, True])
def test_nobody_else_on_the_machine_can_enter_a_home(tmp_path: Path, there: bool) -> None:
    home = tmp_path / "home"
    if there:
        home.mkdir()
        home.chmod(0o755)
    with HomeLock(home, "window"):
        assert stat.S_IMODE(home.stat().st_mode) == 0o700
