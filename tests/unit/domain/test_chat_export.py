"""Conversations as files."""

import json
from html.parser import HTMLParser

from hypothesis import given
from hypothesis import strategies as st

from app.domain.chat import Citation, Message, SentenceSupport
from app.domain.chat_export import Exported, as_html, as_json_text, as_markdown, as_paragraphs, disclosure
from app.domain.chat_import import read_conversations

WHEN = "2026-11-23T09:00:00+00:00"
RULE = "Flights over six hours may be premium economy."
SAID = f"{RULE} [1] Lounges are included."
SUPPORT = (
    SentenceSupport(0, len(RULE) + 4, "supported", 1),
    SentenceSupport(len(RULE) + 5, len(SAID), "unsupported"),
)
ANSWER = Message(
    "a",
    "c",
    "q",
    "assistant",
    SAID,
    WHEN,
    model="Qwen",
    support=SUPPORT,
    citations=(Citation(1, 7, "Travel.pdf", "/t", "hash", 3, 0, len(RULE), RULE),),
)
CHAT = Exported("Flights *now*", (Message("q", "c", None, "user", "Which # flights?", WHEN), ANSWER))


def test_every_format_says_that_an_ai_wrote_it_and_what_it_rests_on() -> None:
    for text in (as_markdown(CHAT), as_html(CHAT), str(as_paragraphs(CHAT)), as_json_text(CHAT)):
        assert "Written by an AI, Qwen (on this device), on 2026-11-23" in text.replace("\\", "")
        assert "Travel.pdf" in text
        assert RULE in text
    for text in (as_markdown(CHAT), as_html(CHAT), str(as_paragraphs(CHAT))):
        assert "Lounges are included. (not in the documents)" in text
        assert f"{RULE} [1] (" not in text


def test_what_ran_at_the_gateway_is_said_to() -> None:
    assert "at the gateway" in disclosure(Message("a", "c", None, "assistant", "", WHEN, model="large", ran="gateway"))


def test_markdown_escapes_what_people_typed_and_keeps_what_the_model_wrote() -> None:
    text = as_markdown(CHAT)
    assert "# Flights \\*now\\*" in text
    assert "> Which \\# flights?" in text
    assert f"\n{RULE} [1]" in text


class Tags(HTMLParser):
    """Collects the tags and the text of a page."""

    def __init__(self) -> None:
        super().__init__()
        self.tags: set[str] = set()
        self.text = ""

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.add(tag)

    def handle_data(self, data: str) -> None:
        self.text += data


@given(st.text(max_size=80), st.sampled_from(["<script>alert(1)</script>", "<img src=x onerror=y>", "&lt;b&gt;"]))
def test_a_page_has_no_tags_but_its_own(text: str, attack: str) -> None:
    chat = Exported(text + attack, (Message("q", "c", None, "user", attack + text, WHEN),))
    page = Tags()
    page.feed(as_html(chat))
    assert page.tags <= {"html", "head", "meta", "title", "style", "body", "h1", "h2", "p", "blockquote", "footer"}
    assert attack in page.text


def test_json_can_be_imported_again_with_its_branches() -> None:
    other = Message("a2", "c", "q", "assistant", "No.", WHEN, model="Qwen")
    (back,) = read_conversations(as_json_text(Exported("Flights", (*CHAT.messages, other))))
    assert back.title == "Flights"
    assert [(m.id, m.parent, m.role, m.text, m.model) for m in back.messages] == [
        ("q", None, "user", "Which # flights?", ""),
        ("a", "q", "assistant", SAID, "Qwen"),
        ("a2", "q", "assistant", "No.", "Qwen"),
    ]
    assert json.loads(as_json_text(CHAT))["messages"][1]["citations"][0]["page"] == 3
