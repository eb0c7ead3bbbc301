"""Writes the PDF and the DOCX of `resources/sample_documents`; the Markdown and the HTML there are written by hand.

usage: python packaging/sample_documents.py

The company is fictional. The PDF has one subject a page, so that a citation's page number says something.
"""

import zipfile
from datetime import datetime
from pathlib import Path

import docx
from reportlab.lib.enums import TA_LEFT
from reportlab.lib.pagesizes import A4
from reportlab.lib.styles import ParagraphStyle, getSampleStyleSheet
from reportlab.lib.units import mm
from reportlab.pdfgen.canvas import Canvas
from reportlab.platypus import PageBreak, Paragraph, SimpleDocTemplate, Spacer

FOLDER = Path(__file__).parent.parent / "resources" / "sample_documents"

TRAVEL = (
    (
        "Travel and expenses",
        "Handbook of Halvorsen Marine Instruments, part 1. It applies to every business trip that starts on or after "
        "1 March 2026, whoever pays for it.",
        "Every trip is requested in the travel tool before anything is booked. The line manager answers within three "
        "working days. A trip that costs more than 2,500 euros also needs the approval of the head of finance.",
        "Bookings are made through the travel desk, extension 4210, at least 14 days ahead. Later bookings need a "
        "reason in the request.",
    ),
    (
        "Air travel",
        "Flights under six hours are booked in economy class. Flights over six hours may be booked in premium economy "
        "with approval of the line manager.",
        "Business class is for flights over ten hours when work starts on the day of arrival. It needs the approval of "
        "the head of finance.",
        "One checked bag is always paid. Miles that are collected on business trips belong to the traveller.",
        "Within 600 kilometres the train is taken instead of the plane. Exceptions are granted by the travel desk, for "
        "instance when the train takes more than two hours longer from door to door.",
    ),
    (
        "Trains and cars",
        "Trains are booked in second class for journeys of up to two hours, and in first class beyond.",
        "Private cars are reimbursed with 0.38 euros per kilometre, up to 400 kilometres a trip. Parking is paid on "
        "receipt; fines are not.",
        "Rental cars are of the compact class and are booked with full insurance. Fuel or charging is paid on receipt.",
    ),
    (
        "Hotels and meals",
        "A hotel night costs at most 160 euros including breakfast, and at most 210 euros in Oslo, London, Paris and "
        "Singapore. More than that needs the approval of the line manager before the booking.",
        "Meals are paid by a daily allowance: 42 euros for a whole day, 21 euros for the day of departure and the day "
        "of return. An allowance is cut by 12 euros for each meal that a customer or the hotel provides.",
        "Alcohol is not reimbursed. Guests may be invited for up to 60 euros a person when their names and the reason "
        "are on the receipt.",
    ),
    (
        "Expense reports",
        "Expense reports are filed in the travel tool within 30 days after the end of the trip. Reports that are filed "
        "more than 60 days after the trip are not reimbursed.",
        "A receipt is attached for every item above 15 euros. Without a receipt a written statement is accepted twice "
        "a year.",
        "Approved reports are paid with the next salary, if they are approved by the 18th of the month.",
    ),
)

LEAVE = (
    ("h1", "Leave and working time"),
    ("p", "Handbook of Halvorsen Marine Instruments, part 2. The people team answers questions on extension 4120."),
    ("h2", "Annual leave"),
    (
        "p",
        "Full-time employees have 28 days of annual leave. It is requested in the time tool at least two weeks ahead.",
    ),
    (
        "p",
        "Up to five days that are not taken can be carried over until 31 March of the following year. After that they "
        "are lost, unless illness prevented taking them.",
    ),
    ("h2", "Parental leave"),
    (
        "p",
        "Each parent has 20 weeks of parental leave on full pay. It can be taken in up to three parts until the child "
        "is two years old, and is announced eight weeks ahead.",
    ),
    ("h2", "Sick leave"),
    ("p", "Call your team lead before 9:00 on the first day. A doctor's note is needed from the fourth day on."),
    ("p", "Up to ten days a year may be taken to care for a sick child, per child and parent."),
    ("h2", "Working time"),
    ("p", "The working week has 37.5 hours. Core time is from 9:30 to 15:00, from Monday to Thursday."),
    ("p", "Overtime is agreed beforehand with the team lead. It is taken as time off within three months:"),
    ("li", "on working days, one hour for an hour;"),
    ("li", "on Saturdays, one and a half hours for an hour;"),
    ("li", "on Sundays and public holidays, two hours for an hour."),
    ("h2", "Your first week"),
    ("p", "On your first day you receive a laptop, a badge, a security key and a mentor from another team."),
    (
        "p",
        "The safety course of the test basin is on Wednesdays at 13:00; take it in your first month.",
    ),
    ("p", "The probation period lasts four months. There is a review after six weeks and another after three months."),
)


def write_pdf(path: Path) -> None:
    """One subject on each page, numbered at the foot."""
    styles = getSampleStyleSheet()
    body = ParagraphStyle("body", parent=styles["Normal"], fontSize=11, leading=16, spaceAfter=8, alignment=TA_LEFT)
    heading = ParagraphStyle("heading", parent=styles["Heading1"], fontSize=18, leading=24, spaceAfter=10)
    story: list[Paragraph | PageBreak | Spacer] = []
    for title, *paragraphs in TRAVEL:
        story.append(Paragraph(title, heading))
        story.extend(Paragraph(paragraph, body) for paragraph in paragraphs)
        story.append(PageBreak())
    document = SimpleDocTemplate(
        str(path), pagesize=A4, margins=25 * mm, title="Travel and expenses", author="", invariant=1
    )

    def number(canvas: Canvas, built: SimpleDocTemplate) -> None:
        canvas.setFont("Helvetica", 9)
        canvas.drawCentredString(A4[0] / 2, 12 * mm, f"page {built.page} of {len(TRAVEL)}")

    document.build(story[:-1], onFirstPage=number, onLaterPages=number)


def write_docx(path: Path) -> None:
    """Headings, paragraphs and a list, in Word's own styles."""
    document = docx.Document()
    document.core_properties.title = "Leave and working time"
    document.core_properties.author = ""
    document.core_properties.created = document.core_properties.modified = datetime(2026, 3, 1)
    for kind, text in LEAVE:
        match kind:
            case "h1" | "h2":
                document.add_heading(text, int(kind[1]))
            case "li":
                document.add_paragraph(text, style="List Bullet")
            case _:
                document.add_paragraph(text)
    document.save(str(path))
    _write_again_undated(path)


def _write_again_undated(archive: Path) -> None:
    """Give all members one date, so that the same text makes the same bytes."""
    with zipfile.ZipFile(archive) as dated:
        members = [(member.filename, dated.read(member)) for member in dated.infolist()]
    with zipfile.ZipFile(archive, "w", zipfile.ZIP_DEFLATED) as undated:
        for name, content in members:
            undated.writestr(zipfile.ZipInfo(name), content, zipfile.ZIP_DEFLATED)


if __name__ == "__main__":
    write_pdf(FOLDER / "Travel and expenses.pdf")
    write_docx(FOLDER / "Leave and working time.docx")
