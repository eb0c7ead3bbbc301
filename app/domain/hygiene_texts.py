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
    "no_text_pages": ("pages without text, as scans are ({count})", "Run text recognition over it and add it again."),
    "secret": ("secrets ({count}): {detail}", "Have them revoked, remove them from the file and add it again."),
    "personal": (
        "personal data ({count}): {detail}",
        "Check whether they belong here, and class the collection.",
    ),
    "instruction": (
        "text that speaks to an AI ({count}): “{detail}”",
        "Look at them: a text that gives orders to an AI is seldom meant well. They are given to models as data only.",
    ),
    "hidden_text": ("text that nobody sees, left out ({count}): “{detail}”", "Ask who put them there."),
    "mixed_encoding": ("signs of a wrong encoding ({count})", "Save it as UTF-8 and add it again."),
    "macros": ("macros, which are never run ({count})", "Nothing."),
    "external_target": ("links to files elsewhere, never followed ({count}): {detail}", "Nothing."),
    "attachment_unread": ("attachments that could not be read ({count}): {detail}", "Add them by themselves."),
    "read_by_ocr": (
        "pages read by text recognition (OCR), from {detail} on ({count})",
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
