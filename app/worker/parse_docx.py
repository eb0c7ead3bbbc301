"""DOCX: paragraphs, headings, lists and tables in the order of the page, then the notes; hidden text is left out.

The archive is looked over before python-docx sees it: no bombs, and no document type declarations in any XML part.
The text is taken from the XML itself, since python-docx passes over what stands in content controls, text boxes and
tracked insertions. Running heads and feet are left out.
"""

import zipfile
from collections.abc import Iterator
from itertools import groupby
from pathlib import Path
from typing import Any, Final

import docx
from docx.opc.constants import RELATIONSHIP_TYPE
from docx.oxml import parse_xml

from app.domain.errors import AppError, ErrorCode
from app.domain.library import BlockKind, ParsedDocument
from app.worker.document_builder import DocumentBuilder

MAX_MEMBERS = 10_000
MAX_UNPACKED = 512 * 1024 * 1024
MAX_RATIO = 200  # unpacked to packed, of one member of more than a megabyte

_OLE: Final = b"\xd0\xcf\x11\xe0"  # an encrypted DOCX is an OLE file with the archive inside
_W: Final = "{http://schemas.openxmlformats.org/wordprocessingml/2006/main}"
_P, _TBL, _TR, _TC, _R, _T, _TAB = (_W + name for name in ("p", "tbl", "tr", "tc", "r", "t", "tab"))
_TEXT_BOX: Final = _W + "txbxContent"
_VAL: Final = _W + "val"
_BREAKS: Final = frozenset([_W + "br", _W + "cr"])
_NO_TEXT: Final = frozenset(  # deleted, moved away, properties; and what older programs read in place of the newer
    {
        *(_W + name for name in ("del", "moveFrom", "pPr", "rPr", "sectPr")),
        "{http://schemas.openxmlformats.org/markup-compatibility/2006}Fallback",
    }
)
_MATH_TEXT: Final = "{http://schemas.openxmlformats.org/officeDocument/2006/math}t"

_Piece = tuple[BlockKind, str, int]  # kind, text, level


def parse_docx(path: Path) -> ParsedDocument:
    """Raises AppError PARSE_ENCRYPTED, PARSE_BROKEN, PARSE_TOO_LARGE or PARSE_EMPTY."""
    _look_over(path)
    try:
        document = docx.Document(str(path))
        reader = _Reader(document)
        builder = DocumentBuilder(str(path))
        for kind, pieces in groupby(reader.pieces(), key=lambda piece: piece[0]):
            if kind == "list":  # Word has no lists, only paragraphs that look like items
                builder.add("list", "\n".join(text for _, text, _ in pieces if text.strip()))
                continue
            for _, text, level in pieces:
                builder.add(kind, text, level=level)
        return builder.finish(document.core_properties.title or "")
    except AppError:
        raise
    except Exception as error:  # python-docx and lxml raise whatever they stumble over
        raise AppError(
            ErrorCode.PARSE_BROKEN, path=str(path), reason=f"{type(error).__name__}: {error}"[:200]
        ) from error


