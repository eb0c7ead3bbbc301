"""MSG: a mail as Outlook keeps it."""

import io
from email.header import decode_header, make_header
from typing import Any

from oxmsg import Message

from app.domain.library import ParsedDocument
from app.worker.mail import Mail, mail_document
from app.worker.parts import ParsePart
from app.worker.untrusted_file import UntrustedFile


def parse_msg(file: UntrustedFile, parse: ParsePart) -> ParsedDocument:
    """Raises AppError PARSE_EMPTY for what has no words, and whatever python-oxmsg stumbles over."""
    message: Any = Message.load(io.BytesIO(file.data))
    known = [one for one in message.recipients if one.email_address]
    to = ", ".join(f"{one.name} <{one.email_address}>" for one in known)
    sent = message.sent_date.isoformat(" ", "minutes") if message.sent_date else ""
    mail = Mail(message.subject or "", [("From", _decoded(message.sender or "")), ("To", to), ("Date", sent)])
    if message.body:
        mail.plain.append(message.body)
    if message.html_body:
        mail.html.append(message.html_body)
    for attachment in message.attachments:
        if attachment.file_bytes:
            mail.attachments.append((attachment.file_name or "attachment", attachment.file_bytes))
    return mail_document(file, mail, parse)


def _decoded(field: str) -> str:
    """A name that some senders leave as it travelled, "=?utf-8?…?="."""
    try:
        return str(make_header(decode_header(field)))
    except (ValueError, LookupError):
        return field
