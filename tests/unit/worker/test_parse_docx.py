"""DOCX: all that a reader of the page sees, wherever Word keeps it, and nothing that is hidden or deleted."""

from pathlib import Path
from typing import Any

import docx
import docx.enum.style
import pytest
from docx.oxml import parse_xml
from docx.oxml.ns import nsdecls

from app.worker.parse_docx import parse_docx
from app.worker.untrusted_file import UntrustedFile

RUN = "<w:r><w:t>shown</w:t></w:r>"
HIDDEN_RUN = "<w:r><w:rPr><w:vanish/></w:rPr><w:t>no</w:t></w:r>"


def blocks(folder: Path, document: Any) -> list[tuple[str, str]]:
    path = folder / "a.docx"
    document.save(str(path))
    parsed = parse_docx(UntrustedFile.read(path))
    return [(block.kind, parsed.text[block.start : block.end]) for block in parsed.blocks]


def with_body(xml: str) -> Any:
    document = docx.Document()
    body = document.element.body
    body.insert(0, parse_xml(xml.replace(">", f" {nsdecls('w')}>", 1)))
    return document


@pytest.mark.parametrize(
    "content",
    [
        f"{RUN}<w:del><w:r><w:delText>no</w:delText></w:r></w:del>",
        f"<w:ins>{RUN}</w:ins>",
        f"<w:hyperlink>{RUN}</w:hyperlink>{HIDDEN_RUN}",
        f"<w:sdt><w:sdtContent>{RUN}</w:sdtContent></w:sdt>",
        "<w:r><w:rPr><w:vanish w:val='0'/></w:rPr><w:t>shown</w:t></w:r>",
        f"<w:moveFrom><w:r><w:t>no</w:t></w:r></w:moveFrom><w:moveTo>{RUN}</w:moveTo>",
        f"<w:r><w:instrText>PAGE</w:instrText></w:r>{RUN}",
    ],
)
def test_a_paragraph_is_what_it_shows(tmp_path: Path, content: str) -> None:
    assert blocks(tmp_path, with_body(f"<w:p>{content}</w:p>")) == [("paragraph", "shown")]


def test_content_controls_around_paragraphs_and_tables_are_read(tmp_path: Path) -> None:
    cell = f"<w:tc><w:p>{RUN}</w:p></w:tc>"
    row = f"<w:tr>{cell}<w:sdt><w:sdtContent>{cell}</w:sdtContent></w:sdt></w:tr>"
    document = with_body(f"<w:sdt><w:sdtContent><w:p>{RUN}</w:p><w:tbl>{row}</w:tbl></w:sdtContent></w:sdt>")
    assert blocks(tmp_path, document) == [("paragraph", "shown"), ("table", "shown | shown")]


def test_text_boxes_follow_their_paragraph_once(tmp_path: Path) -> None:
    inner = f"<w:p><w:r><w:pict><w:txbxContent><w:p>{RUN}</w:p></w:txbxContent></w:pict></w:r></w:p>"
    outer = f"<w:p>{RUN}<w:r><w:pict><w:txbxContent>{inner}</w:txbxContent></w:pict></w:r></w:p>"
    assert blocks(tmp_path, with_body(outer)) == [("paragraph", "shown"), ("paragraph", "shown")]


def test_items_make_one_list_and_headings_have_levels(tmp_path: Path) -> None:
    document = docx.Document()
    document.add_heading("Rules", 2)
    for item in ("one", "two"):
        document.add_paragraph(item, style="List Number")
    assert blocks(tmp_path, document) == [("heading", "Rules"), ("list", "- one\n- two")]
    assert parse_docx(UntrustedFile.read(tmp_path / "a.docx")).blocks[0].level == 2


def test_a_style_can_hide(tmp_path: Path) -> None:
    document = docx.Document()
    style = document.styles.add_style("Secret", docx.enum.style.WD_STYLE_TYPE.PARAGRAPH)
    style.font.hidden = True
    document.add_paragraph("no", style="Secret")
    document.add_paragraph("shown")
    assert blocks(tmp_path, document) == [("paragraph", "shown")]


def test_merged_cells_come_once(tmp_path: Path) -> None:
    document = docx.Document()
    table = document.add_table(1, 3)
    table.cell(0, 0).text = "a"
    table.cell(0, 2).text = "c"
    table.cell(0, 0).merge(table.cell(0, 1))
    assert blocks(tmp_path, document) == [("table", "a | c")]
