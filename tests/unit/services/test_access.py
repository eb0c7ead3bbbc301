"""Tokens as people make and take them back."""

from pathlib import Path

import pytest

from app.adapters.access_files import AddressFile, TokenFiles
from app.adapters.system_clock import SystemClock
from app.domain.access import Scope
from app.domain.errors import AppError, ErrorCode
from app.services.access import Access


@pytest.fixture
def access(tmp_path: Path) -> Access:
    return Access(TokenFiles(tmp_path), AddressFile(tmp_path / "address.json"), SystemClock())


def test_the_secret_is_the_only_way_in_and_is_kept_nowhere(access: Access, tmp_path: Path) -> None:
    secret = access.create("notes", [Scope.CHAT, Scope.CHAT])
    token = access.check(secret)
    assert token is not None
    assert (token.name, token.scopes) == ("notes", (Scope.CHAT,))
    assert access.check(secret[:-1]) is None
    assert secret.encode() not in b"".join(path.read_bytes() for path in tmp_path.iterdir())


def test_a_revoked_token_is_refused_at_once(access: Access) -> None:
    secret = access.create("notes", [Scope.CHAT])
    access.revoke("notes")
    assert access.check(secret) is None


def test_names_are_checked(access: Access) -> None:
    access.create("notes", [Scope.CHAT])
    for name, code in (("../x", ErrorCode.TOKEN_NAME_UNFIT), ("notes", ErrorCode.TOKEN_EXISTS)):
        with pytest.raises(AppError) as caught:
            access.create(name, [Scope.CHAT])
        assert caught.value.code is code
    for name in ("nobody", "../x"):
        with pytest.raises(AppError) as caught:
            access.revoke(name)
        assert caught.value.code is ErrorCode.UNKNOWN_TOKEN


def test_the_servers_own_secret_ends_with_it(access: Access, tmp_path: Path) -> None:
    access.announce(4242)
    address = AddressFile(tmp_path / "address.json").read()
    assert address is not None
    assert address.port == 4242
    token = access.check(address.secret)
    assert token is not None
    assert token.own
    assert access.tokens() == []
    access.withdraw()
    assert access.check(address.secret) is None
    assert AddressFile(tmp_path / "address.json").read() is None
