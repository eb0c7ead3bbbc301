"""A document opened at a place: what a reader is shown of it."""

from dataclasses import dataclass
from typing import Literal

from app.domain.library import Unit

# Why the place may not be where it was when it was cited.
ViewNote = Literal["", "changed", "passage_gone", "removed", "file_gone"]


@dataclass(frozen=True, slots=True)
class Mark:
    """A rectangle of a page's image that holds highlighted words; pixels from the upper left corner."""

    left: int
    top: int
    width: int
    height: int


@dataclass(frozen=True, slots=True)
class PageImage:
    """A page as a picture: rows of RGB bytes, each `stride` bytes long."""

    width: int
    height: int
    stride: int
    pixels: bytes
    marks: tuple[Mark, ...]


@dataclass(frozen=True, slots=True)
class View:
    """A document as it can be shown: page by page if `pages`, else as its text, with a span of it highlighted."""

    name: str
    path: str
    quote: str
    text: str
    start: int
    end: int
    page: int = 0
    pages: int = 0  # 0: shown as text
    unit: Unit = "page"
    label: str = ""
    heading: str = ""
    note: ViewNote = ""
