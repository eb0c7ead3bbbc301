"""A mail as a document: its head, its words, its attachments as parts."""

from dataclasses import dataclass, field

from app.domain.library import ParsedDocument
from app.worker.document_builder import DocumentBuilder
from app.worker.parse_html import add_html
from app.worker.parts import ParsePart, Parts
from app.worker.untrusted_file import UntrustedFile


@dataclass(slots=True)
class Mail:
    """What was found in a message, whatever it was kept in."""

    subject: str = ""
    head: list[tuple[str, str]] = field(default_factory=list)  # From, To, Cc, Date
    plain: list[str] = field(default_factory=list)
    html: list[str] = field(default_factory=list)
    attachments: list[tuple[str, bytes]] = field(default_factory=list)


def mail_document(file: UntrustedFile, mail: Mail, parse: ParsePart) -> ParsedDocument:
    """The words once, plain before HTML; with attachments it is parts, the message the first."""
    builder = DocumentBuilder(file.path)
    parts = Parts(builder, parse)
    page = parts.begin("message") if mail.attachments else 0
    builder.add("heading", " ".join(mail.subject.split()), page, 1)
    head = [*mail.head, ("Subject", mail.subject)]
    builder.add("paragraph", "\n".join(f"{name}: {' '.join(v.split())}" for name, v in head if v.strip()), page)
    if any(text.strip() for text in mail.plain):
        for text in mail.plain:
            for paragraph in text.replace("\r\n", "\n").split("\n\n"):
                builder.add("paragraph", paragraph, page)
    else:
        for source in mail.html:
            add_html(builder, source, page)
    for name, data in mail.attachments:
        parts.add(file.part(name, data), name)
    return parts.finish(mail.subject) if page else builder.finish(" ".join(mail.subject.split())[:200])
