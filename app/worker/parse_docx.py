"""DOCX: paragraphs, headings, lists and tables in the order of the page; hidden text is left out.

The archive is looked over before python-docx sees it: no bombs, and no document type declarations in any XML part.
"""

import zipfile
from collections.abc import Iterator
from pathlib import Path
from typing import Any, Final

import docx
from docx.table import Table
from docx.text.paragraph import Paragraph

from app.domain.errors import AppError, ErrorCode
from app.domain.library import ParsedDocument
from app.worker.document_builder import DocumentBuilder

MAX_MEMBERS = 10_000
MAX_UNPACKED = 512 * 1024 * 1024
MAX_RATIO = 200  # unpacked to packed, of one member of more than a megabyte

_OLE: Final = b"\xd0\xcf\x11\xe0"  # an encrypted DOCX is an OLE file with the archive inside
_VANISH: Final = "{http://schemas.openxmlformats.org/wordprocessingml/2006/main}vanish"


def parse_docx(path: Path) -> ParsedDocument:
    """Raises AppError PARSE_ENCRYPTED, PARSE_BROKEN or PARSE_TOO_LARGE."""
    _look_over(path)
    try:
        document = docx.Document(str(path))
        builder = DocumentBuilder(str(path))
        for part in document.iter_inner_content():
            if isinstance(part, Table):
                builder.add("table", "\n".join(_rows(part)))
            else:
                _add_paragraph(builder, part)
        return builder.finish(document.core_properties.title or "")
    except AppError:
        raise
    except Exception as error:  # python-docx and lxml raise whatever they stumble over
        raise AppError(
            ErrorCode.PARSE_BROKEN, path=str(path), reason=f"{type(error).__name__}: {error}"[:200]
        ) from error


def _add_paragraph(builder: DocumentBuilder, paragraph: Paragraph) -> None:
    style = (paragraph.style.name if paragraph.style is not None else "") or ""
    text = _visible(paragraph)
    if style == "Title" or style.startswith("Heading"):
        digits = "".join(char for char in style if char.isdigit())
        builder.add("heading", text, level=int(digits or 1))
    elif style.startswith("List"):
        builder.add("list", f"- {text}" if text.strip() else "")
    else:
        builder.add("paragraph", text)


def _visible(paragraph: Paragraph) -> str:
    """A paragraph's text without its hidden runs."""
    if not any(True for _ in paragraph._p.iter(_VANISH)):
        return str(paragraph.text)
    return "".join(run.text for run in paragraph.runs if not run.font.hidden)


def _rows(table: Table) -> Iterator[str]:
    for row in table.rows:
        cells: list[Any] = []
        for cell in row.cells:  # a merged cell comes once for each place it covers
            if not cells or cell._tc is not cells[-1]._tc:
                cells.append(cell)
        yield " | ".join(" ".join(_visible(p) for p in cell.paragraphs) for cell in cells)


def _look_over(path: Path) -> None:
    with path.open("rb") as file:
        if file.read(4) == _OLE:
            raise AppError(ErrorCode.PARSE_ENCRYPTED, path=str(path))
    try:
        with zipfile.ZipFile(path) as archive:
            members = archive.infolist()
            _check_sizes(path, members)
            for member in members:
                if member.filename.endswith((".xml", ".rels")) and _declares_a_type(archive, member):
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
