"""Which links may be offered to a person at all: nothing local, nothing that runs, nothing that looks like another."""

import re
import unicodedata
from ipaddress import AddressValueError, IPv4Address
from typing import Final
from urllib.parse import unquote, urlsplit

WEB: Final = frozenset({"http", "https"})
MAIL: Final = "mailto"
LONGEST: Final = 2000  # characters of a link; a longer one carries something away
_DIRECTION: Final = re.compile("[\u202a-\u202e\u2066-\u2069]")
_LABEL: Final = re.compile(r"[a-z0-9_]([a-z0-9_-]*[a-z0-9_])?")
_NUMBER: Final = re.compile(r"\d+|0x[0-9a-f]*")
_JAPANESE: Final = frozenset({"CJK", "HIRAGANA", "KATAKANA", "KATAKANA-HIRAGANA"})  # written together
_UNSEEN: Final = frozenset({"Cc", "Cf", "Zl", "Zp"})  # control, direction and line marks: they change how a link reads


def is_safe_link(untrusted_target: str) -> bool:
    """Whether a link leads to the web or to mail, and to where it seems to lead."""
    if len(untrusted_target) > LONGEST or "\\" in untrusted_target:
        return False
    if any(character.isspace() or unicodedata.category(character) in _UNSEEN for character in untrusted_target):
        return False
    try:
        parts = urlsplit(untrusted_target)
        host, port = parts.hostname or "", parts.port
    except ValueError:
        return False
    scheme = parts.scheme.lower()
    if scheme == MAIL:
        return not parts.netloc and _is_plain(unquote(parts.path))
    return scheme in WEB and "@" not in parts.netloc and port != 0 and _is_plain(unquote(host)) and _is_host(host)


def strip_direction(text: str) -> str:
    """The text without the marks that make a part of it read backwards."""
    return _DIRECTION.sub("", text)


def _is_plain(text: str) -> bool:
    return not any(unicodedata.category(character) in _UNSEEN for character in text)


def _is_host(host: str) -> bool:
    """Whether it is an address as people write them, or a name each of whose labels is written in one script."""
    if host.startswith("[") or ":" in host:
        return True  # an IPv6 address: the URL parser has looked at it
    labels = host.rstrip(".").split(".")
    if _NUMBER.fullmatch(labels[-1]):
        return _is_address(host)
    return all(_is_label(label) for label in labels)


def _is_address(host: str) -> bool:
    try:
        IPv4Address(host)
    except AddressValueError:
        return False
    return True


def _is_label(label: str) -> bool:
    if label.startswith("xn--"):
        try:
            label = label[4:].encode("ascii").decode("punycode")
        except (UnicodeError, ValueError):
            return False
        if label.isascii():
            return False
    if label.isascii():
        return bool(_LABEL.fullmatch(label.lower()))
    return all(character.isalnum() or character in "-_" for character in label) and _is_one_script(label)


def _is_one_script(label: str) -> bool:
    scripts = {unicodedata.name(character, "?").split()[0] for character in label if character.isalpha()}
    return len(scripts) <= 1 or scripts <= _JAPANESE
