"""The first rails: what nobody can see is stripped, what should not be sent is flagged."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.domain.guard import find_sensitive, iban_holds, luhn_holds, strip_invisible


@pytest.mark.parametrize(
    ("dirty", "clean"),
    [
        ("pay\u200bload", "payload"),
        ("\u202eevil\u202c", "evil"),
        ("a\U000e0069\U000e0067\U000e006eb", "ab"),
        ("soft\u00adhyphen", "softhyphen"),
        ("\ufeffstart", "start"),
        ("word\u200djoined", "wordjoined"),
    ],
)
def test_invisible_characters_are_stripped_and_reported(dirty: str, clean: str) -> None:
    text, findings = strip_invisible(dirty)
    assert text == clean
    assert findings
    assert all(f.action == "stripped" for f in findings)


@pytest.mark.parametrize("text", ["👩\u200d💻 works", "क्\u200dष", "plain text", "naïve – “quoted”", "日本語"])
def test_what_scripts_and_emoji_need_stays(text: str) -> None:
    assert strip_invisible(text) == (text, ())


@given(st.text())
def test_stripping_twice_changes_nothing_more(text: str) -> None:
    once, _ = strip_invisible(text)
    assert strip_invisible(strip_invisible(once)[0])[0] == strip_invisible(once)[0]


@pytest.mark.parametrize(
    ("text", "kind"),
    [
        ("-----BEGIN RSA " + "PRIVATE KEY-----\nMIIE", "private key"),
        ("-----BEGIN OPENSSH " + "PRIVATE KEY-----", "private key"),
        ("key AKIA" + "IOSFODNN7EXAMPLQ here", "AWS access key"),
        ("ghp_" + "a1B2" * 9, "GitHub token"),
        ("xoxb-" + "123456789012-abcdefABCDEF", "Slack token"),
        ("card 4111 1111 1111 1111.", "card number"),
        ("5555-5555-5555-4444", "card number"),
        ("IBAN GB82 WEST 1234 5698 7654 32 please", "IBAN"),
        ("DE89370400440532013000", "IBAN"),
    ],
)
def test_secrets_and_valid_numbers_are_flagged(text: str, kind: str) -> None:
    findings = find_sensitive(text)
    assert [finding.kind for finding in findings] == [kind]
    assert findings[0].action == "flagged"


@pytest.mark.parametrize(
    "text",
    [
        "order 4111 1111 1111 1112",  # Luhn fails
        "DE89370400440532013001",  # mod 97 fails
        "call +49 30 1234567890",
        "version 2.3.4.5, build 20260101123456",
        "GB82 is a prefix",
        "the key is under the mat",
    ],
)
def test_look_alikes_are_left_alone(text: str) -> None:
    assert find_sensitive(text) == ()


def test_an_iban_ends_where_its_country_says() -> None:
    (finding,) = find_sensitive("GB82 WEST 1234 5698 7654 32 AND MORE")
    assert finding.end == len("GB82 WEST 1234 5698 7654 32")


def test_checksums() -> None:
    assert luhn_holds("79927398713")
    assert not luhn_holds("79927398710")
    assert iban_holds("FR1420041010050500013M02606")
    assert not iban_holds("XX1420041010050500013M02606")
