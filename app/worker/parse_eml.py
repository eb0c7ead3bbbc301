"""EML: a mail as it travelled, by the standard library, lenient about what senders do to it."""

from email import message_from_bytes, policy
from typing import Any, Final

from app.domain.errors import AppError, ErrorCode
from app.domain.library import ParsedDocument
from app.worker.mail import Mail, mail_document
from app.worker.parts import ParsePart
from app.worker.untrusted_file import UntrustedFile

_FIELDS: Final = ("From", "To", "Cc", "Date")


def parse_eml(file: UntrustedFile, parse: ParsePart) -> ParsedDocument:
    """Raises AppError PARSE_BROKEN for what has no head, PARSE_EMPTY for what has no words."""
    message = message_from_bytes(file.data, policy=policy.default)
    if not message.keys():
        raise AppError(ErrorCode.PARSE_BROKEN, path=file.path, reason="it is no mail")
    mail = Mail(_field(message, "Subject"), [(name, _field(message, name)) for name in _FIELDS])
    _collect(message, mail)
    return mail_document(file, mail, parse)


def _field(message: Any, name: str) -> str:
    """A field of the head; as it stands where the standard library cannot make sense of it."""
    try:
        return str(message.get(name, ""))
    except Exception:
        return next((str(value) for key, value in message.raw_items() if key.lower() == name.lower()), "")


def _collect(message: Any, mail: Mail) -> None:
    """The words and attachments, in order; a mail in the mail is an attachment."""
    stack = [message]
    while stack:
        part = stack.pop()
        kind = part.get_content_type()
        inner = part.get_payload() if part.is_multipart() else None
        if kind == "message/rfc822" and isinstance(inner, list):
            for forwarded in inner:
                mail.attachments.append((f"{_field(forwarded, 'Subject') or 'message'}.eml", forwarded.as_bytes()))
        elif isinstance(inner, list):
            stack.extend(reversed(inner))
        elif (name := part.get_filename()) or kind not in ("text/plain", "text/html"):
            content = part.get_payload(decode=True)
            if isinstance(content, bytes) and content:
                mail.attachments.append((str(name or kind.replace("/", ".")), content))
        else:
            (mail.html if kind == "text/html" else mail.plain).append(_words(part))


def _words(part: Any) -> str:
    content = part.get_payload(decode=True)
    if not isinstance(content, bytes):
        return str(content or "")
    for charset in (part.get_content_charset() or "utf-8", "utf-8"):
        try:
            return content.decode(charset)
        except (LookupError, UnicodeDecodeError, ValueError):
            continue
    return content.decode("cp1252", "replace")
