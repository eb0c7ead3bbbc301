"""What a model writes, as inert rich text: the subset of HTML that Qt lays out, nothing loaded, nothing run.

Raw HTML is shown as text, images are shown as their description, and a link keeps its target in sight.
"""

import re
from collections.abc import Callable, Collection, Sequence
from html import escape
from typing import Any, Final

from markdown_it.renderer import RendererHTML
from markdown_it.token import Token

from app.domain.links import strip_direction
from app.domain.wording import MARKER
from app.ui.chat.marks import CONTRADICTED, UNSUPPORTED
from app.ui.chat.maths import Drawing, Formula, formula
from app.ui.chat.parts import Listing, listing_of, table_at
from app.ui.chat.syntax import OPTIONS, parse
from app.ui.theme import CODE_FONT, Theme
from app.ui.translate import tr

CITATION_SCHEME: Final = "citation"
CHIP_SCHEME: Final = "chip"
FORMULA_SCHEME: Final = "formula"
ALONE: Final = "?alone"  # after the name of a formula on a line of its own
LISTING_SCHEME: Final = "listing"  # of links to what can be done with one: listing:copy/NAME
TABLE_SCHEME: Final = "table"
CHIP_HEIGHT: Final = 16
LISTING_PAD: Final = 8  # around code
LONGEST_LANGUAGE: Final = 24  # characters of its name that are shown

Drawn = Callable[[Formula], Drawing | None]


def chip_size(number: int, theme: Theme) -> tuple[int, int]:
    """How wide and how high the chip of a citation is."""
    return theme.px(CHIP_HEIGHT + (2 if number < 10 else 8)), theme.px(CHIP_HEIGHT)


def not_drawn(_: Formula) -> None:
    """No formula is drawn: the source of each is shown."""


def to_html(
    text: str, theme: Theme, citations: Collection[int] = (), drawn: Drawn = not_drawn, *, headed: bool = True
) -> str:
    """Rich text for one or more blocks; markers of `citations` become links, formulas that are drawn pictures.

    A listing that is not `headed` goes on with another.
    """
    env = {"theme": theme, "citations": citations, "drawn": drawn, "headed": headed}
    return _RENDERER.render(parse(text), OPTIONS, env)


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

        content = strip_direction(tokens[idx].content)
        pieces, end = [], 0
        for match in MARKER.finditer(content):
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
        return f"[{escape(strip_direction(tokens[idx].content))}]"

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
        return f'<span style="{_code_style(env["theme"])}">{escape(strip_direction(tokens[idx].content))}</span>'

    def fence(self, tokens: Sequence[Token], idx: int, options: Any, env: Any) -> str:  # noqa: ARG002
        """A listing, highlighted where its language is known, below what it is and what can be done with it."""
        theme, listing = env["theme"], listing_of(tokens[idx])
        font = f"font-family:'{CODE_FONT}';font-size:{theme.px(13)}px"
        actions = _actions(_on_listings(), LISTING_SCHEME, listing.name, theme)
        head = f"<tr><td>{_small(escape(_language(listing)), theme)}</td>"
        head += f'<td align="right">{_small(actions, theme)}</td></tr>'
        code = _highlight(strip_direction(listing.code).removesuffix("\n"), listing.language, theme)
        look = (
            f'width="100%" bgcolor="{theme["code"]}" cellpadding="{theme.gap(LISTING_PAD)}" cellspacing="0" border="0"'
        )
        return (
            f"<table {look}>{head if env['headed'] else ''}"
            '<tr><td colspan="2" style="padding-top:0">'
            f'<pre style="margin:0;white-space:pre-wrap;{font}">{code}</pre></td></tr></table>'
        )

    code_block = fence

    def table_open(self, tokens: Sequence[Token], idx: int, options: Any, env: Any) -> str:  # noqa: ARG002
        """A table with thin lines."""
        theme = env["theme"]
        env["table"] = table_at(tokens, idx)
        style = f"border-collapse:collapse;border-style:solid;border-color:{theme['line']}"
        return f'<table border="1" cellspacing="0" cellpadding="{theme.gap(6)}" style="{style}">'

    def table_close(self, tokens: Sequence[Token], idx: int, options: Any, env: Any) -> str:  # noqa: ARG002
        """The end of a table, and what can be done with it."""
        actions = _actions(_on_tables(), TABLE_SCHEME, env["table"].name, env["theme"])
        return f"</table><p>{_small(actions, env['theme'])}</p>"

    def formula(self, tokens: Sequence[Token], idx: int, options: Any, env: Any) -> str:  # noqa: ARG002
        """A formula as a picture; as it was written while there is none."""
        token, theme = tokens[idx], env["theme"]
        wanted = formula(token.content, theme, displayed=token.meta["displayed"])
        if env["drawn"](wanted) is not None:
            return f'<img src="{FORMULA_SCHEME}:{wanted.name}{ALONE if token.block else ""}">'
        source = f"{token.markup}{token.content}{_CLOSING.get(token.markup, token.markup)}"
        return f'<span style="{_code_style(theme)}">{escape(strip_direction(source))}</span>'

    def formula_block(self, tokens: Sequence[Token], idx: int, options: Any, env: Any) -> str:
        """A formula on a line of its own."""
        return f'<p align="center">{self.formula(tokens, idx, options, env)}</p>'


_CLOSING: Final = {r"\(": r"\)", r"\[": r"\]"}


def _on_listings() -> dict[str, str]:
    return {"copy": tr("Copy"), "save": tr("Save…")}


def _on_tables() -> dict[str, str]:
    return {"cells": tr("Copy table"), "csv": tr("Copy as CSV"), "markdown": tr("Copy as Markdown")}


def _actions(names: dict[str, str], scheme: str, target: str, theme: Theme) -> str:
    style = f'style="color:{theme["muted"]};text-decoration:none"'
    return " &nbsp; ".join(
        f'<a href="{scheme}:{name}/{target}" {style}>{escape(said)}</a>' for name, said in names.items()
    )


def _language(listing: Listing) -> str:
    return strip_direction(listing.language)[:LONGEST_LANGUAGE] or tr("text")


def _small(html: str, theme: Theme) -> str:
    return f'<span style="color:{theme["muted"]};font-size:{theme.px(12)}px">{html}</span>'


def _code_style(theme: Theme) -> str:
    return f"font-family:'{CODE_FONT}';font-size:{theme.px(13)}px;background-color:{theme['sunken']}"


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
        lexer = get_lexer_by_name(language, stripnl=False, ensurenl=False)
    except ClassNotFound:
        return escape(code)
    roles = ((Keyword, "accent"), (String, "good"), (Comment, "muted"), (Number, "warn"))
    pieces = []
    for kind, value in lexer.get_tokens(code):
        role = next((role for family, role in roles if _is_a(kind, family)), "")
        pieces.append(f'<span style="color:{theme[role]}">{escape(value)}</span>' if role else escape(value))
    return "".join(pieces)


def _is_a(kind: Any, family: Any) -> bool:
    return kind in family  # token types contain their subtypes, which their stubs do not say


_RENDERER: Final = _Renderer()
