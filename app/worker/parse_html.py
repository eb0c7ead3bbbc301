"""HTML: what a reader would see of it; scripts, styles, comments, menus and hidden parts are left out."""

import re
from typing import Any, Final

from selectolax.lexbor import LexborHTMLParser

from app.domain.library import BlockKind, ParsedDocument
from app.worker.document_builder import DocumentBuilder
from app.worker.parse_text import read_text
from app.worker.untrusted_file import UntrustedFile

_UNSEEN: Final = frozenset("-comment script style template noscript svg head nav iframe object datalist".split())
_HIDING: Final = re.compile(
    r"display:none|visibility:hidden|(?:font-size|opacity):0(?:\.0*)?(?![.\d])|font-size:[01](?:\.\d+)?(?:px|pt)"
    r"|text-indent:-\d{3,}|(?:left|top):-\d{3,}"
)
_HIDING_ON_WHITE: Final = re.compile(_HIDING.pattern + r"|(?<!-)color:(?:white|#fff(?:fff)?\b|rgb\(255,255,255\))")
_COLOURED: Final = re.compile(r"background|bgcolor|stylesheet", re.IGNORECASE)  # white may be meant to be seen
_KINDS: Final[dict[str, BlockKind]] = {
    **dict.fromkeys(["h1", "h2", "h3", "h4", "h5", "h6"], "heading"),
    **dict.fromkeys(["ul", "ol", "dl"], "list"),
    "table": "table",
    "pre": "code",
}
_BREAKS: Final = frozenset(
    "p div section article main header footer aside blockquote figure figcaption address details summary form fieldset "
    "legend li dt dd tr td th caption hr br body".split()
) | frozenset(_KINDS)
_LINES: Final[dict[BlockKind, frozenset[str]]] = {  # the elements that are a line each in a block of this kind
    "paragraph": _BREAKS,
    "list": frozenset(["li", "dt", "dd"]),
    "table": frozenset(["tr", "caption"]),
    "heading": frozenset(),
    "code": frozenset(),
}
_CELLS: Final = frozenset(["td", "th"])
_CELL_END: Final = "\x1f"


def parse_html(file: UntrustedFile) -> ParsedDocument:
    """Headings, paragraphs, lists, tables and listings in reading order."""
    source = read_text(file)
    builder = DocumentBuilder(file.path)
    add_html(builder, source)
    title = LexborHTMLParser(source).css_first("title")
    return builder.finish(" ".join(title.text().split()) if title else "")


def add_html(builder: DocumentBuilder, source: str, page: int = 0) -> None:
    """Add the blocks of a piece of HTML; hidden words and comments are noted."""
    body = LexborHTMLParser(source).body
    if body is not None:
        _Walk(builder, page, is_plain=not _COLOURED.search(source)).read(body)


class _Walk:
    """Goes through the tree once, by a loop since trees can be deep, so that no text comes twice or not at all.

    The outermost list, table, heading or listing decides the kind of a block; what is nested in it adds lines to it.
    """

    def __init__(self, builder: DocumentBuilder, page: int, *, is_plain: bool) -> None:
        self._builder = builder
        self._page = page
        self._hiding = _HIDING_ON_WHITE if is_plain else _HIDING
        self._kind: BlockKind = "paragraph"
        self._text: list[str] = []  # of the line at hand
        self._lines: list[str] = []  # of the block at hand
        self._mark = "- "  # of the next item of a list
        self._items: dict[int, int] = {}  # seen so far, by the numbered list they are in

    def read(self, body: Any) -> None:
        """Add all blocks under `body`."""
        stack: list[tuple[Any, str]] = [(body, "enter")]
        while stack:
            node, step = stack.pop()
            if step == "leave":
                self._break_at(node.tag)
            elif step == "end block":
                self._end_block(int(node.tag[1]) if self._kind == "heading" else 0)
            elif node.tag == "-text":
                self._text.append(node.text(deep=False))
            elif node.tag == "-comment":
                self._note(node.comment_content or "")
            elif node.tag in _UNSEEN or node.attributes.get("aria-hidden") == "true":
                continue
            elif self._is_hidden(node):
                self._note(node.text())
            else:
                stack.append((node, self._enter(node)))
                stack.extend((child, "enter") for child in reversed(list(node.iter(include_text=True))))
        self._end_block(0)

    def _enter(self, node: Any) -> str:
        """What to do when `node` has been read."""
        if self._kind == "list" and node.tag == "li" and node.parent.tag == "ol":
            self._end_line()
            number = self._items[node.parent.mem_id] = self._items.get(node.parent.mem_id, 0) + 1
            self._mark = f"{number}. "
        kind = _KINDS.get(node.tag)
        if kind is None or self._kind != "paragraph" or _is_layout(node):
            if node.tag not in _CELLS:
                self._break_at(node.tag)
            return "leave"
        self._end_block(0)
        self._kind = kind
        return "end block"

    def _break_at(self, tag: str) -> None:
        if tag in _LINES[self._kind]:
            self._end_line()
        elif self._kind == "table" and tag in _CELLS:
            self._text.append(_CELL_END)
        elif tag in _BREAKS:
            self._text.append("\n")

    def _end_line(self) -> None:
        text = "".join(self._text)
        self._text.clear()
        if self._kind == "code":
            self._lines.append(text)
            return
        cells = [" ".join(cell.split()) for cell in text.removesuffix(_CELL_END).split(_CELL_END)]
        line = " | ".join(cells) if any(cells) else ""
        if self._kind == "paragraph":
            self._builder.add("paragraph", line, self._page)
        elif line:
            self._lines.append(f"{self._mark}{line}" if self._kind == "list" else line)
            self._mark = "- "

    def _end_block(self, level: int) -> None:
        self._end_line()
        self._builder.add(self._kind, "\n".join(self._lines), self._page, level)
        self._lines.clear()
        self._kind = "paragraph"

    def _is_hidden(self, node: Any) -> bool:
        style = "".join((node.attributes.get("style") or "").split()).lower()
        return "hidden" in node.attributes or bool(self._hiding.search(style))

    def _note(self, text: str) -> None:
        if text.strip() and not text.startswith("[if "):
            self._builder.notice("hidden_text", text)


def _is_layout(node: Any) -> bool:
    """Whether a table only arranges the page: it has headings or tables in it."""
    return node.tag == "table" and any(
        node.css_first(f"td {inner}") is not None for inner in ("h1", "h2", "h3", "table")
    )
