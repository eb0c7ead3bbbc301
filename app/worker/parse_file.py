"""One untrusted file to its document: the parser for what it is, and the reason if there is none."""

from collections.abc import Callable
from typing import Final

from app.domain.errors import AppError, Cancelled, ErrorCode
from app.domain.formats import Format
from app.domain.library import ParsedDocument
from app.worker.detect import detect
from app.worker.parse_code import parse_code
from app.worker.parse_csv import parse_csv
from app.worker.parse_docx import parse_docx
from app.worker.parse_eml import parse_eml
from app.worker.parse_epub import parse_epub
from app.worker.parse_html import parse_html
from app.worker.parse_markdown import parse_markdown
from app.worker.parse_mbox import parse_mbox
from app.worker.parse_msg import parse_msg
from app.worker.parse_odf import parse_odf
from app.worker.parse_pdf import parse_pdf
from app.worker.parse_picture import parse_picture
from app.worker.parse_pptx import parse_pptx
from app.worker.parse_rtf import parse_rtf
from app.worker.parse_text import parse_text
from app.worker.parse_xlsx import parse_xlsx
from app.worker.parse_zip import parse_zip
from app.worker.parts import MAX_DEPTH, ParsePart
from app.worker.text_recognition import TextRecognition
from app.worker.untrusted_file import UntrustedFile

_SIMPLE: Final[dict[Format, Callable[[UntrustedFile], ParsedDocument]]] = {
    "docx": parse_docx,
    "pptx": parse_pptx,
    "xlsx": parse_xlsx,
    "odt": parse_odf,
    "odp": parse_odf,
    "ods": parse_odf,
    "rtf": parse_rtf,
    "epub": parse_epub,
    "html": parse_html,
    "markdown": parse_markdown,
    "csv": parse_csv,
    "text": parse_text,
    "code": parse_code,
}
_CONTAINERS: Final[dict[Format, Callable[[UntrustedFile, ParsePart], ParsedDocument]]] = {
    "eml": parse_eml,
    "mbox": parse_mbox,
    "msg": parse_msg,
    "zip": parse_zip,
}


class FileParser:
    """Parses a file and, through itself, what is inside it."""

    def __init__(self, on_page: Callable[[int, int], None], recognition: TextRecognition | None = None) -> None:
        self._on_page = on_page
        self._recognition = recognition

    def parse(self, file: UntrustedFile, depth: int = 0) -> ParsedDocument:
        """The document. Raises AppError PARSE_… whatever is wrong with the file, and Cancelled."""
        if not file.data:
            raise AppError(ErrorCode.PARSE_EMPTY, path=file.path)
        try:
            return self._parse(file, detect(file), depth)
        except (AppError, Cancelled):
            raise
        except MemoryError as error:
            reason = "reading it needs more memory than one file may have"
            raise AppError(ErrorCode.PARSE_TOO_LARGE, path=file.path, reason=reason) from error
        except Exception as error:  # parsers raise whatever they stumble over
            reason = f"{type(error).__name__}: {error}"[:200]
            raise AppError(ErrorCode.PARSE_BROKEN, path=file.path, reason=reason) from error

    def _parse(self, file: UntrustedFile, kind: Format, depth: int) -> ParsedDocument:
        if kind == "pdf":
            return parse_pdf(file, self._on_page, self._recognition)
        if kind == "picture":
            return parse_picture(file, self._recognition)
        if kind in _SIMPLE:
            return _SIMPLE[kind](file)
        if depth > MAX_DEPTH:
            raise AppError(ErrorCode.PARSE_TOO_LARGE, path=file.path, reason="it lies too deep inside other files")
        return _CONTAINERS[kind](file, lambda part: self.parse(part, depth + 1))
