"""Small documents of every format, made on the spot."""

import io
import zipfile
from collections.abc import Callable
from email.message import EmailMessage
from typing import Any, Final

import docx
import openpyxl
import pptx
from pptx.util import Inches
from reportlab.pdfgen.canvas import Canvas

WORDS: Final = "The lamps are lit at six."

_ODF: Final = " ".join(
    f'xmlns:{name}="urn:oasis:names:tc:opendocument:xmlns:{long}:1.0"'
    for name, long in (
        ("office", "office"),
        ("text", "text"),
        ("table", "table"),
        ("draw", "drawing"),
        ("style", "style"),
    )
)


def zipped(members: dict[str, bytes | str]) -> bytes:
    """An archive; a member `mimetype` is stored as it is."""
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, content in members.items():
            kind = zipfile.ZIP_STORED if name == "mimetype" else zipfile.ZIP_DEFLATED
            archive.writestr(name, content, kind)
    return buffer.getvalue()


def pdf(draw: Callable[[Any], None] = lambda canvas: canvas.drawString(72, 700, WORDS)) -> bytes:
    """One page."""
    buffer = io.BytesIO()
    canvas = Canvas(buffer, pagesize=(595, 842), invariant=1)
    draw(canvas)
    canvas.save()
    return buffer.getvalue()


def word(words: str = WORDS) -> bytes:
    """A heading and a paragraph."""
    document = docx.Document()
    document.add_heading("Rules", 1)
    document.add_paragraph(words)
    return _saved(document)


def slides(words: str = WORDS) -> bytes:
    """A slide with a title, items, a table and notes, the table above the items in the file but below on the slide."""
    deck = pptx.Presentation()
    slide = deck.slides.add_slide(deck.slide_layouts[1])
    table = slide.shapes.add_table(2, 2, Inches(1), Inches(6), Inches(4), Inches(1)).table
    for place, text in enumerate(("Year", "Days", "2026", "30")):
        table.cell(place // 2, place % 2).text = text
    slide.shapes.title.text = "Rules"
    slide.placeholders[1].text = f"{words}\nSecond item"
    slide.notes_slide.notes_text_frame.text = "Say it slowly."
    return _saved(deck)


def sheets(**named: list[list[object]]) -> bytes:
    """A workbook."""
    book = openpyxl.Workbook(write_only=True)
    for name, rows in (named or {"Budget": [["Item", "Euros"], [WORDS, 30]]}).items():
        sheet = book.create_sheet(name)
        for row in rows:
            sheet.append(row)
    return _saved(book)


def open_document(body: str = f"<office:text><text:p>{WORDS}</text:p></office:text>", kind: str = "text") -> bytes:
    """An ODT, ODS or ODP."""
    content = f"<office:document-content {_ODF}><office:body>{body}</office:body></office:document-content>"
    return zipped({"mimetype": f"application/vnd.oasis.opendocument.{kind}", "content.xml": content})


def book() -> bytes:
    """An EPUB of two chapters, named in its contents, and a third that lies elsewhere."""
    container = '<container><rootfiles><rootfile full-path="OPS/book.opf"/></rootfiles></container>'
    chapters = ("one.xhtml", "two%20b.xhtml", "../../three.xhtml")
    items = "".join(f'<item id="c{n}" href="{c}" media-type="application/xhtml+xml"/>' for n, c in enumerate(chapters))
    spine = "".join(f'<itemref idref="c{n}"/>' for n in range(len(chapters)))
    package = (
        '<package xmlns:dc="http://purl.org/dc/elements/1.1/"><metadata><dc:title>Lamps</dc:title></metadata><manifest>'
        f'{items}<item id="nav" href="nav.xhtml" media-type="application/xhtml+xml" properties="nav"/></manifest>'
        f"<spine>{spine}</spine></package>"
    )
    nav = '<html><body><nav><ol><li><a href="one.xhtml#top">Lighting</a></li></ol></nav></body></html>'
    return zipped(
        {
            "mimetype": "application/epub+zip",
            "META-INF/container.xml": container,
            "OPS/book.opf": package,
            "OPS/nav.xhtml": nav,
            "OPS/one.xhtml": f"<!DOCTYPE html><html><body><h1>One</h1><p>{WORDS}</p></body></html>",
            "OPS/two b.xhtml": "<html><body><p>Second chapter.</p></body></html>",
        }
    )


def mail(**attachments: bytes) -> bytes:
    """A mail in plain words and HTML."""
    message = EmailMessage()
    message["From"], message["To"], message["Subject"] = "Anna <anna@example.org>", "bo@example.org", "Lamps Ü"
    message["Date"] = "Mon, 02 Mar 2026 10:00:00 +0100"
    message.set_content(WORDS)
    message.add_alternative("<p>not this</p>", subtype="html")
    for name, content in attachments.items():
        message.add_attachment(content, "application", "octet-stream", filename=name.replace("__", "."))
    return message.as_bytes()


def mailbox() -> bytes:
    """Two mails."""
    start = b"From anna@example.org Mon Mar  2 10:00:00 2026\n"
    return start + mail() + b"\n" + start + mail(a__txt=b"attached")


SAMPLES: Final[dict[str, Callable[[], bytes]]] = {
    ".pdf": pdf,
    ".docx": word,
    ".pptx": slides,
    ".xlsx": sheets,
    ".odt": open_document,
    ".epub": book,
    ".rtf": lambda: rb"{\rtf1\ansi{\fonttbl{\f0 Arial;}}\pard The lamps are lit at six.\par}",
    ".eml": mail,
    ".mbox": mailbox,
    ".zip": lambda: zipped({"a.txt": WORDS, "b.pdf": pdf()}),
    ".html": lambda: f"<html><body><h1>A</h1><p>{WORDS}</p></body></html>".encode(),
    ".csv": lambda: f"Item;Euros\n{WORDS};30\n".encode(),
    ".py": lambda: f"def light():\n    return '{WORDS}'\n".encode(),
}


def _saved(document: Any) -> bytes:
    buffer = io.BytesIO()
    document.save(buffer)
    return buffer.getvalue()
