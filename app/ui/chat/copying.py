"""What is taken out of a message: all of it, one of its listings, one of its tables."""

from pathlib import Path
from typing import Final

from PySide6.QtWidgets import QFileDialog, QWidget

from app.domain.chat import Message
from app.domain.chat_export import disclosure
from app.ui.chat.markdown import LISTING_SCHEME, TABLE_SCHEME
from app.ui.chat.parts import Listing, find_listing, find_table, listings, plain_text, tables
from app.ui.chat.transcript import copy_text
from app.ui.translate import tr

PART_SCHEMES: Final = frozenset({LISTING_SCHEME, TABLE_SCHEME})
_ENDINGS: Final = {
    "bash": "sh",
    "c": "c",
    "c++": "cpp",
    "cpp": "cpp",
    "css": "css",
    "csv": "csv",
    "go": "go",
    "html": "html",
    "ini": "ini",
    "java": "java",
    "javascript": "js",
    "js": "js",
    "json": "json",
    "markdown": "md",
    "powershell": "ps1",
    "python": "py",
    "rust": "rs",
    "sh": "sh",
    "sql": "sql",
    "toml": "toml",
    "typescript": "ts",
    "xml": "xml",
    "yaml": "yaml",
}


def as_copied(message: Message, *, plain: bool = False, disclosed: bool = False) -> str:
    """A message as it is copied: its Markdown or how it reads, and who wrote it, if a model did."""
    text = plain_text(message.text) if plain else message.text
    if not disclosed or message.role != "assistant":
        return text
    return f"{text.rstrip()}\n\n{disclosure(message)}\n"


def all_code(untrusted_text: str) -> str:
    """The listings of a text, one below the other."""
    return "\n".join(listing.code for listing in listings(untrusted_text))


def all_tables(untrusted_text: str) -> str:
    """The tables of a text for a spreadsheet, one below the other."""
    return "\n".join(table.separated("\t") for table in tables(untrusted_text))


def take_part(untrusted_text: str, link: str, window: QWidget) -> str:
    """Do what a link at a listing or table of a text says; what was done, "" for nothing."""
    unfinished = tr("It is still being written.")
    scheme, _, rest = link.partition(":")
    action, _, name = rest.partition("/")
    if scheme == LISTING_SCHEME:
        listing = find_listing(untrusted_text, name)
        if listing is None:
            return unfinished
        if action == "save":
            return _save(listing, window)
        copy_text(listing.code)
        return tr("Copied.")
    table = find_table(untrusted_text, name)
    if table is None:
        return unfinished
    forms = {"cells": lambda: table.separated("\t"), "csv": lambda: table.separated(",")}
    copy_text(forms.get(action, table.markdown)())
    return tr("Copied.")


def _save(listing: Listing, window: QWidget) -> str:
    """Ask where to; the language of a listing proposes an ending, from those there are."""
    ending = _ENDINGS.get(listing.language.lower(), "txt")
    name, _ = QFileDialog.getSaveFileName(window, tr("Save code"), f"code.{ending}")
    if not name:
        return ""
    try:
        Path(name).write_text(listing.code, encoding="utf-8")
    except OSError as error:
        return tr("It could not be saved: {reason}.", reason=error.strerror or str(error))
    return tr("Saved.")
