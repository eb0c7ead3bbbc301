"""Conversations as files: Markdown, HTML, JSON, and the paragraphs that other formats are made of.

All say which texts an AI wrote, with which model and where, and carry what an answer rests on. The text of others is
escaped: what a model or a document says is never markup of the file.
"""

import html
import json
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

from app.domain.chat import Citation, Message
from app.domain.json_shapes import Json
from app.domain.library import place_name
from app.domain.paragraphs import Paragraph

FORMAT: Final = "donjon-conversation"  # what our own JSON says of itself
VERSION: Final = 1
DISCLOSURE: Final = "Written by an AI, {model} ({where}), on {day}. It can be wrong: check the sources."
UNSUPPORTED: Final = {"unsupported": "not in the documents", "contradicted": "the documents say otherwise"}
_TAGS: Final = {"title": "h1", "heading": "h2", "body": "p", "quote": "blockquote", "note": "footer"}
_STYLE: Final = (
    "body{font:16px/1.5 sans-serif;max-width:44rem;margin:3rem auto;padding:0 1rem;color:#1f1e1b}"
    "h2{font-size:1rem;margin:2rem 0 .3rem}p,blockquote{white-space:pre-wrap}footer{color:#6a665d;font-size:.85rem}"
)


@dataclass(frozen=True, slots=True)
class Exported:
    """What is written: a conversation's title, and its messages in order; all of its branches, or the one shown."""

    title: str
    messages: Sequence[Message]
    project: str = ""  # the name of the one it is in; JSON alone says it


def disclosure(answer: Message) -> str:
    """Who wrote an answer, where and when."""
    where = "on this device" if answer.ran == "device" else "at the gateway"
    return DISCLOSURE.format(model=answer.model or "model unknown", where=where, day=answer.created_at[:10])


def source(citation: Citation) -> str:
    """A citation as a footnote: the document, the place in it, the words."""
    place = place_name(citation.unit, citation.page, citation.label)
    words = " ".join(citation.quote.split())
    return ", ".join(part for part in (citation.document, place) if part) + (f": “{words}”" if words else "")


def marked(answer: Message) -> str:
    """An answer's text in which each sentence that its passages do not say is followed by a note of that."""
    text, at = "", 0
    for sentence in answer.support:
        note = UNSUPPORTED.get(sentence.verdict)
        if note:
            text += f"{answer.text[at : sentence.end]} ({note})"
            at = sentence.end
    return text + answer.text[at:]


def as_paragraphs(exported: Exported) -> list[Paragraph]:
    """A conversation as the paragraphs of a document, each with its style."""
    paragraphs: list[Paragraph] = [("title", exported.title)]
    for message in exported.messages:
        if message.role != "assistant":
            paragraphs += [("heading", "You"), ("body", message.text)]
            continue
        paragraphs += [("heading", message.model or "AI"), ("body", marked(message)), ("note", disclosure(message))]
        paragraphs += [("note", f"[{citation.n}] {source(citation)}") for citation in message.citations]
    return paragraphs


def as_markdown(exported: Exported) -> str:
    """A conversation as a Markdown page: answers are Markdown already, all else is escaped."""
    lines = [f"# {_escaped(exported.title)}"]
    for message in exported.messages:
        if message.role != "assistant":
            lines += ["", "## You", "", *(f"> {_escaped(line)}" for line in message.text.splitlines())]
            continue
        lines += [
            "",
            f"## {_escaped(message.model or 'AI')}",
            "",
            marked(message),
            "",
            f"*{_escaped(disclosure(message))}*",
        ]
        if message.citations:
            lines.append("")
        lines += [f"\\[{citation.n}\\] {_escaped(source(citation))}  " for citation in message.citations]
    return "\n".join(lines) + "\n"


def as_html(exported: Exported) -> str:
    """A conversation as one page that loads nothing and runs nothing."""
    body = "\n".join(f"<{_TAGS[style]}>{html.escape(text)}</{_TAGS[style]}>" for style, text in as_paragraphs(exported))
    return (
        '<!DOCTYPE html>\n<html><head><meta charset="utf-8">\n'
        "<meta http-equiv=\"Content-Security-Policy\" content=\"default-src 'none'; style-src 'unsafe-inline'\">\n"
        f"<title>{html.escape(exported.title)}</title>\n<style>{_STYLE}</style></head>\n<body>\n{body}\n</body></html>\n"
    )


def as_json_text(exported: Exported) -> str:
    """A conversation as JSON that can be imported again, with its branches."""
    messages: list[Json] = [_as_object(message) for message in exported.messages]
    head: dict[str, Json] = {"format": FORMAT, "version": VERSION, "title": exported.title}
    whole = {**head, "project": exported.project, "messages": messages}
    return json.dumps(whole, ensure_ascii=False, indent=2) + "\n"


def _as_object(message: Message) -> dict[str, Json]:
    said: dict[str, Json] = {
        "id": message.id,
        "parent": message.parent_id,
        "role": message.role,
        "text": message.text,
        "created_at": message.created_at,
    }
    if message.role == "assistant":
        said |= {"model": message.model, "ran": message.ran, "disclosure": disclosure(message)}
        said["citations"] = [
            {"n": one.n, "document": one.document, "page": one.page, "quote": one.quote} for one in message.citations
        ]
    return said


def _escaped(text: str) -> str:
    """Text in which nothing is Markdown or HTML."""
    text = text.replace("&", "&amp;").replace("<", "&lt;")
    return "".join(f"\\{character}" if character in "\\`*_[]|#!>~" else character for character in text)
