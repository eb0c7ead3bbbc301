"""The runs of text on a page of a PDF, as they are seen: where each stands, how large and how bold it is.

What cannot be seen (white on white, too small, outside the page, drawn invisibly beside text that is not) is kept
apart. A page that is shown turned is measured as it is shown: x grows from its left edge to the right of
the reader, y upwards.
"""

import ctypes
import math
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any, Final

import pypdfium2.raw as pdfium_c

MAX_CHARACTERS: Final = 500_000  # of one page
TINY: Final = 2.0  # points
BOLD: Final = 500  # weight
WIDE_GAP: Final = 0.9  # of the type size: further apart, two runs are not one phrase

_HYPHENS: Final = frozenset([0x02, 0xFFFE])  # pdfium's marks for a hyphen at a line's end
_SPACE: Final = 0x20
_BLANKS: Final = frozenset([0x00, 0x09, 0x0A, 0x0D, _SPACE, 0xA0])
_INVISIBLE: Final = 3  # text render mode
_FORCED_BOLD: Final = 1 << 18
_PALE: Final = 250  # of 255, in every colour

_Box = tuple[float, float, float, float]  # left, bottom, right, top


@dataclass(frozen=True, slots=True)
class Run:
    """Characters that follow each other closely on one line and look alike."""

    text: str
    left: float
    bottom: float
    right: float
    top: float
    size: float  # of the type, in points
    bold: bool


@dataclass(frozen=True, slots=True)
class PageText:
    """What is seen on a page, in the order of the file, and what is not."""

    runs: tuple[Run, ...]
    across: tuple[str, ...]  # what stands at an angle to the rest, as a stamp in the margin does
    hidden: tuple[str, ...]
    width: float


@dataclass(frozen=True, slots=True)
class _Look:
    """What the characters of one text object share."""

    size: float
    bold: bool
    turned: int  # quarter turns
    invisible: bool
    pale: bool


def page_text(page: Any) -> PageText:
    """All text of a page."""
    text_page = page.get_textpage()
    pieces = list(_pieces(text_page))
    turns: Counter[int] = Counter()
    for _, look, text in pieces:
        turns[look.turned] += len(text)
    turned = turns.most_common(1)[0][0] if turns else 0
    seen = sum(len(text) for _, look, text in pieces if not look.invisible)
    is_scan = seen < sum(len(text) for _, look, text in pieces if look.invisible)  # recognised text behind a picture
    whole: _Box = page.get_bbox()
    grounds = _grounds(page) if any(look.pale for _, look, _ in pieces) else []
    edge, _, far_edge, _ = _turn(whole, turned)
    runs: list[Run] = []
    across: list[str] = []
    hidden: list[str] = []
    for box, look, text in pieces:
        is_hidden = (
            (look.invisible and not is_scan)
            or look.size < TINY
            or not _overlap(box, whole)
            or (look.pale and not any(_covers(ground, box) for ground in grounds))
        )
        if is_hidden and text.strip():
            hidden.append(text)
        elif look.turned != turned:
            across.append(text)
        elif not is_hidden:
            left, bottom, right, top = _turn(box, turned)
            runs.append(Run(text, left - edge, bottom, right - edge, top, look.size, look.bold))
    return PageText(tuple(runs), tuple(across), tuple(hidden), far_edge - edge)


def _pieces(text_page: Any) -> Iterator[tuple[_Box, _Look, str]]:
    """Runs of words of one look without a wide gap between them."""
    look: _Look | None = None
    box: _Box = (0.0, 0.0, 0.0, 0.0)
    text = ""
    for word, first, last, its_look in _words(text_page.raw, min(text_page.count_chars(), MAX_CHARACTERS)):
        here = _union(_box(text_page.raw, first), _box(text_page.raw, last))
        if look == its_look and _follows(box, here, its_look):
            text, box = text + word, _union(box, here)
            continue
        if look is not None:
            yield box, look, text
        text, box, look = word, here, its_look
    if look is not None:
        yield box, look, text


def _words(text_page: Any, count: int) -> Iterator[tuple[str, int, int, _Look]]:
    """Characters of one look up to a space, with it, and the places of the first and the last that is none.

    Asking pdfium for the box of each character would take most of the time, so only these two are asked for.
    """
    looks: dict[int | None, _Look] = {}
    key: int | None = None
    codes: list[int] = []
    first = last = 0
    for index in range(count):
        code = pdfium_c.FPDFText_GetUnicode(text_page, index)
        if code in _BLANKS:
            if codes and codes[-1] != _SPACE:
                codes.append(_SPACE)
            continue
        its_key = _address(pdfium_c.FPDFText_GetTextObject(text_page, index))
        if codes and (its_key != key or codes[-1] == _SPACE):
            yield _decoded(codes), first, last, looks[key]
            codes = []
        if its_key not in looks:
            looks[its_key] = _look(text_page, index)
        if not codes:
            first = index
        key, last = its_key, index
        codes.append(0x2D if code in _HYPHENS else code)
    if codes:
        yield _decoded(codes), first, last, looks[key]


