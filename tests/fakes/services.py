"""Light stand-ins for the services, for the states of the window that must be the same every time."""

import random
import threading
import time
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field, replace
from functools import cache, cached_property
from pathlib import Path
from tempfile import mkdtemp
from typing import Any, cast

import tomlkit

from app.adapters.prompt_files import PromptFiles
from app.adapters.sqlite_appeals import SqliteAppeals
from app.adapters.sqlite_ledger import SqliteLedger
from app.adapters.system_clock import SystemClock
from app.composition import resources_folder
from app.composition.values import gateway_settings
from app.domain.audit import Entry
from app.domain.cancel import Cancel
from app.domain.chat import (
    TEMPORARY,
    Citation,
    Conversation,
    Feedback,
    Message,
    PromptMessage,
    Role,
    Status,
    Style,
    Timing,
    branch,
    fork,
    latest_leaf,
    pruned,
)
from app.domain.chat_import import ImportedConversation
from app.domain.chat_search import ChatHit
from app.domain.errors import AppError, Cancelled, ErrorCode
from app.domain.events import (
    AddEvent,
    AddStarted,
    AnswerEvent,
    Cited,
    ConversationStarted,
    DownloadProgress,
    EmbeddingProgress,
    FileProgress,
    Finished,
    FolderEvent,
    FolderSynced,
    PromptProgress,
    Retrieved,
    Token,
)
from app.domain.experiments import Axes, Question, Result, Run, Score, Variant, summarise, variants
from app.domain.fit import Fits, Machine, Need, Verdict
from app.domain.folders import WatchedFolder
from app.domain.hygiene import HygieneFinding, HygieneReport
from app.domain.library import Document, Passage, Problem
from app.domain.models import CatalogueEntry, InstalledModel, LoadSettings
from app.domain.prompt_library import PromptUse
from app.domain.query import EVERYWHERE, Search
from app.domain.retention import Due
from app.domain.routing import Destination, Route
from app.domain.support import check_support
from app.domain.trace import Doubt, Trace
from app.domain.viewing import PageImage, View
from app.services.appeals import Appeals
from app.services.audit import Audit
from app.services.chat_transfer import ExportFormat, ImportReport
from app.services.conversations import Explanation, RemovedMessages
from app.services.copilot import Copilot
from app.services.diagnostics import Diagnostics
from app.services.experiments import RunProgress
from app.services.gateway import Gateway
from app.services.guard import Guard
from app.services.judge import Judge
from app.services.judge_exports import JudgeExports
from app.services.judge_tables import JudgeTables
from app.services.playbooks import Playbooks
from app.services.projects import Projects
from app.services.prompt_library import PromptLibrary
from app.services.showing import Showing
from app.settings.file import Settings
from app.settings.table import UI_NOTICE_SEEN
from app.worker.render_page import render_page
from tests.fakes.generator import FakeGenerator
from tests.fakes.judge import JudgeFakes
from tests.fakes.playbooks import scripted_copilot, scripted_playbooks
from tests.fakes.projects import FakeProjectStore
from tests.fakes.secrets import FakeSecrets
from tests.fakes.showing import scripted_showing

