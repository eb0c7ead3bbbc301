"""Settings in and out of the file."""

from pathlib import Path
from typing import Any

import pytest

from app.domain.errors import AppError, ErrorCode
from app.settings.file import read_settings
from app.settings.table import MODEL_CONTEXT, MODEL_TEMPERATURE, TABLE, UI_THEME, Setting


@pytest.mark.parametrize("setting", TABLE, ids=lambda setting: setting.key)
def test_every_default_goes_round(tmp_path: Path, setting: Setting[Any]) -> None:
    path = tmp_path / "settings.toml"
    assert read_settings(path).get(setting) == setting.default
    read_settings(path).set(setting, setting.default)
    value = read_settings(path).get(setting)
    assert value == setting.default
    assert type(value) is setting.kind


def test_a_change_keeps_the_comments(tmp_path: Path) -> None:
    path = tmp_path / "settings.toml"
    path.write_text("# mine\n[ui]\ntheme = 'dark'  # easier on the eyes\n")
    settings = read_settings(path)
    settings.set(MODEL_CONTEXT, 4096)
    settings.set(UI_THEME, "light")
    text = path.read_text()
    assert "# mine" in text
    assert "# easier on the eyes" in text
    again = read_settings(path)
    assert (again.get(UI_THEME), again.get(MODEL_CONTEXT)) == ("light", 4096)


def test_a_whole_number_serves_as_a_fraction(tmp_path: Path) -> None:
    path = tmp_path / "settings.toml"
    path.write_text("[model]\ntemperature = 1\n")
    value = read_settings(path).get(MODEL_TEMPERATURE)
    assert value == 1.0
    assert type(value) is float


@pytest.mark.parametrize(
    ("text", "reason"),
    [
        ("[model]\ncontxt = 4096\n", "model.contxt is not a setting; did you mean model.context?"),
        ("[model]\ncontext = 'much'\n", "model.context must be a whole number"),
        ("[model]\ncontext = true\n", "model.context must be a whole number"),
        ("[model]\ncontext = 1\n", "model.context must be at least 512"),
        ("[ui]\ntheme = 'pink'\n", "ui.theme must be one of system, light, dark"),
        ("theme = 'dark'\n", "theme is not a setting; did you mean ui.theme?"),
        ("[model\n", "line 1"),
    ],
)
def test_what_does_not_fit_is_named(tmp_path: Path, text: str, reason: str) -> None:
    path = tmp_path / "settings.toml"
    path.write_text(text)
    with pytest.raises(AppError) as refused:
        read_settings(path)
    assert refused.value.code is ErrorCode.SETTINGS_INVALID
    assert refused.value.facts["path"] == str(path)
    assert reason in str(refused.value.facts["reason"])


def test_a_value_that_does_not_fit_is_not_written(tmp_path: Path) -> None:
    path = tmp_path / "settings.toml"
    with pytest.raises(AppError):
        read_settings(path).set(MODEL_CONTEXT, 1)
    assert not path.exists()
