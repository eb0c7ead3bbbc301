"""The commands, with services that say what they are told to."""

import json
import signal
import subprocess
import sys
import threading
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import cast

import pytest

from app.adapters.sqlite_ledger import SqliteLedger
from app.adapters.system_clock import SystemClock
from app.cli.commands import run
from app.cli.doors import Doors
from app.composition import open_access
from app.domain.cancel import Cancel
from app.domain.chat import Citation, SentenceSupport, Timing
from app.domain.errors import AppError, ErrorCode
from app.domain.events import AnswerEvent, Cited, ConversationStarted, Finished, Retrieved, Token
from app.domain.library import Document, Passage
from app.domain.query import EVERYWHERE, Search
from app.services.appeals import Appeals
from app.services.audit import Audit
from app.services.bundles import ModelBundles
from app.services.chat import Chat
from app.services.chat_transfer import Transfer
from app.services.completions import Completions
from app.services.conversations import Conversations
from app.services.copilot import Copilot
from app.services.diagnostics import Diagnostics
from app.services.ensemble import Ensemble
from app.services.experiments import Experiments
from app.services.folders import Folders
from app.services.gateway import Gateway
from app.services.hygiene import Hygiene
from app.services.judge import Judge
from app.services.judge_exports import JudgeExports
from app.services.judge_tables import JudgeTables
from app.services.library import Library
from app.services.models import Models
from app.services.playbooks import Playbooks
from app.services.projects import Projects
from app.services.prompt_library import PromptLibrary
from app.services.questions import Questions
from app.services.retention import Retention
from app.services.showing import Showing
from app.services.team import Team

PASSAGE = Passage(
    1, "handbook.pdf", "/d/handbook.pdf", "0" * 64, 3, 10, 27, "Leave", "25 days of leave", 0.5, {"bm25": 2.0}
)
CITATION = Citation(1, 1, "handbook.pdf", "/d/handbook.pdf", "0" * 64, 3, 10, 17, "25 days\x1b[31m")
DOUBTFUL = SentenceSupport(0, 12, "contradicted", 1, "number")
DOCUMENT = Document(
    1, "/d/handbook.pdf", "handbook.pdf", "Handbook", "Documents", "0" * 64, 99, 4, 7, "2026-01-01T00:00:00Z"
)


class ScriptedChat:
    """Answers every question alike."""

    searched: Search | None = None

    def answer(
        self,
        question: str,
        *,
        search: Search | None = EVERYWHERE,
        model: str | None = None,
        send_anyway: bool = False,
        schema: str = "",
        adapters: Sequence[str] = (),
        cancel: Cancel,
    ) -> Iterator[AnswerEvent]:
        if not question:
            raise AppError(ErrorCode.EMPTY_QUESTION)
        ScriptedChat.searched = search
        if question == "ledger":
            raise AppError(ErrorCode.LEDGER_UNWRITABLE, reason="full", path="ledger.db")
        if question == "bug oops":
            raise ZeroDivisionError(question)
        yield ConversationStarted("c", "q", "a")
        if search:
            yield Retrieved(8, (PASSAGE,), documents=3)
        yield Token("25 days")
        yield Cited((CITATION,) if search else (), (DOUBTFUL,) if search else ())
        grounded = True if search else None
        yield Finished("a", "25 days [1].", "Small", grounded, False, Timing(0.12345, 9.876, 100, 40, 5), (1, 2))


class OneDocument:
    """Holds one document."""

    def search(self, query: str, *, collection: str | None = None, limit: int = 8) -> list[Passage]:
        return [PASSAGE]

    def documents(self, collection: str | None = None) -> list[Document]:
        return [DOCUMENT]

    def left_out(self) -> AppError | None:
        return None

    def remove(self, document_id: int) -> Document:
        if document_id != DOCUMENT.id:
            raise AppError(ErrorCode.UNKNOWN_DOCUMENT, document=document_id)
        return DOCUMENT


@dataclass
class ScriptedServices:
    """Services of a home that holds a ledger and no models."""

    chat: Chat
    conversations: Conversations
    projects: Projects
    transfer: Transfer
    completions: Completions
    ensemble: Ensemble
    library: Library
    hygiene: Hygiene
    prompt_library: PromptLibrary
    questions: Questions
    experiments: Experiments
    judge: Judge
    judge_tables: JudgeTables
    judge_exports: JudgeExports
    playbooks: Playbooks
    copilot: Copilot
    showing: Showing
    folders: Folders
    retention: Retention
    models: Models
    bundles: ModelBundles
    gateway: Gateway
    team: Team
    audit: Audit
    diagnostics: Diagnostics
    appeals: Appeals


