"""Thoughts told from answers, however the pieces come."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.domain.thinking import CLOSE, OPEN, ThoughtSplitter


def split(pieces: list[str]) -> tuple[str, str]:
    """The thoughts and the answer."""
    splitter = ThoughtSplitter()
    told = [one for piece in pieces for one in splitter.take(piece)] + list(splitter.end())
    assert all(one.text for one in told if one.is_thought)
    thought = "".join(one.text for one in told if one.is_thought)
    return thought, "".join(one.text for one in told if not one.is_thought)


@pytest.mark.parametrize(
    ("written", "thought", "answer"),
    [
        ("Book it.", "", "Book it."),
        ("<think>\nSix hours?\n</think>\n\nBook it.", "Six hours?\n", "Book it."),
        ("\n<think>\n\n</think>\n\nBook it.", "", "Book it."),
        ("<think>Six hours, or", "Six hours, or", ""),
        ("A <think> tag is text here.", "", "A <think> tag is text here."),
        ("<thin", "", "<thin"),
        ("<think>a </thi b</think>c", "a </thi b", "c"),
        ("<think>a</think> b </think> c", "a", "b </think> c"),
        ("", "", ""),
    ],
)
def test_what_comes_first_in_tags_is_a_thought(written: str, thought: str, answer: str) -> None:
    assert split([written]) == (thought, answer)
    assert split(list(written)) == (thought, answer)


@given(st.lists(st.sampled_from([OPEN, CLOSE, "<", "th", "ink>", "/", " ", "\n", "words "]), max_size=12), st.data())
def test_pieces_make_no_difference(parts: list[str], data: st.DataObject) -> None:
    written = "".join(parts)
    cuts = sorted(data.draw(st.lists(st.integers(0, len(written)), max_size=6)))
    pieces = [written[a:b] for a, b in zip([0, *cuts], [*cuts, len(written)], strict=True)]
    assert split(pieces) == split([written])


@given(st.text(max_size=60))
def test_without_a_tag_nothing_is_changed(text: str) -> None:
    if not text.lstrip().startswith(OPEN):
        assert split([text]) == ("", text)


@given(st.text(max_size=30), st.text(max_size=30))
def test_nothing_that_was_thought_is_told_as_answer(thought: str, answer: str) -> None:
    if CLOSE not in thought:
        assert split([f"{OPEN}{thought}{CLOSE}{answer}"]) == (thought.lstrip(), answer.lstrip())
