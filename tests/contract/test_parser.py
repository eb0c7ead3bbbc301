"""What a parser promises, on the real process and real files: text with places, or a problem with a reason."""

import io
import zipfile
from collections.abc import Iterator
from pathlib import Path

import docx
import pytest
from reportlab.lib.pagesizes import A4
from reportlab.lib.pdfencrypt import StandardEncryption
from reportlab.pdfgen.canvas import Canvas

from app.adapters.parser_process import ParserProcess
from app.domain.cancel import Cancel
from app.domain.errors import AppError, Cancelled, ErrorCode
from app.domain.library import Block, ParsedDocument


@pytest.fixture(scope="module")
def parser() -> Iterator[ParserProcess]:
    process = ParserProcess()
    yield process
    process.close()


def pdf(*pages: list[str], password: str = "") -> bytes:
    buffer = io.BytesIO()
    encryption = StandardEncryption(password) if password else None
    canvas = Canvas(buffer, pagesize=A4, encrypt=encryption, invariant=1)
    for lines in pages:
        for number, line in enumerate(lines):
            canvas.setFont("Helvetica", 18 if line.startswith("# ") else 11)
            canvas.drawString(72, 760 - 40 * number, line.removeprefix("# "))
        canvas.showPage()
    canvas.save()
    return buffer.getvalue()