SAMPLE = Path(__file__).parents[2] / "resources" / "sample_documents" / "Travel and expenses.pdf"
MODEL = InstalledModel("qwen", "Qwen2.5 Coder 1.5B", "chat", "", 1_117_320_768, "", "Apache-2.0")
LARGE = InstalledModel("gateway:large", "large", "chat", "", 0, "", "", where="gateway")
ON_DEVICE = Route(MODEL.id, "device", "the model on the device comes first")
HERE = Destination("internal", "internal", ON_DEVICE, MODEL.name)
CATALOGUE = (
    CatalogueEntry("mini", "all-MiniLM-L6-v2", "embed", "mini", 83_319_212, "", "Apache-2.0", "", 256, default=True),
    CatalogueEntry(
        "large", "Granite 3.3 8B Instruct", "chat", "large.gguf", 4_942_873_120, "", "Apache-2.0", "", 131072
    ),
)
TIMING = Timing(0.4, 13.0, 700, 600, 90)
RULE = "Flights over six hours may be booked in premium economy with approval of the line manager."
TEXTS = (
    ("Travel policy.pdf", 3, "4.2 Air travel", f"Employees may book economy class for flights under six hours. {RULE}"),
    (
        "Travel desk handbook.docx",
        0,
        "2.1 Booking",
        "Bookings are made at least 14 days ahead through the travel desk.",
    ),
    ("Travel policy.pdf", 5, "6 Expenses", "Expense reports must be filed within 30 days after the end of the trip."),
)
QUOTES = (RULE, "at least 14 days ahead through the travel desk", "Expense reports must be filed within 30 days")
PASSAGES = tuple(
    Passage(
        n,
        name,
        f"/documents/{name}",
        "",
        page,
        0,
        len(text),
        heading,
        text,
        1.0,
        {"coverage": 0.9 - n / 5},
        ranks={"bm25": n, "vector": 4 - n},
    )
    for n, (name, page, heading, text) in enumerate(TEXTS, 1)
)
CITATIONS = tuple(
    Citation(n, n, p.document, p.path, "", p.page, p.text.index(q), p.text.index(q) + len(q), q, p.heading)
    for n, (p, q) in enumerate(zip(PASSAGES, QUOTES, strict=True), 1)
)
QUESTION = "I have a nine-hour flight to Tokyo. May I book premium economy, and who signs it off?"
ANSWER = (
    "Yes. Flights over six hours may be booked in premium economy, and your **line manager** has to approve it before "
    "you book. [1]\n\n1. Ask for the approval of the line manager. [1]\n2. Book at least 14 days "
    "ahead through the travel desk. [2]\n3. File the expense report within 30 days after the trip. [3]\n\n"
    "Lounge access is usually included with premium economy.\n"
)
SUPPORT = check_support(ANSWER, PASSAGES, QUESTION)
DOUBTS = tuple(Doubt(ANSWER.index(w), ANSWER.index(w) + len(w), 0.3) for w in ("approve", "usually"))
NOW = "2026-11-23T09:00:00+00:00"


def conversation_messages(conversation_id: str) -> list[Message]:
    """A question with two versions of its answer, and a question that the documents do not answer."""

    def m(key: str, parent: str | None, role: Role, text: str, **facts: Any) -> Message:
        return Message(key, conversation_id, parent, role, text, NOW, **facts)

    done: dict[str, Any] = {
        "model": MODEL.name,
        "timing": TIMING,
        "passages_found": 8,
        "documents_searched": 214,
        "trace": Trace(QUESTION, context=4096),
    }
    return [
        m("q1", None, "user", QUESTION, passages=PASSAGES),
        m("a1", "q1", "assistant", "Yes, with approval. [1]", citations=CITATIONS[:1], grounded=True, **done),
        m("a2", "q1", "assistant", ANSWER, citations=CITATIONS, grounded=True, support=SUPPORT, **done),
    ]


