"""`make bench-judge`: judgements by the starter model, beside a plain request for a summary.

DialogSum: talks with summaries that people wrote. QMSum: the shortest meetings of the validation part, with the answer
to their general question; read in parts. Support talks (ABCD): whether the customer's name, order and user name are
in what is written. IT tickets: whether their number is. Of all, post-mortems too: whether what is written fits its
schema, and its quotes stand in the text.
DONJON_DATA names the folder of the unpacked data. Writes `tests/bench/judge.md`.
"""

import json
import os
import random
import re
import sys
import tempfile
import time
from csv import DictReader
from dataclasses import dataclass, field
from itertools import zip_longest
from pathlib import Path
from statistics import fmean
from typing import Any, Final

from app.composition import Services, open_services
from app.domain.cancel import Cancel
from app.domain.chat import PromptMessage
from app.domain.events import Token
from app.domain.json_check import problems
from app.domain.json_schema import read_schema
from app.domain.json_shapes import Json
from app.domain.judge import Evidence, Version, answer_schema, as_json, is_empty
from app.domain.judge_lines import stands
from app.domain.judge_texts import say
from app.domain.models import Sampling
from app.services.completions import Completed, CompletionRequest
from app.services.judge import CaseJudged, JudgeOptions
from app.settings.table import POWER_THREADS

RESULTS: Final = Path(__file__).parent / "judge.md"
MODELS: Final = Path(__file__).parents[2] / ".donjon" / "models"
PLAIN: Final = "{text}\n\nSummarise this in two or three sentences."
_WORD: Final = re.compile(r"\w+")


@dataclass(frozen=True, slots=True)
class Sample:
    """A text, the template it is judged by, and what is to be found again: a summary, or facts."""

    set: str
    template: str
    text: str
    reference: str = ""
    facts: tuple[str, ...] = ()


@dataclass(slots=True)
class Tally:
    """What was counted of one set."""

    template: str
    texts: int = 0
    words: int = 0
    parts: list[int] = field(default_factory=list)
    seconds: list[float] = field(default_factory=list)
    valid: int = 0
    quotes: int = 0
    found: int = 0
    answered: int = 0
    with_evidence: int = 0
    judged: list[tuple[float, float, float]] = field(default_factory=list)  # ROUGE-L recall, F1; facts
    plain: list[tuple[float, float, float]] = field(default_factory=list)
    plain_seconds: list[float] = field(default_factory=list)


def samples(data: Path, scale: float) -> list[Sample]:
    """The same samples each time, one of each set after the other."""
    draw = random.Random(1)
    sets = (
        (dialogues(data), 10),
        (support_talks(data), 3),
        (tickets(data), 3),
        (reports(data), 4),
        (meetings(data), 2),
    )
    drawn = [draw.sample(rows, max(1, round(count * scale))) for rows, count in sets[:-1]]
    shortest = sorted(sets[-1][0], key=lambda sample: len(sample.text))  # others take a quarter of an hour each
    drawn.append(shortest[: max(1, round(sets[-1][1] * scale))])
    return [sample for row in zip_longest(*drawn) for sample in row if sample is not None]


def dialogues(data: Path) -> list[Sample]:
    """DialogSum."""
    rows = _lines(data / "summarisation" / "dialogsum_dev.jsonl")
    return [Sample("DialogSum", "summary", row["dialogue"], row["summary"]) for row in rows]


def support_talks(data: Path) -> list[Sample]:
    """ABCD, with what the talk is about as its scenario has it."""
    made = []
    for row in json.loads((data / "tickets" / "abcd_sample.json").read_text("utf-8")):
        text = "\n".join(f"{who}: {said}" for who, said in row["original"])
        personal, order = row["scenario"]["personal"], row["scenario"]["order"]
        known = {**personal, **order}
        named = (known.get(name, "") for name in ("customer_name", "username", "order_id", "email"))
        told = tuple(fact for fact in named if fact and fact.lower() in text.lower())
        made.append(Sample("ABCD support talks", "support_case", text, facts=told))
    return made


