"""The ledger on disk: durable, verifiable, refusing when it cannot be written."""

import sqlite3
from pathlib import Path

import pytest

from app.adapters.sqlite_ledger import SqliteLedger
from app.adapters.system_clock import SystemClock
from app.domain.errors import AppError, ErrorCode


@pytest.fixture
def path(tmp_path: Path) -> Path:
    ledger = SqliteLedger(tmp_path / "ledger.db", SystemClock())
    for number in range(5):
        ledger.append("test", {"number": number, "name": "é"})
    ledger.close()
    return tmp_path / "ledger.db"


def reopened(path: Path) -> SqliteLedger:
    return SqliteLedger(path, SystemClock())


def tamper(path: Path, *statements: str) -> None:
    """What somebody with the file and an SQLite shell can do."""
    with sqlite3.connect(path) as db:
        db.execute("DROP TRIGGER entries_are_not_changed")
        db.execute("DROP TRIGGER entries_are_not_deleted")
        for statement in statements:
            db.execute(statement)
    db.close()


def test_entries_outlive_the_process_and_the_chain_goes_on(path: Path) -> None:
    ledger = reopened(path)
    assert ledger.append("test", {}).seq == 6
    outcome = ledger.verify()
    assert (outcome.intact, outcome.entries) == (True, 6)


@pytest.mark.parametrize(
    ("statements", "broken_at"),
    [
        (["UPDATE entries SET facts = '{\"number\":9}' WHERE seq = 3"], 3),
        (["DELETE FROM entries WHERE seq = 2"], 2),
        (["DELETE FROM entries WHERE seq = 5"], 5),
        (["DELETE FROM entries"], 1),
        (
            [
                "UPDATE entries SET seq = 99 WHERE seq = 2",
                "UPDATE entries SET seq = 2 WHERE seq = 3",
                "UPDATE entries SET seq = 3 WHERE seq = 99",
            ],
            2,
        ),
    ],
    ids=["edited", "removed", "cut off", "emptied", "reordered"],
)
def test_tampering_is_found_and_placed(path: Path, statements: list[str], broken_at: int) -> None:
    tamper(path, *statements)
    outcome = reopened(path).verify()
    assert not outcome.intact
    assert outcome.broken_at == broken_at


def test_a_lost_or_spoilt_head_is_found(path: Path) -> None:
    head = path.with_suffix(".head")
    head.write_text("not json")
    assert not reopened(path).verify().intact
    head.unlink()
    assert not reopened(path).verify().intact


def test_the_table_itself_refuses_changes(path: Path) -> None:
    with sqlite3.connect(path) as db, pytest.raises(sqlite3.IntegrityError):
        db.execute("UPDATE entries SET kind = 'x'")


def test_what_cannot_be_written_is_refused(path: Path) -> None:
    ledger = reopened(path)
    path.with_suffix(".head").unlink()
    path.with_suffix(".head").mkdir()  # the head can no longer be moved into place
    with pytest.raises(AppError) as caught:
        ledger.append("test", {})
    assert caught.value.code is ErrorCode.LEDGER_UNWRITABLE
