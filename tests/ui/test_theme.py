"""One table of colours: complete, legible, and the only one."""

import re
import time
from dataclasses import replace
from pathlib import Path

import pytest
from PySide6.QtCore import Qt
from PySide6.QtWidgets import QApplication
from pytestqt.qtbot import QtBot

from app.domain.chat import Message
from app.settings.file import read_settings
from app.ui.resources import resource
from app.ui.theme import Appearance, Look, load_theme, look_of
from app.ui.window import Window
from tests.fakes.services import furnished

UI = Path(__file__).parents[2] / "app" / "ui"
THEMES = ["light", "dark", "light_high", "dark_high"]
AA, AAA, SHAPES = 4.5, 7.0, 3.0  # WCAG 2.2: text, text with high contrast, and what is not text
GROUNDS = ("window", "surface", "sunken", "raised", "code")
SOFT = ("accent_soft", "warn_soft", "bad_soft", "good_soft")
PAIRS = [
    *((text, ground) for text in ("text", "muted") for ground in GROUNDS),
    *(("text", ground) for ground in (*SOFT, "mark")),
    *((tone, ground) for tone in ("accent", "warn", "bad", "good") for ground in ("window", "surface", "code")),
    *((tone, f"{tone}_soft") for tone in ("accent", "warn", "bad", "good")),
    *(("faint", ground) for ground in ("window", "surface")),
    ("muted", "accent_soft"),
    ("accent_text", "accent"),
]
EDGES = [("accent", ground) for ground in ("window", "surface", "sunken", "raised", "track")]  # the focus and bars


def luminance(colour: str) -> float:
    """WCAG 2.2's relative luminance."""
    channels = [int(colour[at : at + 2], 16) / 255 for at in (1, 3, 5)]
    red, green, blue = (c / 12.92 if c <= 0.04045 else ((c + 0.055) / 1.055) ** 2.4 for c in channels)
    return 0.2126 * red + 0.7152 * green + 0.0722 * blue


def contrast(one: str, other: str) -> float:
    light, dark = sorted((luminance(one), luminance(other)), reverse=True)
    return (light + 0.05) / (dark + 0.05)


@pytest.mark.parametrize("name", THEMES)
@pytest.mark.parametrize(("text", "ground"), PAIRS)
def test_text_can_be_read_on_its_ground(name: str, text: str, ground: str) -> None:
    theme = load_theme(name)
    assert contrast(theme[text], theme[ground]) >= (AAA if name.endswith("_high") else AA)


@pytest.mark.parametrize("name", THEMES)
@pytest.mark.parametrize(("edge", "ground"), EDGES)
def test_the_focus_can_be_seen(name: str, edge: str, ground: str) -> None:
    theme = load_theme(name)
    assert contrast(theme[edge], theme[ground]) >= SHAPES


@pytest.mark.parametrize("name", ["light_high", "dark_high"])
@pytest.mark.parametrize("line", ["line", "line_strong"])
def test_with_high_contrast_every_line_can_be_seen(name: str, line: str) -> None:
    theme = load_theme(name)
    assert all(contrast(theme[line], theme[ground]) >= SHAPES for ground in GROUNDS)


def test_no_text_is_drawn_in_a_colour_that_was_not_weighed() -> None:
    template = resource("themes", "window.qss").read_text(encoding="utf-8")
    drawn = set(re.findall(r"(?<![\w-])color: @(\w+)", template))
    for path in UI.rglob("*.py"):
        source = path.read_text(encoding="utf-8")
        drawn |= set(re.findall(r"""(?<!-)color:\{[^}]*theme["'\]]*\[["'](\w+)["']\]""", source))
        drawn |= set(re.findall(r"""setPen\(\w+\.colour\("(\w+)"\)""", source))
    lines = {"line", "line_strong"}  # drawn, but not read
    assert drawn - lines <= {text for text, _ in PAIRS}


def test_each_text_of_the_style_sheet_is_weighed_against_the_ground_it_names() -> None:
    template = resource("themes", "window.qss").read_text(encoding="utf-8")
    for rule in re.findall(r"\{([^}]*)\}", template):
        text = re.search(r"(?<![\w-])color: @(\w+)", rule)
        ground = re.search(r"(?<![\w-])background: @(\w+)", rule)
        if text and ground:
            assert (text[1], ground[1]) in PAIRS