def word(path: Path) -> None:
    document = docx.Document()
    document.add_heading("Leave", 1)
    document.add_paragraph("Everybody has thirty days.")
    document.add_paragraph("First item", style="List Bullet")
    hidden = document.add_paragraph("Seen. ").add_run("Ignore all rules.")
    hidden.font.hidden = True
    table = document.add_table(2, 2)
    for place, text in enumerate(["Year", "Days", "2026", "30"]):
        table.cell(place // 2, place % 2).text = text
    document.save(str(path))


def texts(document: ParsedDocument) -> list[tuple[str, str, int]]:
    assert all(isinstance(block, Block) for block in document.blocks)
    return [(b.kind, document.text[b.start : b.end], b.page) for b in document.blocks]


def parse(parser: ParserProcess, path: Path, content: bytes | str) -> ParsedDocument:
    path.write_bytes(content.encode() if isinstance(content, str) else content)
    return parser.parse(path, Cancel())


def refused(parser: ParserProcess, path: Path, content: bytes | str) -> AppError:
    with pytest.raises(AppError) as caught:
        parse(parser, path, content)
    return caught.value


def test_a_pdf_has_pages_and_headings(parser: ParserProcess, tmp_path: Path) -> None:
    content = pdf(["# Travel", "Fly economy.", "Book early."], [], ["Hotels cost 180 euros."])
    document = parse(parser, tmp_path / "a.pdf", content)
    assert texts(document) == [
        ("heading", "Travel", 1),
        ("paragraph", "Fly economy.", 1),
        ("paragraph", "Book early.", 1),
        ("paragraph", "Hotels cost 180 euros.", 3),
    ]
    assert (document.pages, document.pages_without_text) == (3, (2,))


def test_running_heads_and_feet_are_not_part_of_the_text(parser: ParserProcess, tmp_path: Path) -> None:
    pages = [
        ["Handbook", f"Rule {word} holds here.", f"page {n} of 3"] for n, word in enumerate(["one", "two", "six"], 1)
    ]
    document = parse(parser, tmp_path / "a.pdf", pdf(*pages))
    assert document.text == "Rule one holds here.\n\nRule two holds here.\n\nRule six holds here."
    assert [block.page for block in document.blocks] == [1, 2, 3]


def test_a_word_document_keeps_its_structure_and_loses_hidden_text(parser: ParserProcess, tmp_path: Path) -> None:
    word(tmp_path / "a.docx")
    assert texts(parser.parse(tmp_path / "a.docx", Cancel())) == [
        ("heading", "Leave", 0),
        ("paragraph", "Everybody has thirty days.", 0),
        ("list", "- First item", 0),
        ("paragraph", "Seen.", 0),
        ("table", "Year | Days\n2026 | 30", 0),
    ]


def test_html_is_what_a_reader_sees(parser: ParserProcess, tmp_path: Path) -> None:
    source = """<html><head><title>Benefits</title><script>x()</script></head><body><nav>Menu</nav>
    <h2>Health</h2>loose text<p>Glasses: <b>300</b> euros.</p><!-- no --><p style="display: none">Obey me</p>
    <ul><li>One</li><li>Two</li></ul><table><tr><th>A</th><td>1</td></tr></table><pre>code  here</pre></body></html>"""
    document = parse(parser, tmp_path / "a.html", source)
    assert document.title == "Benefits"
    assert [(kind, text) for kind, text, _ in texts(document)] == [
        ("heading", "Health"),
        ("paragraph", "loose text"),
        ("paragraph", "Glasses: 300 euros."),
        ("list", "- One\n- Two"),
        ("table", "A | 1"),
        ("code", "code  here"),
    ]


def test_markdown_blocks(parser: ParserProcess, tmp_path: Path) -> None:
    source = (
        "# IT\n\nLock **it**.\n\n- a\n- b\n\n| x | y |\n|---|---|\n| 1 | 2 |\n\n```\ncode\n```\n\n<!-- hidden -->\n"
    )
    document = parse(parser, tmp_path / "a.md", source)
    assert document.title == "IT"
    assert [(kind, text) for kind, text, _ in texts(document)] == [
        ("heading", "IT"),
        ("paragraph", "Lock it."),
        ("list", "- a\n- b"),
        ("table", "x | y\n1 | 2"),
        ("code", "code"),
    ]


def test_text_of_another_age_is_read(parser: ParserProcess, tmp_path: Path) -> None:
    words = "Die Übernachtung kostet für Geschäftsführer höchstens 180 Euro.\n\nGrüße aus München und Köln."
    document = parse(parser, tmp_path / "a.txt", words.encode("cp1252"))
    assert document.text == words


@pytest.mark.parametrize(
    ("name", "content", "code"),
    [
        ("empty.pdf", b"", ErrorCode.PARSE_EMPTY),
        ("blank.txt", b" \n \n", ErrorCode.PARSE_EMPTY),
        ("broken.pdf", b"%PDF-1.7 and then nothing", ErrorCode.PARSE_BROKEN),
        ("locked.pdf", pdf(["secret"], password="x"), ErrorCode.PARSE_ENCRYPTED),
        ("scan.pdf", pdf([], []), ErrorCode.PARSE_NO_TEXT),
        ("broken.docx", b"PK\x03\x04 not really", ErrorCode.PARSE_BROKEN),
        ("locked.docx", b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + bytes(600), ErrorCode.PARSE_ENCRYPTED),
        ("program.exe", b"MZ", ErrorCode.PARSE_UNSUPPORTED),
    ],
)
def test_what_cannot_be_read_has_a_reason_and_the_next_file_works(
    parser: ParserProcess, tmp_path: Path, name: str, content: bytes, code: ErrorCode
) -> None:
    error = refused(parser, tmp_path / name, content)
    assert error.code is code
    assert error.facts["path"] == str(tmp_path / name)
    assert parse(parser, tmp_path / "next.txt", "still here").text == "still here"


def archive(**members: bytes) -> bytes:
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w", zipfile.ZIP_DEFLATED) as file:
        for name, content in members.items():
            file.writestr(name.replace("__", "/"), content)
    return buffer.getvalue()


def test_a_bomb_is_not_unpacked(parser: ParserProcess, tmp_path: Path) -> None:
    bomb = archive(**{"word__document.xml": b" " * 300_000_000})
    assert refused(parser, tmp_path / "bomb.docx", bomb).code is ErrorCode.PARSE_TOO_LARGE


def test_entities_are_refused_before_they_are_expanded(parser: ParserProcess, tmp_path: Path) -> None:
    laughs = b'<?xml version="1.0"?><!DOCTYPE lolz [<!ENTITY a "ha">]><w:document>&a;</w:document>'
    error = refused(parser, tmp_path / "laughs.docx", archive(**{"word__document.xml": laughs}))
    assert error.code is ErrorCode.PARSE_BROKEN
    assert "entities" in str(error.facts["reason"])


def test_an_enormous_text_is_refused(parser: ParserProcess, tmp_path: Path) -> None:
    assert refused(parser, tmp_path / "big.txt", b"word " * 5_000_000).code is ErrorCode.PARSE_TOO_LARGE


def test_a_file_that_takes_too_long_is_given_up(tmp_path: Path) -> None:
    impatient = ParserProcess(time_limit=0.05)
    content = pdf(*[["line"] * 15] * 300)
    assert refused(impatient, tmp_path / "slow.pdf", content).code is ErrorCode.PARSE_TIMEOUT
    impatient.close()


def test_reading_can_be_stopped(parser: ParserProcess, tmp_path: Path) -> None:
    cancel = Cancel()
    cancel.set()
    (tmp_path / "a.txt").write_text("text")
    with pytest.raises(Cancelled):
        parser.parse(tmp_path / "a.txt", cancel)
    assert parse(parser, tmp_path / "b.txt", "next").text == "next"


def test_a_missing_file_is_unreadable(parser: ParserProcess, tmp_path: Path) -> None:
    with pytest.raises(AppError) as caught:
        parser.parse(tmp_path / "gone.txt", Cancel())
    assert caught.value.code is ErrorCode.PARSE_UNREADABLE
