"""Which folder is the home."""

from pathlib import Path

import pytest

from app.cli.home import home_folder


def test_a_named_folder_wins(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("DONJON_HOME", str(tmp_path / "other"))
    assert home_folder(tmp_path / "named") == tmp_path / "named"


def test_then_the_environment(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("DONJON_HOME", str(tmp_path))
    assert home_folder() == tmp_path


def test_then_the_systems_place(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("DONJON_HOME", raising=False)
    assert home_folder().name == "Donjon"
    assert home_folder().is_absolute()
