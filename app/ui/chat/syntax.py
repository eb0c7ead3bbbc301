"""The Markdown that is understood: CommonMark without raw HTML; tables, tasks, strikethrough, addresses, formulas."""

import re
from itertools import pairwise
from typing import Final

from markdown_it import MarkdownIt
from markdown_it.rules_core import StateCore
from markdown_it.token import Token

from app.domain.links import is_safe_link
from app.ui.chat.maths_syntax import with_formulas

TASKS: Final = {"[ ] ": "☐ ", "[x] ": "☑ ", "[X] ": "☑ "}
_LINE: Final = re.compile(r"[^\r\n]*(?:\r\n|\r|\n)|[^\r\n]+\Z")  # what the parser counts as one


def parse(text: str) -> list[Token]:
    """The tokens of a text."""
    return _PARSER.parse(text)


def blocks(text: str) -> list[str]:
    """The top-level blocks of `text`, in order; joined they are the text."""
    starts = [token.map[0] for token in parse(text) if token.level == 0 and token.map and token.nesting >= 0]
    lines = _LINE.findall(text)
    edges = [0, *starts[1:], len(lines)]
    return ["".join(lines[a:b]) for a, b in pairwise(edges)] if lines else []


def markdown_parser() -> MarkdownIt:
    """A parser that refuses raw HTML and unsafe links."""
    parser = MarkdownIt("commonmark", {"html": False, "linkify": True})
    parser.enable(["table", "strikethrough", "linkify"])
    if parser.linkify is not None:  # only what says that it is an address: README.md is none, and nor is a@b
        parser.linkify.set({"fuzzy_link": False, "fuzzy_email": False, "fuzzy_ip": False})
    parser.validateLink = is_safe_link  # type: ignore[method-assign, assignment]
    parser.core.ruler.after("inline", "tasks", _tasks)
    return with_formulas(parser)


def _tasks(state: StateCore) -> None:
    """Boxes instead of the brackets at the beginning of a list's items."""
    for before, opening, inline in zip(state.tokens, state.tokens[1:], state.tokens[2:], strict=False):
        if (before.type, opening.type, inline.type) != ("list_item_open", "paragraph_open", "inline"):
            continue
        first = inline.children[0] if inline.children else None
        if first is not None and first.type == "text" and first.content[:4] in TASKS:
            first.content = TASKS[first.content[:4]] + first.content[4:]


_PARSER: Final = markdown_parser()
OPTIONS: Final = _PARSER.options
