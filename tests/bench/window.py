"""The window: how soon it is there, what it keeps in memory, and whether it ever stops answering."""

import json
import os
import statistics
import subprocess
import sys
import tempfile
import time
from pathlib import Path

from tests.bench.table import Row

STARTS = 5
FILES = 200
PARAGRAPH = "Ship {n} entered berth {berth} with a cargo of {cargo}; its crew of {crew} stayed until the morning. "
CARGO = ("timber", "grain", "salt", "wool", "iron", "wine", "amber")


def measure(models: Path) -> list[Row]:
    """All figures, taken in one run, without a screen."""
    with tempfile.TemporaryDirectory() as folder:
        home = Path(folder) / "home"
        starts = [_probe("start", models, home, str(time.time())) for _ in range(STARTS + 1)][1:]  # the first warms up
        documents = _documents(Path(folder) / "documents")
        stalled = _probe("stall", models, home, str(documents))
    seconds = statistics.median(start["seconds"] for start in starts)
    megabytes = statistics.median(start["megabytes"] for start in starts)
    pause = stalled["milliseconds"]
    streamed = f"{stalled['files']:.0f} files indexed, {stalled['characters']:.0f} characters streamed meanwhile"
    slowest = max(start["seconds"] for start in starts)
    return [
        Row("process start to a usable window, s", seconds, "≤ 1.0", seconds <= 1.0, f"slowest {slowest:.2f} s"),
        Row("window's process when idle, MB", megabytes, "≤ 150", megabytes <= 150, f"median of {STARTS}"),
        Row("longest pause of the UI thread, ms", pause, "≤ 50", pause <= 50, streamed),
    ]


def _probe(mode: str, models: Path, home: Path, argument: str) -> dict[str, float]:
    command = [sys.executable, "-m", "tests.bench.window_probe", mode, str(models), str(home), argument]
    environment = {**os.environ, "QT_QPA_PLATFORM": "offscreen"}
    output = subprocess.run(command, env=environment, check=True, capture_output=True, text=True).stdout
    figures: dict[str, float] = json.loads(output.splitlines()[-1])
    return figures


def _documents(folder: Path) -> Path:
    folder.mkdir()
    for file in range(FILES):
        lines = (
            PARAGRAPH.format(n=file * 12 + n, berth=n % 9, cargo=CARGO[(file + n) % len(CARGO)], crew=n + 7)
            for n in range(12)
        )
        (folder / f"log {file:03}.txt").write_text("\n\n".join(lines), encoding="utf-8")
    return folder