def tickets(data: Path) -> list[Sample]:
    """IT tickets with their resolutions."""
    with (data / "tickets" / "it_tickets_synthetic.csv").open(encoding="utf-8", newline="") as file:
        rows = list(DictReader(file))
    return [
        Sample(
            "IT tickets",
            "support_case",
            f"{row['number']}: {row['short_description']}\n\n{row['description']}\n\nResolution: {row['resolution']}",
            facts=(row["number"],),
        )
        for row in rows
    ]


def reports(data: Path) -> list[Sample]:
    """Post-mortems that say more than a sentence."""
    rows = _lines(data / "tickets" / "postmortem_summaries.jsonl")
    return [
        Sample("Post-mortems", "incident", f"{row['company']}\n\n{row['summary']}")
        for row in rows
        if len(row["summary"]) > 300
    ]


def meetings(data: Path) -> list[Sample]:
    """QMSum."""
    made = []
    for row in _lines(data / "summarisation" / "qmsum_val.jsonl"):
        text = "\n\n".join(f"{turn['speaker']}: {turn['content']}" for turn in row["meeting_transcripts"])
        made.append(Sample("QMSum", "meeting", text, row["general_query_list"][0]["answer"]))
    return made


def _lines(path: Path) -> list[dict[str, Any]]:
    return [json.loads(line) for line in path.read_text(encoding="utf-8").splitlines()]


def rouge_l(reference: str, written: str) -> tuple[float, float]:
    """Recall and F1 by the longest common subsequence of words."""
    wanted, said = (_WORD.findall(text.lower()) for text in (reference, written))
    row = [0] * (len(said) + 1)
    for word in wanted:
        above = row
        row = [0]
        for place, other in enumerate(said):
            row.append(above[place] + 1 if word == other else max(above[place + 1], row[place]))
    common = row[-1]
    recall, precision = common / max(1, len(wanted)), common / max(1, len(said))
    return recall, 2 * recall * precision / max(1e-9, recall + precision)


def scored(sample: Sample, summary: str, whole: str) -> tuple[float, float, float]:
    """ROUGE-L of a summary, and the share of the facts that all that is written holds."""
    recall, f1 = rouge_l(sample.reference, summary) if sample.reference else (0.0, 0.0)
    held = [fact.lower() in whole.lower() for fact in sample.facts]
    return recall, f1, fmean(held) if held else 0.0


def summary_of(version: Version) -> str:
    """The field of a judgement that is its summary."""
    verdict = version.verdicts[0]
    return say(version.template.field(verdict.key), verdict.value)


def judge(services: Services, sample: Sample, folder: Path, tally: Tally) -> None:
    """Judge one text, and count."""
    path = folder / "text.txt"
    path.write_text(sample.text, encoding="utf-8")
    started = time.monotonic()
    events = list(services.judge.judge(services.judge.template(sample.template), path, JudgeOptions(), Cancel()))
    tally.seconds.append(time.monotonic() - started)
    last = events[-1]
    assert isinstance(last, CaseJudged)
    version, judged = last.version, services.judge.judged(last.case.id)
    said: dict[str, Json] = {
        one.key: {"value": as_json(one.value), "evidence": [_place(quote) for quote in one.evidence]}
        for one in version.verdicts
    }
    fits = not problems(read_schema(json.dumps(answer_schema(version.template))), said)
    tally.valid += fits and not any(one.note == "unfinished" for one in version.verdicts)
    quotes = [quote for one in version.verdicts for quote in one.evidence]
    tally.quotes += len(quotes)
    tally.found += sum(stands(judged, quote) for quote in quotes)
    answered = [one for one in version.verdicts if not is_empty(one.value)]
    tally.answered += len(answered)
    tally.with_evidence += sum(bool(one.evidence) for one in answered)
    tally.texts += 1
    tally.words += len(sample.text.split())
    tally.parts.append(version.parts)
    whole = "\n".join(say(version.template.field(one.key), one.value) for one in version.verdicts)
    tally.judged.append(scored(sample, summary_of(version), whole))


