"""`donjon library …`: add, list, search, remove, check, rebuild."""

from collections.abc import Mapping, Sequence
from dataclasses import asdict
from pathlib import Path
from typing import Final

from app.cli import shapes
from app.cli.doors import Services
from app.cli.terminal import ProgressLine, note, say, say_json
from app.domain.cancel import Cancel
from app.domain.data_class import CLASSES, DEFAULT_CLASS
from app.domain.erasure import ErasureReceipt
from app.domain.error_texts import explain, say_left_out
from app.domain.errors import AppError, ErrorCode
from app.domain.events import EmbeddingProgress, FileAdded, FileFailed, FileProgress, FileUnchanged
from app.domain.hygiene import HygieneReport
from app.domain.hygiene_texts import say_finding
from app.domain.library import Document, EmbeddingStage, LibraryReport, Passage, Problem, place_name
from app.domain.retention import Due

STAGES: Final[dict[EmbeddingStage, str]] = {
    "preparing": "found by words already; preparing the embedder, once",
    "embedding": "found by words already; embedding",
}


def add(
    services: Services, paths: Sequence[Path], collection: str, cancel: Cancel, *, wait: bool, as_json: bool
) -> int:
    """Add files and folders; 4 if a file could not be added. With `wait`, until they are found by meaning too."""
    added: list[Document] = []
    unchanged: list[str] = []
    problems: list[tuple[Problem, str]] = []
    progress = ProgressLine()
    try:
        for event in services.library.add(paths, collection=collection, wait=wait, cancel=cancel):
            match event:
                case FileProgress(path=path, done=done, total=total):
                    progress.show(f"reading {Path(path).name}", done, total)
                case EmbeddingProgress(stage=stage, done=done, total=total):
                    progress.show(STAGES[stage], done, total)
                case FileAdded(document=document):
                    added.append(document)
                case FileUnchanged(path=path):
                    unchanged.append(path)
                case FileFailed(problem=problem):
                    progress.clear()
                    explanation = explain(AppError(problem.code, **problem.facts))
                    problems.append((problem, explanation.what))
                    note(f"{explanation.what} {explanation.advice}")
    finally:
        progress.clear()
    if as_json:
        say_json(
            {
                "added": [shapes.document(document) for document in added],
                "unchanged": unchanged,
                "problems": [shapes.problem(problem, what) for problem, what in problems],
            }
        )
    else:
        for document in added:
            say(f"added {document.name}: {_pages(document)}{document.chunks} passages")
        say(f"{len(added)} added, {len(unchanged)} unchanged, {len(problems)} could not be read")
    return 4 if problems else 0


def say_documents(documents: Sequence[Document], due: Mapping[int, str], *, as_json: bool) -> None:
    """List what the library holds; `due` says on which day a document, by id, is to be forgotten."""
    if as_json:
        say_json({"documents": [{**shapes.document(one), "forget_on": due.get(one.id)} for one in documents]})
        return
    for document in documents:
        facts = f"{_pages(document)}{document.added_at[:10]}{_waits(document)}"
        facts += f"  will be forgotten on {due[document.id]}" if document.id in due else ""
        say(f"{document.id:>5}  {document.collection}  {document.name}  {facts}")
    if not documents:
        say("The library is empty. Add documents with `donjon library add PATH`.")


def search(services: Services, query: str, collection: str | None, limit: int, *, as_json: bool) -> None:
    """Find passages."""
    passages = services.library.search(query, collection=collection, limit=limit)
    say_if_incomplete(services)
    if as_json:
        say_json({"query": query, "passages": [shapes.passage(passage) for passage in passages]})
        return
    for number, passage in enumerate(passages, 1):
        place = place_name(passage.unit, passage.page, passage.label)
        where = ", ".join(part for part in (passage.document, place, _elsewhere(passage)) if part)
        say(f"{number}. {where}  {passage.heading}\n   {' '.join(passage.text.split())[:300]}\n")
    if not passages:
        say("Nothing was found.")


