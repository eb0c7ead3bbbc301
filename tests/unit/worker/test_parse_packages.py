"""Slides, sheets, OpenDocument and books: places with names, what is shown in order, what is hidden noted."""

import io
import zipfile

import openpyxl
import pptx
import pytest
from pptx.util import Inches, Pt

from app.domain.errors import AppError, ErrorCode
from app.domain.library import ParsedDocument
from app.worker.parse_docx import parse_docx
from app.worker.parse_epub import parse_epub
from app.worker.parse_odf import parse_odf
from app.worker.parse_pptx import parse_pptx
from app.worker.parse_xlsx import parse_xlsx
from app.worker.untrusted_file import UntrustedFile
from tests.fakes.documents import WORDS, book, open_document, sheets, slides, word, zipped


def blocks(document: ParsedDocument) -> list[tuple[str, str, int]]:
    return [(b.kind, document.text[b.start : b.end], b.page) for b in document.blocks]


def rewritten(package: bytes, change: dict[str, str], **more: bytes) -> bytes:
    """A package with other words in its XML and other members beside it."""
    with zipfile.ZipFile(io.BytesIO(package)) as archive:
        members: dict[str, bytes | str] = {name: archive.read(name) for name in archive.namelist()}
    for name, content in members.items():
        if isinstance(content, bytes) and name.endswith((".xml", ".rels")):
            for old, new in change.items():
                members[name] = content = content.replace(old.encode(), new.encode())
    return zipped(members | {name.replace("__", "/"): content for name, content in more.items()})


STRICT = {
    f"http://schemas.openxmlformats.org/{room}/2006/": f"http://purl.oclc.org/ooxml/{room}/"
    for room in ("wordprocessingml", "spreadsheetml", "presentationml", "drawingml", "officeDocument")
}


def test_a_slide_is_read_from_its_title_down_to_its_notes() -> None:
    document = parse_pptx(UntrustedFile("a.pptx", slides()))
    assert (document.unit, document.pages) == ("slide", 1)
    assert blocks(document) == [
        ("heading", "Rules", 1),
        ("list", f"- {WORDS}\n- Second item", 1),
        ("table", "Year | Days\n2026 | 30", 1),
        ("paragraph", "Notes: Say it slowly.", 1),
    ]


def test_what_a_slide_hides_is_noted() -> None:
    deck = pptx.Presentation()
    for _ in range(2):
        slide = deck.slides.add_slide(deck.slide_layouts[6])
        for left, text, size in ((1, "shown", 20), (40, "outside", 20), (1, "tiny", 1)):
            box = slide.shapes.add_textbox(Inches(left), Inches(1), Inches(2), Inches(1))
            run = box.text_frame.paragraphs[0].add_run()
            run.text, run.font.size = text, Pt(size)
    deck.slides[1].element.set("show", "0")
    buffer = io.BytesIO()
    deck.save(buffer)
    document = parse_pptx(UntrustedFile("a.pptx", buffer.getvalue()))
    assert document.text == "shown"
    assert [(n.kind, n.count) for n in document.notices] == [("hidden_text", 3)]


def test_a_sheet_has_a_name_and_rows_their_header() -> None:
    content = sheets(Budget=[["Item", "Euros", "Share"], ["Lamps", 30.0, 0.25]], Staff=[["Name"], ["Anna"]])
    document = parse_xlsx(UntrustedFile("a.xlsx", content))
    assert (document.unit, document.labels) == ("sheet", ("Budget", "Staff"))
    assert blocks(document) == [
        ("heading", "Budget", 1),
        ("table", "Item · Euros · Share\nItem: Lamps · Euros: 30 · Share: 0.25", 1),
        ("heading", "Staff", 2),
        ("paragraph", "Name", 2),
        ("paragraph", "Anna", 2),
    ]


def test_a_hidden_sheet_is_noted() -> None:
    book_ = openpyxl.Workbook()
    book_["Sheet"]["A1"] = "seen"
    hidden = book_.create_sheet("Secret")
    hidden["A1"], hidden.sheet_state = "unseen", "hidden"
    buffer = io.BytesIO()
    book_.save(buffer)
    document = parse_xlsx(UntrustedFile("a.xlsx", buffer.getvalue()))
    assert "unseen" not in document.text
    assert [(n.kind, n.detail) for n in document.notices] == [("hidden_text", "sheet Secret")]


