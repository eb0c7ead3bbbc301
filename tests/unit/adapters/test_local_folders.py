"""Folders of this machine: what is listed, and that changes are told."""

import os
import threading
import time
from pathlib import Path

import pytest

from app.adapters.local_folders import LocalFolders
from app.domain.cancel import Cancel
from app.domain.errors import Cancelled

SUFFIXES = frozenset({".md", ".pdf"})
PATIENCE_S = 30


def names(folder: Path) -> list[str]:
    """What a scan finds, by the path below the folder."""
    scan = LocalFolders().scan(folder, SUFFIXES, Cancel())
    assert scan is not None
    return sorted(Path(file.path).relative_to(folder).as_posix() for file in scan.files)


def put(folder: Path, *paths: str) -> None:
    """Write small files."""
    for path in paths:
        (folder / path).parent.mkdir(parents=True, exist_ok=True)
        (folder / path).write_text(path)


def test_documents_are_found_below_and_the_rest_is_left_out(tmp_path: Path) -> None:
    put(tmp_path, "a.md", "deep/er/B.PDF", "a.exe", ".hidden/x.md", "~$a.md", "node_modules/y.md")
    assert names(tmp_path) == ["a.md", "deep/er/B.PDF"]


def test_an_ignore_file_is_obeyed(tmp_path: Path) -> None:
    put(tmp_path, "a.md", "drafts/b.md", "drafts/keep.md", "old/c.md", "notes/d.pdf")
    (tmp_path / ".donjonignore").write_text("drafts/*\n!drafts/keep.md\nold/\n*.pdf\n")
    assert names(tmp_path) == ["a.md", "drafts/keep.md"]


def test_a_circle_of_links_ends(tmp_path: Path) -> None:
    put(tmp_path, "a.md")
    (tmp_path / "again").symlink_to(tmp_path, target_is_directory=True)
    assert names(tmp_path) == ["a.md"]


def test_what_is_not_there_is_told_from_what_is_empty(tmp_path: Path) -> None:
    assert LocalFolders().scan(tmp_path / "gone", SUFFIXES, Cancel()) is None
    assert names(tmp_path) == []


@pytest.mark.skipif(os.geteuid() == 0, reason="root may list any folder")
def test_a_folder_that_may_not_be_listed_is_named(tmp_path: Path) -> None:
    put(tmp_path, "closed/a.md")
    (tmp_path / "closed").chmod(0)
    scan = LocalFolders().scan(tmp_path, SUFFIXES, Cancel())
    assert scan is not None
    assert scan.unreadable == (f"{tmp_path}/closed/",)


def test_a_scan_can_be_stopped(tmp_path: Path) -> None:
    cancel = Cancel()
    cancel.set()
    with pytest.raises(Cancelled):
        LocalFolders().scan(tmp_path, SUFFIXES, cancel)


def test_a_change_is_told_and_watching_ends_when_asked(tmp_path: Path) -> None:
    one, other = tmp_path / "one", tmp_path / "other"
    one.mkdir()
    other.mkdir()
    cancel, told = Cancel(), threading.Event()

    def watch() -> None:
        for changed in LocalFolders().changes([one, other], 600.0, cancel):
            if changed == {one}:
                told.set()

    watching = threading.Thread(target=watch, daemon=True)
    watching.start()
    until = time.monotonic() + PATIENCE_S
    while not told.wait(0.3) and time.monotonic() < until:  # watching may begin after a write
        put(one, f"{time.monotonic()}.md")
    assert told.is_set()
    cancel.set()
    watching.join(PATIENCE_S)
    assert not watching.is_alive()


def test_folders_are_looked_at_now_and_then_in_any_case(tmp_path: Path) -> None:
    cancel = Cancel()
    for changed in LocalFolders().changes([tmp_path], 0.2, cancel):
        assert changed == {tmp_path}
        break
    for changed in LocalFolders().changes([tmp_path / "gone"], 0.1, cancel):
        assert changed == {tmp_path / "gone"}
        break
