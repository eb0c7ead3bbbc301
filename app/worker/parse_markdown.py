"""Markdown: blocks by its own structure, as text without marks; HTML in it is read as HTML."""

import re
from collections.abc import Sequence
from typing import Final

from markdown_it import MarkdownIt
from markdown_it.token import Token

from app.domain.library import BlockKind, ParsedDocument
from app.worker.document_builder import DocumentBuilder
from app.worker.parse_html import add_html
from app.worker.parse_text import read_text
from app.worker.untrusted_file import UntrustedFile

_KINDS: Final[dict[str, BlockKind]] = {
    "heading_open": "heading",
    "paragraph_open": "paragraph",
    "blockquote_open": "paragraph",
    "bullet_list_open": "list",
    "ordered_list_open": "list",
    "table_open": "table",
    "fence": "code",
    "code_block": "code",
}
_FRONT_MATTER: Final = re.compile(r"\A---\n(.*?\n)(?:---|\.\.\.)\n", re.DOTALL)
_TITLE: Final = re.compile(r"^title:\s*[\"']?(.*?)[\"']?\s*$", re.MULTILINE)


def parse_markdown(file: UntrustedFile) -> ParsedDocument:
    """Top-level blocks become blocks; what stands before them between rules (YAML) is kept as one paragraph."""
    source = read_text(file)
    builder = DocumentBuilder(file.path)
    title = ""
    if front := _FRONT_MATTER.match(source):
        source = source[front.end() :]
        builder.add("paragraph", front[1])
        if named := _TITLE.search(front[1]):
            title = named[1]
    tokens = MarkdownIt("commonmark").enable("table").parse(source)
    place = 0
    while place < len(tokens):
        end = _end(tokens, place)
        _add(builder, tokens[place:end])
        place = end
    return builder.finish(title)


def _end(tokens: Sequence[Token], start: int) -> int:
    """One past the token that closes the block which `tokens[start]` opens."""
    depth = 0
    for place in range(start, len(tokens)):
        depth += tokens[place].nesting
        if depth <= 0:
            return place + 1
    return len(tokens)


def _add(builder: DocumentBuilder, block: Sequence[Token]) -> None:
    first = block[0]
    kind = _KINDS.get(first.type)
    if first.type == "html_block":
        add_html(builder, first.content)
    elif kind == "code":
        builder.add("code", first.content)
    elif kind == "table":
        builder.add("table", "\n".join(_rows(block)))
    elif kind is not None:
        level = int(first.tag[1]) if kind == "heading" else 0
        builder.add(kind, "\n".join(_lines(block)), level=level)


def _rows(block: Sequence[Token]) -> list[str]:
    rows: list[list[str]] = []
    for token in block:
        if token.type == "tr_open":
            rows.append([])
        elif token.type == "inline":
            rows[-1].append(_visible(token))
    return [" | ".join(row) for row in rows]


def _lines(block: Sequence[Token]) -> list[str]:
    """The text of a block and all that is nested in it; an item of a list begins with its mark."""
    lines: list[str] = []
    lists: list[str] = []  # the marks of the lists that are open
    mark = ""
    for token in block:
        match token.type:
            case "bullet_list_open" | "ordered_list_open":
                lists.append("- " if token.type.startswith("bullet") else "")
            case "bullet_list_close" | "ordered_list_close":
                lists.pop()
            case "list_item_open":
                mark = "  " * (len(lists) - 1) + (lists[-1] or f"{token.info}{token.markup} ")
            case "inline":
                lines.append(mark + _visible(token))
                mark = ""
            case "fence" | "code_block":
                lines.append(mark + token.content.rstrip("\n"))
                mark = ""
    return lines


def _visible(inline: Token) -> str:
    """A run of text without its marks, comments and tags; a picture is what its author says of it."""
    parts: list[str] = []
    for child in inline.children or ():
        match child.type:
            case "text" | "code_inline" | "text_special":
                parts.append(child.content)
            case "softbreak" | "hardbreak":
                parts.append("\n")
            case "image":
                parts.append(child.content)
            case "html_inline" if child.content.lower().startswith("<br"):
                parts.append("\n")
    return "".join(parts)