@contextmanager
def open_services(home: Path, role: str, *, models_folder: Path | None = None) -> Iterator[ScriptedServices]:
    if home.name == "taken":
        raise AppError(ErrorCode.HOME_IN_USE, role="window", pid=7, since="today")
    ledger = SqliteLedger(home / "ledger.db", SystemClock())
    chat, library = cast(Chat, ScriptedChat()), cast(Library, OneDocument())
    yield ScriptedServices(
        chat,
        cast(Conversations, None),
        cast(Projects, None),
        cast(Transfer, None),
        cast(Completions, None),
        cast(Ensemble, None),
        library,
        cast(Hygiene, None),
        cast(PromptLibrary, None),
        cast(Questions, None),
        cast(Experiments, None),
        cast(Judge, None),
        cast(JudgeTables, None),
        cast(JudgeExports, None),
        cast(Playbooks, None),
        cast(Copilot, None),
        cast(Showing, None),
        cast(Folders, None),
        cast(Retention, None),
        cast(Models, None),
        cast(ModelBundles, None),
        cast(Gateway, None),
        cast(Team, None),
        Audit(ledger),
        cast(Diagnostics, None),
        cast(Appeals, None),
    )
    ledger.close()


@contextmanager
def serve(home: Path, port: int | None) -> Iterator[str]:
    """Serves until the signal that the test sends to itself."""
    threading.Timer(0.1, signal.raise_signal, [signal.SIGTERM]).start()
    yield f"http://127.0.0.1:{port}/v1"


def make_doors(open_window: Callable[[Path], int] = lambda _home: 0) -> Doors:
    return Doors(open_services, open_services, open_access, serve, Path("resources"), open_window, has_display=True)


def donjon(home: Path, *arguments: str) -> int:
    doors = make_doors()
    return run(["--home", str(home), *arguments], doors)


