"""What has streamed in so far, completed, so that its last block does not change shape with the next token."""

import re
from itertools import pairwise
from typing import Final

PIECE: Final = 25  # lines of a listing, items of a list
_ITEM: Final = re.compile(r"(?:[-*+]|\d{1,9}[.)])\s")
_FENCE: Final = re.compile(r" {0,3}(`{3,}|~{3,})")
_MARKERS: Final = re.compile(r"\s{0,3}(?:[-=*_]+|#+|`{1,2}|~{1,2}|\d{1,9}[.)]?|>|\[[ xX]?\]?)?\s*")
_RULE: Final = re.compile(r"\s{0,3}\|?[\s:|-]*")
_CODE: Final = re.compile(r"(`+)(?:(?!\1).)*$", re.DOTALL)
_LINK: Final = re.compile(r"!?\[([^\[\]\n]*)(?:\]\([^()\s]*)?$")
_CITATION: Final = re.compile(r"\s?\[[\d, ]*$")
_STRONG: Final = re.compile(r"(\*\*|__|~~)(?=\S)")


def pieces(tail: str) -> list[str]:
    """The last block of a text that is being written, in pieces of which only the last still grows.

    A long listing or list costs its last piece then, however long it is. Joined, the pieces look like the block.
    """
    lines = tail.split("\n")
    if fence := _FENCE.match(tail):
        cuts = list(range(PIECE + 1, len(lines) - 1, PIECE))
        closing = f"\n{fence.group(1)}"
        parts = ["\n".join(lines[a:b]) for a, b in pairwise([1, *cuts, len(lines)])]
        return [f"{lines[0]}\n{part}{closing}" for part in parts[:-1]] + [completed(f"{lines[0]}\n{parts[-1]}")]
    if _ITEM.match(tail):
        starts = [number for number, line in enumerate(lines) if _ITEM.match(line)]
        parts = ["\n".join(lines[a:b]) for a, b in pairwise([0, *starts[PIECE:-1:PIECE], len(lines)])]
        return [*parts[:-1], completed(parts[-1])]
    return [completed(tail)]


def completed(tail: str) -> str:
    """The last block of a text that is being written, as it will look once what is open in it is closed."""
    if _FENCE.match(tail):
        return _without_closing_marks(tail)
    lines = tail.split("\n")
    if lines[0].lstrip().startswith("|"):
        return _table(lines)
    if len(lines) > 1 and lines[-1] and _MARKERS.fullmatch(lines[-1]):
        lines.pop()  # a list's bullet, or a line that would make a heading of the words before it
    return _inline("\n".join(lines))


def _without_closing_marks(tail: str) -> str:
    """A listing without the first one or two marks of its end."""
    head, line, last = tail.rpartition("\n")
    return head if line and last and set(last.strip()) in ({"`"}, {"~"}) and len(last.strip()) < 3 else tail


def _table(lines: list[str]) -> str:
    """A table whose row below the head may not be there yet, and whose last row may not be whole."""
    head = lines[0] if lines[0].rstrip().endswith("|") else f"{lines[0]} |"
    if not head.strip(" |"):
        head = "| |"
    columns = max(1, len(re.findall(r"(?<!\\)\|", head)) - 1)
    rule = f"|{' --- |' * columns}"
    if len(lines) == 1:
        return f"{head}\n{rule}"
    whole = len(lines) > 2 or (lines[1].count("-") and lines[1].count("|") > columns)
    if not whole and _RULE.fullmatch(lines[1]):
        return f"{head}\n{rule}"
    return "\n".join(lines)


def _inline(text: str) -> str:
    """A paragraph whose last emphasis, code or link may be open."""
    opened = text.count("`") % 2 and _CODE.search(text)
    if opened:
        return text + opened.group(1)
    text = _LINK.sub(r"\1", _CITATION.sub("", text))
    for mark in ("**", "~~"):
        if text.count(mark) % 2 and text.endswith(mark):
            text = text[: -len(mark)]
        elif text.count(mark) % 2 and any(match.group(1) == mark for match in _STRONG.finditer(text)):
            text = text.rstrip() + mark
    return text
