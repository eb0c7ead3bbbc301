"""Names and secrets of tokens."""

import pytest

from app.domain.access import AppToken, Scope, matching, name_fits, secret_digest

TOKENS = [AppToken(name, (Scope.CHAT,), secret_digest(f"secret of {name}"), "") for name in ("one", "two")]


@pytest.mark.parametrize("name", ["notes", "a", "7zip", "my-app-2", "x" * 40])
def test_a_plain_name_fits(name: str) -> None:
    assert name_fits(name)


@pytest.mark.parametrize("name", ["", "-a", "A", "a/b", "..", "a b", "é", "x" * 41, "a\n"])
def test_what_could_be_a_path_or_a_trick_does_not(name: str) -> None:
    assert not name_fits(name)


def test_a_secret_finds_its_token_and_no_other() -> None:
    assert matching("secret of two", TOKENS) is TOKENS[1]
    assert matching("secret of", TOKENS) is None
    assert matching(TOKENS[0].sha256, TOKENS) is None
    assert matching("\udcff", TOKENS) is None


def test_a_token_opens_its_scopes_and_the_command_line_opens_all() -> None:
    assert TOKENS[0].opens(Scope.CHAT)
    assert not TOKENS[0].opens(Scope.LIBRARY)
    assert AppToken("donjon", (), "", "", own=True).opens(Scope.LIBRARY)