def test_ask_prints_the_documented_shape(home: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert donjon(home, "ask", "How many?", "--json") == 0
    assert json.loads(capsys.readouterr().out) == {
        "answer": "25 days [1].",
        "model": "Small",
        "ran": "device",
        "because": "",
        "citations": [
            {
                "n": 1,
                "document": "handbook.pdf",
                "page": 3,
                "unit": "page",
                "label": "",
                "start": 10,
                "end": 17,
                "quote": "25 days\x1b[31m",
            }
        ],
        "grounded": True,
        "support": [{"sentence": "25 days [1].", "verdict": "contradicted", "passage": 1, "because": "number"}],
        "withheld": 0,
        "timing": {"first_token_s": 0.123, "tokens_per_s": 9.88, "prompt_tokens": 100, "cached_tokens": 40},
        "trace": {
            "conversation": "c",
            "answer": "a",
            "ledger": [1, 2],
            "documents_searched": 3,
            "asks_for_all": False,
            "surveyed": 0,
            "read_whole": False,
            "passages_found": 8,
            "passages_used": 1,
            "stopped": False,
        },
    }


def test_ask_names_document_page_and_quote(home: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert donjon(home, "ask", "How many?") == 0
    out = capsys.readouterr().out
    assert "25 days [1]." in out
    assert "[1] handbook.pdf, page 3: “25 days”" in out
    assert "[1] says otherwise (another number): “25 days.”" in out
    assert "1 passage of 3 documents · AI · Small · on this device" in out
    assert "\x1b" not in out


def test_ask_reads_the_documents_that_are_named(home: Path, capsys: pytest.CaptureFixture[str]) -> None:
    for name in ("Handbook.pdf", "/d/handbook.pdf"):
        assert donjon(home, "ask", "How many?", "--document", name) == 0
        assert ScriptedChat.searched == Search(documents=(1,))
    capsys.readouterr()
    assert donjon(home, "ask", "How many?", "--document", "nowhere.pdf") == 2
    assert "no document nowhere.pdf" in capsys.readouterr().err


def test_ask_without_the_library_is_not_grounded(home: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert donjon(home, "ask", "How many?", "--no-library", "--json") == 0
    assert json.loads(capsys.readouterr().out)["grounded"] is False


def test_search_prints_the_documented_shape(home: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert donjon(home, "library", "search", "leave", "--json") == 0
    assert json.loads(capsys.readouterr().out) == {
        "query": "leave",
        "passages": [
            {
                "document": "handbook.pdf",
                "page": 3,
                "unit": "page",
                "label": "",
                "start": 10,
                "end": 27,
                "text": "25 days of leave",
                "score": 0.5,
                "scores": {"bm25": 2.0, "vector": None},
                "ranks": {},
                "where": "device",
            }
        ],
    }


@pytest.mark.parametrize(
    ("arguments", "exit_code", "code"),
    [
        (["ask", "bug oops", "--json"], 1, "internal"),
        (["ask", "", "--json"], 2, "empty_question"),
        (["ask", "--json"], 2, "usage"),
        (["nonsense", "--json"], 2, "usage"),
        (["library", "remove", "x", "--json"], 2, "usage"),
        (["library", "remove", "9", "--json"], 2, "unknown_document"),
        (["ask", "ledger", "--json"], 3, "ledger_unwritable"),
    ],
)
def test_every_failure_has_its_exit_code(
    home: Path, arguments: list[str], exit_code: int, code: str, capsys: pytest.CaptureFixture[str]
) -> None:
    assert donjon(home, *arguments) == exit_code
    out, err = capsys.readouterr()
    assert out == ""
    assert json.loads(err)["error"]["code"] == code


def test_a_mistake_of_ours_is_logged_without_its_words(home: Path) -> None:
    home.mkdir()
    assert donjon(home, "ask", "bug oops") == 1
    log = (home / "donjon.log").read_text()
    assert "ZeroDivisionError" in log
    assert "oops" not in log


def test_a_taken_home_names_its_holder(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert donjon(tmp_path / "taken", "library", "list") == 4
    assert "window, process 7, since today" in capsys.readouterr().err


def test_the_ledger_is_verified_and_exported(home: Path, capsys: pytest.CaptureFixture[str]) -> None:
    with open_services(home, "test") as services:
        services.audit.document_removed("a", "b")
    assert donjon(home, "ledger", "verify", "--json") == 0
    assert json.loads(capsys.readouterr().out)["intact"] is True
    assert donjon(home, "ledger", "export") == 0
    assert [json.loads(line)["seq"] for line in capsys.readouterr().out.splitlines()] == [1]


def test_an_exported_ledger_cannot_steer_the_terminal(home: Path, capsys: pytest.CaptureFixture[str]) -> None:
    with open_services(home, "test") as services:
        services.audit.embedding_started(["x"], {"model": "\x9b2J\x1b[31m"})
    assert donjon(home, "ledger", "export") == 0
    line = capsys.readouterr().out
    assert not {"\x1b", "\x9b"} & set(line)
    assert json.loads(json.loads(line)["facts"])["model"] == "\x9b2J\x1b[31m"


def test_a_cut_off_ledger_is_refused(home: Path, capsys: pytest.CaptureFixture[str]) -> None:
    with open_services(home, "test") as services:
        services.audit.document_removed("a", "b")
    (home / "ledger.db").unlink()
    for journal in home.glob("ledger.db-*"):
        journal.unlink()
    assert donjon(home, "ledger", "verify") == 3
    assert "does not hold" in capsys.readouterr().out


def test_without_a_command_the_window_opens(home: Path) -> None:
    opened: list[Path] = []

    def open_window(at: Path) -> int:
        opened.append(at)
        return 0

    assert run(["--home", str(home)], make_doors(open_window)) == 0
    assert opened == [home]


def test_serve_says_where_and_ends_when_told(home: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert donjon(home, "serve", "--port", "7", "--json") == 0
    assert json.loads(capsys.readouterr().out)["base_url"] == "http://127.0.0.1:7/v1"


def test_a_token_is_shown_once_listed_and_revoked(home: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert donjon(home, "serve", "token", "create", "notes", "--scope", "chat", "--json") == 0
    made = json.loads(capsys.readouterr().out)
    assert made["scopes"] == ["chat"]
    assert donjon(home, "serve", "token", "list", "--json") == 0
    listed = capsys.readouterr().out
    assert [token["name"] for token in json.loads(listed)["tokens"]] == ["notes"]
    assert made["token"] not in listed
    assert donjon(home, "serve", "token", "create", "notes") == 2
    assert donjon(home, "serve", "token", "revoke", "notes") == 0
    assert donjon(home, "serve", "token", "revoke", "notes") == 2


def test_help_is_not_an_error(home: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert donjon(home, "--help") == 0
    assert "self-test" in capsys.readouterr().out


def test_the_command_line_is_light() -> None:
    heavy = {"torch", "llama_cpp", "chromadb", "PySide6"}
    code = f"import sys, app.cli.commands; print(sorted({heavy} & sys.modules.keys()))"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "[]"
