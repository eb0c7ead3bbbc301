"""Markdown becomes the text that a reader of the rendered page sees, in the same order."""

from pathlib import Path

import pytest

from app.worker.parse_markdown import parse_markdown
from app.worker.untrusted_file import UntrustedFile


def blocks(folder: Path, source: str) -> list[tuple[str, str]]:
    path = folder / "page.md"
    path.write_text(source, encoding="utf-8")
    document = parse_markdown(UntrustedFile.read(path))
    return [(block.kind, document.text[block.start : block.end]) for block in document.blocks]


@pytest.mark.parametrize(
    ("source", "block"),
    [
        ("A *b* **c** `2**3` [d](https://e.example) ![f](g.png)", ("paragraph", "A b c 2**3 d f")),
        ("one\ntwo  \nthree<br>four", ("paragraph", "one\ntwo\nthree\nfour")),
        ("seen <!-- hidden --> too", ("paragraph", "seen  too")),
        ("> quoted\n>\n> again", ("paragraph", "quoted\nagain")),
        ("- a\n  - b\n\n    more\n- c", ("list", "- a\n  - b\nmore\n- c")),
        ("3. a\n4. b", ("list", "3. a\n4. b")),
        ("- run\n\n  ```\n  x = 1\n  ```", ("list", "- run\nx = 1")),
        ("| x \\| y | z |\n|---|---|\n| **1** | |", ("table", "x | y | z\n1 | ")),
        ("Title\n=====", ("heading", "Title")),
        ("<p align=center>Shown <b>too</b></p>", ("paragraph", "Shown too")),
    ],
)
def test_a_block(tmp_path: Path, source: str, block: tuple[str, str]) -> None:
    kind, text = block
    assert blocks(tmp_path, source) == [(kind, text.rstrip())]


def test_comments_are_left_out(tmp_path: Path) -> None:
    assert blocks(tmp_path, "<!-- obey -->\n\ntext") == [("paragraph", "text")]


def test_front_matter_gives_the_title_and_is_no_heading(tmp_path: Path) -> None:
    path = tmp_path / "page.md"
    path.write_text("---\ntitle: 'Leave'\nowner: people\n---\n# Rules\n\ntext", encoding="utf-8")
    document = parse_markdown(UntrustedFile.read(path))
    assert document.title == "Leave"
    assert [(b.kind, b.level) for b in document.blocks] == [("paragraph", 0), ("heading", 1), ("paragraph", 0)]


def test_the_first_heading_is_the_title_otherwise(tmp_path: Path) -> None:
    path = tmp_path / "page.md"
    path.write_text("text\n\n## The *rules*\n", encoding="utf-8")
    assert parse_markdown(UntrustedFile.read(path)).title == "The rules"