def _place(quote: Evidence) -> Json:
    return {"quote": quote.quote, "page": quote.page, "start": quote.start, "end": quote.end}


def plain(services: Services, sample: Sample, tally: Tally) -> None:
    """Ask for a summary as anybody would, and count."""
    prompt = PLAIN.format(text=sample.text)
    model = services.models.find("chat")
    request = CompletionRequest(
        "bench", model.id, (PromptMessage("user", prompt),), Sampling(temperature=0.0, max_tokens=200)
    )
    started = time.monotonic()
    events = list(services.completions.complete(request, Cancel()))
    tally.plain_seconds.append(time.monotonic() - started)
    text = next((event.text for event in events if isinstance(event, Completed)), "")
    assert any(isinstance(event, Token) for event in events)
    tally.plain.append(scored(sample, text, text))


def report(tallies: dict[str, Tally], model: str, scale: float) -> str:
    """The results so far."""
    lines = [
        "# Judgements",
        "",
        f"Written by `python -m tests.bench.judge {scale:g}` (`make bench-judge` takes all) with {model}; see",
        "`tests/bench/judge.py` for what is counted. The machine was shared with other work: seconds say little",
        "but for one column beside the other.",
        "",
        "| set | template | n | words | parts | valid | quotes found | fields with evidence | s each | plain s each |",
        "|---|---|---:|---:|---:|---:|---:|---:|---:|---:|",
    ]
    for name, one in tallies.items():
        lines.append(
            f"| {name} | {one.template} | {one.texts} | {one.words / one.texts:.0f} | {fmean(one.parts):.1f} |"
            f" {one.valid} of {one.texts} | {one.found} of {one.quotes} | {one.with_evidence} of {one.answered} |"
            f" {fmean(one.seconds):.0f} | {fmean(one.plain_seconds or [0]):.0f} |"
        )
    lines += [
        "",
        "| set | what is compared | judged | plain |",
        "|---|---|---:|---:|",
    ]
    names = ("ROUGE-L recall of the summary", "ROUGE-L F1 of the summary", "facts that are in it")
    for name, one in tallies.items():
        for place, compared in enumerate(names):
            ours, theirs = (fmean(row[place] for row in rows) if rows else 0.0 for rows in (one.judged, one.plain))
            if ours or theirs:
                lines.append(f"| {name} | {compared} | {ours:.3f} | {theirs:.3f} |")
    return "\n".join(lines) + "\n"


def main() -> int:
    """Judge all samples, and keep the results after each."""
    data = Path(os.environ["DONJON_DATA"])
    scale = float(sys.argv[1]) if len(sys.argv) > 1 else 1.0
    tallies: dict[str, Tally] = {}
    with (
        tempfile.TemporaryDirectory() as folder,
        open_services(Path(folder) / "home", "bench", models_folder=MODELS) as services,
    ):
        services.settings.set(POWER_THREADS, 1)  # beside other work, two threads wait for each other
        model = services.models.find("chat").name
        for sample in samples(data, scale):
            tally = tallies.setdefault(sample.set, Tally(sample.template))
            judge(services, sample, Path(folder), tally)
            plain(services, sample, tally)
            print(sample.set, tally.texts, f"{tally.seconds[-1]:.0f} s", tally.judged[-1], tally.plain[-1], flush=True)
            RESULTS.write_text(report(tallies, model, scale), encoding="utf-8")
    print(RESULTS.read_text(encoding="utf-8"))
    good = all(one.valid == one.texts and one.found == one.quotes for one in tallies.values())
    return 0 if good else 1


if __name__ == "__main__":
    raise SystemExit(main())
