"""Pages that are pictures of text, read in the real parse worker, within its limits and without a network."""

import io
from pathlib import Path

import pypdfium2 as pdfium
import pytest
from reportlab.lib.pagesizes import A4
from reportlab.lib.utils import ImageReader
from reportlab.pdfgen.canvas import Canvas

from app.adapters.parser_process import ParserProcess
from app.domain.cancel import Cancel
from app.domain.chunking import chunk
from app.worker.parse_pdf import parse_pdf
from app.worker.text_recognition import TextRecognition, is_installed
from app.worker.untrusted_file import UntrustedFile

SENTENCES = ("Receipts are handed in within 14 days,", "with form TR-2041.")


@pytest.fixture(scope="module")
def scan() -> bytes:
    """Two pages: one of text, one that is a picture of text."""
    written = io.BytesIO()
    canvas = Canvas(written, pagesize=A4)
    canvas.setFont("Helvetica", 12)
    for number, line in enumerate(SENTENCES):
        canvas.drawString(72, 700 - 14 * number, line)
    canvas.save()
    picture = pdfium.PdfDocument(written.getvalue())[0].render(scale=2).to_pil()
    both = io.BytesIO()
    canvas = Canvas(both, pagesize=A4)
    canvas.drawString(72, 700, "Trains are booked in second class.")
    canvas.showPage()
    canvas.drawImage(ImageReader(picture), 0, 0, *A4)
    canvas.save()
    return both.getvalue()


@pytest.mark.skipif(not is_installed(), reason="the extra “ocr” is not installed")
def test_a_scanned_page_gets_its_text_and_is_marked(scan: bytes, tmp_path: Path) -> None:
    path = tmp_path / "scan.pdf"
    path.write_bytes(scan)
    parser = ParserProcess(wants_ocr=lambda: True)
    try:
        document = parser.parse(path, Cancel())
    finally:
        parser.close()
    assert document.pages_without_text == ()
    assert [(notice.kind, notice.count, notice.detail) for notice in document.notices] == [("read_by_ocr", 1, "page 2")]
    (block,) = [block for block in document.blocks if block.page == 2]
    assert (block.kind, document.text[block.start : block.end]) == ("paragraph", " ".join(SENTENCES))
    assert 2 in {piece.page for piece in chunk(document)}


def test_it_is_off_unless_asked_for(scan: bytes, tmp_path: Path) -> None:
    path = tmp_path / "scan.pdf"
    path.write_bytes(scan)
    parser = ParserProcess()
    try:
        document = parser.parse(path, Cancel())
    finally:
        parser.close()
    assert (document.pages_without_text, document.notices) == ((2,), ())


def test_without_time_left_a_page_stays_without_text(scan: bytes) -> None:
    recognition = TextRecognition(seconds=-1.0)
    document = parse_pdf(UntrustedFile("scan.pdf", scan), lambda done, total: None, recognition)
    assert recognition.gave_up
    assert document.pages_without_text == (2,)
