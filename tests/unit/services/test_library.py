"""Adding files: a bad one becomes a problem, an unchanged one is left alone, and the rest goes on."""

from collections.abc import Callable
from pathlib import Path

import pytest

from app.adapters.data_class_file import DataClassFile
from app.adapters.sqlite_ledger import SqliteLedger
from app.adapters.system_clock import SystemClock
from app.domain.cancel import Cancel
from app.domain.errors import AppError, Cancelled, ErrorCode
from app.domain.events import AddEvent, FileAdded, FileFailed, FileUnchanged
from app.domain.library import Block, ParsedDocument
from app.services.audit import Audit
from app.services.library import Library
from tests.fakes.passages import FakePassages
from tests.unit.services.conftest import make_forgetting


class LineParser:
    """Implements `ports.parser.Parser`: a file is one paragraph, and one that says "bad" is broken."""

    suffixes = frozenset({".txt"})

    def parse(self, path: Path, cancel: Cancel, on_page: Callable[[int, int], None] | None = None) -> ParsedDocument:
        text = path.read_text()
        if text == "bad":
            raise AppError(ErrorCode.PARSE_BROKEN, path=str(path), reason="bad")
        return ParsedDocument(path.stem, text, (Block("paragraph", 0, len(text)),))


@pytest.fixture
def library(tmp_path: Path) -> Library:
    audit = Audit(SqliteLedger(tmp_path / "ledger.db", SystemClock()))
    classes = DataClassFile(tmp_path / "data_classes.json")
    return Library(FakePassages(), LineParser(), audit, classes, make_forgetting(tmp_path)[0])


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    folder = tmp_path / "files"
    (folder / "deep").mkdir(parents=True)
    (folder / ".hidden").mkdir()
    for name, text in {
        "a.txt": "one",
        "b.txt": "bad",
        "deep/c.txt": "three",
        ".hidden/d.txt": "x",
        "e.exe": "x",
    }.items():
        (folder / name).write_text(text)
    return folder


def add(library: Library, *paths: Path) -> list[AddEvent]:
    return list(library.add(paths, cancel=Cancel()))


def test_a_bad_file_is_listed_and_the_rest_goes_on(library: Library, folder: Path) -> None:
    events = add(library, folder)
    assert [e.document.name for e in events if isinstance(e, FileAdded)] == ["a.txt", "c.txt"]
    (failed,) = [e for e in events if isinstance(e, FileFailed)]
    assert (failed.problem.code, failed.done, failed.total) == (ErrorCode.PARSE_BROKEN, 2, 3)
    assert [p.path for p in library.problems()] == [str((folder / "b.txt").resolve())]


def test_the_same_again_changes_nothing_and_a_changed_file_is_replaced(library: Library, folder: Path) -> None:
    add(library, folder)
    (folder / "a.txt").write_text("uno")
    (folder / "b.txt").write_text("good now")
    events = add(library, folder)
    assert [e.replaced for e in events if isinstance(e, FileAdded)] == [True, False]
    assert [Path(e.path).name for e in events if isinstance(e, FileUnchanged)] == ["c.txt"]
    assert library.problems() == []
    assert len(library.documents()) == 3


def test_a_missing_path_is_named_before_anything_is_added(library: Library, folder: Path) -> None:
    with pytest.raises(AppError) as caught:
        add(library, folder, folder / "gone")
    assert caught.value.code is ErrorCode.FILE_NOT_FOUND
    assert library.documents() == []


def test_stopping_keeps_what_was_added(library: Library, folder: Path) -> None:
    cancel = Cancel()
    with pytest.raises(Cancelled):
        for event in library.add([folder], cancel=cancel):
            if isinstance(event, FileAdded):
                cancel.set()
    assert len(library.documents()) == 1


def test_removing_is_on_the_ledger_without_the_name(library: Library, folder: Path, tmp_path: Path) -> None:
    add(library, folder / "a.txt")
    library.remove(library.documents()[0].id)
    entries = list(SqliteLedger(tmp_path / "ledger.db", SystemClock()).entries())
    assert [entry.kind for entry in entries] == ["document.removed"]
    assert "a.txt" not in entries[0].facts


def test_a_search_by_class_looks_into_the_collections_of_that_class(library: Library, folder: Path) -> None:
    for collection in ("Pay", "Handbook"):
        list(library.add([folder / "a.txt"], collection=collection, cancel=Cancel()))
    library.classify("Pay", "confidential")

    def found(typed: str, collection: str | None = None) -> set[str]:
        return {passage.collection for passage in library.search(typed, collection=collection)}

    assert found("one") == {"Pay", "Handbook"}
    assert found("one class:confidential") == {"Pay"}
    assert found("one class:internal") == {"Handbook"}
    assert found("one class:confidential class:internal") == {"Pay", "Handbook"}
    assert found("one class:confidential in:pay") == {"Pay"}
    assert found("one class:confidential in:Handbook") == set()
    assert found("one class:restricted") == set()
