"""Source code and settings: listings as they are written, the lines that name a function or a class as headings."""

import re
from pathlib import PurePath
from typing import Final

from app.domain.library import ParsedDocument
from app.worker.document_builder import DocumentBuilder
from app.worker.parse_text import read_text
from app.worker.untrusted_file import UntrustedFile

_DEFINITION: Final = re.compile(
    r"(?:(?:export|default|public|private|protected|internal|static|final|abstract|async|pub(?:\(\w+\))?|unsafe|override)\s+)*"
    r"(?:class|def|function|fn|func|struct|enum|trait|impl|interface|namespace|module|type|CREATE\s+(?:OR\s+REPLACE\s+)?"
    r"(?:TABLE|VIEW|FUNCTION|PROCEDURE|INDEX))\s+[\w.\"`<(*\[]",
)
_SECTION: Final = re.compile(r"\[{1,2}[^\[\]\"']{1,100}\]{1,2}\s*(?:[#;].*)?")
_SECTIONED: Final = frozenset({".toml", ".ini", ".cfg", ".conf", ".properties"})
_LEVELS: Final = 6
_NO_DEFINITIONS: Final = frozenset(".json .jsonl .xml .xsl .xsd .yaml .yml .css".split())


def parse_code(file: UntrustedFile) -> ParsedDocument:
    """Definitions by their indentation, and between them what they hold."""
    heads = _SECTION if file.suffix in _SECTIONED else _DEFINITION
    can_define = file.suffix not in _NO_DEFINITIONS
    builder = DocumentBuilder(file.path)
    listing: list[str] = []
    for line in read_text(file).split("\n"):
        indented = len(line) - len(line.lstrip())
        is_head = can_define and len(line) < 200 and bool(heads.match(line, indented))
        if is_head or (not line.strip() and listing):
            builder.add("code", "\n".join(listing))
            listing.clear()
        if is_head:
            builder.add("heading", line, level=min(1 + indented // 2, _LEVELS))
        elif line.strip():
            listing.append(line)
    builder.add("code", "\n".join(listing))
    return builder.finish(PurePath(file.path).name)
