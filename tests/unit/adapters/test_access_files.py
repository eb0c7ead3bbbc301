"""Tokens and the address as files."""

import stat
import sys
from pathlib import Path

import pytest

from app.adapters.access_files import AddressFile, TokenFiles
from app.domain.access import Address, AppToken, Scope

TOKEN = AppToken("notes", (Scope.CHAT, Scope.MODELS), "0" * 64, "2026-01-01T00:00:00Z")


def test_what_is_added_is_there_for_another_process(tmp_path: Path) -> None:
    assert TokenFiles(tmp_path / "api").all() == []
    assert TokenFiles(tmp_path / "api").add(TOKEN)
    assert TokenFiles(tmp_path / "api").all() == [TOKEN]


def test_a_name_is_taken_once(tmp_path: Path) -> None:
    tokens = TokenFiles(tmp_path)
    assert tokens.add(TOKEN)
    assert not tokens.add(TOKEN)
    assert tokens.remove("notes")
    assert not tokens.remove("notes")
    assert tokens.add(TOKEN)


@pytest.mark.skipif(sys.platform == "win32", reason="Windows has no such modes")
def test_only_the_owner_can_read(tmp_path: Path) -> None:
    TokenFiles(tmp_path / "api").add(TOKEN)
    AddressFile(tmp_path / "api" / "address.json").write(Address(1, 2, "secret"))
    assert {stat.S_IMODE(path.stat().st_mode) for path in (tmp_path / "api").iterdir()} == {0o600}
    assert stat.S_IMODE((tmp_path / "api").stat().st_mode) == 0o700


@pytest.mark.parametrize("content", [b"", b"{", b"[]", b'{"name":"x"}', b"\xff"])
def test_a_damaged_file_opens_nothing(tmp_path: Path, content: bytes) -> None:
    (tmp_path / "token-x.json").write_bytes(content)
    (tmp_path / "address.json").write_bytes(content)
    assert TokenFiles(tmp_path).all() == []
    assert AddressFile(tmp_path / "address.json").read() is None


def test_a_file_cannot_make_itself_the_command_lines_own(tmp_path: Path) -> None:
    forged = b'{"name":"x","scopes":[],"sha256":"0","created_at":"","own":true}'
    (tmp_path / "token-x.json").write_bytes(forged)
    assert TokenFiles(tmp_path).all() == []


def test_the_address_is_written_over_and_removed(tmp_path: Path) -> None:
    card = AddressFile(tmp_path / "address.json")
    assert card.read() is None
    card.write(Address(1, 2, "old"))
    card.write(Address(3, 4, "new"))
    assert card.read() == Address(3, 4, "new")
    card.remove()
    card.remove()
    assert card.read() is None
