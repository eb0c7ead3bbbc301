"""The copilot on the command line: what it sees, and playbooks from the first question to the record."""

import json
from pathlib import Path

import pytest

from tests.end2end.test_command_line import donjon, with_models

INCIDENT = "Checkout was unavailable; a release took down two database servers. Service was restored by a rollback.\n"


@pytest.fixture(scope="module")
def home(tmp_path_factory: pytest.TempPathFactory, models_folder: Path) -> Path:
    return with_models(tmp_path_factory.mktemp("copilot") / "home", models_folder)


def test_it_says_what_it_sees_and_runs_nothing(home: Path, tmp_path: Path) -> None:
    path = tmp_path / "report.txt"
    path.write_text(INCIDENT, encoding="utf-8")
    looked = donjon(home, "copilot", str(path), "--json")
    assert looked.returncode == 0, looked.stderr
    shape = json.loads(looked.stdout)
    assert set(shape) == {
        *("source", "lines", "kind", "because", "by", "confidence", "secrets", "steps", "did", "result"),
    }
    assert (shape["kind"], shape["by"], shape["did"], len(shape["steps"])) == ("incident", "detectors", None, 3)
    said = donjon(home, "copilot", "-", text=INCIDENT)
    assert "This looks like an incident report." in said.stdout
    ledger = donjon(home, "ledger", "export").stdout
    assert ledger == ""


def test_a_model_has_a_look_where_patterns_do_not_know_and_a_step_is_carried_out(home: Path) -> None:
    prose = "The label printer in hall three draws every label twice."
    looked = json.loads(donjon(home, "copilot", "--json", text=prose).stdout)
    assert looked["by"] in ("model", "nobody")
    assert len(looked["steps"]) == 3
    done = json.loads(donjon(home, "copilot", "--do", "1", "--json", text=INCIDENT).stdout)
    assert done["did"] == "summarise_incident"
    assert done["result"]
    ledger = donjon(home, "ledger", "export").stdout
    assert "copilot" in ledger
    assert "label printer" not in ledger
    assert "rollback" not in ledger


def test_a_secret_is_taken_out(home: Path) -> None:
    cleaned = donjon(home, "copilot", "--do", "1", text="key AKIAABCDEFGHIJKLMNOP\n")
    assert cleaned.stdout.strip() == "key [AWS access key removed]"


def test_a_playbook_is_stopped_gone_on_with_and_recorded(home: Path, tmp_path: Path) -> None:
    stopped = donjon(home, "playbook", "run", "incident_triage", text="Checkout\n09:12 UTC\n")
    assert stopped.returncode == 130
    (run,) = json.loads(donjon(home, "playbook", "runs", "--json").stdout)["runs"]
    assert set(run) == {"run", "playbook", "started_at", "changed_at", "answers"}
    out = tmp_path / "record.md"
    rest = "2\n3\nb\n3\n2\n"
    ended = donjon(home, "playbook", "run", "--resume", str(run["run"]), "--out", str(out), "--json", text=rest)
    assert ended.returncode == 0, ended.stderr
    shape = json.loads(ended.stdout)
    assert set(shape) == {*run, "end", "title", "record"}
    assert shape["end"] == "finish_minor"
    assert out.read_text(encoding="utf-8") == shape["record"]
    assert "No AI had a part in this record." in shape["record"]
    assert donjon(home, "playbook", "record", str(run["run"])).stdout == shape["record"]
    donjon(home, "playbook", "remove", str(run["run"]))
    assert json.loads(donjon(home, "playbook", "runs", "--json").stdout) == {"runs": []}


def test_a_model_drafts_within_a_playbook(home: Path) -> None:
    answers = "Checkout\n09:12 UTC\n1\n1\n2\nMara leads\n\n\n"
    ended = donjon(home, "playbook", "run", "incident_triage", "--json", text=answers)
    assert ended.returncode == 0, ended.stderr
    shape = json.loads(ended.stdout)
    assert shape["end"] == "finish_major"
    assert shape["answers"][-1]["model"]
    assert "written or judged by AI" in shape["record"]


def test_playbook_files_are_checked_with_line_numbers(home: Path, tmp_path: Path) -> None:
    bad = tmp_path / "bad.toml"
    bad.write_text('title = "x"\ndescription = "y"\n[[step]]\nid = "a"\nkind = "aks"\n', encoding="utf-8")
    checked = donjon(home, "playbook", "check", str(bad))
    assert checked.returncode == 2
    assert f"{bad}:5: step “a” is of no known kind; did you mean “ask”?" in checked.stdout
    as_json = json.loads(donjon(home, "playbook", "check", str(bad), "--json").stdout)
    assert as_json["files"][0]["faults"][0]["line"] == 5
    listed = json.loads(donjon(home, "playbook", "list", "--json").stdout)
    assert len(listed["playbooks"]) == 6
    assert set(listed["playbooks"][0]) == {"id", "title", "description", "steps"}
    assert listed["problems"] == []
