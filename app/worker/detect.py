"""What a file is, by its content first and its name second."""

import io
import re
import zipfile
from contextlib import suppress
from typing import Final

import olefile

from app.domain.errors import AppError, ErrorCode
from app.domain.formats import BY_SUFFIX, WRITTEN_AS_TEXT, Format
from app.worker.untrusted_file import UntrustedFile

_HEAD: Final = 4096
_OLE: Final = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1"
_ZIP: Final = (b"PK\x03\x04", b"PK\x05\x06")
_HTML: Final = re.compile(
    rb"\s*(?:<\?xml[^>]*>|<!--.*?-->|\s)*<(?:!doctype html|html|head|body)\b", re.IGNORECASE | re.DOTALL
)
_MAIL: Final = re.compile(rb"(?:[!-9;-~]+:[^\n]*\n(?:[ \t][^\n]*\n)*){3,}", re.DOTALL)
_MAIL_FIELD: Final = re.compile(rb"^(?:from|received|return-path|delivered-to|message-id|mime-version):", re.I | re.M)
_MBOX: Final = re.compile(rb"From \S+.*\d{4}\r?\n[!-9;-~]+:")
_UNREADABLE: Final = (  # programs, other pictures, sound, film, other archives
    b"MZ", b"\x7fELF", b"GIF8", b"BM", b"RIFF", b"ID3", b"OggS", b"fLaC", b"\x1f\x8b", b"BZh", b"\xfd7zXZ",
    b"7z\xbc\xaf", b"Rar!", b"SQLite format 3", b"\xca\xfe\xba\xbe", b"%!PS",
)  # fmt: skip
_PICTURES: Final = (b"\x89PNG\r\n", b"\xff\xd8\xff", b"II*\x00", b"MM\x00*")
_ZIPPED: Final[frozenset[Format]] = frozenset({"docx", "pptx", "xlsx", "odt", "odp", "ods", "epub"})
_LOCKED: Final = ("EncryptedPackage", "\x09DRMContent", "\x06DataSpaces")  # by password or by rights management
_IN_PACKAGE: Final[tuple[tuple[str, Format], ...]] = (("word/", "docx"), ("ppt/", "pptx"), ("xl/", "xlsx"))
_BY_MIMETYPE: Final[tuple[tuple[bytes, Format], ...]] = (
    (b"application/vnd.oasis.opendocument.text", "odt"),
    (b"application/vnd.oasis.opendocument.presentation", "odp"),
    (b"application/vnd.oasis.opendocument.spreadsheet", "ods"),
    (b"application/epub+zip", "epub"),
)


def detect(file: UntrustedFile) -> Format:
    """The format to read a file as. Raises AppError PARSE_ENCRYPTED, or PARSE_UNSUPPORTED if none of ours fits."""
    named = BY_SUFFIX.get(file.suffix)
    head = file.data[:_HEAD]
    if head.startswith(_OLE[:4]):
        return _detect_ole(file, named)
    if b"%PDF-" in head[: 1024 if named == "pdf" else 16]:
        return "pdf"
    if head.startswith(_ZIP):
        return _detect_zip(file, named)
    if head.startswith(b"{\\rtf"):
        return "rtf"
    if head.startswith(_PICTURES) or (head.startswith(b"RIFF") and head[8:12] == b"WEBP"):
        return "picture"
    if named in WRITTEN_AS_TEXT and named != "rtf":
        return named
    return _detect_text(head) or named or _plain_text(file, head)


def _detect_text(head: bytes) -> Format | None:
    """What kind of text it is, if it is a kind that can be told."""
    if _HTML.match(head):
        return "html"
    if _MBOX.match(head):
        return "mbox"
    if _MAIL.match(head) and _MAIL_FIELD.search(head):
        return "eml"
    return None


def _plain_text(file: UntrustedFile, head: bytes) -> Format:
    is_wide = head.startswith((b"\xff\xfe", b"\xfe\xff"))  # UTF-16
    if head.startswith(_UNREADABLE) or (b"\x00" in head and not is_wide):
        raise AppError(ErrorCode.PARSE_UNSUPPORTED, path=file.path)
    return "text"


def _detect_zip(file: UntrustedFile, named: Format | None) -> Format:
    # A damaged archive goes by its name: its reader will say what is wrong with it.
    with (
        suppress(zipfile.BadZipFile, NotImplementedError, OSError, EOFError, RuntimeError, ValueError),
        zipfile.ZipFile(io.BytesIO(file.data)) as archive,
    ):
        names = archive.namelist()
        if "[Content_Types].xml" in names:
            for folder, kind in _IN_PACKAGE:
                if any(name.startswith(folder) for name in names):
                    return kind
        if "mimetype" in names:
            with archive.open("mimetype") as member:
                mimetype = member.read(100)
            for start, kind in _BY_MIMETYPE:
                if mimetype.startswith(start):
                    return kind
    return named if named is not None and named in _ZIPPED else "zip"


def _detect_ole(file: UntrustedFile, named: Format | None) -> Format:
    """Old Office files are not read, but a person is told when a password is the reason."""
    try:
        with olefile.OleFileIO(io.BytesIO(file.data)) as ole:
            if any(ole.exists(name) for name in _LOCKED) or _is_locked_word(ole):
                raise AppError(ErrorCode.PARSE_ENCRYPTED, path=file.path)
            if ole.exists("__properties_version1.0"):
                return "msg"
    except AppError:
        raise
    except Exception as error:  # olefile raises whatever it stumbles over
        if named in ("docx", "pptx", "xlsx"):
            raise AppError(ErrorCode.PARSE_ENCRYPTED, path=file.path) from error
        raise AppError(ErrorCode.PARSE_BROKEN, path=file.path, reason=str(error)[:200]) from error
    raise AppError(ErrorCode.PARSE_UNSUPPORTED, path=file.path)


def _is_locked_word(ole: olefile.OleFileIO) -> bool:
    """Whether the first record of an old Word file says that the rest is encrypted."""
    if not ole.exists("WordDocument"):
        return False
    header = ole.openstream("WordDocument").read(12)
    return len(header) == 12 and bool(int.from_bytes(header[10:12], "little") & 0x0100)
