"""DOCX: paragraphs, headings, lists and tables in the order of the page, then the notes; hidden text is left out.

The text is taken from the XML itself, since python-docx passes over what stands in content controls, text boxes and
tracked insertions. Running heads and feet are left out.
"""

from collections.abc import Iterator
from itertools import groupby
from typing import Any, Final

import docx
from docx.opc.constants import RELATIONSHIP_TYPE
from docx.oxml import parse_xml

from app.domain.library import BlockKind, ParsedDocument
from app.worker.chart import chart_lines
from app.worker.document_builder import DocumentBuilder
from app.worker.ooxml import open_package
from app.worker.untrusted_file import UntrustedFile

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
_CHART: Final = "{http://schemas.openxmlformats.org/drawingml/2006/chart}chart"
_RELATION: Final = "{http://schemas.openxmlformats.org/officeDocument/2006/relationships}id"
_INSTRUCTION: Final = _W + "instrText"
_LOADING: Final = ("DDE", "INCLUDETEXT", "INCLUDEPICTURE")  # fields that fetch something when they are updated
_TINY: Final = 4  # half points
_MATH_TEXT: Final = "{http://schemas.openxmlformats.org/officeDocument/2006/math}t"

_Piece = tuple[BlockKind, str, int]  # kind, text, level


def parse_docx(file: UntrustedFile) -> ParsedDocument:
    """Raises AppError PARSE_BROKEN, PARSE_TOO_LARGE or PARSE_EMPTY, and whatever python-docx and lxml stumble over."""
    builder = DocumentBuilder(file.path)
    document = docx.Document(open_package(file, builder))
    reader = _Reader(document, builder)
    for kind, pieces in groupby(reader.pieces(), key=lambda piece: piece[0]):
        if kind == "list":  # Word has no lists, only paragraphs that look like items
            builder.add("list", "\n".join(text for _, text, _ in pieces if text.strip()))
            continue
        for _, text, level in pieces:
            builder.add(kind, text, level=level)
    return builder.finish(document.core_properties.title or "")


class _Reader:
    """Walks the XML of a document that python-docx has opened."""

    def __init__(self, document: Any, builder: DocumentBuilder) -> None:
        self._document = document
        self._builder = builder
        root = document.element
        self._has_ground = any(True for _ in root.iter(_W + "background", _W + "shd", _W + "highlight"))
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
                for chart in element.iter(_CHART):
                    yield "table", "\n".join(self._chart(chart.get(_RELATION, ""))), 0
            elif element.tag == _TBL:
                yield "table", "\n".join(self._rows(element)), 0
            elif element.tag not in _NO_TEXT:
                yield from self._blocks(element)

    def _chart(self, relation: str) -> Iterator[str]:
        part = self._document.part.rels.get(relation)
        if part is not None and not part.is_external:
            yield from chart_lines(parse_xml(part.target_part.blob))

    def _paragraph(self, paragraph: Any) -> _Piece:
        style = paragraph.find(f"{_W}pPr/{_W}pStyle")
        style_id = style.get(_VAL, "") if style is not None else ""
        text = "".join(self._text(paragraph))
        if style_id in self._hidden:
            self._note(text)
            text = ""
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
            elif child.tag == _INSTRUCTION:
                if (child.text or "").strip().upper().startswith(_LOADING):
                    self._builder.notice("external_target", child.text)
            elif child.tag not in _NO_TEXT and child.tag != _TEXT_BOX:
                inner = self._text(child)
                if self._is_hidden(child):
                    self._note("".join(inner))
                else:
                    yield from inner

    def _note(self, text: str) -> None:
        if text.strip():
            self._builder.notice("hidden_text", text)

    def _is_hidden(self, element: Any) -> bool:
        """Whether it is a run that is not shown, by itself or by its style, or one that cannot be seen."""
        if element.tag != _R:
            return False
        if self._cannot_be_seen(element):
            return True
        vanish = element.find(f"{_W}rPr/{_W}vanish")
        style = element.find(f"{_W}rPr/{_W}rStyle")
        by_style = style is not None and style.get(_VAL) in self._hidden
        return _is_on(vanish) if vanish is not None else by_style

    def _cannot_be_seen(self, run: Any) -> bool:
        """Whether it is white on the white page, or too small to be read."""
        size, colour = run.find(f"{_W}rPr/{_W}sz"), run.find(f"{_W}rPr/{_W}color")
        if size is not None and size.get(_VAL, "").isdecimal() and int(size.get(_VAL)) <= _TINY:
            return True
        is_white = colour is not None and colour.get(_VAL, "").upper() == "FFFFFF"
        return is_white and not self._has_ground and not any(True for _ in run.iterancestors(_TC, _TEXT_BOX))

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
