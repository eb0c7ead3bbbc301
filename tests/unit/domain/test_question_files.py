"""Reading files of questions."""

import csv
import io

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.domain.errors import AppError, ErrorCode
from app.domain.experiments import Question
from app.domain.question_files import read_questions


def test_both_forms_say_the_same() -> None:
    expected = [
        Question("How far?", ("a.pdf",), 3, "imported"),
        Question("Who, and when?", ("a.pdf", "b.md"), 0, "imported"),
    ]
    toml = """
[[question]]
text = "How far?"
document = "a.pdf"
page = 3
[[question]]
text = "Who, and when?"
documents = ["a.pdf", "b.md"]
"""
    assert read_questions(toml, as_toml=True) == expected
    for text in (
        'question,document,page\nHow far?,a.pdf,3\n"Who, and when?",a.pdf|b.md,\n',
        "\ufeffQuestion;Document;Page\r\nHow far?;a.pdf;3\r\nWho, and when?;a.pdf|b.md;\r\n",
    ):
        assert read_questions(text, as_toml=False) == expected


@pytest.mark.parametrize(
    ("text", "as_toml", "place"),
    [
        ("", False, "the file"),
        ("question = [", True, "the file"),
        ("question = 3", True, "the file"),
        ("[[question]]\ntext = 'a?'", True, "question 1"),
        ("question,document\na?,b\n,c\n", False, "question 2"),
        ("question,document,page\na?,b,two\n", False, "question 1"),
        ("question,document,page\na?,b|c,2\n", False, "question 1"),
    ],
)
def test_what_cannot_be_used_is_named(text: str, as_toml: bool, place: str) -> None:
    with pytest.raises(AppError) as refused:
        read_questions(text, as_toml=as_toml)
    assert refused.value.code is ErrorCode.QUESTIONS_INVALID
    assert refused.value.facts["place"] == place


@given(st.text(max_size=200), st.booleans())
def test_any_text_is_read_or_refused(text: str, as_toml: bool) -> None:
    try:
        assert read_questions(text, as_toml=as_toml)
    except AppError as refused:
        assert refused.code is ErrorCode.QUESTIONS_INVALID


WORDS = st.text("abcäß,;\"' ?", min_size=1, max_size=30).map(str.strip).filter(bool)


@given(st.lists(st.tuples(WORDS, WORDS.filter(lambda name: "|" not in name)), min_size=1, max_size=5))
def test_what_a_spreadsheet_writes_is_read_back(rows: list[tuple[str, str]]) -> None:
    file = io.StringIO()
    csv.writer(file).writerows([("question", "document"), *rows])
    assert [(q.text, q.documents) for q in read_questions(file.getvalue(), as_toml=False)] == [
        (text, (name,)) for text, name in rows
    ]
