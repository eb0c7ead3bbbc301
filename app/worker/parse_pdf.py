"""PDF: paragraphs by page, from the text that pdfium finds; headings by their larger type."""

import re
import statistics
from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass
from itertools import pairwise
from typing import Any

import pypdfium2 as pdfium

from app.domain.errors import AppError, ErrorCode
from app.domain.library import ParsedDocument
from app.worker.document_builder import DocumentBuilder
from app.worker.untrusted_file import UntrustedFile

MAX_PAGES = 5000
MAX_LINES = 200_000  # of one page
FULL_LINE = 0.75  # of the way to the right margin: shorter lines end where their author ended them

RUNNING_FROM = 3  # pages: in a shorter document, what stands twice may be meant
MARGIN_LINES = 2  # at the head and at the foot of a page

_PASSWORD = 4  # FPDF_ERR_PASSWORD
_SECURITY = 5  # FPDF_ERR_SECURITY
_BULLETS = ("•", "◦", "▪", "●", "–", "- ", "* ")


@dataclass(frozen=True, slots=True)
class _Line:
    """A line of a page; measures in points, from the lower left corner."""

    text: str
    top: float
    bottom: float
    right: float

    @property
    def height(self) -> float:
        return self.top - self.bottom


def parse_pdf(file: UntrustedFile, on_page: Callable[[int, int], None]) -> ParsedDocument:
    """Raises AppError PARSE_ENCRYPTED, PARSE_BROKEN, PARSE_TOO_LARGE or PARSE_NO_TEXT."""
    try:
        document = pdfium.PdfDocument(file.data)
    except pdfium.PdfiumError as error:
        if getattr(error, "err_code", None) in (_PASSWORD, _SECURITY):
            raise AppError(ErrorCode.PARSE_ENCRYPTED, path=file.path) from error
        raise AppError(ErrorCode.PARSE_BROKEN, path=file.path, reason=str(error)[:200]) from error
    count = len(document)
    if count > MAX_PAGES:
        raise AppError(ErrorCode.PARSE_TOO_LARGE, path=file.path, reason=f"{count} pages")
    pages: list[list[_Line]] = []
    for number in range(1, count + 1):
        pages.append(_lines(document, number))
        on_page(number, count)
    without_text = tuple(number for number, lines in enumerate(pages, 1) if not lines)
    running = _running_lines(pages)
    builder = DocumentBuilder(file.path)
    for number, lines in enumerate(pages, 1):
        _add_paragraphs(builder, [line for line in lines if _wording(line) not in running], number)
    title = " ".join((document.get_metadata_dict().get("Title") or "").split())
    return builder.finish(title, count, without_text)


def _lines(document: Any, number: int) -> list[_Line]:
    """The lines of a page in reading order; none for a page that cannot be read."""
    try:
        page = document[number - 1]
        text_page = page.get_textpage()
        return [line for line in _split(text_page) if line.text.strip()][:MAX_LINES]
    except pdfium.PdfiumError:
        return []  # counted as a page without text, which the person is told


def _split(text_page: Any) -> list[_Line]:
    text = text_page.get_text_range().replace("\ufffe", "-")  # pdfium's mark for a hyphen at a line's end
    lines: list[_Line] = []
    place = 0
    for raw in text.split("\r\n"):
        first = next((i for i, char in enumerate(raw) if not char.isspace()), None)
        if first is not None:
            boxes = [_box(text_page, place + i) for i in (first, len(raw.rstrip()) // 2, len(raw.rstrip()) - 1)]
            known = [box for box in boxes if box is not None]
            top = max((box[3] for box in known), default=0.0)
            bottom = min((box[1] for box in known), default=0.0)
            lines.append(_Line(raw, top, bottom, known[-1][2] if known else 0.0))
        place += len(raw) + 2
    return lines


def _box(text_page: Any, index: int) -> tuple[float, float, float, float] | None:
    try:
        left, bottom, right, top = text_page.get_charbox(index, loose=True)
    except (pdfium.PdfiumError, IndexError):
        return None
    return left, bottom, right, top


def _running_lines(pages: list[list[_Line]]) -> frozenset[str]:
    """What stands at the head or the foot of most pages, whatever its page number: it is not part of the text."""
    if len(pages) < RUNNING_FROM:
        return frozenset()
    seen: Counter[str] = Counter()
    for lines in pages:
        ordered = sorted(lines, key=lambda line: line.top)
        seen.update({_wording(line) for line in ordered[:MARGIN_LINES] + ordered[-MARGIN_LINES:]})
    return frozenset(wording for wording, count in seen.items() if count > len(pages) / 2)


def _wording(line: _Line) -> str:
    return re.sub(r"\d+", "#", " ".join(line.text.split()))


def _add_paragraphs(builder: DocumentBuilder, lines: list[_Line], page: int) -> None:
    """Join lines that follow each other closely and have the same size."""
    if not lines:
        return
    usual = statistics.median(line.height for line in lines)
    margin = max(line.right for line in lines)
    paragraph: list[_Line] = []
    for line in lines:
        if paragraph and not _continues(paragraph[-1], line, usual):
            _add(builder, paragraph, page, usual, margin)
            paragraph = []
        paragraph.append(line)
    _add(builder, paragraph, page, usual, margin)


def _continues(above: _Line, line: _Line, usual: float) -> bool:
    same_size = abs(above.height - line.height) < 0.15 * max(above.height, line.height, 1.0)
    gap = above.bottom - line.top
    return same_size and -2.0 * usual < gap < 0.6 * usual


def _add(builder: DocumentBuilder, lines: list[_Line], page: int, usual: float, margin: float) -> None:
    """Running text flows on from line to line; a line that ends early, as in a list or a table, stays one."""
    text = lines[0].text
    for above, line in pairwise(lines):
        if _is_broken_word(text, line.text):
            text = text[:-1] + line.text
        else:
            flows = above.right > FULL_LINE * margin and not line.text.lstrip().startswith(_BULLETS)
            text = f"{text.rstrip()}{' ' if flows else chr(10)}{line.text.lstrip() if flows else line.text}"
    is_heading = lines[0].height > 1.15 * usual and len(lines) <= 3 and len(text) < 200
    level = 1 if lines[0].height > 1.5 * usual else 2
    builder.add("heading" if is_heading else "paragraph", text, page, level if is_heading else 0)


def _is_broken_word(text: str, following: str) -> bool:
    return len(text) > 2 and text[-1] in "-\u00ad" and text[-2].isalpha() and following[:1].islower()
