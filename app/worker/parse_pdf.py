"""PDF: paragraphs by page, from the text that pdfium finds; headings by their larger or bolder type, tables by gaps."""

import re
from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from itertools import groupby, pairwise
from typing import Any, Final

import pypdfium2 as pdfium

from app.domain.errors import AppError, ErrorCode
from app.domain.library import BlockKind, ParsedDocument
from app.worker.document_builder import DocumentBuilder
from app.worker.pdf_extras import filled_in, note_extras
from app.worker.pdf_lines import Line, lines_of
from app.worker.pdf_text import page_text
from app.worker.text_recognition import TextRecognition
from app.worker.untrusted_file import UntrustedFile

MAX_PAGES = 5000
FULL_LINE = 0.75  # of the way to the right margin: shorter lines end where their author ended them

RUNNING_FROM = 3  # pages: in a shorter document, what stands twice may be meant
MARGIN_LINES = 2  # at the head and at the foot of a page
HEADING_LENGTH = 120  # characters of a line
LARGER = 1.15  # type than the usual makes a heading
LEVELS = 6

_PASSWORD = 4  # FPDF_ERR_PASSWORD
_SECURITY = 5  # FPDF_ERR_SECURITY
_PROTECTED: Final = b"/MicrosoftIRMServices"  # a PDF that only says that the real one is encrypted in it
_MARKS: Final = ("•", "◦", "▪", "●", "‣", "– ")
_BULLETS: Final = (*_MARKS, "- ", "* ")
_NUMBERED: Final = re.compile(r"(?:\(?\d{1,3}[.)]|\(?[a-z][.)])\s")


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
    writer = _Writer(builder, [line for page in pages for line in page.lines if not page.recognised])
    for number, page in enumerate(pages, 1):
        written = _Writer(builder, page.lines) if page.recognised else writer
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
        seen = recognition.read(document[number - 1])
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


class _Writer:
    """Makes blocks of lines, by what is usual in the whole document."""

    def __init__(self, builder: DocumentBuilder, lines: Sequence[Line]) -> None:
        self._builder = builder
        sizes: Counter[float] = Counter()
        for line in lines:
            sizes[round(line.size * 2) / 2] += len(line.text)
        self._usual = sizes.most_common(1)[0][0] if sizes else 0.0
        bold = sum(len(line.text) for line in lines if line.bold)
        self._bold_is_rare = bold < sum(len(line.text) for line in lines) / 2
        larger = {round(line.size * 2) / 2 for line in lines if self._is_larger(line)}
        self._sizes = sorted(larger, reverse=True)

    def add_page(self, lines: Sequence[Line], page: int) -> None:
        """Add the blocks of one page."""
        margin = max((line.right for line in lines), default=0.0)
        group: list[Line] = []
        for line in lines:
            if group and not self._continues(group[-1], line):
                self._add(group, page, margin)
                group = []
            group.append(line)
        if group:
            self._add(group, page, margin)

    def _is_larger(self, line: Line) -> bool:
        return line.size > LARGER * self._usual and len(line.text) <= HEADING_LENGTH

    def _level(self, line: Line) -> int:
        """Of a heading; 0 for other lines. The larger the type the higher, bold type of the usual size last."""
        if line.cells > 1 or not any(char.isalpha() for char in line.text):
            return 0
        if self._is_larger(line):
            return min(1 + self._sizes.index(round(line.size * 2) / 2), LEVELS)
        is_named = line.bold and self._bold_is_rare and len(line.text) <= HEADING_LENGTH
        is_label = line.text.endswith(":") or line.text.startswith(_BULLETS)
        if is_named and not is_label and line.size > 0.95 * self._usual:
            return min(1 + len(self._sizes), LEVELS)
        return 0

    def _continues(self, above: Line, line: Line) -> bool:
        if self._level(above) != self._level(line) or (above.cells > 1) != (line.cells > 1):
            return False
        same_size = abs(above.size - line.size) < 0.15 * max(above.size, line.size, 1.0)
        gap = above.bottom - line.top
        close = 1.0 if line.cells > 1 or line.text.startswith(_MARKS) else 0.6
        return same_size and -2.0 * line.size < gap < close * max(self._usual, line.size)

    def _add(self, lines: Sequence[Line], page: int, margin: float) -> None:
        level = self._level(lines[0])
        if level:
            self._builder.add("heading", " ".join(line.text for line in lines), page, level)
            return
        if lines[0].cells > 1:
            self._builder.add("table", "\n".join(line.text for line in lines), page)
            return
        for kind, group in groupby(_flowing(lines, margin), key=_kind):
            self._builder.add(kind, "\n".join(group), page)


def _kind(text: str) -> BlockKind:
    return "list" if text.lstrip().startswith(_MARKS) else "paragraph"


def _flowing(lines: Sequence[Line], margin: float) -> list[str]:
    """Running text flows on from line to line; a line that ends early, as in a list or an address, stays one."""
    texts = [lines[0].text]
    for above, line in pairwise(lines):
        if _is_broken_word(texts[-1], line.text):
            texts[-1] = texts[-1][:-1] + line.text
        elif above.right > FULL_LINE * margin and not line.text.startswith(_BULLETS) and not _NUMBERED.match(line.text):
            texts[-1] = f"{texts[-1]} {line.text}"
        else:
            texts.append(line.text)
    return texts


def _is_broken_word(text: str, following: str) -> bool:
    return len(text) > 2 and text[-1] in "-\u00ad" and text[-2].isalpha() and following[:1].islower()
