"""Rails: what is stripped from text and what is flagged in it.

Detection is a tripwire, not a wall: a finding names the rail, the kind and the place, never the secret itself.
Sources: Unicode TR36/TR39 (invisible and bidi characters), ISO/IEC 7812-1 (Luhn), ISO 13616 (IBAN, mod 97).
"""

import re
from dataclasses import dataclass
from typing import Final, Literal

Rail = Literal["invisible", "secret", "personal"]


@dataclass(frozen=True, slots=True)
class Finding:
    """One thing a rail found: what, and where in the text it was given."""

    rail: Rail
    kind: str
    start: int
    end: int
    action: Literal["stripped", "flagged"]


# Zero-width, bidi controls, tag characters and fillers: nothing a reader can see.
# Zero-width (non-)joiners stay between letters and emoji, where scripts need them.
_INVISIBLE: Final = re.compile(
    "[\u00ad\u034f\u115f\u1160\u17b4\u17b5\u180b-\u180e\u200b\u200e\u200f\u202a-\u202e\u2060-\u206f"
    "\u3164\ufeff\uffa0\ufff9-\ufffb\U0001bca0-\U0001bca3\U0001d173-\U0001d17a\U000e0000-\U000e0fff]"
    "|(?<![^\\s\x00-\x7f])[\u200c\u200d]|[\u200c\u200d](?![^\\s\x00-\x7f])"
)
_BIDI: Final = re.compile("[\u200e\u200f\u202a-\u202e\u2066-\u2069]")
_TAGS: Final = re.compile("[\U000e0000-\U000e007f]")


def strip_invisible(text: str) -> tuple[str, tuple[Finding, ...]]:
    """Return `text` without characters nobody can see, and a finding for each run of them."""
    findings = tuple(
        Finding("invisible", _invisible_kind(run.group()), run.start(), run.end(), "stripped")
        for run in re.finditer(f"(?:{_INVISIBLE.pattern})+", text)
    )
    return (_INVISIBLE.sub("", text) if findings else text), findings


def _invisible_kind(run: str) -> str:
    if _TAGS.search(run):
        return "tag characters"
    return "bidirectional control" if _BIDI.search(run) else "zero-width"


_SECRETS: Final[tuple[tuple[str, re.Pattern[str]], ...]] = (
    (
        "private key",
        re.compile(r"-----BEGIN (?:[A-Z0-9]{1,12} ){0,3}PRIVATE KEY(?: BLOCK)?-----"),
    ),
    ("AWS access key", re.compile(r"\b(?:AKIA|ASIA)[A-Z2-7]{16}\b")),
    ("GitHub token", re.compile(r"\b(?:gh[pousr]_[A-Za-z0-9]{36,255}|github_pat_[A-Za-z0-9_]{82})\b")),
    ("GitLab token", re.compile(r"\bglpat-[A-Za-z0-9_-]{20,64}\b")),
    ("Slack token", re.compile(r"\bxox[abeoprs]-[A-Za-z0-9-]{10,250}\b")),
    ("Stripe key", re.compile(r"\b[rs]k_(?:live|test)_[A-Za-z0-9]{16,250}\b")),
    ("Google API key", re.compile(r"\bAIza[A-Za-z0-9_-]{35}\b")),
    ("OpenAI or Anthropic key", re.compile(r"\bsk-(?:ant-|proj-)?[A-Za-z0-9_-]{32,250}\b")),
    ("Hugging Face token", re.compile(r"\bhf_[A-Za-z0-9]{34}\b")),
    ("PyPI token", re.compile(r"\bpypi-AgEI[A-Za-z0-9_-]{50,250}")),
    ("JSON web token", re.compile(r"\beyJ[A-Za-z0-9_-]{10,2000}\.eyJ[A-Za-z0-9_-]{10,4000}\.[A-Za-z0-9_-]{10,1000}")),
)
KINDS: Final = (
    *(kind for kind, _ in _SECRETS),
    *("card number", "tag characters", "bidirectional control", "zero-width"),
)  # what rails find, but for IBANs, which are called so everywhere
_CARD: Final = re.compile(r"(?<![\w.-])[2-6]\d{3}(?:[ -]?\d){8,15}(?![\w-])")
_IBAN: Final = re.compile(r"(?<!\w)[A-Z]{2}\d{2}(?:[ ]?[A-Z0-9]){11,30}(?!\w)")
_IBAN_LENGTH: Final = {
    "AD": 24, "AE": 23, "AL": 28, "AT": 20, "AZ": 28, "BA": 20, "BE": 16, "BG": 22, "BH": 22, "BR": 29, "CH": 21,
    "CR": 22, "CY": 28, "CZ": 24, "DE": 22, "DK": 18, "DO": 28, "EE": 20, "EG": 29, "ES": 24, "FI": 18, "FO": 18,
    "FR": 27, "GB": 22, "GE": 22, "GI": 23, "GL": 18, "GR": 27, "GT": 28, "HR": 21, "HU": 28, "IE": 22, "IL": 23,
    "IS": 26, "IT": 27, "JO": 30, "KW": 30, "KZ": 20, "LB": 28, "LI": 21, "LT": 20, "LU": 20, "LV": 21, "MC": 27,
    "MD": 24, "ME": 22, "MK": 19, "MR": 27, "MT": 31, "MU": 30, "NL": 18, "NO": 15, "PK": 24, "PL": 28, "PS": 29,
    "PT": 25, "QA": 29, "RO": 24, "RS": 22, "SA": 24, "SE": 24, "SI": 19, "SK": 24, "SM": 27, "TN": 24, "TR": 26,
    "UA": 29, "VA": 22, "XK": 20,
}  # fmt: skip


def find_sensitive(text: str) -> tuple[Finding, ...]:
    """Private keys, API tokens, and card numbers and IBANs whose checksums hold, in order of place."""
    findings = [
        Finding("secret", kind, match.start(), match.end(), "flagged")
        for kind, pattern in _SECRETS
        for match in pattern.finditer(text)
    ]
    for match in _CARD.finditer(text):
        digits = re.sub(r"\D", "", match.group())
        if 13 <= len(digits) <= 19 and luhn_holds(digits):
            findings.append(Finding("personal", "card number", match.start(), match.end(), "flagged"))
    for match in _IBAN.finditer(text):
        length = _iban_length(match.group())
        if length:
            findings.append(Finding("personal", "IBAN", match.start(), match.start() + length, "flagged"))
    return tuple(sorted(findings, key=lambda finding: finding.start))


def luhn_holds(digits: str) -> bool:
    """Whether the last digit is the Luhn check digit of the others."""
    total = 0
    for place, digit in enumerate(reversed(digits)):
        value = int(digit) * (2 if place % 2 else 1)
        total += value - 9 if value > 9 else value
    return total % 10 == 0


def iban_holds(iban: str) -> bool:
    """Whether an IBAN without spaces has its country's length and a mod-97 remainder of 1."""
    if _IBAN_LENGTH.get(iban[:2]) != len(iban):
        return False
    return int("".join(str(int(char, 36)) for char in iban[4:] + iban[:4])) % 97 == 1


def _iban_length(candidate: str) -> int:
    """The length, spaces included, of the valid IBAN that `candidate` starts with; 0 if none.

    The pattern is greedy and takes a capitalised word after the number along, so it is cut to the country's length.
    """
    wanted = _IBAN_LENGTH.get(candidate[:2], 0)
    seen = 0
    for position, char in enumerate(candidate):
        seen += char != " "
        if seen == wanted:
            compact = candidate[: position + 1].replace(" ", "")
            return position + 1 if iban_holds(compact) else 0
    return 0
