"""HTML becomes what a reader sees of it: all of that, once, and nothing else."""

from pathlib import Path

import pytest

from app.worker.parse_html import parse_html
from app.worker.untrusted_file import UntrustedFile


def blocks(folder: Path, source: str) -> list[tuple[str, str]]:
    path = folder / "page.html"
    path.write_text(source, encoding="utf-8")
    document = parse_html(UntrustedFile.read(path))
    return [(block.kind, document.text[block.start : block.end]) for block in document.blocks]


def test_text_beside_blocks_is_kept_apart(tmp_path: Path) -> None:
    assert blocks(tmp_path, "<div>One</div>two<br>three <b>b</b>old<p>four") == [
        ("paragraph", "One"),
        ("paragraph", "two"),
        ("paragraph", "three bold"),
        ("paragraph", "four"),
    ]


def test_nested_lists_say_everything_once(tmp_path: Path) -> None:
    source = "<ul><li>a<ul><li>b<li>c</ul>d<li><p>e</p><p>f</p></ul>"
    assert blocks(tmp_path, source) == [("list", "- a\n- b\n- c\n- d\n- e f")]


def test_a_table_has_a_line_for_each_row(tmp_path: Path) -> None:
    source = "<table><caption>Rates</caption><tr><th>A<td>1<br>2<tr><td><td>x</table>"
    assert blocks(tmp_path, source) == [("table", "Rates\nA | 1 2\n | x")]


def test_a_table_that_arranges_the_page_is_no_table(tmp_path: Path) -> None:
    source = "<table><tr><td><h1>Head</h1><p>text</p></td><td>beside</td></tr></table>"
    assert blocks(tmp_path, source) == [("heading", "Head"), ("paragraph", "text"), ("paragraph", "beside")]


@pytest.mark.parametrize(
    "hidden",
    [
        "<p style='display : none'>no</p>",
        "<p style='font-size:0px'>no</p>",
        "<p style='opacity: 0.0'>no</p>",
        "<div hidden><p hidden>no</p></div>",
        "<span aria-hidden='true'>no</span>",
        "<script>no</script>",
        "<!-- no -->",
    ],
)
def test_what_is_hidden_is_left_out(tmp_path: Path, hidden: str) -> None:
    assert blocks(tmp_path, f"{hidden}<p>yes</p>") == [("paragraph", "yes")]


@pytest.mark.parametrize("style", ["opacity:0.9", "font-size: 0.8em", "display: block"])
def test_small_or_pale_text_is_seen(tmp_path: Path, style: str) -> None:
    assert blocks(tmp_path, f"<p style='{style}'>yes</p>") == [("paragraph", "yes")]


def test_deep_trees_do_not_end_the_reader(tmp_path: Path) -> None:
    assert blocks(tmp_path, "<table><tr><td>" * 1000 + "deep") == [("paragraph", "deep")]
