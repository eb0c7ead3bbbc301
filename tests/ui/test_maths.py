"""Formulas are drawn on this computer, within bounds; what cannot be drawn stays as it was written."""

import time

import pytest
from hypothesis import given
from hypothesis import strategies as st
from PySide6.QtGui import QFont
from pytestqt.qtbot import QtBot

from app.ui.chat.layout import Measure
from app.ui.chat.maths import COSTLIEST, Drawing, Formula, Formulas, cost, draw, formula
from app.ui.chat.syntax import parse
from app.ui.chat.turns import draft
from app.ui.theme import load_theme

THEME = load_theme("light")


def found(text: str) -> list[tuple[str, bool]]:
    tokens = [child for token in parse(text) for child in (token.children or [token])]
    return [(token.content, token.meta["displayed"]) for token in tokens if token.type.startswith("formula")]


@pytest.mark.parametrize(
    ("text", "formulas"),
    [
        ("With $x^2$ and \\(y\\).", [("x^2", False), ("y", False)]),
        ("$$a$$", [("a", True)]),
        ("$$\na\n+ b\n$$\n", [("a\n+ b", True)]),
        ("Before\n\\[\na_1\n\\]\nafter", [("a_1", True)]),
        ("- item\n  $$x$$", [("x", True)]),
        ("from $5 to $10", []),
        ("US$5 and US$6", []),
        ("a $ b $ c", []),
        ("\\$x\\$", []),
        ("`$x$`", []),
        ("```\n$$x$$\n```", []),
        ("$$\nopen\n\nend$$", []),
        ("$a\\$b$", [("a\\$b", False)]),
    ],
)
def test_formulas_are_told_from_prices_and_code(text: str, formulas: list[tuple[str, bool]]) -> None:
    assert found(text) == formulas


@given(st.text(alphabet="$\\[]()ab{}^ \n`", max_size=60))
def test_any_text_is_parsed(text: str) -> None:
    parse(text)


@pytest.mark.parametrize(
    "source",
    [
        r"E = mc^2",
        r"\int_0^\infty e^{-x^2}\,dx = \frac{\sqrt{\pi}}{2}",
        r"\begin{pmatrix} a & b \\ c & d \end{pmatrix}",
        r"\text{Umsätze} \le 100\,\%",
    ],
)
def test_a_formula_is_outlines_and_nothing_else(source: str) -> None:
    drawing = draw(formula(source, THEME, displayed=True))
    assert drawing is not None
    assert drawing.width > drawing.above > 0
    for loaded in (b"<image", b"href=", b"<script", b"<style", b"url("):
        assert loaded not in drawing.svg


@pytest.mark.parametrize(
    "source",
    [
        r"\frac{a",
        r"x_",
        r"\href{http://evil.example}{x}",
        r"\def\x{\x\x}\x",
        "{" * 200 + "x" + "}" * 200,
        r"\frac{1}{" * 40 + "x" + "}" * 40,
        "x+" * 1000,
        "}" * 20 + "{" * 20,
        "価格",
    ],
)
def test_what_cannot_be_drawn_in_time_is_not_drawn(source: str) -> None:
    assert draw(formula(source, THEME, displayed=False)) is None


def test_deep_formulas_cost_too_much_and_long_ones_too() -> None:
    assert cost(r"\frac{a}{b}") < 20
    assert cost(r"\frac{1}{" * 9 + "x" + "}" * 9) > COSTLIEST
    assert cost("x" * 900) > COSTLIEST


def test_a_formula_is_drawn_once_and_told_of(qtbot: QtBot) -> None:
    asked: list[Formula] = []

    def slow(wanted: Formula) -> Drawing | None:
        asked.append(wanted)
        time.sleep(0.02)
        return Drawing(b"<svg/>", 10, 8, 2)

    formulas = Formulas(draw=slow)
    wanted = [formula(source, THEME, displayed=False) for source in "abab"]
    with qtbot.waitSignal(formulas.drawn):
        assert [formulas.find(one) for one in wanted] == [None] * 4
    qtbot.waitUntil(lambda: formulas.find(wanted[1]) is not None)
    assert formulas.named(wanted[0].name) is not None
    assert asked == wanted[:2]


def test_an_answer_shows_the_source_until_the_formula_is_there(qtbot: QtBot) -> None:
    formulas = Formulas()
    measure = Measure(QFont(), THEME, formulas)
    turn = draft("assistant", "Einstein: $E = mc^2$.", "complete")
    _, before = measure.measure(turn, 600).body[0]
    assert "$E = mc^2$" in before.toPlainText()
    with qtbot.waitSignal(formulas.drawn):
        pass
    measure.forget_formulas()
    _, after = measure.measure(turn, 600).body[0]
    assert after.toPlainText().strip() == "Einstein: \ufffc."