@dataclass
class FakeChat:
    """Keeps conversations in memory and answers in scripted pieces."""

    pieces: Sequence[str] = ("Book ", "it.")
    pause_s: float = 0.0
    hold_at: str = ""  # "reading" or "writing": stop there until cancelled
    fails: AppError | None = None
    breaks_off: AppError | None = None  # raised once the pieces are said
    asked_of: list[str | None] = field(default_factory=list)
    destination: Destination = HERE
    previewed: list[tuple[str, str | None, tuple[str, ...], str | None]] = field(default_factory=list)
    read_ahead: list[tuple[str, str | None, str | None]] = field(default_factory=list)
    read_all: list[bool] = field(default_factory=list)  # of the versions that were asked for
    styles: list[Style] = field(default_factory=list)  # of the same
    listed: list[Conversation] = field(default_factory=list)
    kept: dict[str, list[Message]] = field(default_factory=dict)

    def conversations(self) -> list[Conversation]:
        """What is listed."""
        return list(self.listed)

    def messages(self, conversation_id: str) -> list[Message]:
        """What is kept."""
        return list(self.kept.get(conversation_id, []))

    def rename(self, conversation_id: str, title: str) -> None:
        """Another title."""
        self.listed = [replace(c, title=title) if c.id == conversation_id else c for c in self.listed]

    def assign(self, conversation_id: str, project: str) -> None:
        """Into a project."""
        self.listed = [replace(c, project=project) if c.id == conversation_id else c for c in self.listed]

    def delete(self, conversation_id: str) -> None:
        """Gone."""
        self.listed = [c for c in self.listed if c.id != conversation_id]

    def prefill(
        self,
        typed: str,
        *,
        conversation_id: str | None = None,
        parent_id: str | None = None,
        use_library: bool = True,
        model: str | None = None,
        project: str = "",
        cancel: Cancel,
    ) -> None:
        """Note it, and read until stopped if held."""
        self.read_ahead.append((typed, conversation_id, parent_id))
        self._hold("reading ahead", cancel)

    def answer(
        self,
        question: str,
        *,
        conversation_id: str | None = None,
        parent_id: str | None = None,
        instead_of: str | None = None,
        search: Search | None = EVERYWHERE,
        model: str | None = None,
        temporary: bool = False,
        project: str = "",
        prompt: PromptUse | None = None,
        cancel: Cancel,
    ) -> Iterator[AnswerEvent]:
        """The scripted answer."""
        self.asked_of.append(model)
        if self.fails is not None:
            raise self.fails
        conversation = conversation_id or f"{TEMPORARY if temporary else ''}c{len(self.listed) + 1}"
        kept = self.kept.setdefault(conversation, [])
        if instead_of is not None:
            parent_id = next(message.parent_id for message in kept if message.id == instead_of)
        elif parent_id is None:
            parent_id = latest_leaf(kept)
        if conversation_id is None:
            self.listed.insert(0, Conversation(conversation, question[:40], NOW, NOW, project=project))
        number = len(kept)
        asked = Message(
            f"q{number}", conversation, parent_id, "user", question, NOW, passages=PASSAGES, prompt_used=prompt
        )
        kept.append(asked)
        yield ConversationStarted(conversation, asked.id, f"a{number}")
        yield from self._stream(conversation, asked.id, f"a{number}", cancel)

    def preview(
        self,
        typed: str,
        *,
        conversation_id: str | None = None,
        parent_id: str | None = None,
        collections: Sequence[str] = (),
        model: str | None = None,
        project: str = "",
    ) -> Destination:
        """Note it, and say what is scripted, or the device."""
        self.previewed.append((typed, conversation_id, tuple(collections), model))
        return self.destination

    def resume(
        self, conversation_id: str, answer_id: str, *, model: str | None = None, cancel: Cancel
    ) -> Iterator[AnswerEvent]:
        """The scripted answer after what there is already."""
        kept = self.kept[conversation_id]
        (old,) = (message for message in kept if message.id == answer_id)
        kept.remove(old)
        yield ConversationStarted(conversation_id, str(old.parent_id), answer_id)
        yield from self._stream(conversation_id, str(old.parent_id), answer_id, cancel, old.text)

    def regenerate(
        self,
        conversation_id: str,
        answer_id: str,
        *,
        model: str | None = None,
        style: Style = "",
        exhaustive: bool = False,
        cancel: Cancel,
    ) -> Iterator[AnswerEvent]:
        """Another version."""
        self.read_all.append(exhaustive)
        self.styles.append(style)
        old = next(m for m in self.kept[conversation_id] if m.id == answer_id)
        new = f"{answer_id}-{len(self.kept[conversation_id])}"
        yield ConversationStarted(conversation_id, str(old.parent_id), new)
        yield from self._stream(conversation_id, str(old.parent_id), new, cancel)

    def _stream(
        self, conversation: str, question: str, answer: str, cancel: Cancel, text: str = ""
    ) -> Iterator[AnswerEvent]:
        stopped = False
        yield Retrieved(8, PASSAGES, documents=214)
        yield PromptProgress(434, 700, 0)
        try:
            self._hold("reading", cancel)
            for piece in self.pieces:
                cancel.check()
                time.sleep(self.pause_s)
                text += piece
                yield Token(piece)
            if self.breaks_off is not None:
                kept = Message(answer, conversation, question, "assistant", text, NOW, "failed", MODEL.name)
                self.kept[conversation].append(kept)
                raise self.breaks_off
            self._hold("writing", cancel)
        except Cancelled:
            stopped = True
        cited = tuple(c for c in CITATIONS if f"[{c.n}]" in text)
        yield Cited(cited)
        status: Status = "stopped" if stopped else "complete"
        self.kept[conversation].append(
            Message(
                answer,
                conversation,
                question,
                "assistant",
                text,
                NOW,
                status,
                MODEL.name,
                citations=cited,
                grounded=bool(cited),
                timing=TIMING,
                passages_found=8,
            )
        )
        yield Finished(answer, text, MODEL.name, bool(cited), stopped, TIMING, (1, 2))

    def _hold(self, where: str, cancel: Cancel) -> None:
        while self.hold_at == where:
            cancel.check()
            time.sleep(0.005)


