"""A bundle of a real model, from one home to another that has no network, by the real command line."""

import json
from pathlib import Path

from tests.end2end.test_command_line import donjon, with_models


def test_a_bundle_reaches_another_home(tmp_path: Path, models_folder: Path) -> None:
    here = with_models(tmp_path / "here", models_folder)
    there, stick = tmp_path / "there", tmp_path / "stick"
    made = donjon(here, "models", "bundle", "all-minilm-l6-v2", str(stick), "--json")
    assert made.returncode == 0, made.stderr
    written = json.loads(made.stdout)
    assert written["models"] == ["all-minilm-l6-v2"]

    unknown = donjon(there, "models", "import", str(stick), "--json")
    assert unknown.returncode == 3
    assert json.loads(unknown.stderr)["error"]["code"] == "bundle_untrusted"
    assert written["key"] in json.loads(unknown.stderr)["error"]["what"]

    weights = stick / "all-minilm-l6-v2" / "model.safetensors"
    with weights.open("r+b") as file:
        file.seek(50_000_000)
        byte = file.read(1)
        file.seek(50_000_000)
        file.write(bytes([byte[0] ^ 1]))
    spoilt = donjon(there, "models", "import", str(stick), "--trust", written["key"], "--json")
    assert spoilt.returncode == 3
    assert not list((there / "models").glob("[!.]*"))
    with weights.open("r+b") as file:
        file.seek(50_000_000)
        file.write(byte)

    taken = donjon(there, "models", "import", str(stick), "--trust", written["key"], "--json")
    assert taken.returncode == 0, taken.stderr
    assert [model["id"] for model in json.loads(taken.stdout)["models"]] == written["models"]
    assert (there / "models" / "all-minilm-l6-v2" / "tokenizer.json").is_file()


def test_users_of_one_machine_share_models(tmp_path: Path, models_folder: Path) -> None:
    shared = with_models(tmp_path / "shared", models_folder)
    home = tmp_path / "home"
    home.mkdir()
    (home / "settings.toml").write_text(f'[models]\nshared_folder = "{shared}/models"\n')
    listed = json.loads(donjon(home, "models", "list", "--json").stdout)["models"]
    assert {model["id"] for model in listed if model["shared"]} == {"smollm2-135m", "all-minilm-l6-v2"}
    got = donjon(home, "models", "get", "smollm2-135m")  # is here already, for everybody
    assert got.returncode == 0, got.stderr
    assert not (home / "models").exists()