def _address(text_object: Any) -> int | None:
    return ctypes.c_void_p.from_buffer(text_object).value


def _decoded(codes: list[int]) -> str:
    """The characters; pdfium gives those beyond 16 bits in halves."""
    return "".join(map(chr, codes)).encode("utf-16", "surrogatepass").decode("utf-16", "replace")


def _look(text_page: Any, index: int) -> _Look:
    matrix = pdfium_c.FS_MATRIX()
    pdfium_c.FPDFText_GetMatrix(text_page, index, matrix)
    scale = math.hypot(matrix.c, matrix.d) or 1.0
    red, green, blue, alpha = (ctypes.c_uint() for _ in range(4))
    is_coloured = pdfium_c.FPDFText_GetFillColor(text_page, index, red, green, blue, alpha)
    pale = bool(is_coloured) and (min(red.value, green.value, blue.value) >= _PALE or alpha.value == 0)
    flags, name = ctypes.c_int(), ctypes.create_string_buffer(200)
    pdfium_c.FPDFText_GetFontInfo(text_page, index, name, len(name), flags)
    weight = pdfium_c.FPDFText_GetFontWeight(text_page, index)
    text_object = pdfium_c.FPDFText_GetTextObject(text_page, index)
    mode = pdfium_c.FPDFTextObj_GetTextRenderMode(text_object) if text_object else 0
    return _Look(
        size=round(pdfium_c.FPDFText_GetFontSize(text_page, index) * scale, 2),
        bold=weight >= BOLD or bool(flags.value & _FORCED_BOLD) or b"bold" in name.value.lower(),
        turned=round(math.atan2(matrix.b, matrix.a) / (math.pi / 2)) % 4,
        invisible=mode == _INVISIBLE,
        pale=pale,
    )


def _box(text_page: Any, index: int) -> _Box:
    rect = pdfium_c.FS_RECTF()
    pdfium_c.FPDFText_GetLooseCharBox(text_page, index, rect)
    return rect.left, rect.bottom, rect.right, rect.top


def _follows(box: _Box, here: _Box, look: _Look) -> bool:
    """Whether a character stands on the line of a run, close behind it."""
    before, after = _turn(box, look.turned), _turn(here, look.turned)
    gap = max(after[0] - before[2], before[0] - after[2])  # whichever way the script goes
    middle = (after[1] + after[3]) / 2
    return before[1] <= middle <= before[3] and gap < WIDE_GAP * look.size


def _turn(box: _Box, quarters: int) -> _Box:
    """A box as it is for a reader who turns the page so that its text stands upright."""
    left, bottom, right, top = box
    match quarters:
        case 1:
            return bottom, -right, top, -left
        case 2:
            return -right, -top, -left, -bottom
        case 3:
            return -top, left, -bottom, right
    return box


def _union(one: _Box, other: _Box) -> _Box:
    return min(one[0], other[0]), min(one[1], other[1]), max(one[2], other[2]), max(one[3], other[3])


def _overlap(one: _Box, other: _Box) -> bool:
    return one[0] < other[2] and other[0] < one[2] and one[1] < other[3] and other[1] < one[3]


def _covers(ground: _Box, box: _Box) -> bool:
    middle = ((box[0] + box[2]) / 2, (box[1] + box[3]) / 2)
    return ground[0] <= middle[0] <= ground[2] and ground[1] <= middle[1] <= ground[3]


def _grounds(page: Any) -> list[_Box]:
    """Where something is painted that pale text would stand out from: pictures, shadings, coloured areas."""
    grounds: list[_Box] = []
    kinds = (pdfium_c.FPDF_PAGEOBJ_PATH, pdfium_c.FPDF_PAGEOBJ_IMAGE, pdfium_c.FPDF_PAGEOBJ_SHADING)
    for drawn in page.get_objects(filter=kinds, max_depth=4):
        red, green, blue, alpha = (ctypes.c_uint() for _ in range(4))
        is_path = drawn.type == pdfium_c.FPDF_PAGEOBJ_PATH
        known = is_path and pdfium_c.FPDFPageObj_GetFillColor(drawn, red, green, blue, alpha)
        if not (known and min(red.value, green.value, blue.value) >= _PALE):
            grounds.append(drawn.get_bounds() if hasattr(drawn, "get_bounds") else drawn.get_pos())
    return grounds
