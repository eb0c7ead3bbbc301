"""`make bench-support`: how often the support check is right, on claims that people have labelled.

SciFact: claims about abstracts, labelled supported, contradicted, or neither (its hardest case: the abstract that the
claim's own authors cite, without evidence in it). ClapNQ: sentences of answers that people wrote from a passage; each
is supported by its passage and not by another; with one number changed or one verb denied it is contradicted. The
thresholds in `domain/support.py` were chosen on SciFact's training claims and the first half of ClapNQ's questions; the
rest is measured here. DONJON_DATA names the folder of the unpacked data. Writes `tests/bench/support.md`.
"""

import gzip
import json
import os
import random
import re
import sys
import time
from collections import Counter
from collections.abc import Iterator
from pathlib import Path
from typing import Any, Final, NamedTuple

from app.domain.library import Passage
from app.domain.support import check_support
from app.domain.wording import sentences

RESULTS: Final = Path(__file__).parent / "support.md"
VERDICTS: Final = ("supported", "unsupported", "contradicted")
_NUMBER: Final = re.compile(r"\b\d[\d,.]*\b")
_DENIALS: Final = tuple((f" {verb} ", f" {verb} not ") for verb in ("is", "are", "was", "were", "can", "has", "have"))


class Case(NamedTuple):
    """A sentence, a passage, and what the passage says to it."""

    sentence: str
    passage: str
    verdict: str


def scifact(folder: Path) -> Iterator[Case]:
    """The test claims."""
    abstracts = {}
    with gzip.open(folder / "corpus.jsonl.gz", "rt", encoding="utf-8") as lines:
        for row in map(json.loads, lines):
            abstracts[row["_id"]] = f"{row['title']}. {row['text']}"
    claims = {row["_id"]: row["text"] for row in _rows(folder / "queries_test.jsonl")}
    labels = {(row["claim_id"], row["doc_id"]): row["label"] for row in _rows(folder / "evidence_test.jsonl")}
    verdicts = {"SUPPORT": "supported", "CONTRADICT": "contradicted", "": "unsupported"}
    for line in (folder / "qrels_test.tsv").read_text(encoding="utf-8").splitlines()[1:]:
        claim, document, _ = line.split("\t")
        yield Case(claims[claim], abstracts[document], verdicts[labels.get((claim, document), "")])


def clapnq(folder: Path) -> Iterator[Case]:
    """The sentences of the second half of the answers, and what can be made of them."""
    rows = list(_rows(folder / "clapnq_dev_answerable.jsonl"))
    chance = random.Random(1)  # the same cases every time
    chance.shuffle(rows)
    rows = rows[len(rows) // 2 :]
    passages = [_plain(f"{row['passages'][0]['title']}. {row['passages'][0]['text']}") for row in rows]
    for number, row in enumerate(rows):
        for sentence, _ in sentences(_plain(row["output"][0]["answer"])):
            if len(sentence.split()) < 5:
                continue
            yield Case(sentence, passages[number], "supported")
            yield Case(sentence, passages[(number + 1) % len(rows)], "unsupported")
            turned = _turned(sentence, chance)
            if turned:
                yield Case(turned, passages[number], "contradicted")


def _turned(sentence: str, chance: random.Random) -> str:
    """The sentence with another number, else with a verb denied; "" if it has neither."""
    found = [match for match in _NUMBER.finditer(sentence) if match.group().strip(".,")]
    if found:
        match = chance.choice(found)
        number = match.group().strip(".,")
        other = str(int(re.sub(r"\D", "", number)) + chance.choice((1, 2, 3, 7, 10)))
        return sentence[: match.start()] + other + sentence[match.start() + len(number) :]
    return next((sentence.replace(verb, denied, 1) for verb, denied in _DENIALS if verb in sentence), "")


def _plain(text: str) -> str:
    """Without the spaces that ClapNQ's tokens stand apart by."""
    text = text.replace("``", '"').replace("''", '"').replace("( ", "(").replace(" - ", "-")
    return re.sub(r"\s+([.,;:?!)'])", r"\1", text)


def _rows(path: Path) -> Iterator[dict[str, Any]]:
    with path.open(encoding="utf-8") as lines:
        yield from map(json.loads, lines)


def report(name: str, cases: list[Case]) -> str:
    """How often the check is right, and where it is not."""
    started = time.perf_counter()
    said = [_said(case) for case in cases]
    each_ms = (time.perf_counter() - started) * 1000 / len(cases)
    counts = Counter(zip((case.verdict for case in cases), said, strict=True))
    right = sum(counts[verdict, verdict] for verdict in VERDICTS) / len(cases)
    lines = [
        f"## {name}: {right:.3f} of {len(cases)} right, {each_ms:.1f} ms each",
        "",
        "| labelled ↓ said → | " + " | ".join(VERDICTS) + " | recall | precision |",
        "|---|" + "---:|" * 5,
    ]
    for verdict in VERDICTS:
        row = [counts[verdict, other] for other in VERDICTS]
        column = sum(counts[other, verdict] for other in VERDICTS)
        figures = f"{row[VERDICTS.index(verdict)] / sum(row):.2f} | {counts[verdict, verdict] / max(1, column):.2f}"
        lines.append(f"| {verdict} | " + " | ".join(map(str, row)) + f" | {figures} |")
    return "\n".join(lines) + "\n"


def _said(case: Case) -> str:
    passage = Passage(1, "", "", "", 0, 0, len(case.passage), "", case.passage, 1.0, {})
    said = check_support(case.sentence, [passage])
    return said[0].verdict if said else "unsupported"


def main() -> int:
    """Measure, print, keep."""
    data = Path(os.environ["DONJON_DATA"])
    parts = [
        "# The support check\n\nWritten by `make bench-support`; see `tests/bench/support.py` for what is counted.\n",
        report("SciFact, test claims", list(scifact(data / "retrieval" / "scifact"))),
        report("ClapNQ, second half", list(clapnq(data / "grounded_qa"))),
    ]
    text = "\n".join(parts)
    print(text)
    RESULTS.write_text(text, encoding="utf-8")
    return 0


if __name__ == "__main__":
    sys.exit(main())
