"""Word documents that our own parser, and python-docx, read back."""

from pathlib import Path

import docx
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from app.adapters.docx_writer import DocxWriter
from app.domain.paragraphs import Paragraph

PARAGRAPHS: tuple[Paragraph, ...] = (
    ("title", "Post-mortem"),
    ("note", "Written by an AI"),
    ("heading", "Impact"),
    ("body", '1 < 2 & "quoted"\nsecond line'),
    ("quote", "Words of the document"),
)


def test_it_is_read_back_with_its_styles(tmp_path: Path) -> None:
    path = tmp_path / "a.docx"
    path.write_bytes(DocxWriter().write("Post-mortem", PARAGRAPHS))
    read = docx.Document(str(path))
    assert [paragraph.text for paragraph in read.paragraphs] == [text for _, text in PARAGRAPHS]
    names = [paragraph.style.name for paragraph in read.paragraphs]
    assert names == ["Title", "Note", "Heading 1", "Normal", "Quote"]
    assert read.core_properties.title == "Post-mortem"


def test_the_same_makes_the_same_file() -> None:
    assert DocxWriter().write("a", PARAGRAPHS) == DocxWriter().write("a", PARAGRAPHS)


@settings(max_examples=40, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(text=st.text(max_size=80))
def test_any_text_makes_a_file_that_opens(tmp_path: Path, text: str) -> None:
    path = tmp_path / "a.docx"
    path.write_bytes(DocxWriter().write(text, [("body", text)]))
    assert len(docx.Document(str(path)).paragraphs) == 1
