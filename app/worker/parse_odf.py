"""OpenDocument (ODT, ODS, ODP): headings, paragraphs, lists and tables; a sheet or a slide is a page."""

import zipfile
from collections.abc import Iterator
from typing import Any, Final

from app.domain.errors import AppError, ErrorCode
from app.domain.library import ParsedDocument
from app.worker.document_builder import DocumentBuilder
from app.worker.packed import is_locked, open_packed, read_xml
from app.worker.rows import add_rows
from app.worker.untrusted_file import UntrustedFile

MAX_REPEATED: Final = 1000  # cells or rows with something in them that a file says once and means often
MAX_CELLS: Final = 5_000_000

_OFFICE, _TEXT, _TABLE, _DRAW, _STYLE, _XLINK, _PRESENTATION = (
    f"{{{space}}}"
    for space in (
        *(
            f"urn:oasis:names:tc:opendocument:xmlns:{name}:1.0"
            for name in ("office", "text", "table", "drawing", "style")
        ),
        "http://www.w3.org/1999/xlink",
        "urn:oasis:names:tc:opendocument:xmlns:presentation:1.0",
    )
)
_UNSEEN: Final = frozenset(
    {_TEXT + "tracked-changes", _TEXT + "sequence-decls", _OFFICE + "forms", _TEXT + "note-citation", _TABLE + "shapes"}
)
_MACROS: Final = ("Basic/", "Scripts/")


def parse_odf(file: UntrustedFile) -> ParsedDocument:
    """Raises AppError PARSE_ENCRYPTED, PARSE_BROKEN, PARSE_TOO_LARGE or PARSE_EMPTY."""
    builder = DocumentBuilder(file.path)
    with open_packed(file) as archive:
        if _is_encrypted(archive):
            raise AppError(ErrorCode.PARSE_ENCRYPTED, path=file.path)
        for name in archive.namelist():
            if name.startswith(_MACROS) and not name.endswith(("/", "script-lc.xml", "script-lb.xml")):
                builder.notice("macros", name)
        content = read_xml(archive, "content.xml")
        title = _title(archive)
    return _Reader(file.path, builder, content).read(title)


def _is_encrypted(archive: zipfile.ZipFile) -> bool:
    if any(is_locked(member) for member in archive.infolist()):
        return True
    manifest = "META-INF/manifest.xml"
    return manifest in archive.namelist() and b"encryption-data" in archive.read(manifest)


def _title(archive: zipfile.ZipFile) -> str:
    if "meta.xml" not in archive.namelist():
        return ""
    title = read_xml(archive, "meta.xml").find(".//{http://purl.org/dc/elements/1.1/}title")
    return " ".join((title.text or "").split()) if title is not None else ""


