"""Pictures of text, read in the real parse worker, within its limits and without a network."""

import io
import zipfile
from collections.abc import Iterator
from functools import partial
from pathlib import Path

import pypdfium2 as pdfium
import pytest
from PIL import Image
from reportlab.lib.pagesizes import A4
from reportlab.lib.utils import ImageReader
from reportlab.pdfgen.canvas import Canvas

from app.adapters.parser_process import ParserProcess
from app.domain.cancel import Cancel
from app.domain.chunking import chunk
from app.domain.errors import AppError, ErrorCode
from app.worker.parse_pdf import parse_pdf
from app.worker.text_recognition import TextRecognition, is_installed
from app.worker.untrusted_file import UntrustedFile

SENTENCES = ("Receipts are handed in within 14 days,", "with form TR-2041.")
needs_ocr = pytest.mark.skipif(not is_installed(), reason="the extra “ocr” is not installed")


@pytest.fixture(scope="module")
def picture() -> Image.Image:
    """A page of text, as pixels."""
    written = io.BytesIO()
    canvas = Canvas(written, pagesize=A4)
    canvas.setFont("Helvetica", 12)
    for number, line in enumerate(SENTENCES):
        canvas.drawString(72, 700 - 14 * number, line)
    canvas.save()
    seen: Image.Image = pdfium.PdfDocument(written.getvalue())[0].render(scale=2).to_pil()
    return seen


@pytest.fixture(scope="module")
def scan(picture: Image.Image) -> bytes:
    """Two pages: one of text, one that is a picture of text."""
    both = io.BytesIO()
    canvas = Canvas(both, pagesize=A4)
    canvas.drawString(72, 700, "Trains are booked in second class.")
    canvas.showPage()
    canvas.drawImage(ImageReader(picture), 0, 0, *A4)
    canvas.save()
    return both.getvalue()


@needs_ocr
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


@pytest.fixture
def parser() -> Iterator[ParserProcess]:
    """One for whom pictures in folders and other files are not wanted."""
    process = ParserProcess()
    yield process
    process.close()


def as_file(picture: Image.Image, kind: str, **options: object) -> bytes:
    """The bytes of a picture's file."""
    file = io.BytesIO()
    picture.save(file, kind, **options)
    return file.getvalue()


def on_nothing(picture: Image.Image) -> Image.Image:
    """Black text on what shines through, and is black too."""
    seen = Image.new("RGBA", picture.size, (0, 0, 0, 0))
    seen.paste((0, 0, 0, 255), mask=picture.convert("L").point(lambda grey: 255 - grey))
    return seen


def turned(picture: Image.Image) -> tuple[Image.Image, Image.Exif]:
    """As a telephone held on its side stores it: the pixels lie, and a note says so."""
    note = Image.Exif()
    note[0x0112] = 6
    return picture.transpose(Image.Transpose.ROTATE_90), note


@needs_ocr
@pytest.mark.parametrize("kind", ["PNG", "JPEG", "WEBP", "BMP", "TIFF", "transparent", "on its side"])
def test_a_picture_by_itself_is_read_whatever_its_kind(
    picture: Image.Image, kind: str, tmp_path: Path, parser: ParserProcess
) -> None:
    if kind == "transparent":
        data, suffix = as_file(on_nothing(picture), "PNG"), "png"
    elif kind == "on its side":
        lying, note = turned(picture)
        data, suffix = as_file(lying, "JPEG", exif=note), "jpg"
    else:
        data, suffix = as_file(picture, kind), kind.lower()
    path = tmp_path / f"screenshot.{suffix}"
    path.write_bytes(data)
    document = parser.parse(path, Cancel())
    assert document.text == " ".join(SENTENCES)
    assert [notice.kind for notice in document.notices] == ["read_by_ocr"]
    assert parser.read_picture(data, Cancel()) == document.text


@needs_ocr
def test_a_fax_has_pages(picture: Image.Image, tmp_path: Path, parser: ParserProcess) -> None:
    path = tmp_path / "fax.tif"
    blank = Image.new("1", picture.size, 1)
    path.write_bytes(as_file(picture.convert("1"), "TIFF", save_all=True, append_images=[blank, picture.convert("1")]))
    document = parser.parse(path, Cancel())
    assert (document.pages, document.pages_without_text, {block.page for block in document.blocks}) == (3, (2,), {1, 3})


@needs_ocr
def test_pictures_in_other_files_are_read_if_that_is_wanted(picture: Image.Image, tmp_path: Path) -> None:
    path = tmp_path / "case.zip"
    with zipfile.ZipFile(path, "w") as archive:
        archive.writestr("note.txt", "See the screenshot.")
        archive.writestr("screenshot.png", as_file(picture, "PNG"))
    for wanted in (False, True):
        parser = ParserProcess(wants_ocr=partial(bool, wanted))
        try:
            document = parser.parse(path, Cancel())
        finally:
            parser.close()
        assert (SENTENCES[1] in document.text) is wanted
        assert {notice.kind for notice in document.notices} == {"read_by_ocr" if wanted else "attachment_unread"}


def test_folders_are_searched_for_pictures_only_if_that_is_wanted() -> None:
    assert ".png" not in ParserProcess().suffixes
    assert {".png", ".jpeg", ".tif"} < ParserProcess(wants_ocr=lambda: True).suffixes


@needs_ocr
@pytest.mark.parametrize(
    ("data", "code"),
    [
        (b"\x89PNG\r\n\x1a\n and then nothing of the kind", ErrorCode.PARSE_BROKEN),
        (as_file(Image.new("1", (20_000, 20_000)), "PNG"), ErrorCode.PARSE_TOO_LARGE),
        (as_file(Image.new("RGB", (64, 64), "white"), "PNG"), ErrorCode.PARSE_NO_TEXT),
    ],
    ids=["broken", "a bomb", "blank"],
)
def test_a_picture_that_cannot_be_read_says_why(data: bytes, code: ErrorCode, parser: ParserProcess) -> None:
    with pytest.raises(AppError) as caught:
        parser.read_picture(data, Cancel())
    assert caught.value.code is code
