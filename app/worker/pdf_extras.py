"""What a PDF holds beside its text: form fields, comments, scripts, attached files."""

import ctypes
from collections.abc import Iterator
from typing import Any, Final

import pypdfium2.raw as pdfium_c

from app.worker.document_builder import DocumentBuilder

MAX_ANNOTATIONS: Final = 5000  # of one page
MAX_VALUE: Final = 20_000  # characters of one field

_LONG: Final = 2 * MAX_VALUE
_COMMENTS: Final = frozenset(
    [
        pdfium_c.FPDF_ANNOT_TEXT,
        pdfium_c.FPDF_ANNOT_HIGHLIGHT,
        pdfium_c.FPDF_ANNOT_UNDERLINE,
        pdfium_c.FPDF_ANNOT_STRIKEOUT,
        pdfium_c.FPDF_ANNOT_SQUIGGLY,
        pdfium_c.FPDF_ANNOT_CARET,
        pdfium_c.FPDF_ANNOT_STAMP,
        pdfium_c.FPDF_ANNOT_SQUARE,
        pdfium_c.FPDF_ANNOT_INK,
    ]
)


def note_extras(document: Any, builder: DocumentBuilder) -> None:
    """Note scripts and attached files."""
    for _ in range(max(pdfium_c.FPDFDoc_GetJavaScriptActionCount(document), 0)):
        builder.notice("macros", "JavaScript")
    for index in range(max(pdfium_c.FPDFDoc_GetAttachmentCount(document), 0)):
        attached = pdfium_c.FPDFDoc_GetAttachment(document, index)
        builder.notice("attachment_unread", _text(pdfium_c.FPDFAttachment_GetName, attached))


def filled_in(document: Any, page: Any, builder: DocumentBuilder) -> list[str]:
    """What is written into the form and onto the page, a line for each field; comments are noted."""
    lines: list[str] = []
    for annotation in _annotations(page):
        kind = pdfium_c.FPDFAnnot_GetSubtype(annotation)
        if kind == pdfium_c.FPDF_ANNOT_WIDGET and document.formenv is not None:
            name = _text(pdfium_c.FPDFAnnot_GetFormFieldName, document.formenv, annotation)
            value = _text(pdfium_c.FPDFAnnot_GetFormFieldValue, document.formenv, annotation)
            if value.strip() and value != "Off":
                lines.append(f"{name}: {value}")
        elif kind == pdfium_c.FPDF_ANNOT_FREETEXT:
            lines.append(_text(pdfium_c.FPDFAnnot_GetStringValue, annotation, b"Contents"))
        elif kind in _COMMENTS and (comment := _text(pdfium_c.FPDFAnnot_GetStringValue, annotation, b"Contents")):
            builder.notice("hidden_text", comment)
    return lines


def _annotations(page: Any) -> Iterator[Any]:
    for index in range(min(max(pdfium_c.FPDFPage_GetAnnotCount(page), 0), MAX_ANNOTATIONS)):
        annotation = pdfium_c.FPDFPage_GetAnnot(page, index)
        if annotation:
            yield annotation
            pdfium_c.FPDFPage_CloseAnnot(annotation)


def _text(read: Any, *arguments: Any) -> str:
    """A string by one of pdfium's functions that fill a buffer with UTF-16."""
    length = min(read(*arguments, None, 0), _LONG)
    if length <= 2:
        return ""
    buffer = ctypes.create_string_buffer(length)
    read(*arguments, ctypes.cast(buffer, ctypes.POINTER(ctypes.c_ushort)), length)
    return buffer.raw.decode("utf-16-le", "replace").split("\x00")[0]
