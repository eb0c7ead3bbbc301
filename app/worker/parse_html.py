"""HTML: what a reader would see of it; scripts, styles, comments and hidden parts are left out."""

from pathlib import Path
from typing import Any, Final

from selectolax.lexbor import LexborHTMLParser

from app.domain.library import BlockKind, ParsedDocument
from app.worker.document_builder import DocumentBuilder
from app.worker.parse_text import read_text

_UNSEEN: Final = "script, style, template, noscript, svg, head, nav, iframe, object, [hidden], [aria-hidden='true']"
_HIDING: Final = ("display:none", "visibility:hidden", "font-size:0", "opacity:0")
_BLOCKS: Final[dict[str, BlockKind]] = {
    **dict.fromkeys(["h1", "h2", "h3", "h4", "h5", "h6"], "heading"),
    **dict.fromkeys(["ul", "ol", "dl"], "list"),
    **dict.fromkeys(["p", "blockquote", "figcaption", "address", "summary"], "paragraph"),
    "table": "table",
    "pre": "code",
}


def parse_html(path: Path) -> ParsedDocument:
    """Headings, paragraphs, lists, tables and listings in reading order."""
    tree = LexborHTMLParser(read_text(path))
    title_node = tree.css_first("title")
    title = " ".join(title_node.text().split()) if title_node else ""
    for node in tree.css(_UNSEEN):
        node.decompose()
    for node in tree.css("[style]"):
        style = (node.attributes.get("style") or "").replace(" ", "").lower()
        if any(hiding in style for hiding in _HIDING):
            node.decompose()
    builder = DocumentBuilder(str(path))
    if tree.body is not None:
        _Reader(builder).read(tree.body)
    return builder.finish(title)


class _Reader:
    """Walks the tree, by a loop since trees are deep; text between blocks becomes paragraphs of its own."""

    def __init__(self, builder: DocumentBuilder) -> None:
        self._builder = builder
        self._loose: list[str] = []

    def read(self, body: Any) -> None:
        """Add all blocks under `body`."""
        stack = list(body.iter(include_text=True))[::-1]
        while stack:
            node = stack.pop()
            kind = _BLOCKS.get(node.tag)
            if kind is not None:
                self._flush()
                self._builder.add(kind, _text(node, kind), level=int(node.tag[1]) if kind == "heading" else 0)
            elif node.tag == "-text":
                self._loose.append(node.text(deep=False))
            elif node.tag == "br" or (node.tag in ("div", "section", "article", "main", "li") and self._loose):
                self._flush()
                stack.extend(list(node.iter(include_text=True))[::-1])
            else:
                stack.extend(list(node.iter(include_text=True))[::-1])
        self._flush()

    def _flush(self) -> None:
        self._builder.add("paragraph", " ".join("".join(self._loose).split()))
        self._loose.clear()


def _text(node: Any, kind: BlockKind) -> str:
    match kind:
        case "code":
            return str(node.text())
        case "list":
            return "\n".join(f"- {_line(item)}" for item in node.css("li, dt, dd"))
        case "table":
            return "\n".join(" | ".join(_line(cell) for cell in row.css("th, td")) for row in node.css("tr"))
        case _:
            return _line(node)


def _line(node: Any) -> str:
    return " ".join(node.text(separator=" ").split())
