"""The real command line, in processes of its own, on the small real models."""

import json
import os
import signal
import sqlite3
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

import pytest
from reportlab.pdfgen.canvas import Canvas

from app.adapters.sqlite_appeals import SqliteAppeals
from tests.conftest import REPOSITORY
from tests.unit.worker.gguf_writer import write_lora

SMOLLM2_WIDTH = 576
PAGES = (
    "Welcome to Bramble and Sons. This handbook is for everybody who works here.",
    "Every employee has 27 days of paid leave a year. Ask your lead two weeks ahead.",
    "Travel by rail is booked in second class. A hotel night may cost up to 140 euros.",
)


@pytest.fixture(scope="module")
def documents(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A handbook of three pages and a note."""
    folder = tmp_path_factory.mktemp("documents")
    canvas = Canvas(str(folder / "handbook.pdf"))
    for text in PAGES:
        canvas.drawString(40, 700, text)
        canvas.showPage()
    canvas.save()
    (folder / "note.md").write_text("# Keys\n\nThe porter keeps the spare keys in the green cabinet.\n")
    return folder


@pytest.fixture(scope="module")
def filled_home(tmp_path_factory: pytest.TempPathFactory, models_folder: Path, documents: Path) -> Path:
    """A home with the two small models and the documents."""
    home = with_models(tmp_path_factory.mktemp("filled") / "home", models_folder)
    added = donjon(home, "library", "add", str(documents), "--json")
    assert added.returncode == 0, added.stderr
    assert sorted(document["name"] for document in json.loads(added.stdout)["added"]) == ["handbook.pdf", "note.md"]
    return home


def with_models(home: Path, models_folder: Path, *, max_tokens: int = 32) -> Path:
    """A home that has the two small models; answers are short, since this model likes to go on and on."""
    (home / "models").mkdir(parents=True)
    for model in ("smollm2-135m", "all-minilm-l6-v2"):
        (home / "models" / model).symlink_to(models_folder / model)
    (home / "settings.toml").write_text(
        f"[model]\nmax_tokens = {max_tokens}\n\n[library]\npassages = 2\n\n[ui]\nnotice_seen = 1\n"
    )
    return home


def donjon(home: Path, *arguments: str, text: str = "") -> "subprocess.CompletedProcess[str]":
    return subprocess.run(
        [sys.executable, "-m", "app", "--home", str(home), *arguments],
        cwd=REPOSITORY,
        env={name: value for name, value in os.environ.items() if name not in ("DISPLAY", "WAYLAND_DISPLAY")},
        input=text,
        capture_output=True,
        text=True,
        timeout=240,
        check=False,
    )


def test_a_passage_is_found_on_its_page(filled_home: Path) -> None:
    done = donjon(filled_home, "library", "search", "How much may a hotel night cost?", "--json")
    assert done.returncode == 0, done.stderr
    found = json.loads(done.stdout)
    first = found["passages"][0]
    assert found["query"] == "How much may a hotel night cost?"
    places = {"document", "page", "unit", "label", "start", "end"}
    assert set(first) == places | {"text", "score", "scores", "ranks", "where"}
    assert set(first["scores"]) == {"bm25", "vector"}
    assert (first["document"], first["page"]) == ("handbook.pdf", 3)
    assert "140 euros" in first["text"]


def test_an_adapter_changes_the_answer_by_its_scale(tmp_path: Path, models_folder: Path) -> None:
    home = with_models(tmp_path / "home", models_folder)
    (home / "settings.toml").write_text("[model]\nmax_tokens = 24\ntemperature = 0.0\n")
    write_lora(tmp_path / "tone.gguf", width=SMOLLM2_WIDTH)
    imported = donjon(home, "models", "import", str(tmp_path / "tone.gguf"), "--json")
    assert imported.returncode == 0, imported.stderr
    assert json.loads(imported.stdout)["role"] == "adapter"

    def answer(*options: str) -> str:
        done = donjon(home, "ask", "Name three colours.", "--no-library", "--json", *options)
        assert done.returncode == 0, done.stderr
        return str(json.loads(done.stdout)["answer"])

    bare = answer()
    assert answer("--adapter", "tone=0") == bare
    assert answer("--adapter", "tone=4") != bare
    unknown = donjon(home, "ask", "Hello?", "--no-library", "--adapter", "other")
    assert unknown.returncode == 2
    assert "no adapter" in unknown.stderr


SCHEMA = {
    "type": "object",
    "properties": {"place": {"type": "string", "maxLength": 12}, "sure": {"type": "boolean"}},
    "required": ["place", "sure"],
    "additionalProperties": False,
}


def test_ask_answers_by_a_schema(filled_home: Path, tmp_path: Path) -> None:
    (tmp_path / "schema.json").write_text(json.dumps(SCHEMA))
    done = donjon(filled_home, "ask", "Where are the spare keys?", "--schema", str(tmp_path / "schema.json"))
    assert done.returncode == 0, done.stderr
    answer = json.loads(done.stdout)
    assert set(answer) == {"place", "sure"}
    assert len(answer["place"]) <= 12
    assert "on this device" in done.stderr


def test_ask_says_why_it_cannot_hold_to_a_schema(filled_home: Path, tmp_path: Path) -> None:
    path = tmp_path / "schema.json"
    path.write_text('{"type": "string", "pattern": "^a"}')
    refused = donjon(filled_home, "ask", "Where are the keys?", "--schema", str(path), "--json")
    assert refused.returncode == 2
    error = json.loads(refused.stderr)["error"]
    assert error["code"] == "schema_unsupported"
    assert "#/pattern" in error["what"]


def test_ask_answers_in_the_documented_shape(filled_home: Path) -> None:
    done = donjon(filled_home, "ask", "Where are the spare keys?", "--json")
    assert done.returncode == 0, done.stderr
    answer = json.loads(done.stdout)
    told = {"answer", "model", "ran", "because", "citations", "grounded", "support", "withheld", "timing", "trace"}
    assert set(answer) == told
    assert answer["answer"]
    assert answer["ran"] == "device"
    assert answer["grounded"] is bool(answer["citations"])
    assert set(answer["timing"]) == {"first_token_s", "tokens_per_s", "prompt_tokens", "cached_tokens"}
    assert answer["timing"]["tokens_per_s"] > 0
    assert len(answer["trace"]["ledger"]) == 2


def test_a_prompt_is_listed_filled_in_and_asked(filled_home: Path, tmp_path: Path) -> None:
    own = tmp_path / "greeting.toml"
    own.write_text('id = "my-greeting"\ntitle = "Greet"\ntext = "Greet {who}."\n\n[[variables]]\nname = "who"\n')
    checked = json.loads(donjon(filled_home, "prompts", "check", str(own), "--json").stdout)
    assert checked == {"usable": ["my-greeting@1"], "problems": []}
    (filled_home / "prompts").mkdir()
    (filled_home / "prompts" / "my-greeting@1.toml").write_bytes(own.read_bytes())
    (listed,) = json.loads(donjon(filled_home, "prompts", "list", "greet", "--json").stdout)["prompts"]
    assert (listed["id"], listed["origin"], listed["versions"]) == ("my-greeting", "own", [1])
    (tmp_path / "who.txt").write_text("{Ana} & Ben")
    filled = ("prompts", "run", "my-greeting@1", "--file", f"who={tmp_path / 'who.txt'}", "--json")
    dry = json.loads(donjon(filled_home, *filled, "--dry").stdout)
    assert (dry["prompt"], dry["text"], dry["library"]) == ("my-greeting@1", "Greet {Ana} & Ben.", False)
    done = donjon(filled_home, *filled)
    assert done.returncode == 0, done.stderr
    answer = json.loads(done.stdout)
    assert answer["answer"].strip()
    entries = donjon(filled_home, "ledger", "export").stdout
    assert '"prompt":"my-greeting@1"' in entries.replace('\\"', '"').replace(": ", ":")


def test_a_prompt_that_cannot_be_used_is_said(filled_home: Path, tmp_path: Path) -> None:
    bad = tmp_path / "bad.toml"
    bad.write_text('id = "bad"\ntitle = "Bad"\ntext = "Say {what}"\n')
    done = donjon(filled_home, "prompts", "check", str(bad))
    assert done.returncode == 2
    assert "its text has {what}, which is none of its variables" in done.stdout


def test_an_experiment_compares_and_its_winner_is_used(tmp_path: Path, models_folder: Path, documents: Path) -> None:
    home = with_models(tmp_path / "home", models_folder)
    assert donjon(home, "library", "add", str(documents), "--no-wait").returncode == 0
    asked = tmp_path / "asked.csv"
    asked.write_text(
        "question,document,page\nWhat may a hotel night cost?,handbook.pdf,3\nWho has the spare keys?,note.md,\n",
        encoding="utf-8",
    )
    experiment = ("library", "experiment")
    assert donjon(home, *experiment, "questions", "import", str(asked)).returncode == 0
    ran = donjon(home, *experiment, "run", "--words", "60", "--fusion", "words", "-k", "1", "--json")
    assert ran.returncode == 0, ran.stderr
    run = json.loads(ran.stdout)
    assert (run["state"], len(run["questions"])) == ("complete", 2)
    present, other = run["results"]
    assert (present["verdict"], present["figures"]["recall"]["mean"]) == ("present", 1.0)
    assert other["variant"]["chunk_words"] == 60
    used = donjon(home, *experiment, "use", "1", str(other["number"]), "--json")
    assert json.loads(used.stdout)["embedded_anew"] is True, used.stderr
    assert "chunk_words = 60" in (home / "settings.toml").read_text()
    assert list((home / "cache" / "experiments").iterdir()) == []


VISIT = """name = "Visit"
about = "a note of a visit"

[[field]]
key = "mood"
name = "Mood"
kind = "choice"
ask = "How the visitor felt."
choices = ["glad", "angry"]

[[field]]
key = "returns"
name = "Returns"
kind = "yes_no"
ask = "Whether the visitor comes again."
"""


def test_documents_are_judged_by_an_own_template(filled_home: Path, tmp_path: Path) -> None:
    (filled_home / "judge").mkdir()
    (filled_home / "judge" / "visit.toml").write_text(VISIT)
    (tmp_path / "visits").mkdir()
    (tmp_path / "visits" / "monday.txt").write_text("The visitor was very glad.\n\nShe will come again in May.\n")
    (tmp_path / "visits" / "broken.pdf").write_bytes(b"%PDF-1.7 and no more")
    done = donjon(filled_home, "judge", "visit", str(tmp_path / "visits"), "--runs", "2", "--json")
    assert done.returncode == 4, done.stderr  # one file of the folder could not be read
    said = json.loads(done.stdout)
    (failed,) = said["failed"]
    assert set(failed) == {"path", "code", "what"}
    assert failed["code"].startswith("parse_")
    (judgement,) = said["judgements"]
    assert set(judgement) == {
        *("case", "document", "path", "sha256", "template", "template_version", "version", "made_at", "model", "ran"),
        *("instruction", "runs", "parts", "ledger", "disclosure", "fields"),
    }
    assert judgement["fields"]["mood"]["value"] in ("glad", "angry", None)
    assert judgement["fields"]["returns"]["value"] in (True, False, None)
    text = (tmp_path / "visits" / "monday.txt").read_text()
    for field in judgement["fields"].values():
        assert set(field) == {"value", "evidence", "agree", "note", "review"}
        assert field["agree"] in (1, 2)
        for quote in field["evidence"]:
            assert text[quote["start"] : quote["end"]] == quote["quote"]
    assert "visit " in donjon(filled_home, "judge").stdout
    refused = donjon(filled_home, "judge", "nothing", str(tmp_path), "--json")
    assert refused.returncode == 2
    assert json.loads(refused.stderr)["error"]["code"] == "unknown_template"


def test_adding_again_changes_nothing(filled_home: Path, documents: Path) -> None:
    again = json.loads(donjon(filled_home, "library", "add", str(documents), "--json").stdout)
    assert again["added"] == []
    assert len(again["unchanged"]) == 2


def test_the_chat_answers_and_ends(filled_home: Path) -> None:
    done = donjon(filled_home, "chat", text="/continue\nSay hello.\n/exit\n")
    assert done.returncode == 0, done.stderr
    assert "There is no answer yet." in done.stderr
    assert done.stdout.count("AI · SmolLM2") == 1


@pytest.mark.parametrize(
    ("arguments", "exit_code", "code"),
    [
        (["ask", "", "--json"], 2, "empty_question"),
        (["ask", "hello", "--model", "nobody", "--json"], 2, "unknown_model"),
        (["library", "add", "/nowhere", "--json"], 2, "file_not_found"),
        (["models", "get", "nobody", "--json"], 2, "unknown_model"),
        (["prompts", "run", "reply", "--json"], 2, "prompt_values"),
        (["ask", "hello", "--model", "qwen2.5-coder-0.5b", "--json"], 4, "model_not_installed"),
    ],
)
def test_failures_have_their_exit_codes(filled_home: Path, arguments: list[str], exit_code: int, code: str) -> None:
    done = donjon(filled_home, *arguments)
    assert done.returncode == exit_code
    assert json.loads(done.stderr.splitlines()[-1])["error"]["code"] == code


def test_a_file_that_is_no_model_is_refused(filled_home: Path, tmp_path: Path) -> None:
    path = tmp_path / "fake.gguf"
    path.write_bytes(b"not a model")
    for command in ("inspect", "import"):
        done = donjon(filled_home, "models", command, str(path), "--json")
        assert done.returncode == 4
        assert json.loads(done.stderr)["error"]["code"] == "model_invalid"


def test_without_a_model_the_way_to_one_is_said(tmp_path: Path) -> None:
    done = donjon(tmp_path / "home", "ask", "hello")
    assert done.returncode == 4
    assert "donjon models get qwen2.5-coder-1.5b" in done.stderr


@pytest.fixture
def chatting(filled_home: Path) -> Iterator["subprocess.Popen[str]"]:
    """A process that holds the home."""
    process = subprocess.Popen(
        [sys.executable, "-m", "app", "--home", str(filled_home), "chat"],
        cwd=REPOSITORY,
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL,
        text=True,
    )
    assert process.stdout
    assert "on this device" in process.stdout.readline()
    yield process
    process.kill()
    process.communicate()


def test_the_second_process_is_told_who_holds_the_home(filled_home: Path, chatting: "subprocess.Popen[str]") -> None:
    done = donjon(filled_home, "library", "list", "--json")
    assert done.returncode == 4
    assert str(chatting.pid) in json.loads(done.stderr)["error"]["what"]


@pytest.mark.skipif(sys.platform == "win32", reason="signals are sent otherwise there")
def test_an_interrupt_keeps_what_was_written(tmp_path: Path, models_folder: Path) -> None:
    # The answer must outlast the wait below on a fast machine, so its end is far away.
    home = with_models(tmp_path / "home", models_folder, max_tokens=2000)
    process = subprocess.Popen(
        [
            sys.executable,
            "-m",
            "app",
            "--home",
            str(home),
            "ask",
            "--no-library",
            "Count from one to ten thousand. Write every number on a line of its own.",
            "--json",
        ],
        cwd=REPOSITORY,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )
    chats = home / "chats.db"
    deadline = time.monotonic() + 60
    while time.monotonic() < deadline and not _streamed(chats):
        time.sleep(0.05)
    process.send_signal(signal.SIGINT)
    out, err = process.communicate(timeout=30)
    assert process.returncode == 130, err
    answer = json.loads(out)
    assert answer["trace"]["stopped"] is True
    assert answer["answer"]
    assert donjon(home, "ledger", "verify").returncode == 0


def _streamed(chats: Path) -> bool:
    """Whether a part of an answer has been kept while it streams."""
    if not chats.exists():
        return False
    with closing(sqlite3.connect(f"file:{chats}?mode=ro", uri=True)) as connection:
        try:
            (count,) = connection.execute(
                "SELECT count(*) FROM messages WHERE status = 'streaming' AND length(text) > 0"
            ).fetchone()
        except sqlite3.OperationalError:  # the file is there before its tables are
            return False
    return bool(count)


def test_diagnostics_tell_no_content(filled_home: Path, tmp_path: Path) -> None:
    done = donjon(filled_home, "diagnostics", "--json")
    assert done.returncode == 0, done.stderr
    told = json.loads(done.stdout)
    parts = {"versions", "platform", "hardware", "settings", "models", "library", "errors", "broken"}
    assert set(told) == parts
    assert told["broken"] == {}
    assert told["settings"] == {"library.passages": 2, "model.max_tokens": 32, "ui.notice_seen": 1}
    assert {model["id"] for model in told["models"]} == {"smollm2-135m", "all-minilm-l6-v2"}
    assert told["library"]["documents"] == 2
    text = donjon(filled_home, "diagnostics").stdout
    assert "[library]" in text
    assert "handbook" not in done.stdout + text
    assert str(filled_home) not in done.stdout + text
    (tmp_path / "settings.toml").write_text("[gateway]\nurl = 3\n")
    assert json.loads(donjon(tmp_path, "diagnostics", "--json").stdout)["broken"] == {"home": "settings_invalid"}


def test_objections_are_listed(tmp_path: Path) -> None:
    assert json.loads(donjon(tmp_path, "appeals", "--json").stdout) == {"appeals": []}
    store = SqliteAppeals(tmp_path / "appeals.db")
    store.add("2026-11-23T10:00:00+00:00", "personal", "question", ("card number",), "a part number")
    store.close()
    (told,) = json.loads(donjon(tmp_path, "appeals", "--json").stdout)["appeals"]
    assert set(told) == {"id", "at", "rail", "where", "kinds", "text"}
    assert "a part number" in donjon(tmp_path, "appeals").stdout
    assert "a part number" not in donjon(tmp_path, "appeals", "--forget", "1").stdout


def test_self_test_passes(filled_home: Path) -> None:
    done = donjon(filled_home, "self-test", "--json")
    report = json.loads(done.stdout)
    assert done.returncode == 0, report
    assert report["ok"] is True
    assert all(check["ok"] for check in report["checks"])
    assert len(report["checks"]) == 8


def test_self_test_without_models_skips_what_needs_them(tmp_path: Path) -> None:
    done = donjon(tmp_path / "home", "self-test")
    assert done.returncode == 0, done.stdout
    assert "skipped" in done.stdout


def test_without_display_and_terminal_the_demo_runs(tmp_path: Path, models_folder: Path) -> None:
    done = donjon(with_models(tmp_path / "home", models_folder))
    assert done.returncode == 0, done.stderr
    assert done.stdout.count("AI · SmolLM2") == 3


def test_a_tampered_ledger_is_found(filled_home: Path) -> None:
    """Last: the ledger does not hold any more afterwards."""
    assert donjon(filled_home, "ledger", "verify").returncode == 0
    with sqlite3.connect(filled_home / "ledger.db") as connection:
        connection.execute("DROP TRIGGER entries_are_not_changed")
        connection.execute("UPDATE entries SET kind = 'nothing' WHERE seq = 1")
    connection.close()
    done = donjon(filled_home, "ledger", "verify", "--json")
    assert done.returncode == 3
    assert json.loads(done.stdout)["broken_at"] == 1


@pytest.mark.skipif(sys.platform == "win32", reason="signals are sent otherwise there")
def test_the_app_killed_amid_adding_loses_nothing_committed(tmp_path: Path, models_folder: Path) -> None:
    home = with_models(tmp_path / "home", models_folder)
    folder = tmp_path / "many"
    folder.mkdir()
    for number in range(120):
        (folder / f"{number:03}.txt").write_text(f"Locker {number} belongs to kestrel{number}.\n")
    process = subprocess.Popen(
        [sys.executable, "-m", "app", "--home", str(home), "library", "add", str(folder)],
        cwd=REPOSITORY,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
    )
    database = home / "library" / "library.db"
    deadline = time.monotonic() + 120
    while time.monotonic() < deadline and _rows(database, "documents") < 20:
        time.sleep(0.02)
    process.kill()
    process.wait()
    committed = _rows(database, "documents")
    assert committed >= 20

    checked = json.loads(donjon(home, "library", "check", "--json").stdout)
    assert checked["documents"] >= committed
    assert checked["problems"] == []
    again = json.loads(donjon(home, "library", "add", str(folder), "--json").stdout)
    assert len(again["unchanged"]) == checked["documents"]
    assert len(again["added"]) == 120 - checked["documents"]
    found = json.loads(donjon(home, "library", "search", "kestrel7", "--json").stdout)
    assert found["passages"][0]["document"] == "007.txt"


def _rows(database: Path, table: str) -> int:
    """How many rows a table of another process's database has; 0 while it is not there."""
    if not database.exists():
        return 0
    with closing(sqlite3.connect(f"file:{database}?mode=ro", uri=True)) as connection:
        try:
            return int(connection.execute(f"SELECT count(*) FROM {table}").fetchone()[0])
        except sqlite3.OperationalError:  # the file is there before its tables are
            return 0


def test_a_question_is_asked_in_a_project_of_the_collections_it_has(filled_home: Path, tmp_path: Path) -> None:
    said = {"id": "1", "role": "user", "text": "Hello?"}
    file = tmp_path / "chat.json"
    file.write_text(json.dumps({"format": "donjon-conversation", "messages": [said], "project": "Porters"}))
    assert donjon(filled_home, "chats", "import", str(file)).returncode == 0
    asked = donjon(filled_home, "ask", "Where are the keys?", "--project", "porters", "--json")
    assert json.loads(asked.stdout)["trace"]["documents_searched"] == 2, asked.stderr
    (project,) = json.loads(donjon(filled_home, "chats", "projects", "--json").stdout)["projects"]
    assert project.keys() == {"id", "name", "instructions", "collections", "model", "chats"}
    assert (project["name"], project["chats"]) == ("Porters", 2)
    missing = donjon(filled_home, "ask", "Hello?", "--project", "Nobody's", "--json")
    assert json.loads(missing.stderr or missing.stdout)["error"]["code"] == "unknown_project"


def test_chats_of_another_program_are_imported_found_exported_and_deleted(tmp_path: Path) -> None:
    home, file = tmp_path / "home", tmp_path / "chat.json"
    message = {"author": {"role": "user"}, "content": {"parts": ["Where is the spare key?"]}}
    file.write_text(json.dumps([{"title": "Keys", "id": "k1", "mapping": {"q": {"parent": None, "message": message}}}]))
    imported = donjon(home, "chats", "import", str(file), "--json")
    assert json.loads(imported.stdout) == {"conversations": 1, "messages": 1, "known": 0}
    (hit,) = json.loads(donjon(home, "chats", "find", "spare", "--json").stdout)["hits"]
    assert hit.keys() == {
        *("conversation_id", "title", "message_id", "role", "created_at", "snippet", "spans"),
    }
    exported = donjon(home, "chats", "export", hit["conversation_id"][:8], str(tmp_path / "out.md"))
    assert exported.returncode == 0, exported.stderr
    assert "Where is the spare key?" in (tmp_path / "out.md").read_text()
    assert donjon(home, "chats", "delete", hit["conversation_id"][:8]).returncode == 0
    assert json.loads(donjon(home, "chats", "list", "--json").stdout) == {"conversations": []}
