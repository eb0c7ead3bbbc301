"""A row says what it is about without the rows above it."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.worker.document_builder import DocumentBuilder
from app.worker.rows import add_rows


def blocks(rows: list[list[str]]) -> list[tuple[str, str]]:
    builder = DocumentBuilder("a")
    builder.add("heading", "sheet")
    add_rows(builder, rows)
    document = builder.finish("")
    return [(b.kind, document.text[b.start : b.end]) for b in document.blocks[1:]]


@pytest.mark.parametrize(
    ("rows", "expected"),
    [
        ([["City", "Euros"], ["Oslo", "210"]], [("table", "City · Euros\nCity: Oslo · Euros: 210")]),
        ([["Oslo", "210"], ["Rome", "160"]], [("table", "Oslo · 210\nRome · 160")]),
        (
            [["Prices of 2026"], ["City", "", "Euros"], ["Oslo", "", ""], ["Rome", "x", "160"]],
            [("paragraph", "Prices of 2026"), ("table", "City · Euros\nCity: Oslo\nCity: Rome · x · Euros: 160")],
        ),
        (
            [["City", "Euros"], ["Oslo", "210"], [], ["Rome", "160"]],
            [("table", "City · Euros\nCity: Oslo · Euros: 210"), ("table", "City: Rome · Euros: 160")],
        ),
        ([["a", "a"], ["1", "2"]], [("table", "a · a\n1 · 2")]),
        ([["only", "one"]], [("table", "only · one")]),
    ],
)
def test_headers(rows: list[list[str]], expected: list[tuple[str, str]]) -> None:
    assert blocks(rows) == expected


@given(st.lists(st.lists(st.text("ab1 \n", max_size=4), max_size=4), max_size=8))
def test_no_cell_is_lost(rows: list[list[str]]) -> None:
    text = " ".join(text for _, text in blocks(rows)).split()
    for row in rows:
        for cell in row:
            assert all(word in " ".join(text) for word in cell.split())
