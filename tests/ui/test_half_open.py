"""What streams in keeps its shape from one token to the next."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.ui.chat.half_open import PIECE, completed, pieces
from app.ui.chat.syntax import parse


def shape(text: str) -> list[str]:
    """The kinds of blocks of a text."""
    return [token.type for token in parse(completed(text)) if token.nesting >= 0 and token.type != "inline"]


def test_a_table_is_one_from_its_first_cell_on() -> None:
    whole = "| Item | Cost |\n|------|-----:|\n| Wall | 7 |"
    kinds = [shape(whole[:length])[0] for length in range(1, len(whole) + 1)]
    assert set(kinds) == {"table_open"}


def test_a_list_below_words_makes_no_heading_of_them() -> None:
    assert shape("Items:\n-") == ["paragraph_open"]
    assert shape("Items:\n- a") == ["paragraph_open", "bullet_list_open", "list_item_open", "paragraph_open"]


@pytest.mark.parametrize("end", ["`", "``", "~"])
def test_the_marks_that_end_a_listing_are_not_shown_in_it(end: str) -> None:
    fence = "~~~" if end == "~" else "```"
    assert completed(f"{fence}py\nx = 1\n{end}") == f"{fence}py\nx = 1"


@pytest.mark.parametrize(
    ("text", "whole"),
    [
        ("so **bo", "so **bo**"),
        ("so **", "so "),
        ("run `ls -", "run `ls -`"),
        ("see [the docs](https://exam", "see the docs"),
        ("see [the do", "see the do"),
        ("done [1]", "done [1]"),
        ("2 ** 3", "2 ** 3"),
        ("all **here** now", "all **here** now"),
    ],
)
def test_open_emphasis_code_and_links_are_closed(text: str, whole: str) -> None:
    assert completed(text) == whole


@given(st.text(alphabet="ab \n`#-*|[]()~1.$", max_size=80))
def test_any_text_can_be_completed(text: str) -> None:
    parse(completed(text))


@pytest.mark.parametrize(
    ("opening", "line"), [("```py\n", "x = {n}\n"), ("", "- item {n}\n  and more\n"), ("", "{n}. item\n")]
)
def test_of_a_long_listing_or_list_only_the_last_piece_grows(opening: str, line: str) -> None:
    text = opening + "".join(line.format(n=n) for n in range(1, 10 * PIECE))
    before, after = pieces(text), pieces(f"{text}{line.format(n=10 * PIECE)}")
    assert len(before) >= 9
    assert before[:-1] == after[: len(before) - 1]
    assert len(before[-1]) < 3 * len(text) / len(before)
    for n in range(1, 10 * PIECE):
        assert any(line.format(n=n).strip() in piece for piece in before)
