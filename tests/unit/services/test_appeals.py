"""Objections are kept on the device; the ledger knows of them, never their words."""

from pathlib import Path

from app.adapters.sqlite_appeals import SqliteAppeals
from app.adapters.sqlite_ledger import SqliteLedger
from app.adapters.system_clock import SystemClock
from app.domain.appeals import LONGEST, notice_of
from app.domain.events import RailVerdict
from app.domain.guard import find_sensitive
from app.services.appeals import Appeals
from app.services.audit import Audit

NOTICE = notice_of(RailVerdict("question", find_sensitive("Card 4111 1111 1111 1111")))


def test_an_objection_is_kept_listed_and_forgotten(tmp_path: Path) -> None:
    clock = SystemClock()
    ledger = SqliteLedger(tmp_path / "ledger.db", clock)
    store = SqliteAppeals(tmp_path / "appeals.db")
    appeals = Appeals(store, Audit(ledger), clock)
    made = appeals.make(NOTICE, "  It is a part number of ours. ")
    assert appeals.make(NOTICE, "x" * 9 * LONGEST).text == "x" * LONGEST
    store.close()
    again = SqliteAppeals(tmp_path / "appeals.db")
    kept = Appeals(again, Audit(ledger), clock)
    assert kept.all()[0] == made
    assert (made.rail, made.where, made.kinds, made.text) == (
        "personal",
        "question",
        ("card number",),
        "It is a part number of ours.",
    )
    assert [entry.kind for entry in ledger.entries()] == ["verdict.appealed"] * 2
    assert "part number" not in "".join(entry.facts for entry in ledger.entries())
    kept.forget(made.id)
    assert [one.id for one in kept.all()] == [2]
    again.close()
    ledger.close()
    assert b"part number" not in b"".join(file.read_bytes() for file in tmp_path.iterdir())