class _Reader:
    """Walks the XML of a document that python-docx has opened."""

    def __init__(self, document: Any) -> None:
        self._document = document
        self._names: dict[str, str] = {}
        self._hidden: set[str] = set()  # styles whose text is not shown
        for style in document.styles.element.iterchildren(_W + "style"):
            style_id = style.get(_W + "styleId", "")
            name = style.find(_W + "name")
            self._names[style_id] = (name.get(_VAL, "") if name is not None else "").lower()
            if _is_on(style.find(f"{_W}rPr/{_W}vanish")):
                self._hidden.add(style_id)

    def pieces(self) -> Iterator[_Piece]:
        """Everything that is shown, in order."""
        yield from self._blocks(self._document.element.body)
        for kind in (RELATIONSHIP_TYPE.FOOTNOTES, RELATIONSHIP_TYPE.ENDNOTES):
            for relation in self._document.part.rels.values():
                if relation.reltype == kind and not relation.is_external:
                    yield from self._blocks(parse_xml(relation.target_part.blob))

    def _blocks(self, root: Any) -> Iterator[_Piece]:
        """The paragraphs and tables under `root`, through whatever wraps them."""
        for element in root.iterchildren():
            if element.tag == _P:
                yield self._paragraph(element)
                for box in _nearest(element, _TEXT_BOX):
                    yield from self._blocks(box)
            elif element.tag == _TBL:
                yield "table", "\n".join(self._rows(element)), 0
            elif element.tag not in _NO_TEXT:
                yield from self._blocks(element)

    def _paragraph(self, paragraph: Any) -> _Piece:
        style = paragraph.find(f"{_W}pPr/{_W}pStyle")
        style_id = style.get(_VAL, "") if style is not None else ""
        text = "" if style_id in self._hidden else "".join(self._text(paragraph))
        name = self._names.get(style_id, "")
        if name == "title" or name.startswith("heading"):
            digits = "".join(char for char in name if char.isdigit())
            return "heading", text, int(digits or 1)
        if name.startswith("list") or paragraph.find(f"{_W}pPr/{_W}numPr") is not None:
            return "list", f"- {text.strip()}" if text.strip() else "", 0
        return "paragraph", text, 0

    def _text(self, element: Any) -> Iterator[str]:
        for child in element.iterchildren():
            if child.tag in (_T, _MATH_TEXT):
                yield child.text or ""
            elif child.tag == _TAB:
                yield "\t"
            elif child.tag in _BREAKS:
                yield "\n"
            elif child.tag == _W + "noBreakHyphen":
                yield "-"
            elif child.tag not in _NO_TEXT and child.tag != _TEXT_BOX and not self._is_hidden(child):
                yield from self._text(child)

    def _is_hidden(self, element: Any) -> bool:
        """Whether it is a run that is not shown, by itself or by its style."""
        if element.tag != _R:
            return False
        vanish = element.find(f"{_W}rPr/{_W}vanish")
        style = element.find(f"{_W}rPr/{_W}rStyle")
        by_style = style is not None and style.get(_VAL) in self._hidden
        return _is_on(vanish) if vanish is not None else by_style

    def _rows(self, table: Any) -> Iterator[str]:
        for row in _nearest(table, _TR):
            yield " | ".join(" ".join(self._cell(cell).split()) for cell in _nearest(row, _TC))

    def _cell(self, cell: Any) -> str:
        return " ".join(text for _, text, _ in self._blocks(cell))


def _nearest(root: Any, tag: str) -> Iterator[Any]:
    """The elements `tag` under `root` that lie in no other `tag`, through content controls and the like."""
    for child in root.iterchildren():
        if child.tag == tag:
            yield child
        elif child.tag not in _NO_TEXT:
            yield from _nearest(child, tag)


def _is_on(switch: Any) -> bool:
    return switch is not None and switch.get(_VAL, "true") not in ("0", "false", "off")


def _look_over(path: Path) -> None:
    with path.open("rb") as file:
        if file.read(4) == _OLE:
            raise AppError(ErrorCode.PARSE_ENCRYPTED, path=str(path))
    try:
        with zipfile.ZipFile(path) as archive:
            members = archive.infolist()
            _check_sizes(path, members)
            for member in members:
                if member.filename.lower().endswith((".xml", ".rels")) and _declares_a_type(archive, member):
                    raise AppError(
                        ErrorCode.PARSE_BROKEN, path=str(path), reason="it defines XML entities, which is unsafe"
                    )
    except (zipfile.BadZipFile, NotImplementedError, OSError, EOFError, RuntimeError, ValueError) as error:
        raise AppError(ErrorCode.PARSE_BROKEN, path=str(path), reason=str(error)[:200]) from error


def _check_sizes(path: Path, members: list[zipfile.ZipInfo]) -> None:
    too_many = len(members) > MAX_MEMBERS
    too_much = sum(member.file_size for member in members) > MAX_UNPACKED
    too_dense = any(m.file_size > 1 << 20 and m.file_size > MAX_RATIO * max(m.compress_size, 1) for m in members)
    if too_many or too_much or too_dense:
        raise AppError(ErrorCode.PARSE_TOO_LARGE, path=str(path), reason="it unpacks to far more than it is")


def _declares_a_type(archive: zipfile.ZipFile, member: zipfile.ZipInfo) -> bool:
    """Whether an XML part has a DOCTYPE; it can only stand before the first element."""
    with archive.open(member) as part:
        start = part.read(64 * 1024)
    return b"<!DOCTYPE" in start.replace(b"\x00", b"").upper()  # without the zeros of UTF-16
