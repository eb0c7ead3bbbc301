"""What becomes of real documents, good, locked, broken and hostile, in the real parse worker with its limits.

`python -m tests.bench.documents`, with DONJON_DATA naming the folder that has `documents/` and its manifest.
"""

import json
import os
import re
import resource
import sys
import tempfile
import time
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from app.adapters.parser_process import ParserProcess
from app.domain.cancel import Cancel
from app.domain.errors import AppError, ErrorCode
from app.domain.library import ParsedDocument

ENOUGH = 0.9  # of the expected words
# Formats that are not read: the answer to them is that they are not.
NOT_READ = frozenset({".doc", ".xls", ".ppt"})
# Locked against changes only: whoever has them may read them, one is without text.
OPEN_TO_ALL = frozenset(
    {"formatcorpus__simple-password-nocopy.pdf", "pdfjs__empty_protected.pdf", "tika__testPDF_protected.pdf"}
)
# What there is no text in but pictures of it, or nothing at all.
WITHOUT_TEXT = frozenset({ErrorCode.PARSE_NO_TEXT, ErrorCode.PARSE_EMPTY})

_WORD = re.compile(r"\w+")
_MARKS = re.compile(r"<!--.*?-->|!?\[[^\]]*\]\((?:data:|#)[^)]*\)|</?\w+[^>]*>|https?://\S+", re.DOTALL)


@dataclass(frozen=True, slots=True)
class Outcome:
    """How one file ended."""

    kind: str  # good, encrypted, broken or hostile
    path: Path
    seconds: float
    document: ParsedDocument | None
    code: ErrorCode | None


def outcomes(folder: Path) -> Iterator[Outcome]:
    """Parse every file that the manifest names, in one parser."""
    parser = ParserProcess()
    try:
        for entry in json.loads((folder / "manifest.json").read_text("utf-8")):
            if entry["cls"] != "good_expected":
                path, start = folder / entry["file"], time.monotonic()
                try:
                    document, code = parser.parse(path, Cancel()), None
                except AppError as error:
                    document, code = None, error.code
                yield Outcome(entry["cls"], path, time.monotonic() - start, document, code)
    finally:
        parser.close()


def words_found(outcome: Outcome) -> float | None:
    """The part of the expected words, each counted once, that the document has; None where none are stated."""
    folder = outcome.path.parent.parent / "good_expected"
    names = [f"{outcome.path.name}.md", *([f"{outcome.path.stem}.md"] if outcome.path.suffix == ".pdf" else [])]
    expected = next((folder / name for name in names if (folder / name).exists()), None)
    if expected is None or outcome.kind != "good":
        return None
    wanted = _words(_MARKS.sub(" ", expected.read_text("utf-8")))
    return len(wanted & _words(outcome.document.text if outcome.document else "")) / max(len(wanted), 1)


def _words(text: str) -> set[str]:
    return set(_WORD.findall(text.replace("_", " ").casefold()))


def main() -> int:
    """Print the table; non-zero if a file that should be read was not, or did not end as it should."""
    folder = Path(os.environ["DONJON_DATA"]).absolute() / "documents"
    with tempfile.TemporaryDirectory() as empty:
        os.chdir(empty)
        all_outcomes = list(outcomes(folder))
        written = list(Path(empty).rglob("*"))
    for outcome in sorted(all_outcomes, key=lambda one: (one.kind, one.path.suffix, one.path.name)):
        found = words_found(outcome)
        notices = " ".join(f"{n.kind}×{n.count}" for n in outcome.document.notices) if outcome.document else ""
        state = (
            outcome.code.value if outcome.code else f"indexed {len(outcome.document.text) if outcome.document else 0}"
        )
        words = "" if found is None else f"{found:.2f}"
        print(f"{outcome.kind:10} {outcome.path.name:70} {state:25} {words:5} {outcome.seconds:6.2f} s {notices}")
    print()
    for kind in dict.fromkeys(outcome.kind for outcome in all_outcomes):
        ends = Counter(one.code.value if one.code else "indexed" for one in all_outcomes if one.kind == kind)
        print(f"{kind}: {ends.total()} files: " + ", ".join(f"{count} {end}" for end, count in ends.most_common()))
    matches = [found for one in all_outcomes if (found := words_found(one)) is not None]
    print(f"expected words: {sum(m >= ENOUGH for m in matches)} of {len(matches)} files have at least {ENOUGH:.0%}")
    slowest = max(all_outcomes, key=lambda one: one.seconds)
    print(f"slowest: {slowest.path.name}, {slowest.seconds:.1f} s")
    print(f"memory of a parse worker at most: {resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss // 1024} MiB")
    faults = [one for one in all_outcomes if is_fault(one)]
    for one in faults:
        print(f"not as it should be: {one.kind} {one.path.name}: {one.code}")
    return 1 if faults or written else 0


def is_fault(outcome: Outcome) -> bool:
    """Whether a file ended otherwise than its kind should."""
    if outcome.code in (ErrorCode.PARSE_CRASHED, ErrorCode.PARSE_TIMEOUT):
        return True
    if outcome.kind == "good":
        if outcome.path.suffix in NOT_READ:
            return outcome.code is not ErrorCode.PARSE_UNSUPPORTED
        return outcome.code is not None and outcome.code not in WITHOUT_TEXT
    is_locked = outcome.kind == "encrypted" and outcome.path.name not in OPEN_TO_ALL
    return is_locked and outcome.code is not ErrorCode.PARSE_ENCRYPTED


if __name__ == "__main__":
    sys.exit(main())
