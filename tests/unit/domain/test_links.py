"""Links lead to the web or to mail, and to where they seem to lead."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.domain.links import is_safe_link, strip_direction

CYRILLIC_A = "\u0430"


@pytest.mark.parametrize(
    "target",
    [
        "https://example.com",
        "HTTPS://Example.com:8443/a%20b?q=1#x",
        "http://192.0.2.7/status",
        "http://[2001:db8::1]/",
        "https://xn--mller-kva.example/",
        "https://müller.example/",
        "https://例え.example/",
        "mailto:anna@example.com?subject=Hello%0D%0Athere",
    ],
)
def test_links_as_people_write_them_are_offered(target: str) -> None:
    assert is_safe_link(target)


@pytest.mark.parametrize(
    "target",
    [
        "",
        "relative",
        "//example.com",
        "javascript:alert(1)",
        "java\tscript:alert(1)",
        "file:///etc/passwd",
        "data:text/html,x",
        "vbscript:x",
        "smb://example.com/share",
        "listing:copy/0",
        "citation:1",
        "http:///path",
        "http://[",
        "https://example.com:99999/",
        "https://bank.example@evil.example/",
        "https://bank.example%40evil.example/",
        "https://bank.example\\@evil.example/",
        "https://exam\u202eple.com/",
        "https://example.com/\u202egpj.exe",
        "https://exam%00ple.com/",
        f"https://p{CYRILLIC_A}ypal.com/",
        "https://xn--pypal-4ve.com/",
        "https://xn--a.com/",
        "http://2130706433/",
        "http://0x7f.1/",
        "http://1.2.3/",
        "mailto:a%00@example.com",
        "https://example.com/" + "a" * 2000,
    ],
)
def test_links_that_run_load_or_look_like_others_are_not(target: str) -> None:
    assert not is_safe_link(target)


@given(st.text(max_size=60), st.sampled_from(["", "http://", "https://xn--", "mailto:"]))
def test_any_text_is_judged(text: str, scheme: str) -> None:
    assert is_safe_link(scheme + text) in (True, False)


def test_marks_of_direction_are_taken_out() -> None:
    assert strip_direction("a\u202eb\u2066c\u2069") == "abc"
