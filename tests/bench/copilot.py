"""`make bench-copilot`: how often the right step is among the three, and how long that takes.

Writes `tests/bench/copilot.md`. Needs the starter model in the home that DONJON_HOME names, and DONJON_DATA. The half
that nothing was tuned on is what counts; the baseline offers everybody the three steps that are most often right in the
other half.
"""

import os
import sys
import time
from collections import Counter
from collections.abc import Callable, Iterable, Sequence
from functools import partial
from pathlib import Path
from statistics import quantiles
from tempfile import TemporaryDirectory
from typing import Final

from app.composition import Services, open_services
from app.domain.cancel import Cancel
from app.services.copilot import Suggestion
from app.services.showing import Shown
from tests.bench.copilot_contexts import SOURCES, Context, contexts
from tests.bench.panel import panel_times

RESULTS: Final = Path(__file__).parent / "copilot.md"
MODEL: Final = "qwen2.5-coder-1.5b"
GOALS_MS: Final = {"panel": 150, "detectors": 100, "model": 2500}

Timed = tuple[Suggestion, float]


def main() -> int:
    """Measure, print and keep; non-zero if a goal was missed."""
    data = Path(os.environ["DONJON_DATA"])
    tuned, held = _halves(contexts(data))
    most_common = {step for step, _ in Counter(one.step for one in tuned).most_common(3)}
    models = Path(os.environ["DONJON_HOME"]) / "models"
    with TemporaryDirectory() as home, open_services(Path(home), "bench", models_folder=models) as services:
        model = services.models.find("chat", MODEL)
        services.models.generator(model).load()
        seen = [_timed(partial(services.copilot.see, Shown("", one.text))) for one in held]
        thought = [_think(services, one) for one in held]
    asked = [ms for suggestion, ms in thought if suggestion is not None and ms > 0]
    report = _report(held, most_common, seen, thought, asked, panel_times())
    RESULTS.write_text(report, encoding="utf-8")
    print(report)
    return 0


def _halves(all_of_them: Iterable[Context]) -> tuple[list[Context], list[Context]]:
    tuned: list[Context] = []
    held: list[Context] = []
    for one in all_of_them:
        (held if one.held_out else tuned).append(one)
    return tuned, held


def _timed(act: Callable[[], Suggestion]) -> Timed:
    started = time.perf_counter()
    suggestion = act()
    return suggestion, (time.perf_counter() - started) * 1000


def _think(services: Services, one: Context) -> Timed:
    """What detectors and model say together; 0 ms where the detectors knew."""
    suggestion, ms = _timed(lambda: services.copilot.think(Shown("", one.text), Cancel()))
    return suggestion, 0.0 if suggestion.by == "detectors" else ms


def _hit(one: Context, suggestion: Suggestion) -> bool:
    return one.step in [step.id for step in suggestion.steps]


def _report(
    held: Sequence[Context],
    most_common: set[str],
    seen: Sequence[Timed],
    thought: Sequence[Timed],
    asked: Sequence[float],
    panel: Sequence[float],
) -> str:
    rows = [
        "| shown | contexts | most common three | detectors alone | with the starter model |",
        "|---|---|---|---|---|",
    ]
    for source in (*SOURCES, ""):
        places = [place for place, one in enumerate(held) if source in ("", one.source)]
        if not places:
            continue
        shares = (
            sum(held[place].step in most_common for place in places) / len(places),
            sum(_hit(held[place], seen[place][0]) for place in places) / len(places),
            sum(_hit(held[place], thought[place][0]) for place in places) / len(places),
        )
        cells = " | ".join(f"{share:.2f}" for share in shares)
        rows.append(f"| {source or '**all**'} | {len(places)} | {cells} |")
    by = Counter(suggestion.by for suggestion, _ in thought)
    looked = [ms for _, ms in seen]
    load = os.getloadavg()[0]
    return "\n".join(
        (
            "# The quick copilot: the right step among three (hit@3)",
            "",
            "`make bench-copilot`, on contexts that nothing was tuned on. Made from the unpacked data; a context's",
            "right step is given by where it is from (`tests/bench/copilot_contexts.py`).",
            "",
            *rows,
            "",
            f"Settled by detectors {by['detectors']}, by the model {by['model']}, by nobody {by['nobody']}: there the",
            "general three are offered.",
            "",
            "| time | median ms | 95th percentile ms | goal ms |",
            "|---|---|---|---|",
            f"| detectors | {_at(looked, 50):.1f} | {_at(looked, 95):.1f} | {GOALS_MS['detectors']} |",
            f"| model, where it was asked | {_at(asked, 50):.0f} | {_at(asked, 95):.0f} | {GOALS_MS['model']} |",
            f"| panel opens (offscreen) | {_at(panel, 50):.0f} | {_at(panel, 95):.0f} | {GOALS_MS['panel']} |",
            "",
            f"{os.cpu_count()} processors, shared: load {load:.1f} at the end of the run.",
            "",
        )
    )


def _at(values: Sequence[float], percent: int) -> float:
    return quantiles(values, n=100)[percent - 1] if len(values) > 1 else 0.0


if __name__ == "__main__":
    sys.exit(main())
