"""Markdown: blocks by its own structure, kept as they are written."""

from pathlib import Path
from typing import Final

from markdown_it import MarkdownIt
from markdown_it.token import Token

from app.domain.library import BlockKind, ParsedDocument
from app.worker.document_builder import DocumentBuilder
from app.worker.parse_text import read_text

_KINDS: Final[dict[str, BlockKind]] = {
    "heading_open": "heading",
    "paragraph_open": "paragraph",
    "bullet_list_open": "list",
    "ordered_list_open": "list",
    "table_open": "table",
    "blockquote_open": "paragraph",
    "fence": "code",
    "code_block": "code",
}


def parse_markdown(path: Path) -> ParsedDocument:
    """Top-level blocks become blocks; HTML in the source is left out, since a reader does not see it as text."""
    source = read_text(path)
    lines = source.replace("\r\n", "\n").split("\n")
    builder = DocumentBuilder(str(path))
    tokens = MarkdownIt("commonmark").enable("table").parse(source)
    for place, token in enumerate(tokens):
        kind = _KINDS.get(token.type)
        if token.level or kind is None or token.map is None:
            continue
        if kind == "heading":
            builder.add("heading", tokens[place + 1].content, level=int(token.tag[1]))
        elif kind == "code":
            builder.add("code", token.content)
        else:
            builder.add(kind, _plain(lines, token))
    return builder.finish("")


def _plain(lines: list[str], token: Token) -> str:
    """The source lines of a block, without the rule under a table's head."""
    assert token.map is not None
    chosen = lines[token.map[0] : token.map[1]]
    if token.type == "table_open":
        chosen = [" | ".join(cell.strip() for cell in line.strip().strip("|").split("|")) for line in chosen]
        del chosen[1:2]
    return "\n".join(line.replace("**", "").replace("`", "") for line in chosen)
