"""Labelled contexts for the copilot: what a person may show it, and the step that is right for it.

Made from the folder of unpacked data that DONJON_DATA names; nothing of it is kept. Half of it is for tuning, the other
half is held out: by the hash of the text, so that it stays the same half whatever else is added.
"""

import csv
import gzip
import hashlib
import json
import random
import subprocess
import sys
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from email import message_from_string
from email.message import Message
from pathlib import Path
from typing import Final

EACH: Final = 40  # contexts of one source, at most
LONGEST: Final = 12_000  # characters of a context


@dataclass(frozen=True, slots=True)
class Context:
    """Something shown, where it is from, and the step that is right for it."""

    source: str
    text: str
    step: str

    @property
    def held_out(self) -> bool:
        """Whether it is in the half that nothing was tuned on."""
        return hashlib.sha256(self.text.encode("utf-8", "replace")).digest()[0] % 2 == 1


def contexts(data: Path) -> list[Context]:
    """All contexts, in an order that has nothing to do with their sources."""
    draw = random.Random(11)
    found: list[Context] = []
    for source, (step, read) in SOURCES.items():
        texts = [text.strip()[:LONGEST] for text in read(data) if len(text.strip()) > 60]
        draw.shuffle(texts)
        found += [Context(source, text, step) for text in texts[:EACH]]
    draw.shuffle(found)
    return found


def _tickets(data: Path, fields: bool) -> Iterator[str]:
    with (data / "tickets" / "it_tickets_synthetic.csv").open(encoding="utf-8", newline="") as file:
        for number, row in enumerate(csv.DictReader(file)):
            if bool(number % 2) == fields:
                head = f"{row['short_description']}\n{row['description']}"
                facts = (
                    f"Number: {row['number']}\nUrgency: {row['urgency']}\nCategory: {row['category']}\nDescription: "
                )
                yield facts + head if fields else head


def _table(data: Path) -> Iterator[str]:
    lines = (data / "tickets" / "it_tickets_synthetic.csv").read_text(encoding="utf-8").splitlines()
    rows = list(csv.reader(lines))
    for number, start in enumerate(range(1, len(rows) - 12, 12)):
        mark = ("\t", ",", ";", " | ")[number % 4]
        yield "\n".join(mark.join((row[0], *row[3:7])) for row in (rows[0], *rows[start : start + 12]))
    for path in sorted((data / "documents" / "good").glob("*.csv")):
        yield path.read_text(encoding="utf-8", errors="replace")


def _incidents(data: Path) -> Iterator[str]:
    for line in (data / "tickets" / "postmortem_summaries.jsonl").read_text(encoding="utf-8").splitlines():
        row = json.loads(line)
        if "list" not in row["category"].lower():
            yield row["summary"]


def _dialogues(data: Path) -> Iterator[str]:
    for line in (data / "summarisation" / "dialogsum_dev.jsonl").read_text(encoding="utf-8").splitlines():
        yield json.loads(line)["dialogue"]
    for one in json.loads((data / "tickets" / "abcd_sample.json").read_text(encoding="utf-8")):
        yield "\n".join(f"{speaker}: {said}" for speaker, said in one["original"])


def _meetings(data: Path) -> Iterator[str]:
    for line in (data / "summarisation" / "qmsum_val.jsonl").read_text(encoding="utf-8").splitlines():
        turns = [f"{turn['speaker']}: {turn['content']}" for turn in json.loads(line)["meeting_transcripts"]]
        for start in (0, len(turns) // 2):
            yield "\n".join(turns[start : start + 40])


def _mails(data: Path, label: str) -> Iterator[str]:
    with gzip.open(data / "email" / "spamassassin_500.jsonl.gz", "rt", errors="replace") as file:
        for number, line in enumerate(file):
            row = json.loads(line)
            mail = message_from_string(row["raw"])
            if row["label"] == label and (body := _plain(mail)):
                head = "\n".join(f"{name}: {mail[name]}" for name in ("From", "To", "Date", "Subject") if mail[name])
                yield f"{head}\n\n{body}" if number % 2 else body  # a mail is copied with its head as often as without


def _plain(mail: Message) -> str:
    for part in mail.walk():
        if part.get_content_type() == "text/plain":
            payload = part.get_payload(decode=True)
            return payload.decode("utf-8", "replace") if isinstance(payload, bytes) else ""
    return ""


def _code(data: Path) -> Iterator[str]:
    with gzip.open(data / "humaneval" / "HumanEval.jsonl.gz", "rt") as file:
        for line in file:
            row = json.loads(line)
            yield row["prompt"] + row["canonical_solution"]


def _stack_traces(data: Path) -> Iterator[str]:
    """What the interpreter really says of functions that are called with nothing they can use."""
    with gzip.open(data / "humaneval" / "HumanEval.jsonl.gz", "rt") as file:
        rows = [json.loads(line) for line in file]
    for row in rows[:40]:
        program = f"{row['prompt']}{row['canonical_solution']}\n{row['entry_point']}(object())\n"
        run = subprocess.run(
            [sys.executable, "-I", "-c", program], capture_output=True, text=True, timeout=20, check=False
        )
        if "Traceback" in run.stderr:
            yield run.stderr


def _logs(_: Path) -> Iterator[str]:
    """The machine's own log of packages, where it keeps one."""
    for path in (Path("/var/log/dpkg.log"), Path("/var/log/alternatives.log")):
        lines = path.read_text(encoding="utf-8", errors="replace").splitlines() if path.exists() else []
        yield from ("\n".join(lines[at : at + 25]) for at in range(0, len(lines) - 25, max(25, len(lines) // 20)))


def _secrets(data: Path) -> Iterator[str]:
    for line in json.loads((data / "secrets" / "credsweeper_expected.json").read_text(encoding="utf-8")):
        if line["severity"] in ("critical", "high") and line["confidence"] == "strong":
            for place in line["line_data_list"][:1]:
                yield f"This is what the script needs, please try again tomorrow:\n{place['line']}"


def _documents(data: Path) -> Iterator[str]:
    for path in sorted((data / "rag_multi_corpus" / "docs").rglob("*.md")):
        yield path.read_text(encoding="utf-8")[:4000]


Read = Callable[[Path], Iterator[str]]
SOURCES: Final[dict[str, tuple[str, Read]]] = {
    "ticket with fields": ("support_playbook", lambda data: _tickets(data, fields=True)),
    "ticket in a sentence": ("support_playbook", lambda data: _tickets(data, fields=False)),
    "post-mortem": ("summarise_incident", _incidents),
    "dialogue": ("summarise_talk", _dialogues),
    "meeting": ("summarise_talk", _meetings),
    "mail": ("draft_reply", lambda data: _mails(data, "ham")),
    "spam": ("phishing_playbook", lambda data: _mails(data, "spam")),
    "code": ("explain_code", _code),
    "stack trace": ("explain_error", _stack_traces),
    "log": ("explain_log", _logs),
    "table": ("summarise_table", _table),
    "secret": ("remove_secrets", _secrets),
    "handbook or product page": ("summarise", _documents),
}
