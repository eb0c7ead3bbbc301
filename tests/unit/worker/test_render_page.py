"""Pages as pictures, with the quoted words marked."""

from pathlib import Path

import pytest
from reportlab.lib.pagesizes import A4
from reportlab.pdfgen.canvas import Canvas

from app.domain.errors import AppError, ErrorCode
from app.worker.render_page import MAX_PIXELS, render_page

WIDTH = 800


@pytest.fixture
def pdf(tmp_path: Path) -> Path:
    """Two pages; on the second a sentence that is broken within a word."""
    path = tmp_path / "a.pdf"
    canvas = Canvas(str(path), pagesize=A4)
    canvas.drawString(72, 700, "First page.")
    canvas.showPage()
    canvas.drawString(72, 700, "Hotels are booked by the travel de-")
    canvas.drawString(72, 680, "partment in advance.")
    canvas.save()
    return path


def test_the_quoted_words_are_marked_line_by_line(pdf: Path) -> None:
    image = render_page(pdf, 2, WIDTH, "the travel department in advance")
    first, second = image.marks
    scale = WIDTH / A4[0]
    assert first.left == pytest.approx(72 * scale + 100, abs=60)
    assert second.left == pytest.approx(72 * scale, abs=3)
    assert second.top == pytest.approx((A4[1] - 680) * scale, abs=14)
    assert first.top < second.top


def test_the_picture_has_the_width_asked_for_and_ink_on_it(pdf: Path) -> None:
    image = render_page(pdf, 1, WIDTH, "not there")
    assert image.width == pytest.approx(WIDTH, abs=1)
    assert len(image.pixels) == image.stride * image.height
    assert min(image.pixels) < 50 < 250 < max(image.pixels)
    assert image.marks == ()


def test_no_page_is_drawn_larger_than_a_frame_holds(pdf: Path) -> None:
    image = render_page(pdf, 1, 100_000, "")
    assert image.width * image.height <= MAX_PIXELS * 1.01


@pytest.mark.parametrize("page", [3, 99])
def test_a_page_that_is_not_there_is_named_broken(pdf: Path, page: int) -> None:
    with pytest.raises(AppError) as refused:
        render_page(pdf, page, WIDTH, "")
    assert refused.value.code is ErrorCode.PARSE_BROKEN


def test_a_file_that_is_no_pdf_is_named_broken(tmp_path: Path) -> None:
    (tmp_path / "a.pdf").write_text("not a pdf")
    with pytest.raises(AppError) as refused:
        render_page(tmp_path / "a.pdf", 1, WIDTH, "")
    assert refused.value.code is ErrorCode.PARSE_BROKEN
