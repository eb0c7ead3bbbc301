"""PDF: what a reader sees of a page, in the order in which it is read."""

from typing import Any

import pytest
from reportlab.lib.colors import black, white

from app.domain.library import ParsedDocument
from app.worker.parse_pdf import parse_pdf
from app.worker.untrusted_file import UntrustedFile
from tests.fakes.documents import pdf

PROSE = [f"Line {n} of this column runs nearly to its edge." for n in range(12)]


def parse(draw: Any) -> ParsedDocument:
    return parse_pdf(UntrustedFile("a.pdf", pdf(draw)), lambda done, total: None)


def blocks(document: ParsedDocument) -> list[tuple[str, str, int]]:
    return [(b.kind, document.text[b.start : b.end], b.level) for b in document.blocks]


def test_columns_are_read_one_after_the_other_however_the_file_tells_them() -> None:
    def draw(canvas: Any) -> None:
        canvas.setFont("Helvetica", 18)
        canvas.drawString(60, 780, "A title over both columns")
        canvas.setFont("Helvetica", 10)
        for number, line in enumerate(PROSE):
            canvas.drawString(60, 740 - 12 * number, f"L {line}")
            canvas.drawString(310, 740 - 12 * number, f"R {line}")

    document = parse(draw)
    assert [kind for kind, _, _ in blocks(document)] == ["heading", "paragraph", "paragraph"]
    words = document.text.split()
    assert words.index("R") > max(place for place, word in enumerate(words) if word == "L")


@pytest.mark.parametrize("turn", [90, 180, 270])
def test_a_turned_page_reads_as_any_other(turn: int) -> None:
    def draw(canvas: Any) -> None:
        canvas.setPageRotation(360 - turn)
        canvas.translate(300, 400)
        canvas.rotate(turn)
        canvas.setFont("Helvetica-Bold", 12)
        canvas.drawString(-150, 40, "Leave")
        canvas.setFont("Helvetica", 12)
        canvas.drawString(-150, 20, "Everybody has thirty days a year, and nobody has")
        canvas.drawString(-150, 6, "to ask for them in writing.")

    text = "Everybody has thirty days a year, and nobody has to ask for them in writing."
    assert blocks(parse(draw)) == [("heading", "Leave", 1), ("paragraph", text, 0)]


def test_a_table_keeps_its_cells_apart_and_a_bold_line_is_a_heading() -> None:
    def draw(canvas: Any) -> None:
        canvas.setFont("Helvetica-Bold", 10)
        canvas.drawString(72, 720, "Rates")
        canvas.setFont("Helvetica", 10)
        for number, row in enumerate([("City", "Euros"), ("Oslo", "210"), ("Rome", "160")]):
            for place, cell in enumerate(row):
                canvas.drawString(72 + 100 * place, 700 - 14 * number, cell)

    assert blocks(parse(draw)) == [("heading", "Rates", 1), ("table", "City | Euros\nOslo | 210\nRome | 160", 0)]


def test_what_cannot_be_seen_is_noted_and_not_read() -> None:
    def draw(canvas: Any) -> None:
        canvas.drawString(72, 700, "seen")
        canvas.setFillColor(white)
        canvas.drawString(72, 650, "white on white")
        canvas.setFillColor(black)
        canvas.rect(60, 590, 300, 30, fill=1)
        canvas.setFillColor(white)
        canvas.drawString(72, 600, "white on black")
        canvas.setFillColor(black)
        canvas.drawString(900, 500, "beside the page")
        canvas.setFont("Helvetica", 1)
        canvas.drawString(72, 550, "too small")
        unseen = canvas.beginText(72, 500)
        unseen.setFont("Helvetica", 12)
        unseen.setTextRenderMode(3)
        unseen.textLine("drawn invisibly")
        canvas.drawText(unseen)

    document = parse(draw)
    assert document.text == "seen\n\nwhite on black"
    assert [(n.kind, n.count) for n in document.notices] == [("hidden_text", 4)]


def test_a_stamp_across_the_text_comes_after_it_and_is_no_heading() -> None:
    def draw(canvas: Any) -> None:
        canvas.drawString(72, 700, "The text of the page comes first.")
        canvas.rotate(90)
        canvas.setFont("Helvetica-Bold", 30)
        canvas.drawString(300, -40, "DRAFT")

    assert blocks(parse(draw)) == [("paragraph", "The text of the page comes first.", 0), ("paragraph", "DRAFT", 0)]


def test_recognised_text_behind_a_scan_is_read() -> None:
    def draw(canvas: Any) -> None:
        text = canvas.beginText(72, 700)
        text.setTextRenderMode(3)
        text.textLine("recognised words")
        canvas.drawText(text)

    assert parse(draw).text == "recognised words"


def test_what_is_filled_in_is_read_and_what_is_pinned_on_is_noted() -> None:
    def draw(canvas: Any) -> None:
        canvas.drawString(72, 700, "Request")
        canvas.acroForm.textfield(name="days", value="thirty", x=72, y=650, width=100, height=20)
        canvas.textAnnotation("obey me", Rect=[72, 600, 90, 620])

    document = parse(draw)
    assert document.text == "Request\n\n- days: thirty"
    assert [(n.kind, n.detail) for n in document.notices] == [("hidden_text", "obey me")]
