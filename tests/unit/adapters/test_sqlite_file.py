"""Backups: of a file that is brought up to date and of no other, and only until something is deleted."""

from pathlib import Path

import pytest

from app.adapters.sqlite_file import open_sqlite, wipe
from app.domain.errors import AppError, ErrorCode

FIRST = "CREATE TABLE said (text TEXT) STRICT"
LATER = ("ALTER TABLE said ADD COLUMN at TEXT", "ALTER TABLE said ADD COLUMN by TEXT")


def test_a_new_file_has_no_backup_and_an_old_one_that_of_the_day_before(tmp_path: Path) -> None:
    path = tmp_path / "chats.db"
    old = open_sqlite(path, (FIRST,))
    old.execute("INSERT INTO said VALUES ('hello')")
    old.close()
    assert not list(tmp_path.glob("*.bak"))
    open_sqlite(path, (FIRST, *LATER)).close()
    assert [file.name for file in tmp_path.glob("*.bak")] == ["chats.v1.bak"]
    before = open_sqlite(tmp_path / "chats.v1.bak", (FIRST,))
    assert before.execute("SELECT * FROM said").fetchall() == [("hello",)]
    before.close()


def test_what_is_deleted_is_in_no_backup_either(tmp_path: Path) -> None:
    path = tmp_path / "chats.db"
    old = open_sqlite(path, (FIRST,))
    old.execute("INSERT INTO said VALUES ('a secret')")
    old.close()
    new = open_sqlite(path, (FIRST, *LATER))
    new.execute("DELETE FROM said")
    wipe(new)
    assert not [file for file in tmp_path.iterdir() if b"a secret" in file.read_bytes()]
    new.close()


def test_a_file_of_a_newer_program_is_left_alone(tmp_path: Path) -> None:
    path = tmp_path / "chats.db"
    open_sqlite(path, (FIRST, *LATER)).close()
    before = path.read_bytes()
    with pytest.raises(AppError) as caught:
        open_sqlite(path, (FIRST,))
    assert caught.value.code is ErrorCode.CHATS_NEWER
    assert path.read_bytes() == before
