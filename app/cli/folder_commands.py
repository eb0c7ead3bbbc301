"""`donjon library watch|sync|folders`: folders that the library keeps in step with."""

from collections import Counter
from collections.abc import Sequence
from pathlib import Path

from app.cli import shapes
from app.cli.doors import Services
from app.cli.library_commands import STAGES
from app.cli.terminal import ProgressLine, note, say, say_json
from app.domain.cancel import Cancel
from app.domain.error_texts import explain
from app.domain.errors import AppError
from app.domain.events import FileAdded, FileFailed, FileGone, FileMoved, FileProgress, FolderSynced
from app.domain.folders import WatchedFolder
from app.domain.library import Problem


def sync(services: Services, folders: Sequence[int], cancel: Cancel, *, as_json: bool) -> int:
    """Bring the library in step; 4 if a folder could not be reached or a file could not be read."""
    counts = Counter[str]()
    problems: list[tuple[Problem, str]] = []
    synced: list[WatchedFolder] = []
    progress = ProgressLine()
    try:
        for folder in folders:
            for event in services.folders.sync(folder, cancel):
                match event:
                    case FileProgress(path=path, done=done, total=total):
                        progress.show(f"reading {Path(path).name}", done, total)
                    case FileAdded(replaced=replaced):
                        counts["changed" if replaced else "added"] += 1
                    case FileMoved():
                        counts["moved"] += 1
                    case FileGone():
                        counts["forgotten"] += 1
                    case FileFailed(problem=problem):
                        progress.clear()
                        explanation = explain(AppError(problem.code, **problem.facts))
                        problems.append((problem, explanation.what))
                        note(f"{explanation.what} {explanation.advice}")
                    case FolderSynced(folder=done_with, placeholders=placeholders):
                        synced.append(done_with)
                        counts["placeholders"] += placeholders
        for embedding in services.library.await_vectors(cancel):
            progress.show(STAGES[embedding.stage], embedding.done, embedding.total)
    finally:
        progress.clear()
    names = ("added", "changed", "moved", "forgotten", "placeholders")
    if as_json:
        said = [shapes.problem(problem, what) for problem, what in problems]
        say_json({"folders": [shapes.folder(f) for f in synced], **{n: counts[n] for n in names}, "problems": said})
    else:
        say_folders(synced, as_json=False)
        say(", ".join(f"{counts[name]} {name}" for name in names[:4]) + f", {len(problems)} could not be read")
        if counts["placeholders"]:
            say(f"{counts['placeholders']} files are in the cloud only and were left there.")
    return 4 if problems or any(folder.problem for folder in synced) else 0


def say_folders(folders: Sequence[WatchedFolder], *, as_json: bool) -> None:
    """List watched folders and how they are."""
    if as_json:
        say_json({"folders": [shapes.folder(folder) for folder in folders]})
        return
    for folder in folders:
        state = folder.synced_at or "not read yet"
        if folder.problem:
            state = "cannot be reached; its documents stay as they were"
        say(f"{folder.id:>5}  {folder.collection}  {folder.path}  {state}")
    if not folders:
        say("No folder is watched. `donjon library watch FOLDER` keeps in step with one.")