class _Reader:
    """Walks the XML of a document."""

    def __init__(self, path: str, builder: DocumentBuilder, content: Any) -> None:
        self._path = path
        self._builder = builder
        self._content = content
        self._cells = 0
        self._page = 0
        self._labels: list[str] = []
        self._hidden = {
            style.get(_STYLE + "name")
            for style in content.iter(_STYLE + "style")
            for part in style.iter(_STYLE + "text-properties")
            if part.get(_TEXT + "display") == "none"
        }

    def read(self, title: str) -> ParsedDocument:
        """The document, in the order of the file."""
        body = self._content.find(_OFFICE + "body")
        kind = next(iter(body), None) if body is not None else None
        if kind is None:
            raise AppError(ErrorCode.PARSE_BROKEN, path=self._path, reason="it has no body")
        if kind.tag == _OFFICE + "spreadsheet":
            for table in kind.iter(_TABLE + "table"):
                self._sheet(table)
            return self._builder.finish(title, len(self._labels), unit="sheet", labels=tuple(self._labels))
        if kind.tag == _OFFICE + "presentation":
            for slide in kind.iter(_DRAW + "page"):
                self._page += 1
                self._blocks(slide)
            return self._builder.finish(title, self._page, unit="slide")
        self._blocks(kind)
        return self._builder.finish(title)

    def _blocks(self, root: Any) -> None:
        stack = [iter(root)]
        while stack:
            node = next(stack[-1], None)
            if node is None:
                stack.pop()
            elif node.tag == _TEXT + "h":
                self._builder.add("heading", self._words(node), self._page, _number(node, _TEXT + "outline-level"))
            elif node.tag == _TEXT + "p":
                self._builder.add("paragraph", self._words(node), self._page)
                stack.append(iter(list(node.iter(_DRAW + "text-box"))))
            elif node.tag == _TEXT + "list":
                self._builder.add("list", "\n".join(self._items(node, 0)), self._page)
            elif node.tag == _TABLE + "table":
                rows = (" | ".join(cells) for cells in self._rows(node) if any(cells))
                self._builder.add("table", "\n".join(rows), self._page)
            elif node.tag == _PRESENTATION + "notes":
                notes = " ".join(self._words(p) for p in node.iter(_TEXT + "p")).strip()
                self._builder.add("paragraph", f"Notes: {notes}" if notes else "", self._page)
            elif node.get(_PRESENTATION + "class") == "title":
                self._builder.add("heading", " ".join(self._words(p) for p in node.iter(_TEXT + "p")), self._page, 1)
            elif node.tag not in _UNSEEN:
                stack.append(iter(node))

    def _items(self, node: Any, depth: int) -> Iterator[str]:
        for item in node:
            for child in item:
                if child.tag == _TEXT + "list" and depth < 50:
                    yield from self._items(child, depth + 1)
                elif child.tag in (_TEXT + "p", _TEXT + "h") and (words := self._words(child)).strip():
                    yield f"{'  ' * depth}- {words}"

    def _sheet(self, table: Any) -> None:
        name = table.get(_TABLE + "name", "")
        self._labels.append(name)
        self._page += 1
        self._builder.add("heading", name, self._page, 1)
        add_rows(self._builder, self._rows(table), self._page)

    def _rows(self, table: Any) -> Iterator[list[str]]:
        for row in table.iter(_TABLE + "table-row"):
            cells: list[str] = []
            for cell in row:
                if cell.tag == _TABLE + "table-cell":
                    text = " ".join(" ".join(self._words(p) for p in cell.iter(_TEXT + "p")).split())
                    many = _number(cell, _TABLE + "number-columns-repeated")
                    cells.extend([text] * min(many, MAX_REPEATED))
            while cells and not cells[-1]:
                cells.pop()
            for _ in range(min(_number(row, _TABLE + "number-rows-repeated"), MAX_REPEATED) if cells else 1):
                self._cells += len(cells) + 1
                if self._cells > MAX_CELLS:
                    raise AppError(ErrorCode.PARSE_TOO_LARGE, path=self._path, reason=f"more than {MAX_CELLS:,} cells")
                yield cells

    def _words(self, node: Any, depth: int = 0) -> str:
        """The text of a paragraph; notes in place, hidden text and comments noted and left out."""
        parts = [node.text or ""]
        for child in node:
            if child.tag == _TEXT + "s":
                parts.append(" " * min(_number(child, _TEXT + "c"), 100))
            elif child.tag == _TEXT + "tab":
                parts.append("\t")
            elif child.tag == _TEXT + "line-break":
                parts.append("\n")
            elif child.tag == _OFFICE + "annotation" or child.get(_TEXT + "style-name") in self._hidden:
                self._builder.notice("hidden_text", " ".join("".join(child.itertext()).split()))
            elif child.tag not in (*_UNSEEN, _DRAW + "text-box") and depth < 100:
                parts.append(self._words(child, depth + 1))
            parts.append(child.tail or "")
        return "".join(parts)


def _number(node: Any, name: str) -> int:
    """A count that an attribute holds; 1 without it."""
    value = node.get(name, "1")
    return int(value) if value.isdecimal() and len(value) < 10 else 1