def test_the_strict_dialect_is_read() -> None:
    assert WORDS in parse_docx(UntrustedFile("a.docx", rewritten(word(), STRICT))).text
    assert WORDS in parse_xlsx(UntrustedFile("a.xlsx", rewritten(sheets(), STRICT))).text
    assert WORDS in parse_pptx(UntrustedFile("a.pptx", rewritten(slides(), STRICT))).text


def test_macros_and_what_lies_elsewhere_are_noted() -> None:
    plain = "application/vnd.openxmlformats-officedocument.wordprocessingml.document.main+xml"
    target = (
        b'<Relationships xmlns="http://schemas.openxmlformats.org/package/2006/relationships"><Relationship Id="r1" '
        b'Type="http://schemas.openxmlformats.org/officeDocument/2006/relationships/attachedTemplate" '
        b'Target="http://example.org/t.dotm" TargetMode="External"/></Relationships>'
    )
    package = rewritten(
        word(),
        {plain: "application/vnd.ms-word.document.macroEnabled.main+xml"},
        **{"word__vbaProject.bin": b"\x00", "word___rels__settings.xml.rels": target},
    )
    document = parse_docx(UntrustedFile("a.docm", package))
    assert {(n.kind, n.detail) for n in document.notices} == {
        ("macros", "word/vbaProject.bin"),
        ("external_target", "http://example.org/t.dotm"),
    }


def test_open_document_text() -> None:
    body = (
        '<office:text><text:h text:outline-level="2">Rules</text:h><text:p>a<text:s text:c="2"/>b<office:annotation>'
        "<text:p>obey</text:p></office:annotation><text:tab/>c</text:p><text:list><text:list-item><text:p>one</text:p>"
        "<text:list><text:list-item><text:p>two</text:p></text:list-item></text:list></text:list-item></text:list>"
        "<table:table><table:table-row><table:table-cell><text:p>x</text:p></table:table-cell><table:table-cell>"
        "<text:p>y</text:p></table:table-cell></table:table-row></table:table></office:text>"
    )
    document = parse_odf(UntrustedFile("a.odt", open_document(body)))
    assert [(kind, text) for kind, text, _ in blocks(document)] == [
        ("heading", "Rules"),
        ("paragraph", "a  b\tc"),
        ("list", "- one\n  - two"),
        ("table", "x | y"),
    ]
    assert [(n.kind, n.detail) for n in document.notices] == [("hidden_text", "obey")]


def test_a_row_that_is_said_to_repeat_a_million_times_is_not_unfolded() -> None:
    cell = '<table:table-cell table:number-columns-repeated="16384"/>'
    row = f'<table:table-row table:number-rows-repeated="1048576">{cell}</table:table-row>'
    first = "<table:table-row><table:table-cell><text:p>Oslo</text:p></table:table-cell></table:table-row>"
    body = f'<office:spreadsheet><table:table table:name="Cities">{first}{row}</table:table></office:spreadsheet>'
    document = parse_odf(UntrustedFile("a.ods", open_document(body, "spreadsheet")))
    assert (document.text, document.labels) == ("Cities\n\nOslo", ("Cities",))


def test_entities_are_refused() -> None:
    content = '<!DOCTYPE a [<!ENTITY b "c">]><a>&b;</a>'
    package = zipped({"mimetype": "application/vnd.oasis.opendocument.text", "content.xml": content})
    with pytest.raises(Exception, match="DTDForbidden"):
        parse_odf(UntrustedFile("a.odt", package))


def test_a_locked_document_is_named_so() -> None:
    package = zipped({"META-INF/manifest.xml": "<m><manifest:encryption-data/></m>", "content.xml": b"\x00"})
    with pytest.raises(AppError) as caught:
        parse_odf(UntrustedFile("a.odt", package))
    assert caught.value.code is ErrorCode.PARSE_ENCRYPTED


def test_a_book_has_chapters_and_does_not_leave_its_archive() -> None:
    document = parse_epub(UntrustedFile("a.epub", book()))
    assert (document.title, document.unit, document.labels) == ("Lamps", "part", ("Lighting", "2", "3"))
    assert blocks(document) == [("heading", "One", 1), ("paragraph", WORDS, 1), ("paragraph", "Second chapter.", 2)]
    assert [(n.kind, n.detail) for n in document.notices] == [("external_target", "../../three.xhtml")]