@dataclass
class FakeConversations:
    """Arranges what a fake chat keeps."""

    chat: FakeChat

    def find(self, typed: str, limit: int = 50) -> list[ChatHit]:
        """As `Conversations.find`: titles that hold it, and messages."""
        titles = [ChatHit(c.id, c.title, "", None, NOW, "") for c in self.chat.listed if typed in c.title.casefold()]
        said = [
            ChatHit.of(message, next(c.title for c in self.chat.listed if c.id == conversation), message.text[:80])
            for conversation, messages in self.chat.kept.items()
            for message in messages
            if typed in message.text.casefold()
        ]
        return [*titles, *said][:limit]

    def pin(self, conversation_id: str, *, pinned: bool) -> None:
        """As `Conversations.pin`."""
        listed = [replace(c, pinned=pinned) if c.id == conversation_id else c for c in self.chat.listed]
        self.chat.listed = sorted(listed, key=lambda c: not c.pinned)

    def fork(self, conversation_id: str, message_id: str, title: str) -> Conversation:
        """As `Conversations.fork`."""
        forked = Conversation(f"fork of {conversation_id}", title, NOW, NOW)
        path = branch(self.chat.kept[conversation_id], message_id)
        ids = (f"f{n}" for n in range(len(path)))
        self.chat.kept[forked.id] = fork(path, forked.id, lambda: next(ids))
        self.chat.listed.insert(0, forked)
        return forked

    def remove(self, conversation_id: str, message_id: str) -> RemovedMessages:
        """As `Conversations.remove`."""
        before = self.chat.kept[conversation_id]
        kept = self.chat.kept[conversation_id] = pruned(before, message_id)
        ids = {message.id for message in kept}
        return RemovedMessages(conversation_id, tuple(before), tuple(m for m in before if m.id not in ids))

    def bring_back(self, removed: RemovedMessages) -> None:
        """As `Conversations.bring_back`."""
        self.chat.kept[removed.conversation_id] = list(removed.before)

    def rate(self, conversation_id: str, answer_id: str, feedback: Feedback | None) -> Message:
        """As `Conversations.rate`."""
        kept = self.chat.kept[conversation_id]
        (at,) = (n for n, message in enumerate(kept) if message.id == answer_id)
        kept[at] = replace(kept[at], feedback=feedback)
        return kept[at]

    def explain(self, conversation_id: str, answer_id: str) -> Explanation:
        """As `Conversations.explain`."""
        *_, question, answer = branch(self.chat.kept[conversation_id], answer_id)
        trace = Trace(
            QUESTION, "the model on the device comes first", 8192, 0.3, 0, 1024, confidence=0.84, doubts=DOUBTS
        )
        prompt = (PromptMessage("system", "You answer from documents."), PromptMessage("user", question.text))
        return Explanation(question, replace(answer, trace=trace), prompt)


class FakeTransfer:
    """Writes a line, and takes in two conversations, one of which is known."""

    def export(self, conversation_id: str, form: ExportFormat, leaf: str | None = None) -> bytes:
        """As `Transfer.export`."""
        return f"<p>{conversation_id} as {form} down to {leaf}</p>".encode()

    def read(self, path: Path) -> list[ImportedConversation]:
        """As `Transfer.read`."""
        if not path.exists():
            raise AppError(ErrorCode.FILE_NOT_FOUND, path=str(path))
        return []

    def keep(self, conversations: Sequence[ImportedConversation]) -> ImportReport:
        """As `Transfer.keep`."""
        return ImportReport(1, 2, 1)


