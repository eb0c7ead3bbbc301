"""The text in pictures, read by RapidOCR where it is installed, with the models in its package."""

import importlib.util
import statistics
import sys
import time
import traceback
from collections.abc import Callable
from typing import Any, Final

import pypdfium2.raw as pdfium_c

from app.worker.pdf_text import PageText, Run

SECONDS: Final = 900.0  # for one file; what comes after that stays without text
THREADS: Final = 2
SCALE: Final = 2.0  # pixels to a point, 144 to an inch: with more it reads no better, but slower
MAX_PIXELS: Final = 6_000_000
_SURE: Final = 0.6  # of 1: below that a line is more likely a stain


def is_installed() -> bool:
    """Whether this Donjon can recognise text in pictures."""
    return importlib.util.find_spec("rapidocr") is not None


class TextRecognition:
    """Reads pictures of one file, until its time is up."""

    def __init__(self, seconds: float = SECONDS) -> None:
        self._until = time.monotonic() + seconds
        self._engine: Any = None
        self.gave_up = False

    def read_page(self, page: Any) -> PageText | None:
        """What stands in the picture that a page of a PDF is; None if it was not read."""
        return self._read(lambda: _rendered(page))

    def read_picture(self, pixels: Any) -> PageText | None:
        """What stands in an array of rows of pixels (blue, green, red), measured in them; None if it was not read."""
        return self._read(lambda: (pixels, 1.0))

    def _read(self, picture: Callable[[], tuple[Any, float]]) -> PageText | None:
        if self.gave_up or time.monotonic() > self._until:
            self.gave_up = True
            return None
        try:
            return self._recognise(*picture())
        except Exception:  # its libraries raise what they like, for want of memory among other things
            traceback.print_exc(file=sys.stderr)
            self.gave_up = True
            return None

    def _recognise(self, pixels: Any, scale: float) -> PageText:
        if self._engine is None:
            from rapidocr import RapidOCR  # here: takes two seconds

            threads = {f"EngineConfig.onnxruntime.{kind}_op_num_threads": THREADS for kind in ("intra", "inter")}
            self._engine = RapidOCR(params={"Global.log_level": "error", "Global.use_cls": False, **threads})
        found = self._engine(pixels)
        lines = zip(found.txts or (), found.boxes if found.txts else (), found.scores or (), strict=True)
        boxes = [(text, box / scale) for text, box, score in lines if score >= _SURE]
        heights = [float(box[:, 1].max() - box[:, 1].min()) for _, box in boxes]
        size = statistics.median(heights) if heights else 0.0  # of all alike: a box says little about the type in it
        down, across = (side / scale for side in pixels.shape[:2])
        return PageText(tuple(_run(text, box, down, size) for text, box in boxes), (), (), across)


def _rendered(page: Any) -> tuple[Any, float]:
    """The pixels of a page, and how many there are to a point."""
    across, down = page.get_size()
    scale = min(SCALE, (MAX_PIXELS / (across * down)) ** 0.5)
    return page.render(scale=scale, force_bitmap_format=pdfium_c.FPDFBitmap_BGR).to_numpy(), scale


def _run(text: str, box: Any, height: float, size: float) -> Run:
    """A line as those that pdfium finds; the corners of its box are measured from the page's top."""
    (left, top), (right, bottom) = box.min(axis=0).tolist(), box.max(axis=0).tolist()
    return Run(text, left, height - bottom, right, height - top, size, False)
