"""`donjon library experiment run|list|show|use`."""

from dataclasses import asdict
from typing import Final

from app.cli.doors import Services
from app.cli.library_commands import STAGES
from app.cli.terminal import ProgressLine, note, say, say_json
from app.domain.cancel import Cancel
from app.domain.experiments import Estimate, Result, Run, Variant, Verdict, variants, verdict
from app.services.experiments import RunProgress

VERDICTS: Final[dict[Verdict, str]] = {
    "present": "present settings",
    "better": "better",
    "worse": "worse",
    "unclear": "no difference shown",
}
HEADERS: Final = (
    *("", "words", "embedder", "ranking", "k", "recall@k", "nDCG@10", "MRR", "p50/p95 ms", "index MB"),
    *("nDCG@10 over present", "recall@k over present", ""),
)


def work(services: Services, run: Run, cancel: Cancel, *, as_json: bool) -> int:
    """Measure what is not measured yet, and say how it came out."""
    approved = sum(question.approved for question in services.questions.all())
    if approved > len(run.questions):
        note(f"{approved - len(run.questions)} questions are left out: their documents are not all here.")
    progress = ProgressLine()
    count, done = len(variants(run)), len(services.experiments.results(run.id))
    try:
        for event in services.experiments.work(run.id, cancel):
            if isinstance(event, RunProgress):
                left = f", {_duration(event.left_s)} left" if event.left_s is not None else ""
                progress.show(f"{done} of {count} variants, {event.stage}{left}", event.share, 1)
            else:
                done += 1
    finally:
        progress.clear()
        if cancel.is_set():
            note(f"What was measured is kept. Go on: donjon library experiment run --resume {run.id}")
    say_results(services, services.experiments.get(run.id), as_json=as_json)
    return 0


def say_runs(services: Services, *, as_json: bool) -> None:
    """List the experiments."""
    runs = services.experiments.runs()
    done = {run.id: len(services.experiments.results(run.id)) for run in runs}
    if as_json:
        say_json({"experiments": [{**asdict(run), "measured": done[run.id]} for run in runs]})
        return
    for run in runs:
        measured = f"{done[run.id]} of {len(variants(run))} variants, {len(run.questions)} questions"
        say(f"{run.id:>5}  {run.started_at}  {run.state}  {measured}")
    if not runs:
        say("No experiment yet. `donjon library experiment run` starts one.")


def say_results(services: Services, run: Run, *, as_json: bool) -> None:
    """Show the variants of a run with their figures, the best by nDCG first."""
    numbers = {variant: number for number, variant in enumerate(variants(run), 1)}
    results = services.experiments.results(run.id)
    if as_json:
        say_json({**asdict(run), "results": [_shape(numbers[r.variant], r, run.present) for r in results]})
        return
    say(f"Experiment {run.id}: {len(run.questions)} questions, {len(results)} of {len(numbers)} variants measured")
    ordered = sorted(results, key=lambda result: -result.figures.ndcg.mean)
    rows = [
        HEADERS,
        *(_row(numbers[result.variant], result, run.present) for result in ordered),
    ]
    widths = [max(len(row[column]) for row in rows) for column in range(len(rows[0]))]
    for row in rows:
        say("  ".join(cell.ljust(width) for cell, width in zip(row, widths, strict=True)).rstrip())
    if results:
        say("Intervals hold 95 %; a gain counts where its interval, widened for the number of variants, leaves out 0.")


def use(services: Services, number: int, variant: int, cancel: Cancel, *, as_json: bool) -> None:
    """Take a variant's settings over, and wait until documents are embedded anew."""
    used, anew = services.experiments.use(number, variant)
    progress = ProgressLine()
    try:
        for event in services.library.await_vectors(cancel) if anew and used.embedder else ():
            progress.show(STAGES[event.stage], event.done, event.total)
    finally:
        progress.clear()
    if as_json:
        say_json({"used": asdict(used), "embedded_anew": anew})
    else:
        say(f"From now on: {describe(used)}.")


def describe(variant: Variant) -> str:
    """A variant in words."""
    embedder = variant.embedder or "no embedder"
    return f"{variant.chunk_words} words, {embedder}, {variant.fusion}, {variant.passages} passages"


def _row(number: int, result: Result, present: Variant) -> tuple[str, ...]:
    one, figures = result.variant, result.figures
    return (
        str(number),
        str(one.chunk_words),
        one.embedder or "–",
        one.fusion,
        str(one.passages),
        _interval(figures.recall),
        _interval(figures.ndcg),
        _interval(figures.reciprocal_rank),
        f"{figures.p50_ms:.0f}/{figures.p95_ms:.0f}",
        f"{result.index_bytes / 1e6:.1f}",
        _gain(figures.ndcg_gain),
        _gain(figures.recall_gain),
        VERDICTS[verdict(result, present)],
    )


def _interval(estimate: Estimate) -> str:
    return f"{estimate.mean:.3f} [{estimate.low:.3f}, {estimate.high:.3f}]"


def _gain(estimate: Estimate) -> str:
    return f"{estimate.mean:+.3f} [{estimate.low:+.3f}, {estimate.high:+.3f}]"


def _shape(number: int, result: Result, present: Variant) -> dict[str, object]:
    return {
        "number": number,
        "variant": asdict(result.variant),
        "figures": asdict(result.figures),
        "chunks": result.chunks,
        "index_bytes": result.index_bytes,
        "verdict": verdict(result, present),
    }


def _duration(seconds: float) -> str:
    return f"{seconds / 60:.0f} min" if seconds >= 90 else f"{seconds:.0f} s"