@dataclass
class FakeLibrary:
    """A library whose adding can be held."""

    held: list[Document] = field(default_factory=list)
    bad: list[Problem] = field(default_factory=list)
    hold: bool = False
    embedding: EmbeddingProgress | None = None  # how far it is while held, if the files are read already

    def documents(self, collection: str | None = None) -> list[Document]:
        """What is held."""
        return list(self.held)

    def problems(self) -> list[Problem]:
        """What was not readable."""
        return list(self.bad)

    def remove(self, document_id: int) -> Document:
        """Forget one."""
        found = next(d for d in self.held if d.id == document_id)
        self.held.remove(found)
        return found

    def add(self, paths: Sequence[Path], *, collection: str = "Documents", cancel: Cancel) -> Iterator[AddEvent]:
        """Count, and stay at the third file while held."""
        yield AddStarted(12)
        yield FileProgress("/documents/Employee handbook.pdf", 0, 1)
        if self.embedding is not None:
            yield self.embedding
        while self.hold:
            cancel.check()
            time.sleep(0.005)


@dataclass
class FakeModels:
    """One model, or none; others can be fetched, the download stands still at a third while held."""

    model: InstalledModel | None = MODEL
    hold: bool = False
    here: list[InstalledModel] = field(default_factory=list)
    layers: int = 0  # on a graphics card
    at_work: bool = False
    released: bool = False

    def installed(self) -> list[InstalledModel]:
        """What is here."""
        return [*([self.model] if self.model else []), *self.here]

    def catalogue(self) -> list[CatalogueEntry]:
        """What can be fetched."""
        return list(CATALOGUE)

    def fetch(self, model_id: str, cancel: Cancel) -> Iterator[DownloadProgress | InstalledModel]:
        """A third of it, and the rest once it is no longer held."""
        entry = next(entry for entry in CATALOGUE if entry.id == model_id)
        yield DownloadProgress(entry.id, entry.size // 3, entry.size)
        while self.hold:
            cancel.check()
            time.sleep(0.005)
        model = InstalledModel(entry.id, entry.name, entry.role, "/models", entry.size, entry.sha256, entry.licence)
        self.here.append(model)
        yield model

    def fit(self, model: InstalledModel | CatalogueEntry) -> Verdict:
        """A machine with 6 GB for models."""
        needed = Need(model.size, 300_000_000, 200_000_000)
        fits: Fits = "fits" if needed.total < 3_000_000_000 else "slow"
        reason = "tight" if fits == "slow" else ""
        settings = LoadSettings(threads=2, gpu_layers=self.layers)
        if self.layers:
            return Verdict("slow", needed, 6_000_000_000, settings, "A card", "gpu_memory", backend="Vulkan", layers=29)
        return Verdict(fits, needed, 6_000_000_000, settings, "CPU", reason, layers=29, why_cpu="no_gpu_build")

    def remove(self, model_id: str) -> InstalledModel:
        """Take it away."""
        found = next(model for model in self.installed() if model.id == model_id)
        if found in self.here:
            self.here.remove(found)
        else:
            self.model = None
        return found

    def import_file(self, path: Path) -> InstalledModel:
        """Refuses every file."""
        raise AppError(ErrorCode.MODEL_INVALID, path=str(path), reason="it is no GGUF")

    def machine(self) -> Machine:
        """A laptop without a graphics card."""
        return Machine(6_000_000_000, 16_000_000_000)

    def answering(self) -> list[InstalledModel]:
        """What is here, and one at the gateway."""
        return [*self.installed(), LARGE]

    def in_memory(self) -> dict[str, int]:
        """The first model, until it is let out."""
        return {self.model.id: 2_000_000_000} if self.model and not self.released else {}

    def release(self, model_id: str) -> bool:
        """Not while it is at work."""
        self.released = not self.at_work
        return self.released

    def current(self) -> InstalledModel | None:
        """The model that answers."""
        return self.model


@dataclass
class FakeFolders:
    """Folders that stay as they are."""

    held: list[WatchedFolder] = field(default_factory=list)

    def all(self) -> list[WatchedFolder]:
        """As `Folders.all`."""
        return list(self.held)

    def watch(self, path: Path, collection: str = "Documents") -> WatchedFolder:
        """As `Folders.watch`."""
        self.held.append(WatchedFolder(len(self.held) + 1, str(path), collection))
        return self.held[-1]

    def unwatch(self, folder_id: int) -> WatchedFolder:
        """As `Folders.unwatch`."""
        gone = next(folder for folder in self.held if folder.id == folder_id)
        self.held.remove(gone)
        return gone

    def follow(self, cancel: Cancel) -> Iterator[FolderEvent]:
        """As `Folders.follow`."""
        for folder in self.held:
            if folder.path != "/gone":
                yield FolderSynced(replace(folder, synced_at=NOW), 3, 0)
            else:
                yield FolderSynced(replace(folder, problem="unreachable"), 0, 0)
        while not cancel.is_set():
            cancel.wait(60)


class FakeViewing:
    """Opens a sample document, drawn as the worker draws it; what ends in .docx as text."""

    _drawing = threading.Lock()  # pdfium draws in one thread of a process at a time

    def open(self, citation: Citation, passage: str) -> View:
        """As `Viewing.open`."""
        if citation.document.endswith(".docx"):
            text = f"2.1 Booking\n\n{passage}\n\n2.2 Changes\n\nChanges cost nothing until the day before."
            start = text.index(citation.quote)
            end = start + len(citation.quote)
            return View(citation.document, citation.path, citation.quote, text, start, end, heading=citation.heading)
        return View(citation.document, str(SAMPLE), RULE, passage, 0, 0, page=2, pages=2)

    def open_document(self, document: Document) -> View:
        """As `Viewing.open_document`."""
        return View(document.name, str(SAMPLE), "", "", 0, 0, page=1, pages=2)

    def page(self, view: View, number: int, width: int) -> PageImage:
        """As `Viewing.page`."""
        with self._drawing:
            return render_page(Path(view.path), number, width, view.quote)


class FakeTitles:
    """Names nothing."""

    def give(self, conversation_id: str, cancel: Cancel) -> str:
        """As `Titles.give`."""
        return ""


@dataclass
class FakeRetention:
    """Nothing is due yet."""

    due: list[Due] = field(default_factory=list)

    def outlook(self) -> list[Due]:
        """As `Retention.outlook`."""
        return self.due

    def follow(self, cancel: Cancel) -> Iterator[Due]:
        """As `Retention.follow`."""
        cancel.wait(24 * 3600)
        yield from ()


@dataclass
class FakeHygiene:
    """Finds what the test has written for it."""

    findings: tuple[HygieneFinding, ...] = ()
    removed: list[int] = field(default_factory=list)

    def report(self, collection: str | None, cancel: Cancel) -> Iterator[FileProgress | HygieneReport]:
        """The findings, but for what was removed."""
        yield FileProgress("/documents/Travel policy.pdf", 3, 4)
        cancel.check()
        left = tuple(finding for finding in self.findings if finding.document_id not in self.removed)
        yield HygieneReport(4, left, {"en": 3, "de": 1})

    def remove_copies(self, report: HygieneReport) -> list[Document]:
        """Note which."""
        self.removed += [f.document_id for f in report.findings if f.kind in ("exact_copy", "near_copy")]
        return []


@dataclass
class FakeQuestions:
    """A question set in memory."""

    held: list[Question] = field(default_factory=list)

    def all(self) -> list[Question]:
        """As `Questions.all`."""
        return list(self.held)

    def add(self, text: str, documents: Sequence[str], page: int = 0) -> Question:
        """As `Questions.add`."""
        self.held.append(Question(text, tuple(documents), page, id=len(self.held) + 1))
        return self.held[-1]

    def approve(self, question_id: int, text: str = "") -> None:
        """As `Questions.approve`."""
        self.held = [replace(q, approved=q.approved or q.id == question_id) for q in self.held]

    def remove(self, question_id: int) -> None:
        """As `Questions.remove`."""
        self.held = [q for q in self.held if q.id != question_id]


@dataclass
class FakeExperiments:
    """One experiment that was run, and one that stands still while held."""

    ran: list[Run] = field(default_factory=list)
    measured: list[Result] = field(default_factory=list)
    hold: bool = False
    used: list[int] = field(default_factory=list)

    def present(self) -> Variant:
        """As `Experiments.present`."""
        return Variant(160, "mini", "blend", 4)

    def axes(self) -> Axes:
        """As `Experiments.axes`."""
        return Axes((100, 160), ("mini",), ("blend", "words", "meaning"), (4, 8))

    def runs(self) -> list[Run]:
        """As `Experiments.runs`."""
        return list(self.ran)

    def results(self, run_id: int) -> list[Result]:
        """As `Experiments.results`."""
        return list(self.measured)

    def start(self, axes: Axes, collection: str | None = None) -> Run:
        """As `Experiments.start`."""
        self.ran.insert(0, Run(self.present(), axes, (1, 2), id=len(self.ran) + 1, started_at=NOW))
        return self.ran[0]

    def work(self, run_id: int, cancel: Cancel) -> Iterator[RunProgress | Result]:
        """Stay in the middle of the embedding while held."""
        yield RunProgress("embedding", 310, 724, 0.42, 95.0)
        while self.hold:
            cancel.check()
            time.sleep(0.005)

    def use(self, run_id: int, number: int) -> tuple[Variant, bool]:
        """As `Experiments.use`."""
        self.used.append(number)
        return variants(self.ran[0])[number - 1], True


def experiments() -> FakeExperiments:
    """An experiment with its results, made up by a formula."""
    fakes = FakeExperiments()
    fakes.measured += _results(fakes.start(fakes.axes()))
    return fakes


@cache
def _results(run: Run) -> tuple[Result, ...]:
    """The same for every window that a test opens: their intervals are drawn 120,000 times."""
    kinds = {"blend": 0.12, "ranks": 0.1, "words": 0.06, "meaning": -0.03}
    draw = random.Random(7)
    scores: dict[Variant, tuple[Score, ...]] = {}
    results: list[Result] = []
    for one in variants(run):
        base = 0.74 + kinds[one.fusion] + (0.02 if one.chunk_words == 100 else 0.0)
        noisy = [min(1.0, max(0.0, draw.gauss(base, 0.12))) for _ in range(60)]
        scores[one] = tuple(
            Score(min(1.0, n + 0.02 * (one.passages - 4)), n, n * 0.95, 20 + 30 * draw.random()) for n in noisy
        )
        figures = summarise(scores[one], scores[run.present], len(variants(run)) - 1)
        results.append(Result(one, scores[one], figures, 724, 2_310_000 + 1000 * one.chunk_words))
    return tuple(results)


class FakeAudit:
    """Has nothing on record."""

    def verdict_appealed(self, rail: str, where: str, kinds: tuple[str, ...], text: str) -> None:
        """As `Audit.verdict_appealed`."""

    def outcomes(self) -> Iterator[tuple[Entry, str]]:
        """As `Audit.outcomes`."""
        return iter(())


@dataclass
class FakeServices:
    """All that the window needs; `language` is what its prompts, templates and playbooks are told in."""

    chat: FakeChat = field(default_factory=FakeChat)
    transfer: FakeTransfer = field(default_factory=FakeTransfer)
    titles: FakeTitles = field(default_factory=FakeTitles)
    library: FakeLibrary = field(default_factory=FakeLibrary)
    hygiene: FakeHygiene = field(default_factory=FakeHygiene)
    questions: FakeQuestions = field(default_factory=FakeQuestions)
    experiments: FakeExperiments = field(default_factory=FakeExperiments)
    copilot: Copilot = field(default_factory=scripted_copilot)
    showing: Showing = field(default_factory=scripted_showing)
    folders: FakeFolders = field(default_factory=FakeFolders)
    retention: FakeRetention = field(default_factory=FakeRetention)
    viewing: FakeViewing = field(default_factory=FakeViewing)
    models: FakeModels = field(default_factory=FakeModels)
    secrets: FakeSecrets = field(default_factory=FakeSecrets)
    settings: Settings = field(default_factory=lambda: fresh_settings())
    language: str = "en"

    def __post_init__(self) -> None:
        self.judgements = JudgeFakes(language=self.language)
        self.playbooks: Playbooks = scripted_playbooks(Path(mkdtemp()), language=self.language)
        files = PromptFiles(resources_folder() / "prompt_library", None, Path(mkdtemp()), lambda: self.language)
        chat: Any = self.chat
        self.projects = Projects(FakeProjectStore(), chat)
        models, library, audit = cast("Any", (self.models, self.library, FakeAudit()))
        self.diagnostics = Diagnostics(self.settings, models, library, audit)
        self.appeals = Appeals(SqliteAppeals(Path(mkdtemp()) / "appeals.db"), audit, SystemClock())
        self.prompt_library = PromptLibrary(files, self.library.documents, chat, SystemClock())

    @cached_property
    def gateway(self) -> Gateway:
        """A real one whose models answer from a script."""
        ledger = SqliteLedger(Path(mkdtemp()) / "ledger.db", SystemClock())
        guard = Guard(Audit(ledger), lambda: gateway_settings(self.settings).bounds)
        remote = FakeGenerator(["ready"])
        return Gateway(lambda: gateway_settings(self.settings), lambda: self.secrets, lambda _: remote, guard)

    @property
    def conversations(self) -> FakeConversations:
        """What is done with the conversations of the chat."""
        return FakeConversations(self.chat)

    @property
    def judge(self) -> Judge:
        """As the window is given it."""
        return self.judgements.judge

    @property
    def judge_tables(self) -> JudgeTables:
        """As the window is given them."""
        return self.judgements.tables

    @property
    def judge_exports(self) -> JudgeExports:
        """As the window is given them."""
        return self.judgements.exports


def fresh_settings(folder: Path | None = None) -> Settings:
    """Settings of somebody who has seen the welcome."""
    settings = Settings((folder or Path(mkdtemp())) / "settings.toml", tomlkit.document(), {})
    settings.set(UI_NOTICE_SEEN, 1)
    return settings


def furnished(language: str = "en") -> FakeServices:
    """Services with conversations, documents and a problem."""
    titles = ("Nine-hour flight to Tokyo", "Summary of vendor contract", "VPN token lost")
    older = ("Parental leave, part time", "Error budget of checkout")
    chat = FakeChat(listed=[Conversation(f"t{n}", t, NOW, NOW) for n, t in enumerate(titles)])
    chat.listed += [Conversation(f"o{n}", t, NOW, "2026-11-20T09:00:00+00:00") for n, t in enumerate(older)]
    chat.kept["t0"] = conversation_messages("t0")
    held = [
        Document(n, f"/documents/{name}", name, name, collection, "", 9000, pages, chunks, NOW)
        for n, (name, collection, pages, chunks) in enumerate(
            (
                ("Benefits overview.pdf", "Documents", 12, 41),
                ("Error budget policy.md", "Engineering", 0, 9),
                ("Travel desk handbook.docx", "Documents", 0, 18),
                ("Travel policy.pdf", "Documents", 7, 23),
            )
        )
    ]
    bad = [Problem("/documents/Budget.pdf", ErrorCode.PARSE_ENCRYPTED, {"path": "/documents/Budget.pdf"})]
    watched = [WatchedFolder(1, "/documents/Policies", "Documents"), WatchedFolder(2, "/gone", "Archive")]
    findings = (
        HygieneFinding(
            "near_copy", 2, "Travel desk handbook.docx", other_id=3, other="Travel policy.pdf", similarity=0.94
        ),
        HygieneFinding("no_text_pages", 0, "Benefits overview.pdf", 3),
        HygieneFinding("secret", 1, "Error budget policy.md", 1, "AWS access key"),
        HygieneFinding("instruction", 3, "Travel policy.pdf", 1, "ignore all previous instructions"),
    )
    asked = [
        Question("May I fly premium economy to Tokyo?", ("Travel policy.pdf",), 3, id=1),
        Question("How many days ahead are trips booked?", ("Travel desk handbook.docx",), id=2),
        Question("Who pays for a dentist?", ("Benefits overview.pdf",), 7, "generated", approved=False, id=3),
    ]
    return FakeServices(
        chat,
        library=FakeLibrary(held, bad),
        hygiene=FakeHygiene(findings),
        questions=FakeQuestions(asked),
        experiments=experiments(),
        folders=FakeFolders(watched),
        language=language,
    )
