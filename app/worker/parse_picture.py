"""Pictures of text (a screenshot, a photo of a page, a fax): what text recognition reads in them."""

import io
from collections.abc import Iterator
from typing import Any, Final

import numpy as np

from app.domain.errors import AppError, ErrorCode
from app.domain.library import ParsedDocument
from app.worker.document_builder import DocumentBuilder
from app.worker.page_writer import PageWriter
from app.worker.pdf_lines import lines_of
from app.worker.text_recognition import MAX_PIXELS, TextRecognition
from app.worker.untrusted_file import UntrustedFile

FORMATS: Final = ("PNG", "JPEG", "TIFF", "WEBP", "BMP")
MAX_PAGES: Final = 500  # of a TIFF
LARGEST: Final = 150_000_000  # pixels, as three bytes each while they are made smaller


def parse_picture(file: UntrustedFile, recognition: TextRecognition | None) -> ParsedDocument:
    """Raises AppError PARSE_BROKEN, PARSE_TOO_LARGE or PARSE_NO_TEXT, the last without `recognition` too."""
    if recognition is None:
        raise AppError(ErrorCode.PARSE_NO_TEXT, path=file.path, pages=1)
    builder = DocumentBuilder(file.path)
    empty: list[int] = []
    number = 0
    for number, pixels in enumerate(_pages(file), 1):
        seen = recognition.read_picture(pixels)
        if seen is None or not seen.runs:
            empty.append(number)
            continue
        builder.notice("read_by_ocr", f"page {number}")
        lines = lines_of(seen)
        PageWriter(builder, lines).add_page(lines, number)
    return builder.finish("", number, tuple(empty))


def _pages(file: UntrustedFile) -> Iterator[Any]:
    """The pixels of each page, upright, blue first, no more than text recognition looks at."""
    from PIL import Image, ImageOps, ImageSequence  # here: comes with the extra that reads pictures

    Image.MAX_IMAGE_PIXELS = None  # the cap is ours, and an error instead of a warning
    with Image.open(io.BytesIO(file.data), formats=FORMATS) as picture:
        for number, page in enumerate(ImageSequence.Iterator(picture), 1):
            across, down = page.size
            if number > MAX_PAGES or across * down > LARGEST:
                reason = f"{across} × {down} pixels" if number <= MAX_PAGES else f"more than {MAX_PAGES} pages"
                raise AppError(ErrorCode.PARSE_TOO_LARGE, path=file.path, reason=reason)
            page.draft("RGB", _looked_at(page.size))  # lets a JPEG be unpacked at a fraction of its size
            upright = ImageOps.exif_transpose(_on_white(page))
            upright.thumbnail(_looked_at(upright.size))
            yield np.asarray(upright)[:, :, ::-1].copy()


def _looked_at(size: tuple[int, int]) -> tuple[int, int]:
    """The size that a picture of this one is looked at in."""
    across, down = size
    share = min(1.0, (MAX_PIXELS / (across * down)) ** 0.5)
    return max(1, round(across * share)), max(1, round(down * share))


def _on_white(picture: Any) -> Any:
    """Without what shines through: dark text on nothing would be text on black."""
    from PIL import Image

    if not picture.has_transparency_data:
        return picture.convert("RGB")
    seen = picture.convert("RGBA")
    return Image.alpha_composite(Image.new("RGBA", seen.size, "white"), seen).convert("RGB")
