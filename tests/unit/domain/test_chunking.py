"""Chunks: nothing is lost, nothing is out of place, and each stands under its heading and on its page."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.domain.chunking import MAX_WORDS, chunk
from app.domain.library import Block, BlockKind, ParsedDocument


def document(*blocks: tuple[BlockKind, str, int, int]) -> ParsedDocument:
    """A document of (kind, text, page, level)."""
    text, placed = "", []
    for kind, content, page, level in blocks:
        text += "\n\n" if text else ""
        placed.append(Block(kind, len(text), len(text) + len(content), page, level))
        text += content
    return ParsedDocument("Title", text, tuple(placed))


kinds = st.sampled_from(["heading", "paragraph", "list", "table", "code"])
block_lists = st.lists(st.tuples(kinds, st.text(max_size=120), st.integers(1, 3), st.integers(1, 3)), max_size=8)


@given(block_lists, st.integers(1, 12))
def test_every_character_is_covered_once_and_in_order(
    blocks: list[tuple[BlockKind, str, int, int]], max_words: int
) -> None:
    parsed = document(*blocks)
    covered = [False] * len(parsed.text)
    end = 0
    for one in chunk(parsed, max_words):
        assert end <= one.start < one.end <= len(parsed.text)
        end = one.end
        covered[one.start : one.end] = [True] * (one.end - one.start)
        assert len(parsed.text[one.start : one.end].split()) <= max_words
    for block in parsed.blocks:
        missed = [parsed.text[place] for place in range(block.start, block.end) if not covered[place]]
        assert "".join(missed).strip() == ""


@given(block_lists)
def test_a_chunk_lies_on_one_page(blocks: list[tuple[BlockKind, str, int, int]]) -> None:
    parsed = document(*blocks)
    for one in chunk(parsed):
        pages = {
            b.page
            for b in parsed.blocks
            if b.start < one.end and one.start < b.end and parsed.text[b.start : b.end].strip()
        }
        assert pages == {one.page}


def test_headings_make_a_path_and_go_with_what_follows() -> None:
    parsed = document(
        ("heading", "Travel", 1, 1),
        ("paragraph", "General words.", 1, 0),
        ("heading", "Air travel", 1, 2),
        ("paragraph", "Six hours.", 1, 0),
        ("heading", "Leave", 2, 1),
        ("paragraph", "Thirty days.", 2, 0),
    )
    chunks = chunk(parsed)
    assert [(c.heading, c.page) for c in chunks] == [("Travel", 1), ("Travel › Air travel", 1), ("Leave", 2)]
    assert parsed.text[chunks[1].start : chunks[1].end] == "Air travel\n\nSix hours."


def test_a_long_paragraph_is_split_at_sentences_and_a_table_at_rows() -> None:
    sentences = "One two three four. Five six seven eight. Nine ten."
    parsed = document(("paragraph", sentences, 1, 0), ("table", "a b\nc d\ne f", 1, 0))
    texts = [parsed.text[c.start : c.end] for c in chunk(parsed, 4)]
    assert texts == ["One two three four.", "Five six seven eight.", "Nine ten.\n\na b", "c d\ne f"]


@pytest.mark.parametrize(
    "text",
    ["这是一个很长的段落" * 200, "これはながいだんらくです。" * 200, "QUJD" * 5000, "ประเทศไทย" * 300],
    ids=["Chinese", "Japanese", "base64", "Thai"],
)
def test_text_without_spaces_is_split_too(text: str) -> None:
    parsed = document(("paragraph", text, 1, 0))
    pieces = [text[c.start : c.end] for c in chunk(parsed)]
    assert "".join(pieces) == text
    assert max(map(len, pieces)) <= MAX_WORDS * 16


def test_ideographs_are_split_at_sentences() -> None:
    parsed = document(("paragraph", "一二三四。五六七八。九十。", 1, 0))
    assert [parsed.text[c.start : c.end] for c in chunk(parsed, 6)] == ["一二三四。", "五六七八。", "九十。"]


def test_only_a_word_that_fills_a_chunk_is_cut() -> None:
    parsed = document(("paragraph", "one two Donaudampfschifffahrt four", 1, 0))
    texts = [parsed.text[c.start : c.end] for c in chunk(parsed, 3)]
    assert texts == ["one two", "Donaudampfschifffahrt four"]


@pytest.mark.parametrize("words", [MAX_WORDS - 2, MAX_WORDS - 1, MAX_WORDS, 3 * MAX_WORDS])
def test_a_heading_never_stands_alone_before_a_long_text(words: int) -> None:
    parsed = document(("heading", "Air travel", 1, 1), ("paragraph", "word " * (words - 1) + "end.", 1, 0))
    first = chunk(parsed)[0]
    assert parsed.text[first.start : first.end].startswith("Air travel\n\nword")
