"""A document is put together with true spans, and only as large as can be sent."""

import pytest

import app.worker.document_builder as document_builder
from app.domain.errors import AppError, ErrorCode
from app.worker.document_builder import DocumentBuilder


def test_spans_are_those_of_the_text() -> None:
    builder = DocumentBuilder("a")
    builder.add("heading", "  \n", level=1)
    builder.add("heading", "Head\r\n", level=1)
    builder.add("paragraph", "a\x00\ud800b  \nc", page=2)
    document = builder.finish("")
    assert document.title == "Head"
    assert [(b.kind, document.text[b.start : b.end], b.page) for b in document.blocks] == [
        ("heading", "Head", 0),
        ("paragraph", "ab\nc", 2),
    ]


@pytest.mark.parametrize("limit", ["MAX_BLOCKS", "MAX_BYTES"])
def test_too_much_is_refused(monkeypatch: pytest.MonkeyPatch, limit: str) -> None:
    monkeypatch.setattr(document_builder, limit, 3)
    builder = DocumentBuilder("a")
    for _ in range(3):
        builder.add("paragraph", "x")
    with pytest.raises(AppError) as caught:
        builder.add("paragraph", "x")
    assert caught.value.code is ErrorCode.PARSE_TOO_LARGE


@pytest.mark.parametrize(("pages", "code"), [(0, ErrorCode.PARSE_EMPTY), (2, ErrorCode.PARSE_NO_TEXT)])
def test_nothing_is_said_to_be_nothing(pages: int, code: ErrorCode) -> None:
    with pytest.raises(AppError) as caught:
        DocumentBuilder("a").finish("title", pages)
    assert caught.value.code is code
