"""What nobody touched for long enough goes, everywhere; what is watched, younger or kept for ever stays."""

from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path

import pytest

from app.adapters.data_class_file import DataClassFile
from app.adapters.sqlite_folders import SqliteFolders
from app.adapters.sqlite_judgements import SqliteJudgements
from app.adapters.sqlite_ledger import SqliteLedger
from app.adapters.sqlite_playbook_runs import SqlitePlaybookRuns
from app.adapters.system_clock import SystemClock
from app.domain.cancel import Cancel
from app.domain.chat import Conversation, Message
from app.domain.errors import AppError
from app.domain.judge import Batch, Field, Template, Version
from app.domain.playbook_run import Run
from app.domain.retention import Periods, due_on
from app.domain.team import FIRST_TEAM_DOCUMENT
from app.services.audit import Audit
from app.services.library import Library
from app.services.retention import Retention
from tests.fakes.judge import judged
from tests.fakes.passages import FakePassages
from tests.unit.services.conftest import make_forgetting
from tests.unit.services.test_library import LineParser


@dataclass
class Fixed:
    """A clock that stands."""

    at: str

    def now(self) -> str:
        return self.at


@dataclass
class Talks:
    """Conversations that note which of them were deleted."""

    listed: list[Conversation]
    deleted: list[str] = field(default_factory=list)

    def conversations(self) -> list[Conversation]:
        return [one for one in self.listed if one.id not in self.deleted]

    def delete(self, conversation_id: str) -> None:
        self.deleted.append(conversation_id)


Make = Callable[[Periods, str], tuple[Retention, Library, Talks, SqliteLedger]]


@pytest.fixture
def make(tmp_path: Path) -> Make:
    """Three documents, one in a watched folder, one the team's, and two conversations, seen on a day."""
    forgetting, _, _ = make_forgetting(tmp_path)
    ledger = SqliteLedger(tmp_path / "ledger.db", SystemClock())
    passages = FakePassages()
    library = Library(passages, LineParser(), Audit(ledger), DataClassFile(tmp_path / "classes.json"), forgetting)
    judgements, runs = SqliteJudgements(tmp_path / "judged.db"), SqlitePlaybookRuns(tmp_path / "runs.db")
    folders = SqliteFolders(tmp_path / "folders.db")
    (tmp_path / "watched").mkdir()
    folders.add(str(tmp_path / "watched"), "Documents")
    for path in (tmp_path / "loose.txt", tmp_path / "watched" / "kept.txt"):
        path.write_text(f"words of {path.name}")
        list(library.add([path], cancel=Cancel()))
    passages.first = FIRST_TEAM_DOCUMENT
    (tmp_path / "shared.txt").write_text("words of the team")
    list(library.add([tmp_path / "shared.txt"], cancel=Cancel()))
    talks = Talks(
        [Conversation("old", "Old", "", "2026-01-01T12:00:00Z"), Conversation("new", "New", "", "2026-01-09T12:00:00Z")]
    )

    def made(periods: Periods, now: str) -> tuple[Retention, Library, Talks, SqliteLedger]:
        retention = Retention(library, talks, judgements, runs, folders, Audit(ledger), Fixed(now), lambda: periods)
        return retention, library, talks, ledger

    return made


def test_without_periods_nothing_is_due(make: Make) -> None:
    retention, _, _, _ = make(Periods(), "2099-01-01T00:00:00Z")
    assert retention.outlook() == []
    assert list(retention.apply(Cancel())) == []


def test_a_conversation_goes_on_its_day_and_not_before(make: Make) -> None:
    retention, _, talks, _ = make(Periods(conversations=9), "2026-01-09T23:00:00Z")
    assert [(due.id, due.on) for due in retention.outlook()] == [("old", "2026-01-10"), ("new", "2026-01-18")]
    assert list(retention.apply(Cancel())) == []
    retention, _, talks, ledger = make(Periods(conversations=9), "2026-01-10T00:00:00Z")
    assert [due.id for due in retention.apply(Cancel())] == ["old"]
    assert talks.deleted == ["old"]
    assert [entry.kind for entry in ledger.entries()] == ["retention.ended"]


def test_a_document_goes_unless_its_folder_is_watched_or_it_is_the_teams(make: Make) -> None:
    retention, library, _, ledger = make(Periods(documents=30), "2099-01-01T00:00:00Z")
    assert [due.name for due in retention.apply(Cancel())] == ["loose.txt"]
    assert [document.name for document in library.documents()] == ["kept.txt", "shared.txt"]
    assert [entry.kind for entry in ledger.entries()] == ["retention.ended", "document.removed"]


def test_judgements_go_folders_with_their_tables_and_runs_of_playbooks(make: Make, tmp_path: Path) -> None:
    judgements, runs = SqliteJudgements(tmp_path / "judged.db"), SqlitePlaybookRuns(tmp_path / "runs.db")
    template = Template("t", "T", "anything", (Field("cost", "Cost", "amount", "How much."),))
    version = Version(0, template, (), "Qwen", "device")
    judgements.add(judged(), version)
    batch = judgements.add_batch(Batch(0, "/bids", "t", "T", 1, "2026-01-01T00:00:00Z"))
    judgements.add(judged(), version, batch.id)
    runs.add(Run("triage", "digest", title="Triage"))
    periods = Periods(judgements=30, playbook_runs=30)
    retention, _, _, _ = make(periods, "2026-01-02T00:00:00Z")
    assert list(retention.apply(Cancel())) == [], "a table goes with the last that was judged in it"
    retention, _, _, _ = make(periods, "2099-01-01T00:00:00Z")
    kinds = [due.kind for due in retention.apply(Cancel())]
    assert sorted(kinds) == ["judged_folder", "judgement", "playbook_run"]
    assert (judgements.cases(), judgements.batches(), runs.all()) == ([], [], [])
    kept = b"".join(path.read_bytes() for path in (*tmp_path.glob("judged.db*"), *tmp_path.glob("runs.db*")))
    assert judged().text.encode()[:20] not in kept


def test_what_the_ledger_does_not_take_is_not_forgotten(make: Make) -> None:
    retention, library, _, ledger = make(Periods(documents=30), "2099-01-01T00:00:00Z")
    ledger.close()
    with pytest.raises(AppError):
        list(retention.apply(Cancel()))
    assert len(library.documents()) == 3


def test_a_deleted_conversation_leaves_no_byte(tmp_path: Path) -> None:
    _, chats, _ = make_forgetting(tmp_path)
    held = chats.create("The kestrel")
    chats.save(Message("q", held.id, None, "user", "When does the kestrel fly?", ""))
    chats.delete(held.id)
    assert not any(b"kestrel" in file.read_bytes() for file in tmp_path.glob("forgetting.db*"))


def test_days_are_counted_over_months() -> None:
    assert due_on("2026-02-27T23:59:59Z", 3) == "2026-03-02"
