"""One table of colours: complete, legible, and the only one."""

import re
from pathlib import Path

import pytest
from PySide6.QtWidgets import QApplication
from pytestqt.qtbot import QtBot

from app.ui.resources import resource
from app.ui.theme import Appearance, load_theme

UI = Path(__file__).parents[2] / "app" / "ui"
AA = 4.5
PAIRS = [
    *((text, ground) for text in ("text", "muted") for ground in ("window", "surface", "sunken", "raised", "code")),
    *(("faint", ground) for ground in ("window", "surface")),
    ("text", "mark"),
    ("text", "accent_soft"),
    ("text", "warn_soft"),
    ("text", "bad_soft"),
    ("text", "good_soft"),
    ("accent", "window"),
    ("accent", "surface"),
    ("accent", "accent_soft"),
    ("accent", "code"),
    ("accent_text", "accent"),
    ("warn", "window"),
    ("warn", "code"),
    ("good", "code"),
]


def luminance(colour: str) -> float:
    """WCAG 2.2's relative luminance."""
    channels = [int(colour[at : at + 2], 16) / 255 for at in (1, 3, 5)]
    red, green, blue = (c / 12.92 if c <= 0.04045 else ((c + 0.055) / 1.055) ** 2.4 for c in channels)
    return 0.2126 * red + 0.7152 * green + 0.0722 * blue


def contrast(one: str, other: str) -> float:
    light, dark = sorted((luminance(one), luminance(other)), reverse=True)
    return (light + 0.05) / (dark + 0.05)


@pytest.mark.parametrize("name", ["light", "dark"])
@pytest.mark.parametrize(("text", "ground"), PAIRS)
def test_text_can_be_read_on_its_ground(name: str, text: str, ground: str) -> None:
    theme = load_theme(name)
    assert contrast(theme[text], theme[ground]) >= AA


def test_both_themes_have_the_same_roles() -> None:
    assert load_theme("light").colours.keys() == load_theme("dark").colours.keys()


@pytest.mark.parametrize("name", ["light", "dark"])
def test_the_style_sheet_has_a_colour_for_every_role_it_names(name: str) -> None:
    sheet = load_theme(name).style_sheet().partition("*/")[2]
    assert "@" not in sheet
    assert set(re.findall(r"#[0-9a-f]{6}\b", sheet)) <= set(load_theme(name).colours.values())


def test_the_template_itself_names_no_colour() -> None:
    template = resource("themes", "window.qss").read_text(encoding="utf-8")
    assert not re.findall(r"#[0-9a-fA-F]{3,8}\b(?=[^{]*})|\brgba?\(", template)


@pytest.mark.parametrize("path", sorted(UI.rglob("*.py")), ids=lambda path: str(path.relative_to(UI)))
def test_no_other_module_knows_a_colour(path: Path) -> None:
    source = path.read_text(encoding="utf-8")
    assert not re.findall(r"#[0-9a-fA-F]{6}\b|\bQColor\(\s*[\"'\d]|Qt\.GlobalColor\.(?!transparent)", source)
    if path.name != "theme.py":
        assert "setStyleSheet" not in source


@pytest.mark.parametrize("path", sorted(resource("icons").glob("*.svg")), ids=lambda path: path.stem)
def test_icons_have_no_colour_of_their_own(path: Path) -> None:
    assert "currentColor" in path.read_text(encoding="utf-8")
    assert not re.findall(r"#[0-9a-fA-F]{3,6}", path.read_text(encoding="utf-8"))


def test_choosing_a_theme_changes_the_window_while_it_is_open(qtbot: QtBot, qapp: QApplication) -> None:
    appearance = Appearance(qapp, "light")
    with qtbot.waitSignal(appearance.changed):
        appearance.choose("dark")
    assert qapp.palette().window().color() == load_theme("dark").colour("window")
    light_icon = appearance.pixmap("chat", "text", 24).toImage()
    appearance.choose("light")
    assert qapp.palette().window().color() == load_theme("light").colour("window")
    assert appearance.pixmap("chat", "text", 24).toImage() != light_icon