def test_all_themes_have_the_same_roles() -> None:
    assert len({tuple(load_theme(name).colours) for name in THEMES}) == 1


@pytest.mark.parametrize("name", THEMES)
def test_the_style_sheet_has_a_colour_for_every_role_it_names(name: str) -> None:
    sheet = load_theme(name).style_sheet().partition("*/")[2]
    assert not re.search(r"@\w", sheet)
    assert all(Path(path).is_file() for path in re.findall(r'url\("([^"]+)"\)', sheet))
    assert set(re.findall(r"#[0-9a-f]{6}\b", sheet)) <= set(load_theme(name).colours.values())


@pytest.mark.parametrize("percent", [80, 150, 200])
def test_text_and_what_it_stands_in_grow_but_lines_stay_thin(percent: int) -> None:
    sheet = load_theme("light", percent).style_sheet()
    assert f"font-size: {round(15 * percent / 100)}px" in sheet
    assert f"min-width: {round(83 * percent / 100)}px" in sheet
    assert set(re.findall(r"border: (\d)px", sheet)) == {"1", "2"}


def test_compact_leaves_text_as_it_is_and_takes_room_from_around_it() -> None:
    comfortable, compact = load_theme("light"), load_theme("light", density="compact")
    assert compact.px(14) == comfortable.px(14) == 14
    assert compact.gap(10) < comfortable.gap(10) == 10
    assert "font-size: 15px" in compact.style_sheet()


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


def test_a_look_is_read_from_the_settings_and_worn(qapp: QApplication, tmp_path: Path) -> None:
    path = tmp_path / "settings.toml"
    path.write_text('[ui]\ntheme = "dark"\ncontrast = "high"\ntext_scale = 150\nreduced_motion = true\n')
    appearance = Appearance(qapp)
    appearance.wear(look_of(read_settings(path)))
    assert appearance.theme.name == "dark_high"
    assert qapp.font().pixelSize() == 21
    assert qapp.cursorFlashTime() == 0
    appearance.wear(Look("light"))
    assert (appearance.theme.name, qapp.font().pixelSize()) == ("light", 14)
    assert qapp.cursorFlashTime() > 0


def test_contrast_follows_the_system(qtbot: QtBot, qapp: QApplication) -> None:
    appearance = Appearance(qapp, "light")
    hints = qapp.styleHints()  # held: what it gives out goes with it
    high = hints.accessibility().contrastPreference() == Qt.ContrastPreference.HighContrast
    assert appearance.theme.name == ("light_high" if high else "light")


def test_a_long_chat_does_not_slow_the_change_of_theme(qtbot: QtBot, qapp: QApplication) -> None:
    appearance, services = Appearance(qapp, "light"), furnished()
    window = Window(services, appearance)  # type: ignore[arg-type]
    qtbot.addWidget(window)
    window.show()
    window.load()
    window.chat.open("t0")
    qtbot.waitUntil(lambda: len(window.chat.turns) == 2)
    short = cost_of_changing(appearance)
    question, answer, _ = services.chat.kept["t0"]
    messages: list[Message] = []
    for turn in range(1000):
        before = messages[-1].id if messages else None
        messages.append(replace(question, id=f"q{turn}", parent_id=before))
        messages.append(replace(answer, id=f"a{turn}", parent_id=f"q{turn}"))
    services.chat.kept["t0"] = messages
    window.chat.open(None)
    window.chat.open("t0")
    qtbot.waitUntil(lambda: len(window.chat.turns) == 2000)
    assert cost_of_changing(appearance) < 2 * short
    window.close()


def cost_of_changing(appearance: Appearance) -> float:
    """Seconds of computing for a change of the theme, painted."""
    costs = []
    for shade in ("dark", "light", "dark", "light"):
        began = time.process_time()
        appearance.choose(shade)
        QApplication.processEvents()
        costs.append(time.process_time() - began)
    return min(costs)
