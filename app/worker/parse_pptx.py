"""PPTX: every slide a page: its title as heading, then what is on it from top to bottom, then the speaker's notes."""

from collections.abc import Iterator
from itertools import groupby
from typing import Any, Final

from pptx import Presentation
from pptx.enum.shapes import MSO_SHAPE_TYPE, PP_PLACEHOLDER
from pptx.oxml import parse_xml

from app.domain.library import BlockKind, ParsedDocument
from app.worker.chart import chart_lines
from app.worker.document_builder import DocumentBuilder
from app.worker.ooxml import open_package
from app.worker.untrusted_file import UntrustedFile

_TITLES: Final = (PP_PLACEHOLDER.TITLE, PP_PLACEHOLDER.CENTER_TITLE, PP_PLACEHOLDER.VERTICAL_TITLE)
_RUNNING: Final = (PP_PLACEHOLDER.DATE, PP_PLACEHOLDER.FOOTER, PP_PLACEHOLDER.HEADER, PP_PLACEHOLDER.SLIDE_NUMBER)
_ROW: Final = 100_000  # shapes whose tops differ by less (about 3 mm) stand beside each other
_TINY: Final = 2.0  # points
_HEADING: Final = 120  # characters
_INNER_LEVEL: Final = 2
_DEPTH: Final = 20  # of groups in groups


def parse_pptx(file: UntrustedFile) -> ParsedDocument:
    """Raises AppError PARSE_NO_TEXT, PARSE_TOO_LARGE, and whatever python-pptx and lxml stumble over."""
    builder = DocumentBuilder(file.path)
    deck = Presentation(open_package(file, builder))
    without_text: list[int] = []
    size = (deck.slide_width or 0, deck.slide_height or 0)
    slides = list(deck.slides)
    for number, slide in enumerate(slides, 1):
        if slide.element.get("show") in ("0", "false"):
            builder.notice("hidden_text", f"slide {number}")
            continue
        if not _Slide(builder, number, size).add(slide):
            without_text.append(number)
    return builder.finish(deck.core_properties.title or "", len(slides), tuple(without_text), unit="slide")


class _Slide:
    """Adds one slide; knows whether anything was on it."""

    def __init__(self, builder: DocumentBuilder, number: int, size: tuple[int, int]) -> None:
        self._builder = builder
        self._number = number
        self._size = size
        self._has_text = False

    def add(self, slide: Any) -> bool:
        """Whether there was text."""
        shapes = [shape for shape in slide.shapes if self._is_shown(shape)]
        titles = [shape for shape in shapes if _placeholder(shape) in _TITLES]
        level = 1 if self._number == 1 else _INNER_LEVEL  # the first slide's title is that of all
        for shape in titles:
            self._put("heading", " ".join(" ".join(map(self._seen, shape.text_frame.paragraphs)).split()), level=level)
        for shape in sorted((s for s in shapes if s not in titles), key=_place):
            self._shape(shape, 0)
        if slide.has_notes_slide and (notes := slide.notes_slide.notes_text_frame) is not None and notes.text.strip():
            self._put("paragraph", f"Notes: {notes.text.strip()}")
        return self._has_text

    def _shape(self, shape: Any, depth: int) -> None:
        if not self._is_shown(shape) or _placeholder(shape) in _RUNNING or depth > _DEPTH:
            return
        if shape.shape_type == MSO_SHAPE_TYPE.GROUP:
            for inner in sorted(shape.shapes, key=_place):
                self._shape(inner, depth + 1)
        elif getattr(shape, "has_table", False):
            self._put("table", "\n".join(_rows(shape.table)))
        elif getattr(shape, "has_chart", False):
            chart = parse_xml(shape.chart.part.blob)
            self._put("table", "\n".join(chart_lines(chart)))
        elif shape.has_text_frame:
            self._text(shape)

    def _text(self, shape: Any) -> None:
        """Headings, lists and paragraphs, as the paragraphs of a shape are set."""
        bulleted = shape.is_placeholder and _placeholder(shape) != PP_PLACEHOLDER.SUBTITLE
        paragraphs = shape.text_frame.paragraphs
        pieces = [(_kind(one, bulleted), self._seen(one), min(one.level, 8)) for one in paragraphs]
        shown = [piece for piece in pieces if piece[1].strip()]
        for kind, group in groupby(shown, key=lambda piece: piece[0]):
            if kind == "list" and len(shown) > 1:
                self._put("list", "\n".join(f"{'  ' * level}- {text}" for _, text, level in group))
                continue
            for _, text, _ in group:
                is_heading = kind == "heading"
                self._put("heading" if is_heading else "paragraph", text, _INNER_LEVEL if is_heading else 0)

    def _seen(self, paragraph: Any) -> str:
        """The text of a paragraph without runs too small to be read, which are noted."""
        runs = list(paragraph.runs)
        tiny = [run for run in runs if run.font.size is not None and run.font.size.pt < _TINY]
        for run in tiny:
            if run.text.strip():
                self._builder.notice("hidden_text", run.text)
        text = "".join(run.text for run in runs if run not in tiny) if tiny else paragraph.text
        return str(text).replace("\v", "\n")

    def _is_shown(self, shape: Any) -> bool:
        """Whether any of it is on the slide; what is not is noted."""
        names = shape.element.xpath(".//p:cNvPr")
        is_hidden = bool(names) and names[0].get("hidden") in ("1", "true")
        if not is_hidden and None not in (shape.left, shape.top, shape.width, shape.height) and all(self._size):
            right, bottom = shape.left + shape.width, shape.top + shape.height
            is_hidden = right < 0 or bottom < 0 or shape.left > self._size[0] or shape.top > self._size[1]
        if is_hidden and (text := " ".join(shape.element.xpath(".//a:t/text()"))).strip():
            self._builder.notice("hidden_text", text)
        return not is_hidden

    def _put(self, kind: BlockKind, text: str, level: int = 0) -> None:
        self._has_text = self._has_text or bool(text.strip())
        self._builder.add(kind, text, self._number, level)


def _placeholder(shape: Any) -> Any:
    """The kind of placeholder a shape fills, if it does."""
    return shape.placeholder_format.type if shape.is_placeholder else None


def _kind(paragraph: Any, bulleted: bool) -> BlockKind:
    """A short bold paragraph is a heading; in a slide's body, one whose bullet is not switched off is an item."""
    runs = [run for run in paragraph.runs if run.text.strip()]
    text = paragraph.text.strip()
    if runs and all(run.font.bold for run in runs) and len(text) <= _HEADING and not text.endswith((":", ".")):
        return "heading"
    return "list" if bulleted and not paragraph._p.xpath("a:pPr/a:buNone") else "paragraph"


def _place(shape: Any) -> tuple[int, int]:
    return (shape.top or 0) // _ROW, shape.left or 0


def _rows(table: Any) -> Iterator[str]:
    for row in table.rows:
        yield " | ".join(" ".join(cell.text.split()) for cell in row.cells if not cell.is_spanned)
