r"""Formulas in Markdown: `$…$` and `\(…\)` in a line, `$$…$$` and `\[…\]` on lines of their own."""

import re
from typing import Final

from markdown_it import MarkdownIt
from markdown_it.rules_block import StateBlock
from markdown_it.rules_inline import StateInline

INLINE: Final = "formula"
BLOCK: Final = "formula_block"
_PAIRS: Final = (("$$", "$$"), (r"\[", r"\]"), (r"\(", r"\)"), ("$", "$"))
_DISPLAYED: Final = frozenset({"$$", r"\["})
_LONGEST: Final = 4000  # characters that are searched for the end of a formula
_HINT: Final = re.compile(r"\$|\\[(\[]")


def has_formula(text: str) -> bool:
    """Whether there may be a formula in it."""
    return bool(_HINT.search(text))


def with_formulas(parser: MarkdownIt) -> MarkdownIt:
    """Have a parser know formulas."""
    parser.inline.ruler.before("escape", INLINE, _inline)
    parser.block.ruler.before("fence", BLOCK, _block, {"alt": ["paragraph", "reference", "blockquote", "list"]})
    return parser


def _inline(state: StateInline, silent: bool) -> bool:
    opening, closing = next((pair for pair in _PAIRS if state.src.startswith(pair[0], state.pos)), ("", ""))
    if not opening:
        return False
    start = state.pos + len(opening)
    end = _end(state.src, start, min(state.posMax, start + _LONGEST), closing)
    if end < 0 or not _is_formula(state.src, start, end, opening):
        return False
    if not silent:
        token = state.push(INLINE, "math", 0)
        token.markup, token.content = opening, state.src[start:end]
        token.meta = {"displayed": opening in _DISPLAYED}
    state.pos = end + len(closing)
    return True


def _end(text: str, start: int, limit: int, closing: str) -> int:
    """Where the formula ends, -1 for nowhere; a dollar after a backslash is a dollar."""
    at = text.find(closing, start, limit)
    while closing.startswith("$") and at > 0 and text[at - 1] == "\\":
        at = text.find(closing, at + 1, limit)
    return at


def _is_formula(text: str, start: int, end: int, opening: str) -> bool:
    """Prices are no formulas: a single dollar stands right at its formula and no digit or letter follows the last."""
    if not text[start:end].strip() or "\n\n" in text[start:end]:
        return False
    if opening != "$":
        return True
    after = text[end + 1 : end + 2]
    before = text[start - 2 : start - 1] if start > 1 else ""
    return not (text[start].isspace() or text[end - 1].isspace() or after.isalnum() or before.isalnum())


def _block(state: StateBlock, start: int, last: int, silent: bool) -> bool:
    """A formula on lines of its own, up to the line that ends with its closing mark; a blank line ends the search."""
    if state.is_code_block(start):
        return False
    first = _line(state, start)
    opening, closing = next(((a, b) for a, b in _PAIRS if a in _DISPLAYED and first.startswith(a)), ("", ""))
    if not opening:
        return False
    lines = [first[2:].rstrip()]
    line = start
    while not lines[-1].endswith(closing):
        line += 1
        if line >= last or state.isEmpty(line) or state.sCount[line] < state.blkIndent:
            return False
        lines.append(_line(state, line).rstrip())
    content = "\n".join(lines)[: -len(closing)]
    if closing in content or not content.strip():
        return False
    if not silent:
        token = state.push(BLOCK, "math", 0)
        token.block, token.markup, token.content = True, opening, content.strip()
        token.map, token.meta = [start, line + 1], {"displayed": True}
        state.line = line + 1
    return True


def _line(state: StateBlock, line: int) -> str:
    return state.src[state.bMarks[line] + state.tShift[line] : state.eMarks[line]]
