"""PDF: paragraphs by page, from the text that pdfium finds; headings by their larger or bolder type, tables by gaps."""

import re
from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any, Final

import pypdfium2 as pdfium

from app.domain.errors import AppError, ErrorCode
from app.domain.library import ParsedDocument
from app.worker.document_builder import DocumentBuilder
from app.worker.page_writer import PageWriter
from app.worker.pdf_extras import filled_in, note_extras
from app.worker.pdf_lines import Line, lines_of
from app.worker.pdf_text import page_text
from app.worker.text_recognition import TextRecognition
from app.worker.untrusted_file import UntrustedFile

MAX_PAGES = 5000
RUNNING_FROM = 3  # pages: in a shorter document, what stands twice may be meant
MARGIN_LINES = 2  # at the head and at the foot of a page

_PASSWORD = 4  # FPDF_ERR_PASSWORD
_SECURITY = 5  # FPDF_ERR_SECURITY
_PROTECTED: Final = b"/MicrosoftIRMServices"  # a PDF that only says that the real one is encrypted in it


@dataclass(frozen=True, slots=True)
class _Page:
    lines: tuple[Line, ...]  # in reading order
    across: str  # what stands at an angle to them
    filled_in: tuple[str, ...]
    recognised: bool = False  # in a picture, and not the text of the file


_NOTHING: Final = _Page((), "", ())


def parse_pdf(
    file: UntrustedFile, on_page: Callable[[int, int], None], recognition: TextRecognition | None = None
) -> ParsedDocument:
    """Raises AppError PARSE_ENCRYPTED, PARSE_BROKEN, PARSE_TOO_LARGE or PARSE_NO_TEXT.

    With `recognition`, pages without text are read as pictures.
    """
    document = _open(file)
    count = len(document)
    if count > MAX_PAGES:
        raise AppError(ErrorCode.PARSE_TOO_LARGE, path=file.path, reason=f"{count} pages")
    builder = DocumentBuilder(file.path)
    note_extras(document, builder)
    pages: list[_Page] = []
    for number in range(1, count + 1):
        page = _read_page(document, number, builder)
        if page == _NOTHING and recognition is not None:
            page = _recognise(document, number, builder, recognition)
        pages.append(page)
        on_page(number, count)
    running = _running_lines([page.lines for page in pages])
    writer = PageWriter(builder, [line for page in pages for line in page.lines if not page.recognised])
    for number, page in enumerate(pages, 1):
        written = PageWriter(builder, page.lines) if page.recognised else writer
        written.add_page([line for line in page.lines if _wording(line) not in running], number)
        builder.add("paragraph", page.across, number)
        builder.add("list", "\n".join(f"- {line}" for line in page.filled_in), number)
    title = " ".join((document.get_metadata_dict().get("Title") or "").split())
    return builder.finish(title, count, tuple(n for n, page in enumerate(pages, 1) if page == _NOTHING))


def _open(file: UntrustedFile) -> Any:
    if _PROTECTED in file.data:
        raise AppError(ErrorCode.PARSE_ENCRYPTED, path=file.path)
    try:
        document = pdfium.PdfDocument(file.data)
        if document.get_formtype() != pdfium.raw.FORMTYPE_NONE:
            document.init_forms()
    except pdfium.PdfiumError as error:
        if getattr(error, "err_code", None) in (_PASSWORD, _SECURITY):
            raise AppError(ErrorCode.PARSE_ENCRYPTED, path=file.path) from error
        raise AppError(ErrorCode.PARSE_BROKEN, path=file.path, reason=str(error)[:200]) from error
    return document


def _read_page(document: Any, number: int, builder: DocumentBuilder) -> _Page:
    """What is on a page; nothing on one that cannot be read."""
    try:
        page = document[number - 1]
        text = page_text(page)
        for hidden in text.hidden:
            builder.notice("hidden_text", hidden)
        written = tuple(line for line in filled_in(document, page, builder) if line.strip())
        return _Page(tuple(lines_of(text)), " ".join("".join(text.across).split()), written)
    except pdfium.PdfiumError:
        return _NOTHING  # counted as a page without text, which the person is told


def _recognise(document: Any, number: int, builder: DocumentBuilder, recognition: TextRecognition) -> _Page:
    """What stands in the picture that a page is; nothing where there is none, or no time for it."""
    try:
        seen = recognition.read_page(document[number - 1])
    except pdfium.PdfiumError:
        return _NOTHING
    if seen is None or not seen.runs:
        return _NOTHING
    builder.notice("read_by_ocr", f"page {number}")
    return _Page(tuple(lines_of(seen)), "", (), recognised=True)


def _running_lines(pages: Sequence[Sequence[Line]]) -> frozenset[str]:
    """What stands at the head or the foot of most pages, whatever its page number: it is not part of the text."""
    if len(pages) < RUNNING_FROM:
        return frozenset()
    seen: Counter[str] = Counter()
    for lines in pages:
        ordered = sorted(lines, key=lambda line: line.top)
        seen.update({_wording(line) for line in ordered[:MARGIN_LINES] + ordered[-MARGIN_LINES:]})
    return frozenset(wording for wording, count in seen.items() if count > len(pages) / 2)


def _wording(line: Line) -> str:
    return re.sub(r"\d+", "#", " ".join(line.text.split()))
