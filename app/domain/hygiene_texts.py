"""What a finding means for people, and what to do about it."""

from typing import Final

from app.domain.hygiene import HygieneFinding, HygieneKind
from app.domain.texts import Text

TEXTS: Final[dict[HygieneKind, tuple[str, str]]] = {
    "exact_copy": ("the same as “{other}”, byte for byte", "Remove one of them."),
    "near_copy": ("nearly the same as “{other}” ({percent} % of it)", "Remove the one that is not in force."),
    "other_version": (
        "shares {percent} % of its text with “{other}”, which is newer",
        "Remove the older version if it no longer holds.",
    ),
    "repeated_line": (
        "a line that stands in {count} documents: “{detail}”",
        "Nothing: it is good to know when searching.",
    ),
    "no_text_pages": ("{count} pages without text, as scans are", "Run text recognition over it and add it again."),
    "secret": ("{count} secrets: {detail}", "Have them revoked, remove them from the file and add it again."),
    "personal": (
        "{count} pieces of personal data: {detail}",
        "Check whether they belong here, and class the collection.",
    ),
    "instruction": (
        "{count} passages that speak to an AI: “{detail}”",
        "Look at them: a text that gives orders to an AI is seldom meant well. They are given to models as data only.",
    ),
    "hidden_text": ("{count} pieces of text that nobody sees, left out: “{detail}”", "Ask who put them there."),
    "mixed_encoding": ("{count} signs of a wrong encoding", "Save it as UTF-8 and add it again."),
    "macros": ("{count} macros, which are never run", "Nothing."),
    "external_target": ("{count} links to files elsewhere, which are never followed: {detail}", "Nothing."),
    "attachment_unread": ("{count} attachments that could not be read: {detail}", "Add them by themselves."),
    "read_by_ocr": (
        "{count} pages read by text recognition (OCR), from {detail} on",
        "Compare figures and names with the page before relying on them.",
    ),
    "cut_short": ("too long, and cut short: {detail}", "Split the file."),
}


def say_finding(finding: HygieneFinding) -> tuple[Text, Text]:
    """What was found, and the one thing to do."""
    what, advice = TEXTS[finding.kind]
    percent = round(100 * finding.similarity)
    said = Text(what, other=finding.other, percent=percent, count=finding.count, detail=finding.detail)
    return said, Text(advice)
