"""A page of a PDF as a picture, with the words of a quotation marked."""

from pathlib import Path
from typing import Any, Final

import pypdfium2 as pdfium

from app.domain.errors import AppError, ErrorCode
from app.domain.viewing import Mark, PageImage

MAX_PIXELS: Final = 12_000_000  # 36 MB: below the size of a frame
MAX_MARKS: Final = 500


def render_page(path: Path, number: int, width: int, quote: str) -> PageImage:
    """The page `number`, from 1, `width` pixels wide or as wide as its shape allows.

    Raises AppError PARSE_BROKEN if the file or the page cannot be read.
    """
    try:
        document = pdfium.PdfDocument(path)
        page = document[number - 1]
        across, down = page.get_size()
        scale = min(width / across, (MAX_PIXELS / (across * down)) ** 0.5)
        bitmap = page.render(scale=scale, rev_byteorder=True, bitmap_maker=pdfium.PdfBitmap.new_native)
        place = bitmap.get_posconv(page)
        marks = tuple(_mark(place, *box) for box in _boxes(page.get_textpage(), quote))
        pixels, stride = _as_rgb(bitmap)
    except (pdfium.PdfiumError, OSError, IndexError, ZeroDivisionError) as error:
        raise AppError(ErrorCode.PARSE_BROKEN, path=str(path), reason=str(error)[:200]) from error
    return PageImage(bitmap.width, bitmap.height, stride, pixels, marks)


def _as_rgb(bitmap: Any) -> tuple[bytes, int]:
    """The pixels without their fourth byte, if they have one, and the length of a row."""
    rows = bitmap.to_numpy()
    if rows.ndim == 2:  # grey
        rows = rows[:, :, None].repeat(3, axis=2)
    return rows[:, :, :3].tobytes(), 3 * bitmap.width


def _boxes(text_page: Any, quote: str) -> list[tuple[float, float, float, float]]:
    """The boxes, in the page's own measure, of the quotation's lines; none if it is not on the page."""
    found = _span(text_page.get_text_range(), quote)
    if found is None:
        return []
    first, count = found
    return [text_page.get_rect(i) for i in range(min(text_page.count_rects(first, count), MAX_MARKS))]


def _span(page_text: str, quote: str) -> tuple[int, int] | None:
    """Where a quotation stands in a page's text, broken into lines and words as it may be there: start and length."""
    there, places = _letters(page_text)
    wanted, _ = _letters(quote)
    at = there.find(wanted) if wanted else -1
    if at < 0:
        return None
    first, last = places[at], places[at + len(wanted) - 1]
    return first, last - first + 1


def _letters(text: str) -> tuple[str, list[int]]:
    """A text without what a line break or a table changes (space, hyphens, bars), and where each character stood."""
    kept = [(c, i) for i, character in enumerate(text) for c in character.casefold() if _counts(character)]
    return "".join(c for c, _ in kept), [i for _, i in kept]


def _counts(character: str) -> bool:
    return not character.isspace() and character not in "-\u00ad\ufffe\u2010|"


def _mark(place: Any, left: float, bottom: float, right: float, top: float) -> Mark:
    """A box of the page's measure, from its lower left corner, as pixels of the picture."""
    (x1, y1), (x2, y2) = place.to_bitmap(left, top), place.to_bitmap(right, bottom)
    return Mark(min(x1, x2), min(y1, y2), abs(x2 - x1), abs(y2 - y1))
