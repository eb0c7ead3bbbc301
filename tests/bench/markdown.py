"""How much of CommonMark and GFM is understood, whether attacks stay inert, what a token costs; writes markdown.md.

Reads `markdown/` in the folder that the environment variable DONJON_DATA names.
"""

import json
import os
import re
import statistics
import sys
import time
from collections import Counter
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any, Final

from PySide6.QtCore import QUrl
from PySide6.QtGui import QFont, QGuiApplication, QTextDocument

from app.domain.links import is_safe_link
from app.ui.chat.layout import Measure
from app.ui.chat.markdown import to_html
from app.ui.chat.maths import Formulas
from app.ui.chat.syntax import markdown_parser
from app.ui.chat.turns import draft
from app.ui.theme import load_theme

SPECS: Final = (
    ("CommonMark 0.31.2", "commonmark_0.31.2_spec.json"),
    ("GFM", "gfm_spec.json"),
    ("GFM extensions", "gfm_extensions.json"),
)
ATTACKS: Final = ("xss-payload-list.txt", "Markdown-XSS-Payloads.txt")
OURS: Final = ("citation:", "listing:", "table:")
LENGTHS: Final = (500, 2_000, 8_000, 32_000)
GROWING: Final = (
    ("paragraphs", "", "Some words with **bold** and `code` that fill a paragraph of a normal length. " * 4 + "\n\n"),
    ("a listing", "```python\n", "def load(name, size):  # read it\n    return open(name).read(size)\n"),
    ("a list", "", "- item with words and some more of them\n"),
    ("a table", "| a | b | c |\n|---|---|---|\n", "| one | two | three |\n"),
)
REPORT: Final = Path(__file__).with_name("markdown.md")


class Watched(QTextDocument):
    """A document that remembers what it was asked to load."""

    def __init__(self) -> None:
        super().__init__()
        self.asked: list[str] = []

    def loadResource(self, kind: int, name: QUrl | str) -> object:
        """Nothing, and remember."""
        self.asked.append(QUrl(name).toString())
        return None


def main() -> None:
    """Measure and report."""
    folder = Path(os.environ["DONJON_DATA"]) / "markdown"
    lines = ["# Markdown", "", "Made by `make bench-markdown`.", "", "## Cases of the specifications", ""]
    lines += ["| set | cases | as specified | otherwise by intent | otherwise |", "|---|---:|---:|---:|---:|"]
    remaining: list[str] = []
    for name, file in SPECS:
        kinds = Counter[str]()
        for case in json.loads((folder / file).read_text(encoding="utf-8")):
            kind = _kind(case)
            kinds[kind] += 1
            if kind == "otherwise":
                remaining.append(f"{name} {case['example']} ({case['section']})")
        whole = sum(kinds.values())
        lines.append(f"| {name} | {whole} | {kinds['same']} | {kinds['intent']} | {kinds['otherwise']} |")
    lines += ["", "By intent: raw HTML is text, links lead to the web or to mail only, addresses in text are links,"]
    lines += ["boxes of tasks are characters, and formulas are formulas.", ""]
    lines += [f"Otherwise: {', '.join(remaining) or 'none'}.", "", "## Attacks", ""]
    failed = []
    for file in ATTACKS:
        payloads = (folder / file).read_text(encoding="utf-8", errors="replace").splitlines()
        began = time.perf_counter()
        bad = [payload for payload in payloads if not all(_is_inert(form) for form in _forms(payload))]
        took = time.perf_counter() - began
        failed += bad
        lines.append(f"- `{file}`: {len(payloads)} payloads in 5 places each, {len(bad)} not inert ({took:.0f} s).")
    lines += ["", "Inert: nothing is asked to be loaded, and every link is one that may be offered."]
    lines += ["", "## A token of an answer that is being written", "", *_streaming()]
    REPORT.write_text("\n".join(lines) + "\n", encoding="utf-8")
    sys.stdout.write("\n".join([*lines, *failed]) + "\n")
    sys.exit(1 if failed else 0)


def _streaming() -> Iterator[str]:
    """What laying out the next token takes, by what is being written and how long it is already."""
    yield f"| letters so far | {' | '.join(f'{length:,}' for length in LENGTHS)} |"
    yield f"|---|{'---:|' * len(LENGTHS)}"
    for name, opening, part in GROWING:
        text = opening + part * (LENGTHS[-1] // len(part) + 20)
        yield f"| {name} | {' | '.join(f'{_next_token_ms(text, length):.1f} ms' for length in LENGTHS)} |"


def _next_token_ms(text: str, length: int) -> float:
    measure = Measure(QFont(), THEME, Formulas())
    turn = draft("assistant", "", "streaming")
    times = []
    for end in range(length, length + 44, 4):
        turn = replace(turn, message=replace(turn.message, id="a", text=text[:end]))
        began = time.perf_counter()
        measure.measure(turn, 760)
        times.append(time.perf_counter() - began)
    return statistics.median(times[1:]) * 1000


def _kind(case: dict[str, Any]) -> str:
    """Whether a case is rendered "same", otherwise by "intent", or "otherwise"."""
    text, expected = case["markdown"], _normal(case["html"])
    ours = markdown_parser()
    ours.options["xhtmlOut"] = True
    if _normal(ours.render(text)) == expected:
        return "same"
    open_to_all = markdown_parser().disable(["linkify", "tasks", "formula", "formula_block"])
    open_to_all.options["xhtmlOut"] = True
    open_to_all.options["html"] = True
    open_to_all.validateLink = lambda url: True  # type: ignore[method-assign]
    if _normal(open_to_all.render(text)) == expected:
        return "intent"
    return "intent" if case["section"].startswith(("Task list", "Autolinks (ext", "Disallowed Raw")) else "otherwise"


def _normal(html: str) -> str:
    for alike, one in ((' style="text-align:', ' align="'), ("<br>", "<br />"), ("<s>", "<del>"), ("</s>", "</del>")):
        html = html.replace(alike, one)
    return re.sub(r">\s+<", "><", html).strip()


def _forms(payload: str) -> Iterator[str]:
    """An attack alone and in the places where Markdown takes text or an address."""
    yield payload
    yield f"[x]({payload})"
    yield f"![x](<{payload}>)"
    yield f"| a |\n|---|\n| {payload} |"
    yield f"```{payload}\n{payload}\n```"


def _is_inert(text: str) -> bool:
    document = Watched()
    document.setHtml(to_html(text, THEME))
    document.setTextWidth(600)
    document.size()
    return not document.asked and all(link.startswith(OURS) or is_safe_link(link) for link in _links(document))


def _links(document: QTextDocument) -> Iterator[str]:
    for block in _blocks(document):
        at = block.begin()
        while not at.atEnd():
            if link := at.fragment().charFormat().anchorHref():
                yield link
            at += 1


def _blocks(document: QTextDocument) -> Iterator[Any]:
    block = document.begin()
    while block.isValid():
        yield block
        block = block.next()


THEME: Final = load_theme("light")

if __name__ == "__main__":
    app = QGuiApplication(sys.argv[:1])
    main()
