"""What a model writes, as inert rich text: the subset of HTML that Qt lays out, nothing loaded, nothing run.

Raw HTML is shown as text, images are shown as their description, and a link keeps its target in sight.
"""

import re
from collections.abc import Collection, Sequence
from html import escape
from itertools import pairwise
from typing import Any, Final
from urllib.parse import urlsplit

from markdown_it import MarkdownIt
from markdown_it.renderer import RendererHTML
from markdown_it.token import Token

from app.ui.chat.marks import CONTRADICTED, UNSUPPORTED
from app.ui.theme import CODE_FONT, Theme
from app.ui.translate import tr

CITATION_SCHEME: Final = "citation"
CHIP_SCHEME: Final = "chip"
CHIP_HEIGHT: Final = 16
_SCHEMES: Final = frozenset({"http", "https", "mailto"})
_LINE: Final = re.compile(r"[^\r\n]*(?:\r\n|\r|\n)|[^\r\n]+\Z")  # what the parser counts as one
_MARKER: Final = re.compile(r"\s?\[(\d{1,2}(?:\s*,\s*\d{1,2})*)\]")


def chip_size(number: int, theme: Theme) -> tuple[int, int]:
    """How wide and how high the chip of a citation is."""
    return theme.px(CHIP_HEIGHT + (2 if number < 10 else 8)), theme.px(CHIP_HEIGHT)


def is_safe_link(target: str) -> bool:
    """Whether a link may be offered at all."""
    try:
        return urlsplit(target).scheme.lower() in _SCHEMES
    except ValueError:
        return False


def blocks(text: str) -> list[str]:
    """The top-level blocks of `text`, in order; joined they are the text."""
    starts = [token.map[0] for token in _PARSER.parse(text) if token.level == 0 and token.map and token.nesting >= 0]
    lines = _LINE.findall(text)
    edges = [0, *starts[1:], len(lines)]
    return ["".join(lines[a:b]) for a, b in pairwise(edges)] if lines else []


def to_html(text: str, theme: Theme, citations: Collection[int] = ()) -> str:
    """Rich text for one or more blocks; markers of `citations` become links."""
    return str(_PARSER.renderer.render(_PARSER.parse(text), _PARSER.options, {"theme": theme, "citations": citations}))


class _Renderer(RendererHTML):
    """Writes Qt's HTML; `env` carries the theme and the known citations."""

    def text(self, tokens: Sequence[Token], idx: int, options: Any, env: Any) -> str:  # noqa: ARG002
        """Text, with citation markers as chips."""
        known = env["citations"]

        def chips(match: re.Match[str]) -> str:
            numbers = [int(n) for n in match.group(1).split(",")]
            if not all(number in known for number in numbers):
                return escape(match.group())
            return "".join(_chip(number, env["theme"]) for number in numbers)

        content = tokens[idx].content
        pieces, end = [], 0
        for match in _MARKER.finditer(content):
            pieces += [escape(content[end : match.start()]), chips(match)]
            end = match.end()
        text, theme = "".join([*pieces, escape(content[end:])]), env["theme"]
        for flag, colour, said in (
            (UNSUPPORTED, "warn", tr("not in your documents")),
            (CONTRADICTED, "bad", tr("the passage says otherwise")),
        ):
            label = f' <span style="color:{theme[colour]};font-size:{theme.px(12)}px">{escape(said)}</span>'
            text = text.replace(flag, label)
        return text

    def image(self, tokens: Sequence[Token], idx: int, options: Any, env: Any) -> str:  # noqa: ARG002
        """Only the description: fetching a picture would tell somebody."""
        return f"[{escape(tokens[idx].content)}]"

    def link_open(self, tokens: Sequence[Token], idx: int, options: Any, env: Any) -> str:  # noqa: ARG002
        """A link in the theme's colour."""
        return f'<a href="{escape(str(tokens[idx].attrGet("href")))}" style="color:{env["theme"]["accent"]}">'

    def link_close(self, tokens: Sequence[Token], idx: int, options: Any, env: Any) -> str:  # noqa: ARG002
        """The end of a link, followed by where it leads."""
        opening = next(token for token in reversed(tokens[:idx]) if token.type == "link_open")
        shown = "".join(token.content for token in tokens[tokens.index(opening) + 1 : idx])
        target = str(opening.attrGet("href"))
        return (
            "</a>" if shown == target else f'</a> <span style="color:{env["theme"]["muted"]}">({escape(target)})</span>'
        )

    def code_inline(self, tokens: Sequence[Token], idx: int, options: Any, env: Any) -> str:  # noqa: ARG002
        """Code within a sentence."""
        style = f"font-family:'{CODE_FONT}';font-size:{env['theme'].px(13)}px;background-color:{env['theme']['sunken']}"
        return f'<span style="{style}">{escape(tokens[idx].content)}</span>'

    def fence(self, tokens: Sequence[Token], idx: int, options: Any, env: Any) -> str:  # noqa: ARG002
        """A listing, highlighted where its language is known."""
        theme, token = env["theme"], tokens[idx]
        language = token.info.split()[0] if token.info.split() else ""
        font = f"font-family:'{CODE_FONT}';font-size:{theme.px(13)}px"
        return (
            f'<table width="100%" bgcolor="{theme["code"]}" cellpadding="{theme.gap(10)}" cellspacing="0" border="0">'
            f'<tr><td><pre style="margin:0;white-space:pre-wrap;{font}">'
            f"{_highlight(token.content.rstrip(), language, theme)}</pre></td></tr></table>"
        )

    code_block = fence


def _chip(number: int, theme: Theme) -> str:
    width, height = chip_size(number, theme)
    size = f'width="{width}" height="{height}"'
    picture = f'<img src="{CHIP_SCHEME}:{number}" {size} style="vertical-align:middle">'
    return f'&nbsp;<a href="{CITATION_SCHEME}:{number}">{picture}</a>'


def _highlight(code: str, language: str, theme: Theme) -> str:
    # Imported when the first listing is shown: it is not needed to open the window.
    from pygments.lexers import get_lexer_by_name
    from pygments.token import Comment, Keyword, Number, String
    from pygments.util import ClassNotFound

    if not language:
        return escape(code)
    try:
        lexer = get_lexer_by_name(language)
    except ClassNotFound:
        return escape(code)
    roles = ((Keyword, "accent"), (String, "good"), (Comment, "muted"), (Number, "warn"))
    pieces = []
    for kind, value in lexer.get_tokens(code):
        role = next((role for family, role in roles if _is_a(kind, family)), "")
        pieces.append(f'<span style="color:{theme[role]}">{escape(value)}</span>' if role else escape(value))
    return "".join(pieces).rstrip("\n")


def _is_a(kind: Any, family: Any) -> bool:
    return kind in family  # token types contain their subtypes, which their stubs do not say


def _parser() -> MarkdownIt:
    parser = MarkdownIt("commonmark", {"html": False}, renderer_cls=_Renderer).enable(["table", "strikethrough"])
    parser.validateLink = is_safe_link  # type: ignore[method-assign, assignment]
    return parser


_PARSER: Final = _parser()
