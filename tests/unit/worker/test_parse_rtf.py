"""RTF: what is on the page, in the encoding of its font, without what is behind it."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.domain.errors import AppError
from app.worker.parse_rtf import parse_rtf
from app.worker.untrusted_file import UntrustedFile

FONTS = rb"{\fonttbl{\f0\fcharset0 Arial;}{\f1\fcharset204 Arial Cyr;}}"


def blocks(body: bytes) -> list[tuple[str, str]]:
    document = parse_rtf(UntrustedFile("a.rtf", rb"{\rtf1\ansi\ansicpg1252" + FONTS + body + b"}"))
    return [(b.kind, document.text[b.start : b.end]) for b in document.blocks]


@pytest.mark.parametrize(
    ("body", "expected"),
    [
        (rb"\pard one\par two\line three", [("paragraph", "one"), ("paragraph", "two\nthree")]),
        (rb"caf\'e9 {\f1 \'cf\'f0}", [("paragraph", "café Пр")]),
        (rb"\uc1\u8364?5 {\uc0\u955}x", [("paragraph", "€5 λx")]),
        (rb"\u-10179?\u-8694?", [("paragraph", "😊")]),
        (rb"{\*\unknown no}{\pict 0102}a{\field{\*\fldinst HYPERLINK no}{\fldrslt b}}", [("paragraph", "ab")]),
        (rb"a{\v no}b", [("paragraph", "ab")]),
        (rb"\bin5 {{{}}a", [("paragraph", "a")]),
        (
            rb"{\stylesheet{\s1 heading 1;}}\pard\s1 Head\par\pard text\par",
            [("heading", "Head"), ("paragraph", "text")],
        ),
        (
            rb"\trowd\intbl a\cell b\cell\row\trowd\intbl c\cell d\cell\row\pard after",
            [("table", "a | b\nc | d"), ("paragraph", "after")],
        ),
    ],
)
def test_a_body(body: bytes, expected: list[tuple[str, str]]) -> None:
    assert blocks(body) == expected


def test_hidden_text_is_noted() -> None:
    document = parse_rtf(UntrustedFile("a.rtf", rb"{\rtf1 seen{\v obey me}\par}"))
    assert [(n.kind, n.detail) for n in document.notices] == [("hidden_text", "obey me")]


@given(
    st.lists(st.sampled_from([b"{", b"}", rb"\par ", rb"\u5 ", rb"\'e", rb"\bin99 ", rb"\*", b"x", b"\\"]), max_size=40)
)
def test_no_order_of_tokens_breaks_the_reader(tokens: list[bytes]) -> None:
    try:
        parse_rtf(UntrustedFile("a.rtf", b"{\\rtf1" + b"".join(tokens)))
    except AppError as error:
        assert error.code.value in ("parse_empty", "parse_broken")
