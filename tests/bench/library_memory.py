"""`make bench-search`: the memory of all processes while `donjon library add` reads 10,000 files, and a second look.

The real command line on a home of its own: app, parser and library worker; words at once, real vectors following. The
files are short, so that embedding them takes minutes rather than an hour. Writes `tests/bench/library_memory.md`.

Memory is sampled as resident size. That it does not grow with the number of files is said by the slope over the second
half of the reading: megabytes for each 1,000 files more.
"""

import json
import os
import random
import statistics
import subprocess
import sys
import tempfile
import threading
import time
from collections import defaultdict
from collections.abc import Sequence
from pathlib import Path
from typing import Final

import psutil

from tests.bench.table import Row, as_markdown

RESULTS = Path(__file__).parent / "library_memory.md"
FILES = int(os.environ.get("DONJON_SCALE_FILES", "10000"))
EMBEDDER = "all-minilm-l6-v2"
EVERY_S: Final = 0.5
SLOPE_GOAL: Final = 5.0  # MB for each 1,000 files
AGAIN_GOAL: Final = 10.0  # s
MB: Final = 1e6


def main() -> int:
    """Write the files, add them, look at them again; print, keep; non-zero if a goal was missed."""
    with tempfile.TemporaryDirectory() as temporary:
        home, files = Path(temporary) / "home", Path(temporary) / "files"
        (home / "models").mkdir(parents=True)
        (home / "models" / EMBEDDER).symlink_to((Path(os.environ["DONJON_HOME"]) / "models" / EMBEDDER).resolve())
        _write(files)
        words = Run(home, ["library", "add", str(files), "--no-wait", "--json"])
        again = Run(home, ["library", "add", str(files), "--no-wait", "--json"])
        vectors = Run(home, ["library", "add", str(files), "--json"])
    if (len(words.printed["added"]), len(again.printed["unchanged"])) != (FILES, FILES):
        raise RuntimeError("not all files were added")
    rows = [
        row
        for run, what in ((words, "found by words"), (vectors, "embedded"))
        for name, samples in run.memory.items()
        for row in _rows(f"{name}, while {FILES:,} files are {what}", samples, run.seconds)
    ]
    seconds = again.seconds
    figures = f"{FILES / words.seconds:.0f} files/s at first; start and end of the program included"
    rows.append(
        Row(f"s to look at {FILES:,} unchanged files", seconds, f"≤ {AGAIN_GOAL:g}", seconds <= AGAIN_GOAL, figures)
    )
    report = (
        f"# Memory while a library grows\n\nWritten by `make bench-search`; {os.cpu_count()} cores, load "
        f"{os.getloadavg()[0]:.1f}.\n\n{as_markdown(rows)}"
    )
    print(report)
    RESULTS.write_text(report, encoding="utf-8")
    return 0 if all(row.met for row in rows) else 1


class Run:
    """One command of the real program, and what its processes took meanwhile: seconds and bytes, by worker."""

    def __init__(self, home: Path, arguments: Sequence[str]) -> None:
        self.memory: defaultdict[str, list[tuple[float, int]]] = defaultdict(list)
        started = time.monotonic()
        environment = {**os.environ, "DONJON_HOME": str(home)}
        with subprocess.Popen(
            [sys.executable, "-m", "app", *arguments],
            env=environment,
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
        ) as process:
            ended = threading.Event()
            sampler = threading.Thread(target=self._sample, args=(psutil.Process(process.pid), started, ended))
            sampler.start()
            printed, _ = process.communicate()
            ended.set()
            sampler.join()
        self.seconds = time.monotonic() - started
        if process.returncode:
            raise RuntimeError(f"{arguments} ended with {process.returncode}")
        peaks = {name: f"{max(size for _, size in samples) / MB:.0f} MB" for name, samples in self.memory.items()}
        print(f"{' '.join(arguments)}: {self.seconds:.1f} s, {peaks}", file=sys.stderr)
        self.printed: dict[str, list[object]] = json.loads(printed)

    def _sample(self, app: psutil.Process, started: float, ended: threading.Event) -> None:
        while not ended.wait(EVERY_S):
            try:
                for process in (app, *app.children(recursive=True)):
                    self.memory[_name(process.cmdline())].append(
                        (time.monotonic() - started, process.memory_info().rss)
                    )
            except psutil.NoSuchProcess:  # it ended between two looks
                continue


def _name(command: Sequence[str]) -> str:
    return f"{command[command.index('worker') + 1]} worker" if "worker" in command else "app"


def _rows(name: str, samples: Sequence[tuple[float, int]], seconds: float) -> list[Row]:
    """The peak, and the slope over the second half for each 1,000 files."""
    peak = max(size for _, size in samples) / MB
    late = [(at, size) for at, size in samples if at >= seconds / 2]
    if len(late) < 3:
        return []
    slope = statistics.linear_regression(*zip(*late, strict=True)).slope * seconds / (FILES / 1000) / MB
    figures = f"peak {peak:.0f} MB of {len(samples)} samples, {seconds:.0f} s"
    return [Row(f"{name}: MB more for each 1,000 files", slope, f"≤ {SLOPE_GOAL:g}", slope <= SLOPE_GOAL, figures)]


def _write(folder: Path) -> None:
    """Short texts, each with words of its own, over a hundred folders."""
    chance = random.Random(20261123)
    words = ["".join(chance.choice("abdefgiklmnoprstu") for _ in range(chance.randint(3, 9))) for _ in range(5000)]
    for number in range(FILES):
        path = folder / f"{number % 100}" / f"{number}.md"
        path.parent.mkdir(parents=True, exist_ok=True)
        body = "\n\n".join(" ".join(chance.choices(words, k=25)) for _ in range(2))
        path.write_text(f"# Note {number}\n\n{body}\n", encoding="utf-8")


if __name__ == "__main__":
    sys.exit(main())
