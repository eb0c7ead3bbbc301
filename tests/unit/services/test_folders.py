"""Watched folders on the real disk and the real store; documents in memory."""

from collections.abc import Callable
from pathlib import Path

import pytest

from app.adapters.data_class_file import DataClassFile
from app.adapters.local_folders import LocalFolders
from app.adapters.sqlite_folders import SqliteFolders
from app.adapters.sqlite_ledger import SqliteLedger
from app.adapters.system_clock import SystemClock
from app.domain.cancel import Cancel
from app.domain.errors import AppError, Cancelled, ErrorCode
from app.domain.events import FileAdded, FileFailed, FileGone, FileMoved, FolderEvent, FolderSynced
from app.domain.library import Block, ParsedDocument
from app.services.audit import Audit
from app.services.folders import Folders
from app.services.library import Library
from tests.fakes.passages import FakePassages
from tests.unit.services.conftest import make_forgetting


class Reader:
    """Reads .md files; what begins with "bad" cannot be read."""

    suffixes = frozenset({".md"})

    def __init__(self) -> None:
        self.read: list[str] = []

    def parse(self, path: Path, cancel: Cancel, on_page: Callable[[int, int], None] | None = None) -> ParsedDocument:
        self.read.append(path.name)
        text = path.read_text()
        if text.startswith("bad"):
            raise AppError(ErrorCode.PARSE_BROKEN, path=str(path), reason="bad")
        return ParsedDocument(path.stem, text, (Block("paragraph", 0, len(text)),))


class Desk:
    """A watched folder with three documents in it, and the library in step."""

    def __init__(self, tmp_path: Path) -> None:
        self.folder = tmp_path / "docs"
        for name in ("one", "two", "three"):
            self.write(f"{name}.md", f"{name} words")
        self.reader, self.passages, self.saving = Reader(), FakePassages(), False
        audit = Audit(SqliteLedger(tmp_path / "ledger.db", SystemClock()))
        classes = DataClassFile(tmp_path / "data_classes.json")
        self.library = Library(self.passages, self.reader, audit, classes, make_forgetting(tmp_path)[0])
        self.store = SqliteFolders(tmp_path / "folders.db")
        self.folders = Folders(
            self.store, LocalFolders(), self.library, self.reader, SystemClock(), lambda: self.saving
        )
        self.id = self.folders.watch(self.folder).id
        self.sync()
        self.reader.read.clear()

    def write(self, name: str, text: str) -> None:
        (self.folder / name).parent.mkdir(parents=True, exist_ok=True)
        (self.folder / name).write_text(text)

    def sync(self) -> list[FolderEvent]:
        return list(self.folders.sync(self.id, Cancel()))

    def names(self) -> list[str]:
        return [document.name for document in self.library.documents()]


@pytest.fixture
def desk(tmp_path: Path) -> Desk:
    """See Desk."""
    return Desk(tmp_path)


def test_the_first_time_everything_is_added(desk: Desk) -> None:
    assert desk.names() == ["one.md", "three.md", "two.md"]
    (folder,) = desk.folders.all()
    assert folder.synced_at
    assert folder.problem == ""


def test_a_second_time_nothing_is_read(desk: Desk) -> None:
    (event,) = desk.sync()
    assert isinstance(event, FolderSynced)
    assert event.files == 3
    assert desk.reader.read == []


def test_what_is_new_and_what_changed_is_read(desk: Desk) -> None:
    desk.write("one.md", "one more word")
    desk.write("sub/four.md", "four words")
    added = {event.document.name: event.replaced for event in desk.sync() if isinstance(event, FileAdded)}
    assert added == {"one.md": True, "four.md": False}
    assert sorted(desk.reader.read) == ["four.md", "one.md"]


def test_what_moved_keeps_its_document_and_is_not_read(desk: Desk) -> None:
    before = desk.passages.find(str(desk.folder / "one.md"), "Documents")
    (desk.folder / "deep").mkdir()
    (desk.folder / "one.md").rename(desk.folder / "deep" / "uno.md")
    assert [type(event) for event in desk.sync()] == [FileMoved, FolderSynced]
    after = desk.passages.find(str(desk.folder / "deep" / "uno.md"), "Documents")
    assert before is not None
    assert after is not None
    assert (after.id, after.name) == (before.id, "uno.md")
    assert desk.reader.read == []
    assert [type(event) for event in desk.sync()] == [FolderSynced]


def test_what_was_deleted_is_forgotten(desk: Desk) -> None:
    (desk.folder / "two.md").unlink()
    assert [type(event) for event in desk.sync()] == [FileGone, FolderSynced]
    assert desk.names() == ["one.md", "three.md"]


def test_a_drive_that_is_not_connected_forgets_nothing(desk: Desk, tmp_path: Path) -> None:
    desk.folder.rename(tmp_path / "elsewhere")
    desk.sync()
    assert desk.folders.all()[0].problem == "unreachable"
    desk.folder.mkdir()  # a mount point that nothing is mounted on
    desk.sync()
    assert desk.folders.all()[0].problem == "unreachable"
    assert len(desk.names()) == 3
    desk.folder.rmdir()
    (tmp_path / "elsewhere").rename(desk.folder)
    assert [type(event) for event in desk.sync()] == [FolderSynced]
    assert desk.folders.all()[0].problem == ""


def test_a_bad_file_stops_nothing_and_is_tried_again_when_it_changes(desk: Desk) -> None:
    desk.write("bad.md", "bad bytes")
    desk.write("good.md", "good words")
    assert {type(event) for event in desk.sync()} >= {FileFailed, FileAdded}
    desk.reader.read.clear()
    desk.sync()
    assert desk.reader.read == []
    desk.write("bad.md", "good now, and longer")
    desk.sync()
    assert "bad.md" in desk.names()


def test_what_was_done_stays_done_when_it_is_stopped(desk: Desk) -> None:
    for number in range(5):
        desk.write(f"{number}.md", f"number {number}")
    cancel = Cancel()
    with pytest.raises(Cancelled):
        for event in desk.folders.sync(desk.id, cancel):
            if isinstance(event, FileAdded):
                cancel.set()
    assert len(desk.names()) == 4
    desk.sync()
    assert len(desk.reader.read) == 5  # each of them once


def test_an_unwatched_folder_leaves_its_documents(desk: Desk) -> None:
    desk.folders.unwatch(desk.id)
    assert desk.folders.all() == []
    assert len(desk.names()) == 3
    with pytest.raises(AppError) as unknown:
        desk.folders.unwatch(desk.id)
    assert unknown.value.code is ErrorCode.UNKNOWN_FOLDER


def test_a_folder_that_is_not_there_cannot_be_watched(desk: Desk) -> None:
    with pytest.raises(AppError) as missing:
        desk.folders.watch(desk.folder / "no")
    assert missing.value.code is ErrorCode.FILE_NOT_FOUND


def test_work_waits_on_battery_until_it_is_stopped(desk: Desk, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("app.services.folders.BATTERY_S", 0.01)
    desk.write("later.md", "later words")
    waits = iter([True, True, True, False])
    desk.folders = Folders(
        desk.store, LocalFolders(), desk.library, desk.reader, SystemClock(), lambda: next(waits, False)
    )
    desk.sync()
    assert next(waits, "used up") == "used up"
    assert "later.md" in desk.names()
