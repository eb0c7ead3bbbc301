"""kill -9 to `donjon models get` at random points of a download: it goes on from what is on the disk, to the same file.

DONJON_KILLS says how often; 3 in the suite, 10 for the record. Prints how many bytes the server had to send again.
"""

import json
import os
import random
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

from tests.conftest import REPOSITORY
from tests.fakes.hub import Hub, serving

KILLS = int(os.environ.get("DONJON_KILLS", "3"))
SEED = 20261123
SIZE = 12_000_000


@pytest.fixture
def content() -> bytes:
    return random.Random(SEED).randbytes(SIZE)


def catalogue_for(hub: Hub, home: Path) -> None:
    """A home whose administrator has added a catalogue; the hub says the hash."""
    (home / "catalogues").mkdir(parents=True)
    (home / "catalogues" / "company.toml").write_text(
        f'[[model]]\nid = "big"\nname = "Big"\nrole = "chat"\nfile = "big.gguf"\nlicence = "MIT"\n'
        f'source = "{hub.url}/big/resolve/main/big.gguf"\n'
    )
    (home / "settings.toml").write_text(f'[models]\ncatalogues = "{home}/catalogues"\n')


def start_get(home: Path) -> "subprocess.Popen[str]":
    return subprocess.Popen(
        [sys.executable, "-m", "app", "--home", str(home), "models", "get", "big", "--json"],
        cwd=REPOSITORY,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )


def on_disk(home: Path) -> int:
    part = home / "models" / ".fetching" / "big" / "part"
    return part.stat().st_size if part.exists() else 0


def test_a_killed_fetch_goes_on(home: Path, content: bytes) -> None:
    chance = random.Random(SEED)
    with serving(Hub(content, names_hash=True, block=16 * 1024, pause_s=0.0005)) as hub:
        catalogue_for(hub, home)
        kept = [0]
        for point in sorted(chance.randrange(SIZE - 1_000_000) for _ in range(KILLS)):
            process, reached = start_get(home), max(point, on_disk(home))
            while on_disk(home) <= reached:
                assert process.poll() is None, process.communicate()
                time.sleep(0.001)
            os.kill(process.pid, signal.SIGKILL)
            process.communicate()
            assert not (home / "models" / "big").exists()
            kept.append(on_disk(home))
        process = start_get(home)
        out, err = process.communicate(timeout=120)
        assert process.returncode == 0, err
    [model] = json.loads(out)["models"]
    assert (model["id"], model["size"], model["sha256"]) == ("big", SIZE, hub.sha256)
    assert (home / "models" / "big" / "big.gguf").read_bytes() == content
    assert [asked for _, asked in hub.asked] == ["", *(f"bytes={size}-" for size in kept[1:])]
    again = hub.sent - SIZE  # on its way in sockets when the process died
    assert again < SIZE
    print(f"{KILLS} kills in {SIZE} bytes, 0 bytes of the disk asked for again, {again} bytes sent again from sockets")