def classify(services: Services, collection: str | None, data_class: str | None, *, as_json: bool) -> None:
    """Class a collection, or show the classes. Raises AppError SETTINGS_INVALID for what is no class."""
    if collection is not None and data_class is not None:
        known = next((one for one in CLASSES if one == data_class), None)
        if known is None:
            raise AppError(ErrorCode.UNKNOWN_DATA_CLASS, data_class=data_class, known=", ".join(CLASSES))
        services.library.classify(collection, known)
    classes = services.library.classes()
    if collection is not None:
        classes = {collection: classes.get(collection, DEFAULT_CLASS)}
    if as_json:
        say_json({"classes": classes})
        return
    for name, one in classes.items():
        say(f"{one:<14} {name}")


def report_hygiene(
    services: Services, collection: str | None, cancel: Cancel, *, remove_copies: bool, as_json: bool
) -> None:
    """Say what a look through a collection found; with `remove_copies`, forget what is there twice."""
    progress = ProgressLine()
    report = HygieneReport(0, (), {})
    try:
        for event in services.hygiene.report(collection, cancel):
            match event:
                case FileProgress(path=path, done=done, total=total):
                    progress.show(f"reading {Path(path).name}", done, total)
                case HygieneReport():
                    report = event
    finally:
        progress.clear()
    removed = services.hygiene.remove_copies(report) if remove_copies else []
    if as_json:
        say_json({**shapes.hygiene(report), "removed": [shapes.document(document) for document in removed]})
        return
    for finding in report.findings:
        what, advice = say_finding(finding)
        say(f"{finding.document_id:>5}  {finding.document}: {what}. {advice}")
    spoken = ", ".join(f"{count} {name or 'other'}" for name, count in sorted(report.languages.items()))
    say(f"{report.documents} documents ({spoken}), {len(report.findings)} findings, {len(removed)} copies removed")


def say_receipt(receipt: ErasureReceipt, *, as_json: bool) -> int:
    """Say whether what was forgotten is gone; 4 if something of it is left."""
    if as_json:
        say_json(asdict(receipt))
    else:
        size = f"{receipt.bytes / 1e6:.1f} MB"
        say(f"{receipt.documents} forgotten documents looked for in {receipt.files} files ({size})")
        for one in receipt.remains:
            say(f"  {one.path}: {one.places} places with words of {one.content_hash[:12]}, forgotten {one.erased_at}")
        if any(one.path.startswith("chats.db") for one in receipt.remains):
            say("  Answers may repeat a document's words: delete the conversations to be rid of these, too.")
        if receipt.stale_vectors:
            say(f"  {receipt.stale_vectors} vectors of them are left in the index: `donjon library rebuild` ends that.")
        for path in receipt.unreadable:
            say(f"  {path} could not be read.")
        if not receipt.remains and not receipt.unreadable:
            say("Nothing of them is left." if receipt.documents else "Nothing was forgotten yet.")
    return 4 if receipt.remains or receipt.unreadable else 0


def say_retention(outlook: Sequence[Due], forgotten: Sequence[Due], *, as_json: bool) -> None:
    """Say what was forgotten, and what will be."""
    if as_json:
        say_json({"forgotten": [asdict(due) for due in forgotten], "due": [asdict(due) for due in outlook]})
        return
    for due in forgotten:
        say(f"forgot {due.kind} {due.name}, due {due.on}")
    for due in outlook:
        say(f"{due.on}  {due.kind} {due.id}  {due.name}")
    if not outlook:
        say("Nothing else is going to be forgotten." if forgotten else "Nothing is going to be forgotten.")


def say_report(report: LibraryReport, *, as_json: bool) -> None:
    """Say how the library is."""
    if as_json:
        say_json(shapes.library_report(report))
        return
    say(f"{report.documents} documents, {report.chunks} passages, {report.indexed} in the index ({report.index_state})")
    if report.embedder:
        say(f"vectors: {report.embedder}")
    if report.waiting:
        say(f"{report.waiting} passages are found by their words and wait to be embedded")
    for problem in report.problems:
        say(f"  {problem}")


def say_if_incomplete(services: Services) -> None:
    """Say so if what was just listed or found lacks the team's documents."""
    problem = services.library.left_out()
    if problem is not None:
        note(say_left_out(problem))


def _elsewhere(passage: Passage) -> str:
    """Where a passage is kept, if not here."""
    return f"on the team's server ({passage.data_class})" if passage.where == "team" else ""


def _waits(document: Document) -> str:
    return f"  {document.waiting} of {document.chunks} passages wait to be embedded" if document.waiting else ""


def _pages(document: Document) -> str:
    return f"{document.pages} {document.unit}s, " if document.pages else ""
