"""MBOX: one mail after another, each a part, its attachments parts after it."""

import re
from typing import Final

from app.domain.library import ParsedDocument
from app.worker.document_builder import DocumentBuilder
from app.worker.parts import ParsePart, Parts
from app.worker.untrusted_file import UntrustedFile

_START: Final = re.compile(rb"(?:\A|(?<=\n))From [^\r\n]*\d{4}[^\r\n]*\r?\n")
_SUBJECT: Final = re.compile(rb"^subject:[ \t]*([^\r\n]*)", re.IGNORECASE | re.MULTILINE)


def parse_mbox(file: UntrustedFile, parse: ParsePart) -> ParsedDocument:
    """Every mail of the box."""
    parts = Parts(DocumentBuilder(file.path), parse)
    starts = list(_START.finditer(file.data))
    ends = [start.start() for start in starts[1:]] + [len(file.data)]
    for number, (start, end) in enumerate(zip(starts, ends, strict=True), 1):
        mail = file.data[start.end() : end]
        subject = _SUBJECT.search(mail[:65536])
        label = subject[1].decode("ascii", "replace").strip() if subject else ""
        parts.add(file.part(f"{number}.eml", mail), f"{number} {label}".strip())
    return parts.finish("")
