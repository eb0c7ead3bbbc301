"""The gateway from the command line, with a server of our own on loopback."""

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

from tests.fakes.gateway_server import PIECES, Script, gateway_server


def donjon(
    home: Path, *arguments: str, given: str = "", key: str = "of-this-session"
) -> subprocess.CompletedProcess[str]:
    keyless = {"DONJON_GATEWAY_KEY": key, "PYTHON_KEYRING_BACKEND": "keyring.backends.fail.Keyring"}
    command = [sys.executable, "-m", "app", "--home", str(home), *arguments]
    return subprocess.run(command, env=os.environ | keyless, input=given, capture_output=True, text=True, timeout=120)


def test_an_answer_from_the_gateway_says_where_it_ran_and_is_on_the_ledger(home: Path) -> None:
    home.mkdir()
    script = Script()
    with gateway_server(script) as url:
        (home / "settings.toml").write_text(f'[gateway]\nurl = "{url}"\nmodels = "large"\n')
        answer = json.loads(donjon(home, "ask", "Hello?", "--no-library", "--json").stdout)
    assert answer["answer"].strip() == "".join(PIECES).strip()
    assert (answer["model"], answer["ran"]) == ("large", "gateway")
    assert answer["because"] == "no model is installed on this device"
    assert script.keys == ["Bearer of-this-session"]
    ledger = [json.loads(line) for line in donjon(home, "ledger", "export").stdout.splitlines()]
    kinds = [entry["kind"] for entry in ledger]
    assert kinds == ["generation.started", "network.opened", "network.closed", "generation.ended"]
    assert json.loads(ledger[1]["facts"])["host"] in url
    assert "of-this-session" not in str(ledger)


def test_a_key_is_never_written_to_a_file(home: Path) -> None:
    refused = donjon(home, "gateway", "set-key", "--json", given="very-secret-key\n")
    assert refused.returncode == 4
    assert json.loads(refused.stderr)["error"]["code"] == "keyring_missing"
    assert not [path for path in home.rglob("*") if path.is_file() and b"very-secret-key" in path.read_bytes()]


def test_without_a_keyring_a_passphrase_keeps_the_key(home: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    short = donjon(home, "gateway", "set-key", "--vault", "--json", given="very-secret-key\nshort\n")
    assert json.loads(short.stderr)["error"]["code"] == "vault_passphrase_unfit"
    given = "very-secret-key\nkestrel over the harbour\n"
    assert json.loads(donjon(home, "gateway", "set-key", "--vault", "--json", given=given).stdout) == {"stored": True}
    assert not [path for path in home.rglob("*") if path.is_file() and b"very-secret-key" in path.read_bytes()]
    locked = donjon(home, "gateway", "status", "--json", key="")
    assert json.loads(locked.stderr)["error"]["code"] == "vault_locked"
    monkeypatch.setenv("DONJON_VAULT_PASSPHRASE", "kestrel over the harbour")
    assert json.loads(donjon(home, "gateway", "status", "--json", key="").stdout)["has_key"] is True
