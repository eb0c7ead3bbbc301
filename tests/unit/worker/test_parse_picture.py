"""Pictures without the extra that reads them, and how large they are looked at."""

import io

import numpy as np
import pytest
from PIL import Image

from app.domain.errors import AppError, ErrorCode
from app.worker.parse_picture import parse_picture
from app.worker.pdf_text import PageText, Run
from app.worker.text_recognition import MAX_PIXELS, TextRecognition
from app.worker.untrusted_file import UntrustedFile


class Looking(TextRecognition):
    """Remembers what it was shown, and reads one word in all of it."""

    def __init__(self) -> None:
        super().__init__()
        self.seen: list[tuple[int, ...]] = []

    def read_picture(self, pixels: np.ndarray) -> PageText:
        """As `TextRecognition.read_picture`."""
        self.seen.append(pixels.shape)
        return PageText((Run("Berth 4", 0.0, 0.0, 70.0, 10.0, 10.0, False),), (), (), 100.0)


def picture(size: tuple[int, int], kind: str) -> UntrustedFile:
    file = io.BytesIO()
    Image.new("RGB", size, "white").save(file, kind)
    return UntrustedFile(f"x.{kind.lower()}", file.getvalue())


def test_without_the_extra_a_picture_has_no_text() -> None:
    with pytest.raises(AppError) as caught:
        parse_picture(picture((40, 30), "PNG"), None)
    assert caught.value.code is ErrorCode.PARSE_NO_TEXT


@pytest.mark.parametrize("kind", ["PNG", "JPEG"])
@pytest.mark.parametrize("size", [(40, 30), (6000, 4000), (100_000, 1000), (1, 900)])
def test_it_is_looked_at_no_larger_than_it_is_and_no_larger_than_can_be_read(size: tuple[int, int], kind: str) -> None:
    if kind == "JPEG" and max(size) > 65_500:
        pytest.skip("no JPEG is so wide")
    looking = Looking()
    assert parse_picture(picture(size, kind), looking).text == "Berth 4"
    ((down, across, colours),) = looking.seen
    assert colours == 3
    assert across * down <= min(1.01 * MAX_PIXELS, size[0] * size[1])
    assert across * down >= min(0.9 * MAX_PIXELS, size[0] * size[1])
