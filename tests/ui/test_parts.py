"""Listings, tables and whole messages leave a chat as they are, and inert."""

from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st
from PySide6.QtGui import QGuiApplication
from PySide6.QtWidgets import QFileDialog, QWidget
from pytestqt.qtbot import QtBot

from app.domain.chat import Message
from app.ui.chat.copying import all_code, all_tables, as_copied, take_part
from app.ui.chat.markdown import to_html
from app.ui.chat.parts import find_listing, find_table, plain_text, table_at
from app.ui.chat.syntax import parse
from app.ui.theme import load_theme

THEME = load_theme("light")
TABLE = '| Item | Cost |\n|---|---:|\n| **Tower** | 12 |\n| =1+1 | -7 |\n| a \\| b | say "x" |\n'
LIST = "1. first\n   ```python\n   x = 1\n\n   ```\n2. second\n"
TEXT = f"See:\n\n{LIST}\n{TABLE}\n[docs](https://example.com) and `code`\n"


def name_in(html: str, start: str) -> str:
    return html.split(f'href="{start}/')[1].split('"')[0]


def test_a_listing_is_found_by_the_link_beside_it() -> None:
    listing = find_listing(TEXT, name_in(to_html(TEXT, THEME), "listing:copy"))
    assert listing is not None
    assert (listing.language, listing.code) == ("python", "x = 1\n\n")
    assert find_listing(TEXT, "no such") is None


def test_a_table_is_copied_for_spreadsheets_and_no_cell_of_it_computes() -> None:
    table = find_table(TEXT, name_in(to_html(TEXT, THEME), "table:cells"))
    assert table is not None
    assert table.separated("\t").splitlines() == ["Item\tCost", "Tower\t12", "'=1+1\t-7", 'a | b\t"say ""x"""']
    assert table.separated(",").splitlines()[1] == "Tower,12"


def test_a_table_as_markdown_is_the_same_table() -> None:
    table = table_at(parse(TABLE), 0)
    again = table_at(parse(table.markdown()), 0)
    assert again.plain == table.plain


def test_plain_text_is_how_a_text_reads() -> None:
    plain = plain_text(TEXT)
    assert "1. first\nx = 1" in plain
    assert "2. second" in plain
    assert "Tower\t12" in plain
    assert "docs (https://example.com) and code" in plain


@given(st.text(alphabet="ab \n`#-*|[]()<>1.$!", max_size=80))
def test_any_text_has_a_plain_form(text: str) -> None:
    assert plain_text(text).endswith("\n")


@pytest.mark.parametrize(("disclosed", "said"), [(True, True), (False, False)])
def test_a_copied_answer_says_who_wrote_it_if_that_is_set(disclosed: bool, said: bool) -> None:
    answer = Message("1", "c", None, "assistant", "**Yes**", "2026-03-04T05:06:07", "complete", model="Small")
    copied = as_copied(answer, plain=True, disclosed=disclosed)
    assert copied.startswith("Yes\n")
    assert ("Small" in copied and "2026-03-04" in copied) is said


def test_all_code_and_all_tables_are_copied_at_once() -> None:
    assert all_code(f"{TEXT}\n```\ny\n```\n") == "x = 1\n\n\ny\n"
    assert all_tables(TEXT).startswith("Item\tCost\n")


def test_a_link_beside_a_part_copies_it(qtbot: QtBot) -> None:
    window = QWidget()
    qtbot.addWidget(window)
    html = to_html(TEXT, THEME)
    for action, taken in (("listing:copy", "x = 1\n\n"), ("table:csv", "Item,Cost\nTower,12\n'=1+1,-7\n")):
        take_part(TEXT, f"{action}/{name_in(html, action)}", window)
        assert QGuiApplication.clipboard().text().startswith(taken)


def test_code_is_saved_where_a_person_says(qtbot: QtBot, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    window = QWidget()
    qtbot.addWidget(window)
    proposed: list[str] = []

    def choose(_window: QWidget, _title: str, name: str) -> tuple[str, str]:
        proposed.append(name)
        return str(tmp_path / "mine.py"), ""

    monkeypatch.setattr(QFileDialog, "getSaveFileName", choose)
    for text in (TEXT, TEXT.replace("```python", "```../../x")):
        take_part(text, f"listing:save/{name_in(to_html(text, THEME), 'listing:save')}", window)
    assert proposed == ["code.py", "code.txt"]
    assert (tmp_path / "mine.py").read_text(encoding="utf-8") == "x = 1\n\n"
